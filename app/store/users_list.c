#include <string.h>

#include "lib/arena.h"

#include "app/store/query.h"
#include "app/store/store.h"
#include "app/store/user_columns.h"

#include "app/store/users_list.h"

/* Every key is NOT NULL and has an index (key, id): schema/0001_users.sql. */
static const struct {
	const char *word, *key;
	bool is_time;
} sorts[] = {
    {"created_at", "created_at", true},
    {"updated_at", "updated_at", true},
    {"email", "sort_email", false},
    {"username", "sort_username", false},
    {"full_name", "sort_name", false},
    {"role", "role", false},
};

static struct query_order
order_of(const char *sort_by, bool ascending)
{
	size_t i = 0;

	for (size_t n = 0; sort_by != NULL && n < sizeof(sorts) / sizeof(sorts[0]); n++) {
		if (strcmp(sorts[n].word, sort_by) == 0)
			i = n;
	}
	return (struct query_order){
	    .key = sorts[i].key, .is_time = sorts[i].is_time, .id = "id", .ascending = ascending};
}

bool
users_list_by_time(const char *sort_by)
{
	return order_of(sort_by, false).is_time;
}

static void
filtered(struct query *q, const struct user_filter *f)
{
	QUERY(q, " WHERE deleted_at IS NULL");
	if (f->role != NULL)
		QUERY_VALUE(q, " AND role = ?", f->role);
	/* As constants: the planner takes these for an index's own condition. */
	if (f->is_active.set)
		query_add(q, f->is_active.v ? " AND is_active" : " AND NOT is_active");
	if (f->is_verified.set)
		query_add(q, f->is_verified.v ? " AND is_verified" : " AND NOT is_verified");
	if (f->created_after_us != INSTANT_NONE)
		QUERY_VALUE(q, " AND created_at > ?::timestamptz",
		    store_time(q->sql.arena, f->created_after_us));
	if (f->created_before_us != INSTANT_NONE)
		QUERY_VALUE(q, " AND created_at < ?::timestamptz",
		    store_time(q->sql.arena, f->created_before_us));
}

const struct error *
users_list_page(struct pg *pg, struct arena *a, const struct user_filter *f,
    const struct page_ask *ask, struct user **users_r, struct page_got *got)
{
	const struct query_order order = order_of(f->sort_by, f->ascending);
	struct pg_rows rows;
	struct query q;
	const struct error *e;

	/* The ids first, from the index alone: what is skipped must not be read and joined. */
	query_init(&q, a);
	QUERY(&q, "SELECT " USER_COLUMNS ", p.key FROM (SELECT id, ");
	query_add(&q, order.key);
	QUERY(&q, " AS key FROM users");
	filtered(&q, f);
	query_after(&q, &order, ask);
	query_sorted(&q, &order);
	query_limited(&q, ask);
	QUERY(&q, ") p JOIN users u ON u.id = p.id JOIN user_stats t ON t.user_id = u.id");
	query_add(
	    &q, order.ascending ? " ORDER BY p.key, p.id" : " ORDER BY p.key DESC, p.id DESC");
	e = query_run(pg, &q, "users_page", &rows);
	if (e != NULL)
		return e;
	query_page(a, &order, ask, &rows, USER_COLUMNS_N, 0, got);
	*users_r = arena_array(a, got->n, sizeof(**users_r));
	for (size_t i = 0; i < got->n; i++)
		user_read(a, &rows, (int)i, 0, &(*users_r)[i]);
	return NULL;
}

const struct error *
users_list_count(struct pg *pg, struct arena *a, const struct user_filter *f,
    const struct page_ask *ask, struct page_got *got)
{
	const char *cap = query_count_cap(a, ask, got);
	struct pg_rows rows;
	struct query q;
	const struct error *e;

	if (cap == NULL)
		return NULL;
	query_init(&q, a);
	QUERY(&q, "SELECT count(*) FROM (SELECT FROM users");
	filtered(&q, f);
	QUERY_VALUE(&q, " LIMIT ?::bigint) AS capped", cap);
	e = query_run(pg, &q, "users_count", &rows);
	if (e == NULL)
		query_counted(ask, pg_int(&rows, 0, 0), got);
	return e;
}
