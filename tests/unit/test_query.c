#include <criterion/criterion.h>
#include <string.h>

#include "lib/arena.h"

#include "app/store/query.h"

static struct arena *a;

static void
start(void)
{
	a = arena_new();
}

static void
stop(void)
{
	arena_free(&a);
}

TestSuite(query, .init = start, .fini = stop);

static const struct query_order by_name = {.key = "sort_name", .id = "id", .ascending = true};
static const struct query_order by_time = {.key = "at", .id = "id", .is_time = true};

Test(query, values_are_parameters_and_never_text)
{
	static const char evil[] = "'; DROP TABLE users; -- ? $1";
	struct query q;

	query_init(&q, a);
	QUERY(&q, "SELECT 1 WHERE true");
	QUERY_VALUE(&q, " AND a = ?", evil);
	QUERY_VALUE(&q, " AND (b = ?::text OR c = ?::text)", NULL);
	QUERY_VALUE(&q, " AND d < ?", "x");
	cr_assert_str_eq(q.sql.at,
	    "SELECT 1 WHERE true AND a = $1 AND (b = $2::text OR c = $2::text) AND d < $3");
	cr_assert_eq(q.n, 3);
	cr_assert_str_eq(q.values[0], evil);
	cr_assert_null(q.values[1]);
	cr_assert_str_eq(q.values[2], "x");
}

Test(query, a_page_begins_behind_its_cursor_in_the_direction_of_the_order)
{
	static const struct page_ask first = {.size = 50};
	static const struct page_ask later = {.size = 50,
	    .skip = 7,
	    .after_key = "2026-01-02T03:04:05+01:00",
	    .after_id = "3f0e0c1a-5b7d-4e2f-8a90-b1c2d3e4f506"};
	struct query q;

	query_init(&q, a);
	query_after(&q, &by_name, &first);
	cr_assert_str_eq(q.sql.at, "");
	query_after(&q, &by_name, &later);
	query_sorted(&q, &by_name);
	cr_assert_str_eq(
	    q.sql.at, " AND (sort_name, id) > ($1::text, $2::uuid) ORDER BY sort_name, id");
	query_init(&q, a);
	query_after(&q, &by_time, &later);
	query_sorted(&q, &by_time);
	query_limited(&q, &later);
	cr_assert_str_eq(q.sql.at,
	    " AND (at, id) < ($1::timestamptz, $2::uuid) ORDER BY at DESC, id DESC"
	    " OFFSET $3::bigint LIMIT $4::bigint");
	cr_assert_str_eq(q.values[0], "2026-01-02T02:04:05.000000Z");
	cr_assert_str_eq(q.values[1], later.after_id);
	cr_assert_str_eq(q.values[2], "7");
	cr_assert_str_eq(q.values[3], "51"); /* one more tells whether more follows */
}

Test(query, counts_only_what_is_asked_and_not_known)
{
	static const struct {
		enum page_count count;
		int64_t n;
		bool exact;
		int64_t total;
	} cases[] = {
	    {PAGE_COUNT_CAPPED, 0, true, 0},
	    {PAGE_COUNT_CAPPED, 9999, true, 9999},
	    {PAGE_COUNT_CAPPED, 10000, true, 10000},
	    {PAGE_COUNT_CAPPED, 10001, false, 10000},
	    {PAGE_COUNT_EXACT, 10001, true, 10001},
	    {PAGE_COUNT_EXACT, 1000000, true, 1000000},
	};
	struct page_ask ask = {.size = 50, .count = PAGE_COUNT_NONE};
	struct page_got got = {.n = 50, .more = true};

	cr_assert_null(query_count_cap(a, &ask, &got));
	ask.count = PAGE_COUNT_CAPPED;
	cr_assert_str_eq(query_count_cap(a, &ask, &got), "10001");
	ask.count = PAGE_COUNT_EXACT;
	cr_assert_str_eq(query_count_cap(a, &ask, &got), "9223372036854775807");
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		ask.count = cases[i].count;
		query_counted(&ask, cases[i].n, &got);
		cr_assert(got.counted);
		cr_assert_eq(got.exact, cases[i].exact, "case %zu", i);
		cr_assert_eq(got.total, cases[i].total, "case %zu", i);
		cr_assert_null(query_count_cap(a, &ask, &got), "it is known now");
	}
}
