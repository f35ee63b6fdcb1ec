#ifndef APP_STORE_PURGE_H
#define APP_STORE_PURGE_H

/* Statements that remove for good what was deleted. In the caller's transaction. */

#include <stddef.h>
#include <stdint.h>

#include "lib/error.h"

struct arena;
struct pg;

/* purge_pick(pg, a, limit, ids, &n): tombstones, the oldest first, which this transaction now owns; those
 * that another one owns are passed over. */
const struct error *purge_pick(struct pg *, struct arena *, int64_t limit,
    const char *const **ids_r, size_t *n_r) __attribute__((warn_unused_result));

/* purge_dependents(pg, a, ids, n, limit, &removed): at most ${limit} rows of theirs; fewer when there are
 * no more. */
const struct error *purge_dependents(struct pg *, struct arena *, const char *const *ids, size_t n,
    int64_t limit, int64_t *removed_r) __attribute__((warn_unused_result));

/* purge_users(pg, a, ids, n): the tombstones, and the few rows that still hang on them. */
const struct error *purge_users(struct pg *, struct arena *, const char *const *ids, size_t n)
    __attribute__((warn_unused_result));

#endif
