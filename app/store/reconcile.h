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
	const char *user_id;
	int64_t kept, counted;
};

/* reconcile_sees_all(pg, a, &all): is no row hidden from this role? */
const struct error *
reconcile_sees_all(struct pg *, struct arena *, bool *all_r) __attribute__((warn_unused_result));

/* reconcile_documents(pg, a, limit, differences, &n): whose document_count is wrong, at most ${limit}. */
const struct error *reconcile_documents(struct pg *, struct arena *, int64_t limit,
    struct reconcile_difference **differences_r, size_t *n_r) __attribute__((warn_unused_result));

/* reconcile_fix_documents(pg, a, user_id): counted anew in a transaction of its own, also while documents
 * come and go. */
const struct error *reconcile_fix_documents(struct pg *, struct arena *, const char *user_id)
    __attribute__((warn_unused_result));

#endif
