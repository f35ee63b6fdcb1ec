#include "lib/arena.h"
#include "lib/secret.h"

#include "app/store/store.h"

#include "app/store/links.h"

const struct error *
links_insert(struct pg *pg, struct arena *a, const struct link_new *n, int64_t hourly, int64_t keep,
    bool *made_r)
{
	static const struct pg_statement insert = {.name = "links_insert",
	    .sql =
		"WITH made AS (INSERT INTO links"
		" (digest, user_id, purpose, email, email_key, proven, expires_at)"
		" SELECT $1::bytea, $2::uuid, $3::text, $4::text, $5::text, $6::boolean,"
		" clock_timestamp() + $7::bigint * interval '1 second'"
		" WHERE $8::bigint = 0 OR (SELECT count(*) FROM links WHERE email_key = $5::text"
		" AND purpose = $3::text"
		" AND created_at > clock_timestamp() - interval '1 hour') < $8::bigint"
		" AND (SELECT count(*) FROM links WHERE user_id = $2::uuid AND purpose = $3::text"
		" AND created_at > clock_timestamp() - interval '1 hour') < 3 * $8::bigint"
		" RETURNING user_id),"
		" old AS (UPDATE links SET expires_at = '-infinity' WHERE digest IN"
		" (SELECT digest FROM links WHERE user_id = (SELECT user_id FROM made)"
		" AND purpose = $3::text AND expires_at > clock_timestamp()"
		" ORDER BY created_at DESC OFFSET $9::bigint - 1))"
		" SELECT FROM made",
	    .params = 9,
	    .writes = true};
	struct pg_rows rows;
	const struct error *e =
	    STORE_QUERY(pg, a, &insert, &rows, store_hex(a, n->digest, SECRET_DIGEST_BYTES),
		n->user_id, n->purpose, n->email, n->email_key, store_bool(n->proven),
		store_int(a, n->life_s), store_int(a, hourly), store_int(a, keep));

	*made_r = e == NULL && rows.n == 1;
	return e;
}

const struct error *
links_live(struct pg *pg, struct arena *a, const char *user_id, const char *purpose, int64_t *n_r)
{
	static const struct pg_statement live = {.name = "links_live",
	    .sql = "SELECT count(*) FROM links WHERE user_id = $1 AND purpose = $2"
		   " AND expires_at > clock_timestamp()",
	    .params = 2};
	struct pg_rows rows;
	const struct error *e = STORE_QUERY(pg, a, &live, &rows, user_id, purpose);

	*n_r = e == NULL ? pg_int(&rows, 0, 0) : 0;
	return e;
}

#define LINK_GOOD                                                                             \
	" l.digest = $1 AND l.purpose = ANY($2::text[]) AND l.expires_at > clock_timestamp()" \
	" AND u.id = l.user_id AND u.is_active AND u.deleted_at IS NULL"                      \
	" AND CASE l.purpose WHEN 'undo_email_change' THEN l.proven OR NOT u.is_verified"     \
	" ELSE l.email_key = u.email_key END"
#define LINK_COLUMNS " l.user_id, l.email, l.email_key, u.email, u.username, u.role, l.created_at"

static const struct error *
link_read(struct pg *pg, struct arena *a, const struct pg_statement *statement,
    const unsigned char *digest, const char *const *purposes, size_t n, struct link *l)
{
	struct pg_rows rows;
	const struct error *e = STORE_QUERY(pg, a, statement, &rows,
	    store_hex(a, digest, SECRET_DIGEST_BYTES), store_array(a, purposes, n));

	*l = (struct link){.found = e == NULL && rows.n == 1};
	if (!l->found)
		return e;
	l->user_id = pg_uuid(a, &rows, 0, 0);
	l->email = pg_str(&rows, 0, 1);
	l->email_key = pg_str(&rows, 0, 2);
	l->user_email = pg_str(&rows, 0, 3);
	l->user_username = pg_str(&rows, 0, 4);
	l->user_role = pg_str(&rows, 0, 5);
	l->created_us = pg_time(&rows, 0, 6);
	return NULL;
}

const struct error *
links_find(struct pg *pg, struct arena *a, const unsigned char *digest, const char *const *purposes,
    size_t n, struct link *l)
{
	static const struct pg_statement find = {.name = "links_find",
	    .sql = "SELECT" LINK_COLUMNS " FROM links l, users u WHERE" LINK_GOOD,
	    .params = 2};

	return link_read(pg, a, &find, digest, purposes, n, l);
}

