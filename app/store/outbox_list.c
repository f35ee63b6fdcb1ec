#include "lib/arena.h"
#include "lib/model.h"

#include "app/api/errors.h"
#include "app/store/query.h"
#include "app/store/store.h"

#include "app/store/outbox_list.h"

#define ENTRY_COLUMNS                                                \
	"id, kind, recipient, state, last_error, tries, created_at," \
	" CASE WHEN state = 'queued' THEN next_try_at END, sent_at"

static const struct query_list newest = {.name = "outbox_list_page",
    .columns = ENTRY_COLUMNS,
    .order = {.key = "created_at", .is_time = true, .id = "id"},
    .key = 6,
    .id = 0};

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

const struct error *
outbox_list_page(struct pg *pg, struct arena *a, const struct mail_filter *f,
    const struct page_ask *ask, struct mail_entry **entries_r, struct page_got *got)
{
	struct pg_rows rows;
	struct query from;
	const struct error *e;

	query_init(&from, a);
	QUERY(&from, " FROM mail WHERE true");
	if (f->state != NULL)
		QUERY_VALUE(&from, " AND state = ?", f->state);
	e = query_list(pg, &newest, &from, ask, &rows, got);
	if (e != NULL)
		return e;
	*entries_r = arena_array(a, got->n, sizeof(**entries_r));
	for (size_t i = 0; i < got->n; i++)
		entry_read(a, &rows, (int)i, &(*entries_r)[i]);
	return NULL;
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
