#include "lib/arena.h"
#include "lib/model.h"

#include "app/store/query.h"
#include "app/store/store.h"

#include "app/store/audit.h"

const struct error *
audit_insert(struct pg *pg, struct arena *a, const struct audit_new *n, const char *const *targets,
    size_t targets_n)
{
	static const struct pg_statement insert = {.name = "audit_insert",
	    .sql = "INSERT INTO audit (action, actor_id, target_type, result, ip, user_agent,"
		   " request_id, session_id, details, target_id)"
		   " SELECT $1, $2::uuid, $3, $4, $5::inet, $6, $7, $8::uuid, $9::jsonb, target"
		   " FROM unnest($10::uuid[]) AS target",
	    .params = 10,
	    .writes = true};

	return STORE_QUERY(pg, a, &insert, NULL, n->action, n->actor_id, n->target_type, n->result,
	    store_address(n->ip), n->user_agent, n->request_id, n->session_id, n->details,
	    store_array(a, targets, targets_n));
}

const struct error *
audit_last_hour(
    struct pg *pg, struct arena *a, const char *action, const char *target_id, int64_t *n_r)
{
	static const struct pg_statement count = {.name = "audit_last_hour",
	    .sql = "SELECT count(*) FROM audit WHERE target_id = $2 AND action = $1"
		   " AND at > now() - interval '1 hour'",
	    .params = 2};
	struct pg_rows rows;
	const struct error *e = STORE_QUERY(pg, a, &count, &rows, action, target_id);

	*n_r = e == NULL ? pg_int(&rows, 0, 0) : 0;
	return e;
}

/* Each of the three words has an index of its own that is in the order of the list: schema/0003_audit.sql. */
static const struct query_list newest = {.name = "audit_page",
    .columns = "id, at, action, actor_id, target_type, target_id, result, host(ip), user_agent,"
	       " request_id, session_id, details",
    .order = {.key = "at", .is_time = true, .id = "id"},
    .key = 1,
    .id = 0};

static void
filtered(struct query *q, const struct audit_filter *f)
{
	QUERY(q, " FROM audit WHERE true");
	if (f->actor != NULL)
		QUERY_VALUE(q, " AND actor_id = ?::uuid", f->actor);
	if (f->target != NULL)
		QUERY_VALUE(q, " AND target_id = ?::uuid", f->target);
	if (f->action != NULL)
		QUERY_VALUE(q, " AND action = ?", f->action);
	if (f->from_us != INSTANT_NONE)
		QUERY_VALUE(q, " AND at >= ?::timestamptz", store_time(q->sql.arena, f->from_us));
	if (f->to_us != INSTANT_NONE)
		QUERY_VALUE(q, " AND at < ?::timestamptz", store_time(q->sql.arena, f->to_us));
}

static void
entry_read(struct arena *a, const struct pg_rows *rows, int row, struct audit_entry *e)
{
	*e = (struct audit_entry){.id = pg_uuid(a, rows, row, 0),
	    .at_us = pg_time(rows, row, 1),
	    .action = pg_str(rows, row, 2),
	    .actor_id = pg_uuid(a, rows, row, 3),
	    .target_type = pg_str(rows, row, 4),
	    .target_id = pg_uuid(a, rows, row, 5),
	    .result = pg_str(rows, row, 6),
	    .ip = pg_str(rows, row, 7),
	    .user_agent = pg_str(rows, row, 8),
	    .request_id = pg_str(rows, row, 9),
	    .session_id = pg_uuid(a, rows, row, 10),
	    .details = pg_str(rows, row, 11)};
}

const struct error *
audit_page(struct pg *pg, struct arena *a, const struct audit_filter *f, const struct page_ask *ask,
    struct audit_entry **entries_r, struct page_got *got)
{
	struct pg_rows rows;
	struct query from;
	const struct error *e;

	query_init(&from, a);
	filtered(&from, f);
	e = query_list(pg, &newest, &from, ask, &rows, got);
	if (e != NULL)
		return e;
	*entries_r = arena_array(a, got->n, sizeof(**entries_r));
	for (size_t i = 0; i < got->n; i++)
		entry_read(a, &rows, (int)i, &(*entries_r)[i]);
	return NULL;
}
