#ifndef APP_STORE_STATISTICS_H
#define APP_STORE_STATISTICS_H

/* The one row of numbers about everybody: counted, kept, read. */

#include <stdbool.h>
#include <stdint.h>

#include "lib/error.h"

#include "app/statistics.h"

struct arena;
struct pg;

/* statistics_read(pg, a, age_s, statistics): as they were counted, at most ${age_s} ago. */
const struct error *statistics_read(struct pg *, struct arena *, int64_t age_s, struct statistics *)
    __attribute__((warn_unused_result));

/*
 * In a transaction. statistics_claim(pg, a, age_s, wait, &mine): true, and the row is ours until the
 * transaction ends, when the numbers are older than ${age_s}. Somebody who is counting already is waited
 * for, or without ${wait} left to it. statistics_count(pg, a, limit_ms): count all anew, within ${limit_ms} of
 * the server and on one core of it.
 */
const struct error *statistics_claim(struct pg *, struct arena *, int64_t age_s, bool wait,
    bool *mine_r) __attribute__((warn_unused_result));
const struct error *
statistics_count(struct pg *, struct arena *, int64_t limit_ms) __attribute__((warn_unused_result));

#endif
