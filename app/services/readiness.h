#ifndef APP_SERVICES_READINESS_H
#define APP_SERVICES_READINESS_H

#include "lib/error.h"

struct service;

/* readiness(s): the database answers and its schema is this program's; error_unavailable or
 * err_migrations_pending otherwise. */
const struct error *readiness(struct service *) __attribute__((warn_unused_result));

#endif
