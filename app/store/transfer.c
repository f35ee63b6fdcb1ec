#include <string.h>

#include "lib/arena.h"
#include "lib/buf.h"
#include "lib/model.h"

#include "app/store/store.h"

#include "app/store/transfer.h"

/* The rows of a batch are one JSON parameter: no array type has to be quoted, and PostgreSQL reads it faster
 * than it can fill its indexes. */
#define BATCH                                                                                    \
	"WITH r AS MATERIALIZED (SELECT * FROM json_to_recordset($1::json) AS x(n int, id uuid," \
	" id_given boolean, email text, email_key text, username text, username_key text,"       \
	" full_name text, role text, is_active boolean, is_verified boolean,"                    \
	" created_at timestamptz, password_hash text, secret_digest text))"

static void
member(struct buf *b, const char *name, const char *value)
{
	if (value == NULL)
		return; /* an absent member is NULL as well */
	buf_printf(b, ",\"%s\":", name);
	buf_json(b, value);
}

static void
row_json(struct buf *b, const struct transfer_row *r, size_t n)
{
	buf_printf(b, "{\"n\":%zu,\"id_given\":%s,\"is_active\":%s,\"is_verified\":%s", n,
	    r->id_given ? "true" : "false", r->is_active ? "true" : "false",
	    r->is_verified ? "true" : "false");
	member(b, "id", r->id);
	member(b, "email", r->email);
	member(b, "email_key", r->email_key);
	member(b, "username", r->username);
	member(b, "username_key", r->username_key);
	member(b, "full_name", r->full_name);
	member(b, "role", r->role);
	member(b, "password_hash", r->password_hash);
	member(b, "secret_digest", r->secret_digest);
	if (r->created_us != INSTANT_NONE)
		member(b, "created_at", store_time(b->arena, r->created_us));
	buf_putc(b, '}');
}

static const char *
batch_json(struct arena *a, const struct transfer_row *rows, size_t n)
{
	struct buf b;

	buf_init(&b, a);
	buf_putc(&b, '[');
	for (size_t i = 0; i < n; i++) {
		if (i > 0)
			buf_putc(&b, ',');
		row_json(&b, &rows[i], i);
	}
	buf_putc(&b, ']');
	return b.at;
}

/* Of rows that are the same in every key only the first can have got in. */
const struct error *
transfer_insert(
    struct pg *pg, struct arena *a, const struct transfer_row *rows, size_t n, bool *made)
{
	static const struct pg_statement insert = {.name = "transfer_insert",
	    .sql = BATCH
	    ", u AS (INSERT INTO users (id, email, email_key, username, username_key, full_name, "
	    "role,"
	    " is_active, is_verified, created_at, password_hash, secret_digest)"
	    " SELECT id, email, email_key, username, username_key, full_name, role, is_active,"
	    " is_verified, coalesce(created_at, now()), password_hash, decode(secret_digest, 'hex')"
	    " FROM r ORDER BY n ON CONFLICT DO NOTHING RETURNING id, email_key, username_key),"
	    " t AS (INSERT INTO user_stats (user_id) SELECT id FROM u)"
	    " SELECT min(r.n) FROM u JOIN r USING (id)"
	    " WHERE r.email_key IS NOT DISTINCT FROM u.email_key"
	    " AND r.username_key IS NOT DISTINCT FROM u.username_key GROUP BY u.id",
	    .params = 1,
	    .writes = true};
	/* Nobody waits for an answer but the importer, and a checkpoint may take its time. */
	static const struct pg_statement patience = {
	    .name = "transfer_patience", .sql = "SET LOCAL statement_timeout = '9s'"};
	struct pg_rows in;
	const struct error *e = STORE_QUERY(pg, a, &patience, NULL, NULL);