const struct error *
links_take(struct pg *pg, struct arena *a, const unsigned char *digest, const char *const *purposes,
    size_t n, struct link *l)
{
	static const struct pg_statement take = {.name = "links_take",
	    .sql = "DELETE FROM links l USING users u WHERE" LINK_GOOD " RETURNING" LINK_COLUMNS,
	    .params = 2,
	    .writes = true};

	return link_read(pg, a, &take, digest, purposes, n, l);
}

const struct error *
links_void(struct pg *pg, struct arena *a, const char *const *user_ids, size_t n)
{
	static const struct pg_statement none = {.name = "links_void",
	    .sql = "UPDATE links SET expires_at = '-infinity' WHERE user_id = ANY($1::uuid[])"
		   " AND purpose <> 'undo_email_change' AND expires_at > clock_timestamp()",
	    .params = 1,
	    .writes = true};

	return STORE_QUERY(pg, a, &none, NULL, store_array(a, user_ids, n));
}

const struct error *
links_void_since(struct pg *pg, struct arena *a, const char *user_id, int64_t created_us)
{
	static const struct pg_statement since = {.name = "links_void_since",
	    .sql = "UPDATE links SET expires_at = '-infinity' WHERE user_id = $1"
		   " AND (purpose <> 'undo_email_change' OR created_at >= $2)"
		   " AND expires_at > clock_timestamp()",
	    .params = 2,
	    .writes = true};

	return STORE_QUERY(pg, a, &since, NULL, user_id, store_time(a, created_us));
}

const struct error *
links_drop(struct pg *pg, struct arena *a, const char *user_id)
{
	static const struct pg_statement drop = {.name = "links_drop",
	    .sql = "DELETE FROM links WHERE user_id = $1",
	    .params = 1,
	    .writes = true};

	return STORE_QUERY(pg, a, &drop, NULL, user_id);
}

const struct error *
links_expire(struct pg *pg, struct arena *a, int64_t limit, int64_t *n_r)
{
	static const struct pg_statement expire = {.name = "links_expire",
	    .sql = "DELETE FROM links WHERE digest IN (SELECT digest FROM links"
		   " WHERE expires_at < now() AND created_at < now() - interval '1 hour' LIMIT $1"
		   " FOR UPDATE SKIP LOCKED)",
	    .params = 1,
	    .writes = true};
	struct pg_rows rows;
	const struct error *e = STORE_QUERY(pg, a, &expire, &rows, store_int(a, limit));

	*n_r = e == NULL ? rows.n : 0;
	return e;
}

const struct error *
links_request(struct pg *pg, struct arena *a, const struct link_request *r)
{
	static const struct pg_statement request = {.name = "links_request",
	    .sql = "INSERT INTO link_requests (purpose, email_key, ip) VALUES ($1, $2, $3)",
	    .params = 3,
	    .writes = true};

	return STORE_QUERY(pg, a, &request, NULL, r->purpose, r->email_key, store_address(r->ip));
}

const struct error *
links_requests(
    struct pg *pg, struct arena *a, int64_t limit, struct link_request **requests_r, size_t *n_r)
{
	static const struct pg_statement take = {.name = "links_requests",
	    .sql = "WITH taken AS (DELETE FROM link_requests WHERE id IN"
		   " (SELECT id FROM link_requests ORDER BY id LIMIT $1) RETURNING *)"
		   " SELECT purpose, email_key, host(ip), at > now() - interval '1 hour' FROM taken"
		   " ORDER BY id",
	    .params = 1,
	    .writes = true};
	struct pg_rows rows;
	const struct error *e = STORE_QUERY(pg, a, &take, &rows, store_int(a, limit));

	*n_r = e == NULL ? (size_t)rows.n : 0;
	*requests_r = arena_array(a, *n_r, sizeof(**requests_r));
	for (int i = 0; i < (int)*n_r; i++)
		(*requests_r)[i] = (struct link_request){.purpose = pg_str(&rows, i, 0),
		    .email_key = pg_str(&rows, i, 1),
		    .ip = pg_str(&rows, i, 2),
		    .is_late = !pg_bool(&rows, i, 3)};
	return e;
}
