#include <string.h>

#include "lib/secret.h"

#include "app/api/errors.h"
#include "app/store/store.h"
#include "app/store/user_columns.h"

#include "app/store/users.h"

void
user_read(struct arena *a, const struct pg_rows *rows, int row, int column, struct user *u)
{
	*u = (struct user){
	    .id = pg_uuid(a, rows, row, column),
	    .email = pg_str(rows, row, column + 1),
	    .username = pg_str(rows, row, column + 2),
	    .full_name = pg_str(rows, row, column + 3),
	    .role = pg_str(rows, row, column + 4),
	    .is_active = pg_bool(rows, row, column + 5),
	    .is_verified = pg_bool(rows, row, column + 6),
	    .has_password = pg_bool(rows, row, column + 7),
	    .has_secret = pg_bool(rows, row, column + 8),
	    .token_version = pg_int(rows, row, column + 9),
	    .secret_version = pg_int(rows, row, column + 10),
	    .row_version = pg_int(rows, row, column + 11),
	    .created_us = pg_time(rows, row, column + 12),
	    .updated_us = pg_time(rows, row, column + 13),
	    .last_login_us = pg_time(rows, row, column + 14),
	    .login_count = pg_int(rows, row, column + 15),
	    .file_count = pg_int(rows, row, column + 16),
	    .total_file_size = pg_int(rows, row, column + 17),
	    .document_count = pg_int(rows, row, column + 18),
	};
}

/*
 * Is an address kept back for somebody else? Asked after a row with this address was written: whoever was
 * leaving it meanwhile was waited for, and his link is seen.
 */
static const struct error *
kept_back(struct pg *pg, struct arena *a, const char *email_key, const char *id)
{
	static const struct pg_statement kept = {.name = "user_email_kept",
	    .sql = "SELECT EXISTS (SELECT FROM links WHERE email_key = $1 AND user_id <> $2::uuid"
		   " AND purpose = 'undo_email_change' AND expires_at > clock_timestamp())",
	    .params = 2};
	struct pg_rows rows;
	const struct error *e;

	if (email_key == NULL)
		return NULL;
	e = STORE_QUERY(pg, a, &kept, &rows, email_key, id);
	return e == NULL && pg_bool(&rows, 0, 0) ? &err_email_taken : e;
}

const struct error *
user_insert(struct pg *pg, struct arena *a, const struct user_new *n, struct user *user_r)
{
	static const struct pg_statement insert = {.name = "user_insert",
	    .sql = "WITH u AS (INSERT INTO users (id, email, email_key, username, username_key, "
		   "full_name,"
		   " role, password_hash, is_verified, is_active, secret_digest)"
		   " VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)"
		   " RETURNING *), t AS (INSERT INTO user_stats (user_id) SELECT id FROM u "
		   "RETURNING *)"
		   " SELECT " USER_COLUMNS " FROM u, t",
	    .params = 11,
	    .writes = true};
	char id[37];
	struct pg_rows rows;
	const struct error *e;

	secret_uuid(id);
	e = STORE_QUERY(pg, a, &insert, &rows, id, n->email, n->email_key, n->username,
	    n->username_key, n->full_name, n->role, n->password_hash, store_bool(n->is_verified),
	    store_bool(!n->is_inactive),
	    n->secret_digest == NULL ? NULL : store_hex(a, n->secret_digest, SECRET_DIGEST_BYTES));
	if (e != NULL)
		return e;
	user_read(a, &rows, 0, 0, user_r);
	return kept_back(pg, a, n->email_key, id);
}

static void
credentials_read(struct arena *a, const struct pg_rows *rows, struct credentials *c)
{
	*c = (struct credentials){.found = rows->n == 1};
	if (!c->found)
		return;
	c->id = pg_uuid(a, rows, 0, 0);
	c->password_hash = pg_str(rows, 0, 1);
	c->is_active = pg_bool(rows, 0, 2);
	c->token_version = pg_int(rows, 0, 3);
	c->email = pg_str(rows, 0, 4);
	c->is_verified = pg_bool(rows, 0, 5);
}

#define CREDENTIALS                                                                   \
	"SELECT id, password_hash, is_active, token_version, email, is_verified FROM" \
	" users WHERE deleted_at IS NULL AND "

const struct error *
user_credentials(struct pg *pg, struct arena *a, const char *key, struct credentials *c)
{
	static const struct pg_statement by_email = {
	    .name = "credentials_by_email", .sql = CREDENTIALS "email_key = $1", .params = 1};
	static const struct pg_statement by_username = {
	    .name = "credentials_by_username", .sql = CREDENTIALS "username_key = $1", .params = 1};
	struct pg_rows rows;
	/* No username has an @, and every e-mail address has one. */
	const struct error *e =
	    STORE_QUERY(pg, a, strchr(key, '@') != NULL ? &by_email : &by_username, &rows, key);

	if (e == NULL)
		credentials_read(a, &rows, c);
	return e;
}

const struct error *
user_credentials_by_id(struct pg *pg, struct arena *a, const char *id, struct credentials *c)
{
	static const struct pg_statement by_id = {
	    .name = "credentials_by_id", .sql = CREDENTIALS "id = $1", .params = 1};
	struct pg_rows rows;
	const struct error *e = STORE_QUERY(pg, a, &by_id, &rows, id);

	if (e == NULL)
		credentials_read(a, &rows, c);
	return e;
}

