#ifndef APP_STORE_ADMINS_H
#define APP_STORE_ADMINS_H

/*
 * There is always an active admin (AZ-08). Counting and then acting fails when two admins remove each
 * other at the same instant, and so does locking the row that is removed: each still sees the other. So
 * whatever could take an admin away (delete, deactivate, demote, by any route or by the command line)
 * first takes one lock that all of them share, acts, and looks again before it commits.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/error.h"

struct arena;
struct pg;

/* admins_lock(pg, a): until the transaction ends nobody else takes an admin away. Before any row of users
 * is locked: then no two wait for each other. error_overloaded when it is not had in time. */
const struct error *admins_lock(struct pg *, struct arena *) __attribute__((warn_unused_result));

/* admins_remain(pg, a): err_last_admin when the transaction has left none. Only who did take one away
 * asks: a first user may come before the first admin. */
const struct error *admins_remain(struct pg *, struct arena *) __attribute__((warn_unused_result));

/* admins_exist(pg, a, &exist): is there an active admin? */
const struct error *
admins_exist(struct pg *, struct arena *, bool *exist_r) __attribute__((warn_unused_result));

/*
 * admins_list(pg, a, ids, n, others, admins, &n): the active ones among ${ids}, and at most ${others} besides, those that
 * have been there longest.
 */
struct admin {
	const char *id, *email, *username; /* the latter two NULL where there is none */
	bool is_among;                     /* of ${ids} */
};
const struct error *admins_list(struct pg *, struct arena *, const char *const *ids, size_t n,
    int64_t others, struct admin **admins_r, size_t *n_r) __attribute__((warn_unused_result));

#endif
