#ifndef APP_SERVICES_PURGE_H
#define APP_SERVICES_PURGE_H

#include <stdbool.h>
#include <stdint.h>

#include "lib/error.h"

struct service;

/*
 * purge_deleted(s, &users, &more): remove some of what administration_delete() left behind, in one
 * transaction of bounded size: dependent rows first, the tombstones when few enough are left. Several
 * hosts may do it at once. *more_r: there is more to do now.
 */
const struct error *
purge_deleted(struct service *, int64_t *users_r, bool *more_r) __attribute__((warn_unused_result));

#endif
