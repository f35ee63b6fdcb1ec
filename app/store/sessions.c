#include <string.h>

#include "lib/arena.h"

#include "app/store/store.h"

#include "app/store/sessions.h"

const struct error *
session_insert(struct pg *pg, struct arena *a, const struct session_new *s)
{
	static const struct pg_statement insert = {.name = "session_insert",
	    .sql = "WITH evicted AS (DELETE FROM sessions WHERE id IN (SELECT id FROM sessions"
		   " WHERE user_id = $2 ORDER BY last_used_at DESC, id OFFSET $8::bigint - 1))"
		   " INSERT INTO sessions (id, user_id, seed, expires_at, ends_at, ip, user_agent)"
		   " VALUES ($1, $2, $3, now() + $4::bigint * interval '1 second',"
		   " now() + $5::bigint * interval '1 second', $6, $7)",
	    .params = 8,
	    .writes = true};

	return STORE_QUERY(pg, a, &insert, NULL, s->id, s->user_id,
	    store_hex(a, s->seed, SESSION_SEED_BYTES),
	    store_int(a, s->idle_s < s->max_s ? s->idle_s : s->max_s), store_int(a, s->max_s),
	    store_address(s->ip), s->user_agent, store_int(a, s->keep));
}

#define SESSION_SELECT                                                      \
	"SELECT s.user_id, s.seed, s.generation, u.token_version,"          \
	" s.expires_at > now() AND u.is_active AND u.deleted_at IS NULL,"   \
	" s.rotated_at > now() - $2::bigint * interval '1 second', u.email" \
	" FROM sessions s JOIN users u ON u.id = s.user_id"                 \
	" JOIN user_stats t ON t.user_id = u.id WHERE s.id = $1 "

static const struct error *
session_select(struct pg *pg, struct arena *a, const struct pg_statement *statement, const char *id,
    int64_t grace_s, struct session *s)
{
	struct pg_rows rows;
	size_t n = 0;
	const void *seed;
	const struct error *e = STORE_QUERY(pg, a, statement, &rows, id, store_int(a, grace_s));

	*s = (struct session){.found = false};
	if (e != NULL || rows.n != 1)
		return e;
	s->found = true;
	s->user_id = pg_uuid(a, &rows, 0, 0);
	seed = pg_bytes(&rows, 0, 1, &n);
	memcpy(s->seed, seed, n < SESSION_SEED_BYTES ? n : SESSION_SEED_BYTES);
	s->generation = pg_int(&rows, 0, 2);
	s->token_version = pg_int(&rows, 0, 3);
	s->is_alive = pg_bool(&rows, 0, 4);
	s->in_grace = pg_bool(&rows, 0, 5);
	s->user_email = pg_str(&rows, 0, 6);
	return NULL;
}

const struct error *
session_lock(struct pg *pg, struct arena *a, const char *id, int64_t grace_s, struct session *s)
{
	/* First what counts log-ins, as a log-in does that then ends an idle session: the other way round
	 * they would wait for each other. */
	static const struct pg_statement lock = {.name = "session_lock",
	    .sql = SESSION_SELECT "FOR NO KEY UPDATE OF t FOR UPDATE OF s",
	    .params = 2,
	    .writes = true};

	return session_select(pg, a, &lock, id, grace_s, s);
}

const struct error *
session_owner(struct pg *pg, struct arena *a, const char *id, struct session *s)
{
	static const struct pg_statement owner = {.name = "session_owner",
	    .sql = SESSION_SELECT "FOR NO KEY UPDATE OF u",
	    .params = 2,
	    .writes = true};

	return session_select(pg, a, &owner, id, 0, s);
}

const struct error *
session_rotate(struct pg *pg, struct arena *a, const char *id, int64_t idle_s)
{
	static const struct pg_statement rotate = {.name = "session_rotate",
	    .sql = "WITH s AS (UPDATE sessions SET generation = generation + 1,"
		   " rotated_at = now(), last_used_at = now(),"
		   " expires_at = least(now() + $2::bigint * interval '1 second', ends_at)"
		   " WHERE id = $1 RETURNING user_id)"
		   " UPDATE user_stats SET last_active_at = now()"
		   " WHERE user_id = (SELECT user_id FROM s)",
	    .params = 2,
	    .writes = true};

	return STORE_QUERY(pg, a, &rotate, NULL, id, store_int(a, idle_s));
}

