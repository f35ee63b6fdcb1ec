#ifndef APP_SERVICES_STATISTICS_H
#define APP_SERVICES_STATISTICS_H

/* Numbers about everybody, at most a minute old, at a cost that does not depend on who asks how often. */

#include "lib/error.h"

#include "app/statistics.h"

struct service;

/*
 * statistics_refresh(s): in the background. Counts when the numbers are about to become too old and
 * nobody else, on whichever host, is doing it already.
 */
const struct error *statistics_refresh(struct service *) __attribute__((warn_unused_result));

/*
 * statistics_now(s, statistics): for a request. As kept; where they are too old, because the background
 * process is not there or cannot keep up, counted now by the first who asks, while the others wait for that.
 */
const struct error *
statistics_now(struct service *, struct statistics *) __attribute__((warn_unused_result));

#endif
