#ifndef LIB_MIGRATE_H
#define LIB_MIGRATE_H

/*
 * Numbered SQL files in dbmate's form ("-- migrate:up" and "-- migrate:down" sections; the option
 * transaction:false is refused), embedded in the binary. Each runs in one transaction together with
 * its row in schema_migrations (version, name, checksum, applied_at), under one advisory lock, so
 * that many may start together and each version is applied once.
 */

#include <stdbool.h>
#include <stddef.h>

struct arena;
struct pg;

struct migration {
	const char *name; /* "0001_users.sql": the digits before the first '_' are the version */
	const char *text;
	size_t bytes;
};

enum migrate_state {
	MIGRATE_CURRENT,
	MIGRATE_PENDING,
	MIGRATE_CHANGED,
	MIGRATE_UNKNOWN,
	MIGRATE_AWAY
};

/*
 * migrate_state(pg, a, set, n, &why): are all of the set applied? CHANGED: an applied one has another
 * checksum now. UNKNOWN: the database has one that this binary does not (a newer binary migrated).
 * AWAY: could not ask. Cheap: one statement.
 */
enum migrate_state
migrate_state(struct pg *, struct arena *, const struct migration *, size_t n, const char **why_r);

/*
 * migrate_up(pg, a, set, n, after, &applied, &why): apply what is pending, in order; then run
 * ${after} (grants; NULL for none) in a transaction, always. False: nothing of the failing file
 * stays, earlier ones do, *why_r names file and reason.
 */
bool migrate_up(struct pg *, struct arena *, const struct migration *, size_t n, const char *after,
    int *applied_r, const char **why_r) __attribute__((warn_unused_result));

/* migrate_down(pg, a, set, n, &undone, &why): undo the newest applied one (its name in *undone_r,
 * NULL when there was none). */
bool migrate_down(struct pg *, struct arena *, const struct migration *, size_t n,
    const char **undone_r, const char **why_r) __attribute__((warn_unused_result));

/*
 * migrate_list(pg, a, set, n, each, cookie, &why): call each(cookie, version, name, state) for every
 * migration known here or in the database, in order; state is "applied", "pending", "changed" or
 * "unknown".
 */
bool migrate_list(struct pg *, struct arena *, const struct migration *, size_t n,
    void (*each)(void *cookie, const char *name, const char *state), void *cookie,
    const char **why_r) __attribute__((warn_unused_result));

#endif
