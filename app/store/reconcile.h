#ifndef APP_STORE_RECONCILE_H
#define APP_STORE_RECONCILE_H

/*
 * Are the kept counts what counting gives? For the command line, as the owner of the tables: row-level
 * security shows the app role nobody's rows.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/error.h"

struct arena;
struct pg;

struct reconcile_difference {
	const char *user_id, *what; /* "document_count" */
	int64_t kept, counted;
};

/* reconcile_sees_all(pg, a, &all): is no row hidden from this role? */
const struct error *
reconcile_sees_all(struct pg *, struct arena *, bool *all_r) __attribute__((warn_unused_result));

/* reconcile_counts(pg, a, limit, differences, &n): whose counts are wrong, and which, at most ${limit}. */
const struct error *reconcile_counts(struct pg *, struct arena *, int64_t limit,
    struct reconcile_difference **differences_r, size_t *n_r) __attribute__((warn_unused_result));

/* reconcile_fix(pg, a, user_id): counted anew in a transaction of its own, also while documents and files
 * come and go. */
const struct error *
reconcile_fix(struct pg *, struct arena *, const char *user_id) __attribute__((warn_unused_result));

#endif