	if (e == NULL)
		e = STORE_QUERY(pg, a, &insert, &in, batch_json(a, rows, n));
	memset(made, 0, n * sizeof(*made));
	for (int i = 0; e == NULL && i < in.n; i++)
		made[pg_int(&in, i, 0)] = true;
	return e;
}

const struct error *
transfer_taken(struct pg *pg, struct arena *a, const struct transfer_row *rows, size_t n,
    struct transfer_taken *taken)
{
	static const struct pg_statement ask = {.name = "transfer_taken",
	    .sql = BATCH " SELECT n, EXISTS (SELECT FROM users u WHERE u.id = r.id),"
			 " EXISTS (SELECT FROM users u WHERE u.email_key = r.email_key),"
			 " EXISTS (SELECT FROM users u WHERE u.username_key = r.username_key),"
			 " r.secret_digest IS NOT NULL"
			 "  AND EXISTS (SELECT FROM users u WHERE u.secret_digest = "
			 "decode(r.secret_digest, 'hex')),"
			 " EXISTS (SELECT FROM users u"
			 "  WHERE (u.email_key = r.email_key OR u.username_key = r.username_key)"
			 "  AND u.email IS NOT DISTINCT FROM r.email"
			 "  AND u.username IS NOT DISTINCT FROM r.username"
			 "  AND u.full_name IS NOT DISTINCT FROM r.full_name"
			 "  AND (u.id = r.id OR NOT r.id_given)"
			 "  AND (u.created_at = r.created_at OR r.created_at IS NULL)) FROM r",
	    .params = 1};
	struct pg_rows found;
	const struct error *e = STORE_QUERY(pg, a, &ask, &found, batch_json(a, rows, n));

	for (int i = 0; e == NULL && i < found.n; i++)
		taken[pg_int(&found, i, 0)] = (struct transfer_taken){.id = pg_bool(&found, i, 1),
		    .email = pg_bool(&found, i, 2),
		    .username = pg_bool(&found, i, 3),
		    .secret = pg_bool(&found, i, 4),
		    .same = pg_bool(&found, i, 5)};
	return e;
}

static void
row_read(struct arena *a, const struct pg_rows *rows, int i, struct transfer_row *r)
{
	*r = (struct transfer_row){.id = pg_uuid(a, rows, i, 0),
	    .id_given = true,
	    .email = pg_str(rows, i, 1),
	    .username = pg_str(rows, i, 2),
	    .full_name = pg_str(rows, i, 3),
	    .role = pg_str(rows, i, 4),
	    .is_active = pg_bool(rows, i, 5),
	    .is_verified = pg_bool(rows, i, 6),
	    .created_us = pg_time(rows, i, 7),
	    .password_hash = pg_str(rows, i, 8),
	    .secret_digest = pg_str(rows, i, 9)};
}

const struct error *
transfer_page(struct pg *pg, struct arena *a, const struct transfer_row *after, int64_t limit,
    struct transfer_row **rows_r, size_t *n_r)
{
	static const struct pg_statement page = {.name = "transfer_page",
	    .sql =
		"SELECT id, email, username, full_name, role, is_active, is_verified, created_at,"
		" password_hash, encode(secret_digest, 'hex') FROM users WHERE deleted_at IS NULL"
		" AND (created_at, id) > ($1::timestamptz, $2::uuid)"
		" ORDER BY created_at, id LIMIT $3",
	    .params = 3};
	bool first = after->created_us == INSTANT_NONE;
	struct pg_rows rows;
	const struct error *e =
	    STORE_QUERY(pg, a, &page, &rows, first ? "-infinity" : store_time(a, after->created_us),
		first ? "00000000-0000-0000-0000-000000000000" : after->id, store_int(a, limit));

	if (e != NULL)
		return e;
	*n_r = (size_t)rows.n;
	*rows_r = arena_array(a, *n_r, sizeof(**rows_r));
	for (int i = 0; i < rows.n; i++)
		row_read(a, &rows, i, &(*rows_r)[i]);
	return NULL;
}
