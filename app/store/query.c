#include <assert.h>
#include <string.h>

#include "lib/arena.h"
#include "lib/clock.h"

#include "app/store/store.h"

#include "app/store/query.h"

void
query_init(struct query *q, struct arena *a)
{
	q->n = 0;
	buf_init(&q->sql, a);
}

void
query_add(struct query *q, const char *constant)
{
	buf_puts(&q->sql, constant);
}

void
query_add_value(struct query *q, const char *constant, const char *value)
{
	const char *mark;

	assert(q->n < QUERY_VALUES_MAX);
	q->values[q->n++] = value;
	for (; (mark = strchr(constant, '?')) != NULL; constant = mark + 1) {
		buf_add(&q->sql, constant, (size_t)(mark - constant));
		buf_printf(&q->sql, "$%d", q->n);
	}
	buf_puts(&q->sql, constant);
}

const struct error *
query_run(struct pg *pg, struct query *q, const char *name, struct pg_rows *rows)
{
	const struct pg_statement statement = {
	    .name = name, .sql = q->sql.at, .params = q->n, .assembled = true};

	return store_exec(pg, q->sql.arena, &statement, q->values, rows);
}

/* Whoever took the cursor has parsed it. */
static const char *
time_key(struct arena *a, const char *key)
{
	int64_t us = 0;
	bool is_time = clock_parse(key, &us);

	assert(is_time);
	return store_time(a, us);
}

void
query_after(struct query *q, const struct query_order *o, const struct page_ask *ask)
{
	const char *key = ask->after_key;

	if (key == NULL)
		return;
	if (o->is_time)
		key = time_key(q->sql.arena, key);
	QUERY(q, " AND (");
	query_add(q, o->key);
	QUERY(q, ", ");
	query_add(q, o->id);
	query_add(q, o->ascending ? ") > (" : ") < (");
	query_add_value(q, o->is_time ? "?::timestamptz" : "?::text", key);
	QUERY_VALUE(q, ", ?::uuid)", ask->after_id);
}

void
query_sorted(struct query *q, const struct query_order *o)
{
	QUERY(q, " ORDER BY ");
	query_add(q, o->key);
	query_add(q, o->ascending ? ", " : " DESC, ");
	query_add(q, o->id);
	query_add(q, o->ascending ? "" : " DESC");
}

void
query_limited(struct query *q, const struct page_ask *ask)
{
	QUERY_VALUE(q, " OFFSET ?::bigint", store_int(q->sql.arena, ask->skip));
	QUERY_VALUE(q, " LIMIT ?::bigint", store_int(q->sql.arena, ask->size + 1));
}

static const char *
key_text(struct arena *a, const struct query_order *o, const struct pg_rows *rows, int row, int key)
{
	char *text;

	if (!o->is_time)
		return pg_str(rows, row, key);
	text = arena_alloc(a, CLOCK_TEXT_SIZE);
	clock_text(pg_time(rows, row, key), text);
	return text;
}

void
query_page(struct arena *a, const struct query_order *o, const struct page_ask *ask,
    const struct pg_rows *rows, int key, int id, struct page_got *got)
{
	*got = (struct page_got){.n = (size_t)rows->n};
	got->more = rows->n > ask->size;
	if (got->more)
		got->n--;
	if (got->n > 0) {
		got->last_key = key_text(a, o, rows, (int)got->n - 1, key);
		got->last_id = pg_uuid(a, rows, (int)got->n - 1, id);
	}
	if (ask->count == PAGE_COUNT_NONE || ask->after_key != NULL || got->more ||
	    (got->n == 0 && ask->skip > 0))
		return;
	query_counted(ask, ask->skip + (int64_t)got->n, got);
}

const char *
query_count_cap(struct arena *a, const struct page_ask *ask, const struct page_got *got)
{
	if (ask->count == PAGE_COUNT_NONE || got->counted)
		return NULL;
	return store_int(a, ask->count == PAGE_COUNT_EXACT ? INT64_MAX : PAGE_REACH + 1);
}

void
query_counted(const struct page_ask *ask, int64_t n, struct page_got *got)
{
	got->counted = true;
	got->exact = ask->count == PAGE_COUNT_EXACT || n <= PAGE_REACH;
	got->total = got->exact ? n : PAGE_REACH;
}

/* The text and the values of ${from}, behind what needs none. */
static void
add_from(struct query *q, const struct query *from)
{
	q->n = from->n;
	memcpy(q->values, from->values, sizeof(q->values));
	query_add(q, from->sql.at);
}

static const struct error *
list_count(struct pg *pg, const struct query_list *l, const struct query *from,
    const struct page_ask *ask, struct page_got *got)
{
	struct arena *a = from->sql.arena;
	const char *cap = query_count_cap(a, ask, got);
	struct pg_rows rows;
	struct query q;
	const struct error *e;

	if (cap == NULL)
		return NULL;
	query_init(&q, a);
	/* In the order of the list, so that it is one of its indexes that is counted. */
	QUERY(&q, "SELECT count(*) FROM (SELECT");
	add_from(&q, from);
	query_sorted(&q, &l->order);
	QUERY_VALUE(&q, " LIMIT ?::bigint) AS capped", cap);
	e = query_run(pg, &q, l->name, &rows);
	if (e == NULL)
		query_counted(ask, pg_int(&rows, 0, 0), got);
	return e;
}

const struct error *
query_list(struct pg *pg, const struct query_list *l, const struct query *from,
    const struct page_ask *ask, struct pg_rows *rows, struct page_got *got)
{
	struct arena *a = from->sql.arena;
	struct query q;
	const struct error *e;

	query_init(&q, a);
	QUERY(&q, "SELECT ");
	query_add(&q, l->columns);
	add_from(&q, from);
	query_after(&q, &l->order, ask);
	query_sorted(&q, &l->order);
	query_limited(&q, ask);
	e = query_run(pg, &q, l->name, rows);
	if (e != NULL)
		return e;
	query_page(a, &l->order, ask, rows, l->key, l->id, got);
	return list_count(pg, l, from, ask, got);
}
