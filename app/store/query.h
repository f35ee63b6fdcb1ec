#ifndef APP_STORE_QUERY_H
#define APP_STORE_QUERY_H

/*
 * A statement put together from constant fragments, for lists: filters that may be there, one of several
 * orders. Values are parameters, always; no byte of input becomes text of the statement (IN-08). The
 * macros take literals only, and what is chosen at run time comes from a constant table.
 */

#include "lib/buf.h"
#include "lib/error.h"

#include "app/page.h"

struct arena;
struct pg;
struct pg_rows;

enum { QUERY_VALUES_MAX = 32 };

struct query {
	struct buf sql;
	const char *values[QUERY_VALUES_MAX];
	int n;
};

void query_init(struct query *, struct arena *);

/* QUERY(q, "AND is_active"); QUERY_VALUE(q, " AND role = ?", role): each ? is that one parameter. */
#define QUERY(q, fragment)              query_add(q, "" fragment "")
#define QUERY_VALUE(q, fragment, value) query_add_value(q, "" fragment "", value)
void query_add(struct query *, const char *constant);
void query_add_value(struct query *, const char *constant, const char *value);

/* query_run(pg, q, name, rows): ${name} is for the log. */
const struct error *query_run(struct pg *, struct query *, const char *name, struct pg_rows *)
    __attribute__((warn_unused_result));

/* How a list is sorted: constants. The tie-breaker has the direction of the key. */
struct query_order {
	const char *key; /* a column, never NULL */
	bool is_time;    /* timestamptz, in a cursor as RFC 3339; else text */
	const char *id;  /* the column of the tie-breaker, a uuid */
	bool ascending;
};

/* query_after(q, order, ask): " AND (key, id) < (…)", or nothing where the page is the first. */
void query_after(struct query *, const struct query_order *, const struct page_ask *);

/* query_sorted(q, order): " ORDER BY key DESC, id DESC". */
void query_sorted(struct query *, const struct query_order *);

/* query_limited(q, ask): " OFFSET … LIMIT …", one row more than the page: it tells whether more follows. */
void query_limited(struct query *, const struct page_ask *);

/*
 * query_page(a, order, ask, rows, key, id, got): what the rows tell about the page; columns ${key} and
 * ${id} are those of the order. The row too many is not counted in got->n. Where no further row
 * follows, the total is known without counting.
 */
void query_page(struct arena *, const struct query_order *, const struct page_ask *,
    const struct pg_rows *, int key, int id, struct page_got *);

/*
 * What remains to be counted after query_page(): query_count_cap(ask, got) is the row to stop behind, as
 * a parameter, or NULL where nothing is to be counted. query_counted(ask, n, got): ${n} came out of it.
 */
const char *query_count_cap(struct arena *, const struct page_ask *, const struct page_got *);
void query_counted(const struct page_ask *, int64_t n, struct page_got *);

/* A list of one table in one order: constants. */
struct query_list {
	const char *name, *columns;
	struct query_order order;
	int key, id; /* which columns are those of the order */
};

/*
 * query_list(pg, list, from, ask, rows, got): the page, and its total as ${ask} wants it. ${from} is
 * " FROM … WHERE …" with its values.
 */
const struct error *query_list(struct pg *, const struct query_list *, const struct query *from,
    const struct page_ask *, struct pg_rows *, struct page_got *)
    __attribute__((warn_unused_result));

#endif
