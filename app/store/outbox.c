#include "lib/arena.h"

#include "app/store/store.h"

#include "app/store/outbox.h"

const struct error *
outbox_insert(struct pg *pg, struct arena *a, const struct outbox_new *n)
{
	static const struct pg_statement insert = {.name = "outbox_insert",
	    .sql = "INSERT INTO mail (id, kind, recipient, user_id, parts, message_id, expires_at)"
		   " VALUES ($1, $2, $3, $4, $5::text::jsonb, $6,"
		   " now() + nullif($7::bigint, 0) * interval '1 second')",
	    .params = 7,
	    .writes = true};

	return STORE_QUERY(pg, a, &insert, NULL, n->id, n->kind, n->recipient, n->user_id, n->parts,
	    n->message_id, store_int(a, n->life_s));
}

static void
claimed(struct arena *a, const struct pg_rows *rows, int row, struct outbox_mail *m)
{
	*m = (struct outbox_mail){.id = pg_uuid(a, rows, row, 0),
	    .kind = pg_str(rows, row, 1),
	    .recipient = pg_str(rows, row, 2),
	    .message_id = pg_str(rows, row, 3),
	    .token = pg_str(rows, row, 4),
	    .email = pg_str(rows, row, 5),
	    .ip = pg_str(rows, row, 6),
	    .tries = pg_int(rows, row, 7),
	    .created_us = pg_time(rows, row, 8),
	    .expires_us = pg_time(rows, row, 9)};
}

const struct error *
outbox_claim(struct pg *pg, struct arena *a, int64_t limit, int64_t lease_s,
    struct outbox_mail **mails_r, size_t *n_r)
{
	/* Skipping locked rows: several hosts may do it, each gets its own. */
	static const struct pg_statement claim = {.name = "outbox_claim",
	    .sql = "WITH due AS MATERIALIZED (SELECT id FROM mail WHERE state = 'queued'"
		   " AND next_try_at <= now() AND (expires_at > now() OR expires_at IS NULL)"
		   " ORDER BY next_try_at, id LIMIT $1 FOR UPDATE SKIP LOCKED)"
		   " UPDATE mail m SET tries = m.tries + 1,"
		   " next_try_at = now() + $2::bigint * interval '1 second'"
		   " FROM due WHERE m.id = due.id"
		   " RETURNING m.id, m.kind, m.recipient, m.message_id, m.parts->>'token',"
		   " m.parts->>'email', m.parts->>'ip', m.tries, m.created_at, m.expires_at",
	    .params = 2,
	    .writes = true};
	struct pg_rows rows;
	const struct error *e =
	    STORE_QUERY(pg, a, &claim, &rows, store_int(a, limit), store_int(a, lease_s));

	*n_r = 0;
	if (e != NULL)
		return e;
	*n_r = (size_t)rows.n;
	*mails_r = arena_array(a, *n_r, sizeof(**mails_r));
	for (int i = 0; i < rows.n; i++)
		claimed(a, &rows, i, &(*mails_r)[i]);
	return NULL;
}

const struct error *
outbox_sent(struct pg *pg, struct arena *a, const char *id)
{
	static const struct pg_statement sent = {.name = "outbox_sent",
	    .sql = "UPDATE mail SET state = 'sent', sent_at = now(), parts = NULL,"
		   " last_error = NULL WHERE id = $1 AND state <> 'sent'",
	    .params = 1,
	    .writes = true};

	return STORE_QUERY(pg, a, &sent, NULL, id);
}

const struct error *
outbox_failed(struct pg *pg, struct arena *a, const struct outbox_failure *f)
{
	static const struct pg_statement failed = {.name = "outbox_failed",
	    .sql = "UPDATE mail SET state = CASE WHEN $5::boolean THEN 'parked' ELSE state END,"
		   " last_error = $3, next_try_at = now() + $4::bigint * interval '1 second'"
		   " WHERE id = $1 AND tries = $2::bigint AND state = 'queued'",
	    .params = 5,
	    .writes = true};

	return STORE_QUERY(pg, a, &failed, NULL, f->id, store_int(a, f->tries), f->why,
	    store_int(a, f->again_s), f->parked ? "true" : "false");
}

static const struct error *
counted(const struct error *e, const struct pg_rows *rows, int64_t *n_r)
{
	*n_r = e == NULL ? rows->n : 0;
	return e;
}

const struct error *
outbox_expire(struct pg *pg, struct arena *a, int64_t limit, int64_t *n_r)
{
	static const struct pg_statement expire = {.name = "outbox_expire",
	    .sql = "UPDATE mail SET state = 'parked', parts = NULL,"
		   " last_error = coalesce(last_error, 'the link in it expired unsent')"
		   " WHERE id IN (SELECT id FROM mail WHERE parts IS NOT NULL"
		   " AND expires_at <= now() ORDER BY expires_at LIMIT $1 FOR UPDATE SKIP LOCKED)",
	    .params = 1,
	    .writes = true};
	struct pg_rows rows;

	return counted(STORE_QUERY(pg, a, &expire, &rows, store_int(a, limit)), &rows, n_r);
}

const struct error *
outbox_prune(struct pg *pg, struct arena *a, int64_t days, int64_t limit, int64_t *n_r)
{
	static const struct pg_statement prune = {.name = "outbox_prune",
	    .sql = "DELETE FROM mail WHERE id IN (SELECT id FROM mail WHERE state <> 'queued'"
		   " AND created_at <= now() - $1::bigint * interval '1 day'"
		   " ORDER BY created_at LIMIT $2 FOR UPDATE SKIP LOCKED)",
	    .params = 2,
	    .writes = true};
	struct pg_rows rows;

	return counted(
	    STORE_QUERY(pg, a, &prune, &rows, store_int(a, days), store_int(a, limit)), &rows, n_r);
}
