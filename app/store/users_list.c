#include <string.h>

#include "lib/arena.h"
#include "lib/buf.h"
#include "lib/str.h"

#include "app/store/query.h"
#include "app/store/store.h"
#include "app/store/user_columns.h"

#include "app/store/users_list.h"

enum {
	TRIGRAM = 3, /* characters */
	/* Of the order that are looked at when more than PAGE_REACH match: one in a hundred of a million. */
	WALK_ROWS = 10000
};

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

static bool
is_everybody(const struct user_filter *f)
{
	return f->query == NULL && f->role == NULL && !f->is_active.set && !f->is_verified.set &&
	    f->created_after_us == INSTANT_NONE && f->created_before_us == INSTANT_NONE;
}

/* ${text} as it stands, for LIKE (AZ-11). */
static const char *
literal(struct arena *a, const char *text)
{
	struct buf b;

	buf_init(&b, a);
	for (; *text != '\0'; text++) {
		if (*text == '%' || *text == '_' || *text == '\\')
			buf_putc(&b, '\\');
		buf_putc(&b, *text);
	}
	return b.at;
}

/* Fewer characters than a trigram has would be found in nearly everybody, and by no index: they are what
 * an address, a username or a name begins with. No text sorts behind U+10FFFF. */
static void
matching(struct query *q, const char *text)
{
	if (str_points(text) >= TRIGRAM) {
		QUERY_VALUE(q, " AND search LIKE '%' || search_fold(?::text) || '%'",
		    literal(q->sql.arena, text));
		return;
	}
	QUERY_VALUE(q,
	    " AND (sort_email BETWEEN lower(?::text) AND lower(?::text) || chr(1114111)"
	    " OR sort_username BETWEEN lower(?::text) AND lower(?::text) || chr(1114111)"
	    " OR sort_name BETWEEN lower(?::text) AND lower(?::text) || chr(1114111))",
	    text);
}

