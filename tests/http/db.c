#include <criterion/criterion.h>

#include "lib/arena.h"
#include "lib/pg.h"

#include "tests/http/client.h"

#include "tests/http/db.h"

#define CONNECT_WAIT_US INT64_C(10000000)

static struct pg *
connection(void)
{
	static struct pg *pg;

	if (pg == NULL) {
		pg = pg_new(client_env("DATABASE_URL"), "gatehouse-test");
		cr_assert(pg_connect_wait(pg, CONNECT_WAIT_US), "%s", pg_why(pg));
	}
	return pg;
}

static struct pg_rows
run(const char *const *sql_and_values)
{
	struct pg_statement s = {
	    .name = "test", .sql = sql_and_values[0], .writes = true, .assembled = true};
	struct pg_rows rows;
	enum pg_code code;

	while (sql_and_values[1 + s.params] != NULL)
		s.params++;
	code = pg_exec(connection(), client_arena(), &s, sql_and_values + 1, &rows);
	cr_assert_eq(code, PG_OK, "%s: %s", s.sql, pg_why(connection()));
	return rows;
}

int64_t
db_do(const char *const *sql_and_values)
{
	return run(sql_and_values).n;
}

const char *
db_text(const char *const *sql_and_values)
{
	struct pg_rows rows = run(sql_and_values);

	cr_assert_eq(rows.n, 1, "%s: %d rows", sql_and_values[0], rows.n);
	return pg_str(&rows, 0, 0);
}

int64_t
db_int(const char *const *sql_and_values)
{
	struct pg_rows rows = run(sql_and_values);

	cr_assert_eq(rows.n, 1, "%s: %d rows", sql_and_values[0], rows.n);
	return pg_int(&rows, 0, 0);
}
