#ifndef APP_STORE_USERS_H
#define APP_STORE_USERS_H

/* Statements and row readers of users and user_stats. Strings live as long as the arena. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/error.h"

#include "app/user.h"

struct arena;
struct pg;

struct user_new {
	const char *email, *email_key, *username, *username_key, *full_name, *role, *password_hash;
	const unsigned char *secret_digest; /* SECRET_DIGEST_BYTES, or NULL */
	bool is_verified, is_inactive;
};

/* What changes; members that stay are not .set, or NULL. A new password and a deactivation also raise
 * token_version; the former takes the user secret away too. Another e-mail address is not verified unless
 * the change says so. */
struct user_change {
	struct {
		bool set;
		const char *value, *key; /* NULL removes */
	} email, username, full_name;
	const char *password_hash, *role;
	const bool *is_active, *is_verified;
};

/* For a log-in: whatever the password check needs. */
struct credentials {
	bool found;
	const char *id, *email, *password_hash;
	bool is_active, is_verified;
	int64_t token_version;
};

/* A request's token names a user and (unless "") a session; one statement answers for a whole turn. */
struct principal_query {
	const char *user_id, *session_id;
};

/* principals_load(pg, a, queries, n, principals): in the order of the queries. */
const struct error *principals_load(struct pg *, struct arena *, const struct principal_query *,
    size_t n, struct principal *) __attribute__((warn_unused_result));

/*
 * user_insert(pg, a, new, user): in the caller's transaction; err_email_taken, err_username_taken, or a fault. Taken
 * is an address also while somebody who has just been changed to another one may have it back by a link.
 */
const struct error *user_insert(struct pg *, struct arena *, const struct user_new *, struct user *)
    __attribute__((warn_unused_result));

/* user_credentials(pg, a, key, credentials): by canonical e-mail or username, whichever ${key} is. */
const struct error *user_credentials(struct pg *, struct arena *, const char *key,
    struct credentials *) __attribute__((warn_unused_result));
const struct error *user_credentials_by_id(struct pg *, struct arena *, const char *id,
    struct credentials *) __attribute__((warn_unused_result));

/* user_lock(pg, a, id, &found, user): as it is now, and nobody else changes it until the transaction
 * ends. */
const struct error *user_lock(struct pg *, struct arena *, const char *id, bool *found_r,
    struct user *) __attribute__((warn_unused_result));

/* user_change(pg, a, id, change, user): err_user_not_found, the uniqueness errors, or a fault. */
const struct error *user_change(struct pg *, struct arena *, const char *id,
    const struct user_change *, struct user *) __attribute__((warn_unused_result));

/* user_rehash(pg, a, id, old, new): the same password under a better hash; not a change of the user,
 * and nothing happens where the hash is no longer ${old} (PW-10). */
const struct error *user_rehash(struct pg *, struct arena *, const char *id, const char *old,
    const char *new) __attribute__((warn_unused_result));

/* user_logged_in(pg, a, id, token_version, &still): count the log-in and lock the account's row against
 * a deactivation or password change until the transaction ends; false when one came before. */
const struct error *user_logged_in(struct pg *, struct arena *, const char *id,
    int64_t token_version, bool *still_r) __attribute__((warn_unused_result));

/*
 * user_restore(pg, a, id, email, key): the account is again his who reads that address: it is confirmed, and
 * neither a token, a password nor a secret of whoever had changed it is good any more. err_email_taken.
 */
const struct error *user_restore(struct pg *, struct arena *, const char *id, const char *email,
    const char *key) __attribute__((warn_unused_result));

#endif
