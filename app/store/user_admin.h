#ifndef APP_STORE_USER_ADMIN_H
#define APP_STORE_USER_ADMIN_H

/* Statements for many users at once, and for their end. In the caller's transaction. */

#include <stdbool.h>
#include <stddef.h>

#include "lib/error.h"

struct arena;
struct pg;

/* What decides what may become of a user; ${id} in lower case. */
struct user_state {
	const char *id, *role;
	bool is_active;
};

/* user_admin_lock(pg, a, ids, n, states, &n): those that exist, locked and in the order of their ids. */
const struct error *user_admin_lock(struct pg *, struct arena *, const char *const *ids, size_t n,
    struct user_state **states_r, size_t *n_r) __attribute__((warn_unused_result));

/* user_admin_activate(pg, a, ids, n, active): deactivation raises token_version. user_admin_role(): no token
 * needs to end, because the role is read with each request. Of users whom this changes, and no others. */
const struct error *user_admin_activate(struct pg *, struct arena *, const char *const *ids,
    size_t n, bool active) __attribute__((warn_unused_result));
const struct error *user_admin_role(struct pg *, struct arena *, const char *const *ids, size_t n,
    const char *role) __attribute__((warn_unused_result));

/*
 * user_admin_bury(pg, a, id): a tombstone remains, which no other statement sees: without names, keys,
 * password or secret, so that all of them are free again. Dependent rows are purged later.
 */
const struct error *
user_admin_bury(struct pg *, struct arena *, const char *id) __attribute__((warn_unused_result));

#endif