static void
filtered(struct query *q, const struct user_filter *f)
{
	if (f->query != NULL)
		matching(q, f->query);
	if (f->role != NULL)
		QUERY_VALUE(q, " AND role = ?::text", f->role);
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

/* One list under way: what is asked, how it is sorted, and where the answer goes. */
struct walk {
	struct pg *pg;
	struct arena *arena;
	const struct user_filter *filter;
	const struct page_ask *ask;
	struct query_order order;
	struct user **users_r;
	struct page_got *got;
};

static void
order_by(struct query *q, const struct walk *w)
{
	query_after(q, &w->order, w->ask);
	query_sorted(q, &w->order);
}

/* ids and keys, named p, are complete in ${q}: the users to them, and what the page says. */
static const struct error *
run(const struct walk *w, struct query *q, const char *name, struct pg_rows *rows)
{
	const struct error *e;

	QUERY(q, " JOIN users u ON u.id = p.id JOIN user_stats t ON t.user_id = u.id");
	query_add(
	    q, w->order.ascending ? " ORDER BY p.key, p.id" : " ORDER BY p.key DESC, p.id DESC");
	e = query_run(w->pg, q, name, rows);
	if (e != NULL)
		return e;
	query_page(w->arena, &w->order, w->ask, rows, USER_COLUMNS_N, 0, w->got);
	*w->users_r = arena_array(w->arena, w->got->n, sizeof(**w->users_r));
	for (size_t i = 0; i < w->got->n; i++)
		user_read(w->arena, rows, (int)i, 0, &(*w->users_r)[i]);
	return NULL;
}

/* The ids first, from the index alone where it can be: what is skipped must not be read and joined. */
static const struct error *
plain(const struct walk *w)
{
	struct pg_rows rows;
	struct query q;

	query_init(&q, w->arena);
	QUERY(&q, "SELECT " USER_COLUMNS ", p.key FROM (SELECT id, ");
	query_add(&q, w->order.key);
	QUERY(&q, " AS key FROM users WHERE deleted_at IS NULL");
	filtered(&q, w->filter);
	order_by(&q, w);
	query_limited(&q, w->ask);
	QUERY(&q, ") p");
	return run(w, &q, "users_page", &rows);
}

/* The first ${rows_max} rows of the order, and those of them that match; no fence where it is NULL. */
static const struct error *
walk(const struct walk *w, const char *rows_max)
{
	struct pg_rows rows;
	struct query q;

	query_init(&q, w->arena);
	QUERY(&q, "SELECT " USER_COLUMNS ", p.key FROM (SELECT id, ");
	query_add(&q, w->order.key);
	QUERY(&q,
	    " AS key FROM (SELECT id, created_at, updated_at, sort_email, sort_username,"
	    " sort_name, role, is_active, is_verified, search FROM users"
	    " WHERE deleted_at IS NULL");
	order_by(&q, w);
	QUERY_VALUE(&q, " LIMIT ?::bigint) w WHERE true", rows_max);
	filtered(&q, w->filter);
	query_sorted(&q, &w->order);
	query_limited(&q, w->ask);
	QUERY(&q, ") p");
	return run(w, &q, "users_walk", &rows);
}

static const struct error *
count(const struct walk *w, const char *cap, int64_t *n_r)
{
	struct pg_rows rows;
	struct query q;
	const struct error *e;

	query_init(&q, w->arena);
	QUERY(&q, "SELECT count(*) FROM (SELECT FROM users WHERE deleted_at IS NULL");
	filtered(&q, w->filter);
	/* In an order that an index has: its entries are a fraction of the rows' pages. */
	if (is_everybody(w->filter))
		QUERY(&q, " ORDER BY created_at, id");
	QUERY_VALUE(&q, " LIMIT ?::bigint) AS capped", cap);
	e = query_run(w->pg, &q, "users_count", &rows);
	if (e == NULL)
		*n_r = pg_int(&rows, 0, 0);
	return e;
}

/* Everybody who matches, up to one more than ${max}, and of these the page; *n_r is how many. Where it
 * is more than ${max}, the page is none. */
static const struct error *
collect(const struct walk *w, int64_t max, int64_t *n_r)
{
	const char *cap = store_int(w->arena, max + 1);
	struct walk collected = *w;
	struct pg_rows rows;
	struct query q;
	const struct error *e;

	collected.order.key = "key";
	query_init(&q, w->arena);
	QUERY(&q, "WITH m AS MATERIALIZED (SELECT id, ");
	query_add(&q, w->order.key);
	QUERY(&q, " AS key FROM users WHERE deleted_at IS NULL");
	filtered(&q, w->filter);
	QUERY_VALUE(&q, " LIMIT ?::bigint)", cap);
	QUERY(&q,
	    " SELECT " USER_COLUMNS ", p.key, (SELECT count(*) FROM m) FROM"
	    " (SELECT id, key FROM m WHERE true");
	order_by(&q, &collected);
	query_limited(&q, w->ask);
	QUERY(&q, ") p");
	e = run(w, &q, "users_collect", &rows);
	if (e != NULL)
		return e;
	*n_r = rows.n > 0 ? pg_int(&rows, 0, USER_COLUMNS_N + 1) : 0;
	if (rows.n > 0 || (w->ask->skip == 0 && w->ask->after_key == NULL))
		return NULL;
	return count(w, cap, n_r);
}

/*
 * No single plan serves a text that everybody has and one that nobody has, and the planner, which knows how
 * frequent a text is, does not know where in the order its rows stand: of users who all begin with "z" it
 * expects one among the first hundred, and walks past a million. So what is found is collected and
 * sorted as long as it is not too much, and else met on a walk along the order; in turns, each with a
 * bound, the last without. Of 10^6 users, CPU of the server for a page and its total: a text that one has
 * or nobody 1 to 8 ms, one in a thousand 5, one in sixty (where counting stops) 25, one in five 34,
 * everybody 13. What stands at the far end of its order: one in nine 0.5 s, more than one in four 2 s.
 */
static const struct error *
search(const struct walk *w)
{
	const struct {
		int64_t collect; /* at most so many matches; 0: not again */
		const char *walk;
	} steps[] = {{PAGE_REACH, store_int(w->arena, WALK_ROWS + 8 * w->ask->skip)},
	    {0, store_int(w->arena, 10 * (WALK_ROWS + 8 * w->ask->skip))}, {25 * PAGE_REACH, NULL}};
	int64_t n, total = 0;
	const struct error *e = NULL;

	for (size_t i = 0; i < sizeof(steps) / sizeof(steps[0]); i++) {
		if (steps[i].collect > 0) {
			e = collect(w, steps[i].collect, &n);
			total = i == 0 ? n : total;
			if (e != NULL || n <= steps[i].collect)
				break;
		}
		e = walk(w, steps[i].walk);
		if (e != NULL || w->got->more)
			break;
	}
	/* Of a walk with a bound, or of too many, the page does not tell it. */
	w->got->counted = false;
	if (e == NULL && (total <= PAGE_REACH || w->ask->count == PAGE_COUNT_CAPPED) &&
	    w->ask->count != PAGE_COUNT_NONE)
		query_counted(w->ask, total, w->got);
	return e;
}

const struct error *
users_list_page(struct pg *pg, struct arena *a, const struct user_filter *f,
    const struct page_ask *ask, struct user **users_r, struct page_got *got)
{
	const struct walk w = {.pg = pg,
	    .arena = a,
	    .filter = f,
	    .ask = ask,
	    .order = order_of(f->sort_by, f->ascending),
	    .users_r = users_r,
	    .got = got};
	const struct error *e = f->query != NULL ? search(&w) : plain(&w);
	const char *cap;
	int64_t n;

	cap = e == NULL ? query_count_cap(a, ask, got) : NULL;
	if (cap == NULL)
		return e;
	e = count(&w, cap, &n);
	if (e == NULL)
		query_counted(ask, n, got);
	return e;
}