const struct error *
user_lock(struct pg *pg, struct arena *a, const char *id, bool *found_r, struct user *user_r)
{
	static const struct pg_statement lock = {.name = "user_lock",
	    .sql = "SELECT " USER_COLUMNS ", " USER_SESSIONS
		   " FROM users u JOIN user_stats t ON t.user_id = u.id"
		   " WHERE u.id = $1 AND u.deleted_at IS NULL FOR NO KEY UPDATE OF u",
	    .params = 1,
	    .writes = true};
	struct pg_rows rows;
	const struct error *e = STORE_QUERY(pg, a, &lock, &rows, id);

	*found_r = e == NULL && rows.n == 1;
	if (!*found_r)
		return e;
	user_read(a, &rows, 0, 0, user_r);
	user_r->active_session_count = pg_int(&rows, 0, USER_COLUMNS_N);
	return NULL;
}

static const char *
flag(const bool *b)
{
	return b == NULL ? NULL : store_bool(*b);
}

const struct error *
user_change(struct pg *pg, struct arena *a, const char *id, const struct user_change *c,
    struct user *user_r)
{
	static const struct pg_statement change = {.name = "user_change",
	    .sql = "WITH u AS (UPDATE users SET"
		   " email = CASE WHEN $2 THEN $3 ELSE email END,"
		   " email_key = CASE WHEN $2 THEN $4 ELSE email_key END,"
		   /* Another address is another claim; the same in another spelling is not. */
		   " is_verified = coalesce($13::boolean, is_verified AND"
		   " ($2::boolean IS FALSE OR $4 IS NOT DISTINCT FROM email_key)),"
		   " username = CASE WHEN $5 THEN $6 ELSE username END,"
		   " username_key = CASE WHEN $5 THEN $7 ELSE username_key END,"
		   " full_name = CASE WHEN $8 THEN $9 ELSE full_name END,"
		   " password_hash = coalesce($10, password_hash),"
		   /* Whoever had got in may have made the secret (SK-05). */
		   " secret_digest = CASE WHEN $10 IS NULL THEN secret_digest END,"
		   " role = coalesce($11, role), is_active = coalesce($12::boolean, is_active),"
		   " token_version = token_version +"
		   " ($10::text IS NOT NULL OR (is_active AND $12::boolean IS FALSE))::integer,"
		   " row_version = row_version + 1, updated_at = now()"
		   " WHERE id = $1 AND deleted_at IS NULL RETURNING *)"
		   " SELECT " USER_COLUMNS ", " USER_SESSIONS
		   " FROM u JOIN user_stats t ON t.user_id = u.id",
	    .params = 13,
	    .writes = true};
	struct pg_rows rows;
	const struct error *e = STORE_QUERY(pg, a, &change, &rows, id, store_bool(c->email.set),
	    c->email.value, c->email.key, store_bool(c->username.set), c->username.value,
	    c->username.key, store_bool(c->full_name.set), c->full_name.value, c->password_hash,
	    c->role, flag(c->is_active), flag(c->is_verified));

	if (e != NULL)
		return e;
	if (rows.n != 1)
		return &err_user_not_found;
	user_read(a, &rows, 0, 0, user_r);
	user_r->active_session_count = pg_int(&rows, 0, USER_COLUMNS_N);
	return c->email.set ? kept_back(pg, a, c->email.key, id) : NULL;
}

const struct error *
user_restore(struct pg *pg, struct arena *a, const char *id, const char *email, const char *key)
{
	static const struct pg_statement restore = {.name = "user_restore",
	    .sql = "UPDATE users SET email = $2, email_key = $3, is_verified = true,"
		   " password_hash = NULL, secret_digest = NULL, token_version = token_version + 1,"
		   " row_version = row_version + 1, updated_at = now()"
		   " WHERE id = $1 AND deleted_at IS NULL",
	    .params = 3,
	    .writes = true};

	return STORE_QUERY(pg, a, &restore, NULL, id, email, key);
}

const struct error *
user_rehash(struct pg *pg, struct arena *a, const char *id, const char *old, const char *new)
{
	static const struct pg_statement rehash = {.name = "user_rehash",
	    .sql = "UPDATE users SET password_hash = $3 WHERE id = $1 AND password_hash = $2",
	    .params = 3,
	    .writes = true};

	return STORE_QUERY(pg, a, &rehash, NULL, id, old, new);
}

const struct error *
user_logged_in(struct pg *pg, struct arena *a, const char *id, int64_t token_version, bool *still_r)
{
	/* The share lock of the users row leaves it where it is; the count lives beside it. */
	static const struct pg_statement count = {.name = "user_logged_in",
	    .sql =
		"WITH u AS (SELECT id FROM users WHERE id = $1 AND is_active AND deleted_at IS NULL"
		" AND token_version = $2 FOR SHARE)"
		" UPDATE user_stats SET login_count = login_count + 1, last_login_at = now(),"
		" last_active_at = now() WHERE user_id = (SELECT id FROM u)",
	    .params = 2,
	    .writes = true};
	struct pg_rows rows;
	const struct error *e = STORE_QUERY(pg, a, &count, &rows, id, store_int(a, token_version));

	*still_r = e == NULL && rows.n == 1;
	return e;
}
