#include "lib/arena.h"
#include "lib/model.h"

#include "app/api/errors.h"
#include "app/store/query.h"
#include "app/store/store.h"

#include "app/store/outbox_list.h"

static const struct query_order newest = {.key = "created_at", .is_time = true, .id = "id"};

#define ENTRY_COLUMNS                                                \
	"id, kind, recipient, state, last_error, tries, created_at," \
	" CASE WHEN state = 'queued' THEN next_try_at END, sent_at"

static void
entry_read(struct arena *a, const struct pg_rows *rows, int row, struct mail_entry *e)
{
	*e = (struct mail_entry){.id = pg_uuid(a, rows, row, 0),
	    .kind = pg_str(rows, row, 1),
	    .recipient = pg_str(rows, row, 2),
	    .state = pg_str(rows, row, 3),
	    .last_error = pg_str(rows, row, 4),
	    .tries = pg_int(rows, row, 5),
	    .created_us = pg_time(rows, row, 6),
	    .next_try_us = pg_time(rows, row, 7),
	    .sent_us = pg_time(rows, row, 8)};
}

static void
filtered(struct query *q, const struct mail_filter *f)
{
	QUERY(q, " FROM mail WHERE true");
	if (f->state != NULL)
		QUERY_VALUE(q, " AND state = ?", f->state);
}

const struct error *
outbox_list_page(struct pg *pg, struct arena *a, const struct mail_filter *f,
    const struct page_ask *ask, struct mail_entry **entries_r, struct page_got *got)
{
	struct pg_rows rows;
	struct query q;
	const struct error *e;

	query_init(&q, a);
	QUERY(&q, "SELECT " ENTRY_COLUMNS);
	filtered(&q, f);
	query_after(&q, &newest, ask);
	query_sorted(&q, &newest);
	query_limited(&q, ask);
	e = query_run(pg, &q, "outbox_list_page", &rows);
	if (e != NULL)
		return e;
	query_page(a, &newest, ask, &rows, 6, 0, got);
	*entries_r = arena_array(a, got->n, sizeof(**entries_r));
	for (size_t i = 0; i < got->n; i++)
		entry_read(a, &rows, (int)i, &(*entries_r)[i]);
	return NULL;
}

const struct error *
outbox_list_count(struct pg *pg, struct arena *a, const struct mail_filter *f,
    const struct page_ask *ask, struct page_got *got)
{
	const char *cap = query_count_cap(a, ask, got);
	struct pg_rows rows;
	struct query q;
	const struct error *e;

	if (cap == NULL)
		return NULL;
	query_init(&q, a);
	QUERY(&q, "SELECT count(*) FROM (SELECT");
	filtered(&q, f);
	QUERY_VALUE(&q, " LIMIT ?::bigint) AS capped", cap);
	e = query_run(pg, &q, "outbox_list_count", &rows);
	if (e == NULL)
		query_counted(ask, pg_int(&rows, 0, 0), got);
	return e;
}

static const struct error *
why_not(struct pg *pg, struct arena *a, const char *id)
{
	static const struct pg_statement exists = {
	    .name = "outbox_exists", .sql = "SELECT id FROM mail WHERE id = $1", .params = 1};
	struct pg_rows rows;
	const struct error *e = STORE_QUERY(pg, a, &exists, &rows, id);

	if (e != NULL)
		return e;
	return rows.n == 0 ? &err_mail_not_found : &err_mail_over;
}

const struct error *
outbox_list_retry(struct pg *pg, struct arena *a, const char *id, struct mail_entry *entry)
{
	static const struct pg_statement retry = {.name = "outbox_retry",
	    .sql = "UPDATE mail SET state = 'queued', tries = 0, next_try_at = now()"
		   " WHERE id = $1 AND state <> 'sent' AND parts IS NOT NULL"
		   " AND (expires_at > now() OR expires_at IS NULL) RETURNING " ENTRY_COLUMNS,
	    .params = 1,
	    .writes = true};
	struct pg_rows rows;
	const struct error *e = STORE_QUERY(pg, a, &retry, &rows, id);

	if (e != NULL)
		return e;
	if (rows.n == 0)
		return why_not(pg, a, id);
	entry_read(a, &rows, 0, entry);
	return NULL;
}
