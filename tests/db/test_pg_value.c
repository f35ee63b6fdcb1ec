/* lib/pg_value: every type from its binary form, with NULL and the ends of its range. */

#include <criterion/criterion.h>
#include <signal.h>
#include <string.h>

#include "lib/arena.h"
#include "lib/model.h"
#include "lib/pg.h"

#include "tests/db/scratch.h"

static struct pg *pg;
static struct arena *a;

static void
setup(void)
{
	pg = scratch_open();
	a = arena_new();
}

static void
teardown(void)
{
	arena_free(&a);
	scratch_close(&pg);
}

TestSuite(pg_value, .init = setup, .fini = teardown, .timeout = 60);

static struct pg_rows
ask(const struct pg_statement *statement)
{
	struct pg_rows rows;

	cr_assert_eq(pg_exec(pg, a, statement, NULL, &rows), PG_OK, "%s", pg_why(pg));
	return rows;
}

Test(pg_value, integers_of_every_size)
{
	static const struct pg_statement s = {.name = "ints",
	    .sql =
		"VALUES (0::int2, 0::int4, 0::int8), (-32768, -2147483648, -9223372036854775808), "
		"(32767, 2147483647, 9223372036854775807), (-2, -2, -2), (NULL, NULL, NULL)"};
	static const int64_t expected[][3] = {{0, 0, 0}, {INT16_MIN, INT32_MIN, INT64_MIN},
	    {INT16_MAX, INT32_MAX, INT64_MAX}, {-2, -2, -2}, {0, 0, 0}};
	struct pg_rows rows = ask(&s);

	for (int row = 0; row < 5; row++) {
		for (int column = 0; column < 3; column++) {
			cr_expect_eq(pg_int(&rows, row, column), expected[row][column], "%d, %d",
			    row, column);
		}
	}
}

Test(pg_value, booleans)
{
	static const struct pg_statement s = {
	    .name = "bools", .sql = "SELECT true, false, NULL::bool"};
	struct pg_rows rows = ask(&s);

	cr_expect(pg_bool(&rows, 0, 0));
	cr_expect_not(pg_bool(&rows, 0, 1));
	cr_expect_not(pg_bool(&rows, 0, 2));
}

Test(pg_value, times_before_and_after_both_epochs_and_without_end)
{
	static const struct {
		struct pg_statement statement;
		int64_t us;
	} cases[] = {
	    {{.name = "a", .sql = "SELECT '1970-01-01 00:00:00Z'::timestamptz"}, 0},
	    {{.name = "b", .sql = "SELECT '2000-01-01 00:00:00Z'::timestamptz"},
		INT64_C(946684800000000)},
	    {{.name = "c", .sql = "SELECT '1999-12-31 23:59:59.999999Z'::timestamptz"},
		INT64_C(946684799999999)},
	    {{.name = "d", .sql = "SELECT '1969-12-31 23:59:59.999999Z'::timestamptz"}, -1},
	    {{.name = "e", .sql = "SELECT '0001-01-01 00:00:00Z'::timestamptz"},
		INT64_C(-62135596800000000)},
	    {{.name = "f", .sql = "SELECT '2024-02-29 12:34:56.789012+02'::timestamptz"},
		INT64_C(1709202896789012)},
	    {{.name = "g", .sql = "SELECT 'infinity'::timestamptz"}, INT64_MAX},
	    {{.name = "h", .sql = "SELECT '-infinity'::timestamptz"}, INT64_MIN + 1},
	    {{.name = "i", .sql = "SELECT '294276-12-31 23:59:59Z'::timestamptz"},
		INT64_MAX}, /* beyond int64 from 1970 */
	    {{.name = "j", .sql = "SELECT NULL::timestamptz"}, INSTANT_NONE},
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct pg_rows rows = ask(&cases[i].statement);

		cr_expect_eq(
		    pg_time(&rows, 0, 0), cases[i].us, "case %zu: %ld", i, pg_time(&rows, 0, 0));
	}
}

Test(pg_value, text_of_every_kind)
{
	static const struct pg_statement s = {.name = "texts",
	    .sql = "SELECT 'a\xc3\xa4'::text, ''::varchar, 'n'::name, '{\"a\":1}'::json, "
		   "'{\"a\": 1}'::jsonb, 'happy'::mood, 'c'::bpchar, NULL::text, NULL::jsonb"};
	static const char *const expected[] = {
	    "a\xc3\xa4", "", "n", "{\"a\":1}", "{\"a\": 1}", "happy", "c", NULL, NULL};
	struct pg_rows rows;

	cr_assert_eq(pg_script(pg, "CREATE TYPE mood AS ENUM ('sad', 'happy')"), PG_OK);
	rows = ask(&s);
	for (int i = 0; i < 9; i++) {
		const char *text = pg_str(&rows, 0, i);

		if (expected[i] == NULL)
			cr_expect_null(text, "column %d", i);
		else
			cr_expect_str_eq(text, expected[i], "column %d: %s", i, text);
	}
}

Test(pg_value, uuids_are_copied)
{
	static const struct pg_statement s = {.name = "uuids",
	    .sql = "SELECT '00112233-4455-6677-8899-AABBCCDDEEFF'::uuid, NULL::uuid"};
	struct pg_rows rows = ask(&s);
	struct arena *longer = arena_new();
	const char *id = pg_uuid(longer, &rows, 0, 0);

	cr_expect_null(pg_uuid(longer, &rows, 0, 1));
	arena_reset(a);
	cr_expect_str_eq(id, "00112233-4455-6677-8899-aabbccddeeff");
	arena_free(&longer);
}

Test(pg_value, bytes_with_zeros_in_them)
{
	static const struct pg_statement s = {
	    .name = "bytes", .sql = "SELECT '\\x00ff00'::bytea, ''::bytea, NULL::bytea"};
	struct pg_rows rows = ask(&s);
	size_t n;

	cr_expect_eq(memcmp(pg_bytes(&rows, 0, 0, &n), "\0\xff\0", 3), 0);
	cr_expect_eq(n, 3);
	cr_expect_not_null(pg_bytes(&rows, 0, 1, &n));
	cr_expect_eq(n, 0);
	n = 9;
	cr_expect_null(pg_bytes(&rows, 0, 2, &n));
	cr_expect_eq(n, 0);
}

Test(pg_value, column_read_as_another_type_is_a_bug, .signal = SIGABRT)
{
	static const struct pg_statement s = {.name = "four", .sql = "SELECT 'four'::text"};
	struct pg_rows rows = ask(&s);

	(void)pg_int(&rows, 0, 0);
}

Test(pg_value, number_read_as_text_is_a_bug, .signal = SIGABRT)
{
	static const struct pg_statement s = {.name = "number", .sql = "SELECT 1"};
	struct pg_rows rows = ask(&s);

	(void)pg_str(&rows, 0, 0);
}

Test(pg_value, row_beyond_the_last_is_a_bug, .signal = SIGABRT)
{
	static const struct pg_statement s = {.name = "none", .sql = "SELECT 1 WHERE false"};
	struct pg_rows rows = ask(&s);

	(void)pg_int(&rows, 0, 0);
}
