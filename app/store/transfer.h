#ifndef APP_STORE_TRANSFER_H
#define APP_STORE_TRANSFER_H

/* Statements of moving in and out: many users each. Strings live as long as the arena. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/error.h"
#include "lib/secret.h"

struct arena;
struct pg;

/* NULL where there is none; ${id} is always there, and given says that it was not made up. */
struct transfer_row {
	const char *id, *email, *email_key, *username, *username_key, *full_name, *role;
	bool id_given, is_active, is_verified;
	int64_t created_us; /* INSTANT_NONE: now, or whatever it is */
	const char *password_hash, *secret_digest /* hex */;
};

/* What stands in a row's way: its id, names or secret, or the very same user (id and names alike). */
struct transfer_taken {
	bool id, email, username, secret, same;
};

/* transfer_insert(pg, a, rows, n, made): made[i] says whether rows[i] is in now; the others met a row of the
 * same id, e-mail address or username, in the table or before them. Inside a transaction. */
const struct error *transfer_insert(struct pg *, struct arena *, const struct transfer_row *,
    size_t n, bool *made) __attribute__((warn_unused_result));

/* transfer_taken(pg, a, rows, n, taken): changes nothing. */
const struct error *transfer_taken(struct pg *, struct arena *, const struct transfer_row *,
    size_t n, struct transfer_taken *) __attribute__((warn_unused_result));

/* transfer_page(pg, a, after, limit, rows, &n): those that come after ${after}, the oldest first. After
 * nobody: created_us INSTANT_NONE. */
const struct error *transfer_page(struct pg *, struct arena *, const struct transfer_row *after,
    int64_t limit, struct transfer_row **rows_r, size_t *n_r) __attribute__((warn_unused_result));

#endif
