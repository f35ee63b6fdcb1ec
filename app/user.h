#ifndef APP_USER_H
#define APP_USER_H

/* An account as all layers of the product know it: the store reads it, services decide on it, handlers
 * show it. There is no hash in it. Strings live as long as the request. */

#include <stdbool.h>
#include <stdint.h>

#include "lib/model.h"

struct user {
	const char *id, *email, *username, *full_name, *role;
	bool is_active, is_verified, has_password, has_secret;
	int64_t token_version, secret_version, row_version;
	int64_t created_us, updated_us, last_login_us; /* INSTANT_NONE where never */
	int64_t login_count, file_count, total_file_size, document_count;
	int64_t active_session_count; /* only where a principal or a single user was loaded */
};

/* Who a token turned out to be. */
struct principal {
	bool found;         /* the user exists */
	bool session_alive; /* true when the token names no session */
	struct user user;
};

/* Which users, and in which order. */
struct user_filter {
	const char *query, *role; /* NULL: whoever */
	struct opt_bool is_active, is_verified;
	int64_t created_after_us, created_before_us; /* both exclusive; INSTANT_NONE: whenever */
	const char *sort_by;                         /* a word of the contract; NULL: created_at */
	bool ascending;
};

#endif