const struct error *
session_end(struct pg *pg, struct arena *a, const char *id)
{
	static const struct pg_statement end = {.name = "session_end",
	    .sql = "DELETE FROM sessions WHERE id = $1",
	    .params = 1,
	    .writes = true};

	return STORE_QUERY(pg, a, &end, NULL, id);
}

const struct error *
sessions_end(struct pg *pg, struct arena *a, const char *user_id, const char *except_id)
{
	static const struct pg_statement end = {.name = "sessions_end",
	    .sql = "DELETE FROM sessions WHERE user_id = $1 AND id IS DISTINCT FROM $2::uuid",
	    .params = 2,
	    .writes = true};

	return STORE_QUERY(pg, a, &end, NULL, user_id, except_id);
}

const struct error *
sessions_end_all(struct pg *pg, struct arena *a, const char *const *user_ids, size_t n)
{
	static const struct pg_statement end = {.name = "sessions_end_all",
	    .sql = "DELETE FROM sessions WHERE user_id = ANY($1::uuid[])",
	    .params = 1,
	    .writes = true};

	return STORE_QUERY(pg, a, &end, NULL, store_array(a, user_ids, n));
}

const struct error *
session_end_of(struct pg *pg, struct arena *a, const char *user_id, const char *id, bool *ended_r)
{
	static const struct pg_statement end = {.name = "session_end_of",
	    .sql = "DELETE FROM sessions WHERE id = $1 AND user_id = $2 AND expires_at > now()",
	    .params = 2,
	    .writes = true};
	struct pg_rows rows;
	const struct error *e = STORE_QUERY(pg, a, &end, &rows, id, user_id);

	*ended_r = e == NULL && rows.n == 1;
	return e;
}

const struct error *
sessions_from(struct pg *pg, struct arena *a, const char *user_id, const char *network, bool *any_r)
{
	static const struct pg_statement from = {.name = "sessions_from",
	    .sql = "SELECT EXISTS (SELECT FROM sessions WHERE user_id = $1::uuid"
		   " AND expires_at > now() AND ip <<= $2::inet)",
	    .params = 2};
	struct pg_rows rows;
	const struct error *e = STORE_QUERY(pg, a, &from, &rows, user_id, network);

	*any_r = e == NULL && pg_bool(&rows, 0, 0);
	return e;
}

const struct error *
sessions_of(struct pg *pg, struct arena *a, const char *user_id, struct session_seen **sessions_r,
    size_t *n_r)
{
	static const struct pg_statement of = {.name = "sessions_of",
	    .sql = "SELECT id, host(ip), user_agent, created_at, last_used_at FROM sessions"
		   " WHERE user_id = $1 AND expires_at > now() ORDER BY last_used_at DESC, id",
	    .params = 1};
	struct pg_rows rows;
	const struct error *e = STORE_QUERY(pg, a, &of, &rows, user_id);

	if (e != NULL)
		return e;
	*n_r = (size_t)rows.n;
	*sessions_r = arena_array(a, *n_r, sizeof(**sessions_r));
	for (int i = 0; i < rows.n; i++)
		(*sessions_r)[i] = (struct session_seen){.id = pg_uuid(a, &rows, i, 0),
		    .ip = pg_str(&rows, i, 1),
		    .user_agent = pg_str(&rows, i, 2),
		    .created_us = pg_time(&rows, i, 3),
		    .last_used_us = pg_time(&rows, i, 4)};
	return NULL;
}

const struct error *
sessions_expire(struct pg *pg, struct arena *a, int64_t limit, int64_t *n_r)
{
	/* Ordered and skipping locked rows: two hosts may do it, and a refresh in hand is not waited for. */
	static const struct pg_statement expire = {.name = "sessions_expire",
	    .sql = "DELETE FROM sessions WHERE id IN (SELECT id FROM sessions WHERE expires_at <= "
		   "now()"
		   " ORDER BY expires_at LIMIT $1 FOR UPDATE SKIP LOCKED)",
	    .params = 1,
	    .writes = true};
	struct pg_rows rows;
	const struct error *e = STORE_QUERY(pg, a, &expire, &rows, store_int(a, limit));

	if (e == NULL)
		*n_r = rows.n;
	return e;
}
