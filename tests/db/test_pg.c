/* lib/pg: statements, transactions, and what errors are called. Losses are in test_pg_loss.c. */

#include <criterion/criterion.h>
#include <malloc.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/arena.h"
#include "lib/clock.h"
#include "lib/pg.h"

#include "tests/db/scratch.h"

static struct pg *pg;
static struct arena *a;

static void
setup(void)
{
	pg = scratch_open();
	a = arena_new();
	cr_assert_eq(pg_script(pg,
			 "CREATE TABLE t (id int PRIMARY KEY, n int NOT NULL DEFAULT 0 "
			 "CONSTRAINT t_n_small CHECK (n < 100));"
			 "CREATE TABLE child (id int CONSTRAINT child_parent REFERENCES t "
			 "DEFERRABLE INITIALLY IMMEDIATE, late int CONSTRAINT child_late "
			 "REFERENCES t DEFERRABLE INITIALLY DEFERRED);"
			 "INSERT INTO t VALUES (1)"),
	    PG_OK);
}

static void
teardown(void)
{
	arena_free(&a);
	scratch_close(&pg);
}

TestSuite(pg, .init = setup, .fini = teardown, .timeout = 60);

static const struct pg_statement insert = {
    .name = "insert", .sql = "INSERT INTO t (id) VALUES ($1)", .params = 1, .writes = true};
static const struct pg_statement one = {.name = "one", .sql = "SELECT 1"};

Test(pg, says_what_an_error_means)
{
	static const struct {
		struct pg_statement statement;
		enum pg_code code;
		const char *sqlstate, *constraint;
	} cases[] = {
	    {{.name = "a", .sql = "INSERT INTO t VALUES (1)", .writes = true}, PG_CONFLICT, "23505",
		"t_pkey"},
	    {{.name = "b", .sql = "INSERT INTO child VALUES (9)", .writes = true}, PG_CONFLICT,
		"23503", "child_parent"},
	    {{.name = "c", .sql = "INSERT INTO child (late) VALUES (9)", .writes = true},
		PG_CONFLICT, "23503", "child_late"}, /* at the end of the implicit transaction */
	    {{.name = "d", .sql = "INSERT INTO t VALUES (2, 100)", .writes = true}, PG_INVALID,
		"23514", "t_n_small"},
	    {{.name = "e", .sql = "INSERT INTO t VALUES (2, NULL)", .writes = true}, PG_INVALID,
		"23502", ""},
	    {{.name = "f", .sql = "SELECT 'x'::text::int"}, PG_INVALID, "22P02", ""},
	    {{.name = "g", .sql = "SELECT 1 / (SELECT 0)"}, PG_INVALID, "22012", ""},
	    {{.name = "h", .sql = "DO $$ BEGIN RAISE SQLSTATE '40001'; END $$"}, PG_BUSY, "40001",
		""},
	    {{.name = "i", .sql = "DO $$ BEGIN RAISE SQLSTATE '40P01'; END $$"}, PG_BUSY, "40P01",
		""},
	    {{.name = "j", .sql = "DO $$ BEGIN RAISE SQLSTATE '55P03'; END $$"}, PG_BUSY, "55P03",
		""},
	    {{.name = "k", .sql = "DO $$ BEGIN RAISE SQLSTATE '53100'; END $$"}, PG_AWAY, "53100",
		""},
	    {{.name = "l", .sql = "DO $$ BEGIN RAISE SQLSTATE '57014'; END $$"}, PG_AWAY, "57014",
		""},
	    {{.name = "m", .sql = "SELECT nothing FROM nowhere"}, PG_FAULT, "42P01", ""},
	    {{.name = "n", .sql = "SELECT $1::int", .params = 0}, PG_FAULT, "08P01", ""},
	    {{.name = "o", .sql = "DO $$ BEGIN RAISE 'by hand'; END $$"}, PG_FAULT, "P0001", ""},
	    {{.name = "p", .sql = "DO $$ BEGIN RAISE SQLSTATE '0A000'; END $$"}, PG_FAULT, "0A000",
		""},
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		enum pg_code code = pg_exec(pg, a, &cases[i].statement, NULL, NULL);

		cr_expect_eq(code, cases[i].code, "case %zu: code %d, %s", i, code, pg_why(pg));
		cr_expect_str_eq(
		    pg_sqlstate(pg), cases[i].sqlstate, "case %zu: %s", i, pg_sqlstate(pg));
		cr_expect_str_eq(pg_constraint(pg), cases[i].constraint, "case %zu", i);
		cr_expect_eq(pg_exec(pg, a, &one, NULL, NULL), PG_OK, "after case %zu", i);
	}
	cr_expect_eq(pg_state(pg), PG_STATE_UP);
}

Test(pg, never_repeats_the_values_of_a_conflict)
{
	cr_assert_eq(PG_QUERY(pg, a, &insert, NULL, "1"), PG_CONFLICT);
	cr_expect_not_null(strstr(pg_why(pg), "duplicate key"));
	cr_expect_null(strstr(pg_why(pg), "(1)"));
}

Test(pg, session_has_our_limits_and_keeps_the_operators_options)
{
	static const struct pg_statement show = {.name = "show",
	    .sql = "SELECT current_setting('statement_timeout'), current_setting('lock_timeout'), "
		   "current_setting('idle_in_transaction_session_timeout'), "
		   "current_setting('client_encoding'), current_setting('application_name'), "
		   "current_setting('work_mem')"};
	static const char *const expected[] = {"3s", "500ms", "5s", "UTF8", "test", "5MB"};
	char url[700];
	struct pg *own;
	struct pg_rows rows;

	(void)snprintf(url, sizeof(url),
	    "%s&options=-c%%20work_mem%%3D5MB%%20-c%%20lock_timeout%%3D9s", scratch_url());
	own = scratch_connect(url);
	cr_assert_eq(pg_exec(own, a, &show, NULL, &rows), PG_OK);
	for (int i = 0; i < 6; i++)
		cr_expect_str_eq(
		    pg_str(&rows, 0, i), expected[i], "column %d: %s", i, pg_str(&rows, 0, i));
	pg_free(&own);
}

Test(pg, takes_the_url_of_other_frameworks)
{
	char url[600];
	struct pg *own;

	(void)snprintf(url, sizeof(url), "postgresql+asyncpg%s", strchr(scratch_url(), ':'));
	own = scratch_connect(url);
	pg_free(&own);
}

Test(pg, prepares_a_statement_once)
{
	static const struct pg_statement count = {
	    .name = "count", .sql = "SELECT count(*) FROM pg_prepared_statements"};
	struct pg_rows rows;

	for (int i = 0; i < 10; i++) {
		cr_assert_eq(pg_exec(pg, a, &one, NULL, NULL), PG_OK);
		cr_assert_eq(pg_exec(pg, a, &count, NULL, &rows), PG_OK);
		cr_assert_eq(pg_int(&rows, 0, 0), 2, "run %d", i);
	}
}

/* Nothing of it stays, so that no two sessions behind a pooler can take one's for the other's (P13). */
Test(pg, leaves_nothing_of_an_assembled_statement)
{
	static const struct pg_statement count = {
	    .name = "count", .sql = "SELECT count(*) FROM pg_prepared_statements"};
	const char *const values[] = {"7", NULL, "a'b"};
	struct pg_rows rows;

	for (int i = 0; i < 2000; i++) { /* more than are ever remembered */
		char sql[80];
		struct pg_statement own = {
		    .name = "own", .sql = sql, .params = 3, .assembled = true};

		(void)snprintf(
		    sql, sizeof(sql), "SELECT $1::bigint + %d, $2::text IS NULL, $3::text", i);
		cr_assert_eq(pg_exec(pg, a, &own, values, &rows), PG_OK, "%s", pg_why(pg));
		cr_assert_eq(pg_int(&rows, 0, 0), 7 + i);
		cr_assert(pg_bool(&rows, 0, 1));
		cr_assert_str_eq(pg_str(&rows, 0, 2), "a'b");
	}
	cr_assert_eq(pg_exec(pg, a, &count, NULL, &rows), PG_OK);
	cr_expect_eq(pg_int(&rows, 0, 0), 1);
}

Test(pg, runs_an_assembled_statement_in_its_transaction)
{
	const struct pg_statement put = {
	    .name = "put", .sql = "INSERT INTO t (id) VALUES ($1)", .params = 1, .assembled = true};

	for (int i = 0; i < 2; i++) {
		cr_assert_eq(pg_begin(pg, true), PG_OK);
		cr_assert_eq(PG_QUERY(pg, a, &put, NULL, "20"), PG_OK); /* BEGIN travels with it */
		cr_expect_eq(PG_QUERY(pg, a, &put, NULL, "20"), PG_CONFLICT);
		cr_expect_str_eq(pg_constraint(pg), "t_pkey");
		if (i == 0)
			pg_rollback(pg);
		else
			cr_expect_eq(pg_commit(pg), PG_FAULT, "it had failed");
	}
	cr_expect_eq(scratch_int("SELECT count(*) FROM t WHERE id = 20"), 0);
	cr_expect_eq(pg_exec(pg, a, &one, NULL, NULL), PG_OK);
}

Test(pg, remembers_what_was_prepared_but_then_failed)
{
	static const struct pg_statement again = {
	    .name = "again", .sql = "INSERT INTO t (id) VALUES (1)", .writes = true};

	for (int i = 0; i < 4; i++) {
		cr_expect_eq(PG_QUERY(pg, a, &insert, NULL, "1"), PG_CONFLICT, "alone, %d", i);
		cr_assert_eq(pg_begin(pg, true), PG_OK);
		cr_expect_eq(pg_exec(pg, a, &again, NULL, NULL), PG_CONFLICT, "with BEGIN, %d", i);
		pg_rollback(pg);
	}
}

Test(pg, does_not_remember_what_could_not_be_prepared)
{
	static const struct pg_statement later = {
	    .name = "later", .sql = "SELECT count(*) FROM later"};

	for (int i = 0; i < 2; i++) {
		cr_assert_eq(pg_begin(pg, false), PG_OK);
		cr_expect_eq(pg_exec(pg, a, &later, NULL, NULL), i == 0 ? PG_FAULT : PG_OK, "%s",
		    pg_why(pg));
		pg_rollback(pg);
		if (i == 0)
			cr_assert_eq(pg_script(pg, "CREATE TABLE later (id int)"), PG_OK);
	}
}

Test(pg, prepares_again_what_the_server_does_not_know_any_more)
{
	static const struct pg_statement star = {.name = "star", .sql = "SELECT * FROM t"};
	static const char *const changes[] = {
	    "ALTER TABLE t ADD COLUMN more int", "DEALLOCATE ALL"};
	struct pg_rows rows;

	for (size_t i = 0; i < 2; i++) {
		cr_assert_eq(pg_exec(pg, a, &star, NULL, NULL), PG_OK);
		cr_assert_eq(pg_script(pg, changes[i]), PG_OK);
		cr_expect_eq(
		    pg_exec(pg, a, &star, NULL, &rows), PG_OK, "change %zu: %s", i, pg_why(pg));
		cr_expect_eq(pg_exec(pg, a, &one, NULL, NULL), PG_OK);
	}
	cr_expect_eq(pg_state(pg), PG_STATE_UP);
}

Test(pg, asks_to_repeat_a_transaction_whose_statement_went_stale)
{
	static const struct pg_statement star = {.name = "star", .sql = "SELECT * FROM t"};

	cr_assert_eq(pg_exec(pg, a, &star, NULL, NULL), PG_OK);
	cr_assert_eq(pg_script(pg, "ALTER TABLE t ADD COLUMN more int"), PG_OK);
	cr_assert_eq(pg_begin(pg, true), PG_OK);
	cr_expect_eq(pg_exec(pg, a, &one, NULL, NULL), PG_OK);
	cr_expect_eq(pg_exec(pg, a, &star, NULL, NULL), PG_BUSY);
	pg_rollback(pg);
	cr_assert_eq(pg_begin(pg, true), PG_OK);
	cr_expect_eq(pg_exec(pg, a, &star, NULL, NULL), PG_OK);
	cr_expect_eq(pg_commit(pg), PG_OK);
	cr_expect_eq(pg_state(pg), PG_STATE_UP);
}

Test(pg, commits_and_rolls_back)
{
	static const char *const ids[] = {"10", "11"};

	for (int i = 0; i < 2; i++) {
		cr_assert_eq(pg_begin(pg, true), PG_OK);
		cr_assert_eq(PG_QUERY(pg, a, &insert, NULL, ids[i]), PG_OK);
		cr_expect_eq(scratch_int("SELECT count(*) FROM t WHERE id >= 10"), 0);
		if (i == 0)
			pg_rollback(pg);
		else
			cr_expect_eq(pg_commit(pg), PG_OK);
		cr_expect_eq(scratch_int("SELECT count(*) FROM t WHERE id >= 10"), i);
	}
	cr_expect(pg_clean(pg));
}

Test(pg, begin_travels_with_the_first_statement)
{
	cr_assert_eq(pg_begin(pg, true), PG_OK);
	cr_expect_eq(
	    scratch_int("SELECT count(*) FROM pg_stat_activity "
			"WHERE datname = current_database() AND state LIKE 'idle in trans%'"),
	    0);
	cr_assert_eq(pg_exec(pg, a, &one, NULL, NULL), PG_OK);
	cr_expect_eq(
	    scratch_int("SELECT count(*) FROM pg_stat_activity "
			"WHERE datname = current_database() AND state = 'idle in transaction'"),
	    1);
	cr_expect_eq(pg_commit(pg), PG_OK);
	cr_assert_eq(pg_begin(pg, true), PG_OK);
	cr_expect_eq(pg_commit(pg), PG_OK, "an empty transaction");
}

Test(pg, refuses_a_transaction_in_a_transaction_and_a_commit_without_one)
{
	cr_expect_eq(pg_commit(pg), PG_FAULT);
	cr_assert_eq(pg_begin(pg, false), PG_OK);
	cr_expect_eq(pg_begin(pg, false), PG_FAULT);
	pg_rollback(pg);
}

Test(pg, reading_transaction_refuses_to_write)
{
	cr_assert_eq(pg_begin(pg, false), PG_OK);
	cr_expect_eq(PG_QUERY(pg, a, &insert, NULL, "10"), PG_FAULT);
	cr_expect_str_eq(pg_sqlstate(pg), "25006");
	cr_expect_eq(pg_commit(pg), PG_FAULT);
	cr_expect_eq(pg_state(pg), PG_STATE_UP);
}

Test(pg, commit_of_a_failed_transaction_is_not_ok)
{
	static const char *const ids[] = {"1", "10"};

	for (int i = 0; i < 2; i++) { /* failed by the first statement, by a later one */
		cr_assert_eq(pg_begin(pg, true), PG_OK);
		if (i == 1)
			cr_assert_eq(PG_QUERY(pg, a, &insert, NULL, ids[i]), PG_OK);
		cr_assert_eq(PG_QUERY(pg, a, &insert, NULL, "1"), PG_CONFLICT);
		cr_expect_eq(pg_commit(pg), PG_FAULT, "round %d", i);
		cr_expect(pg_clean(pg));
	}
	cr_expect_eq(scratch_int("SELECT count(*) FROM t"), 1);
}

Test(pg, constraint_that_fails_at_commit_is_a_conflict)
{
	static const struct pg_statement late = {
	    .name = "late", .sql = "INSERT INTO child (late) VALUES (9)", .writes = true};

	cr_assert_eq(pg_begin(pg, true), PG_OK);
	cr_assert_eq(pg_exec(pg, a, &late, NULL, NULL), PG_OK);
	cr_expect_eq(pg_commit(pg), PG_CONFLICT);
	cr_expect_str_eq(pg_constraint(pg), "child_late");
	cr_expect(pg_clean(pg));
	cr_expect_eq(pg_state(pg), PG_STATE_UP);
}

Test(pg, warning_at_commit_is_an_unknown_outcome)
{
	static const struct pg_statement late = {
	    .name = "late", .sql = "INSERT INTO w VALUES (1)", .writes = true};

	cr_assert_eq(pg_script(pg,
			 "CREATE TABLE w (id int);"
			 "CREATE FUNCTION warn() RETURNS trigger LANGUAGE plpgsql AS "
			 "'BEGIN RAISE WARNING ''not confirmed''; RETURN NULL; END';"
			 "CREATE CONSTRAINT TRIGGER warn AFTER INSERT ON w DEFERRABLE INITIALLY "
			 "DEFERRED FOR EACH ROW EXECUTE FUNCTION warn()"),
	    PG_OK);
	cr_assert_eq(pg_begin(pg, true), PG_OK);
	cr_assert_eq(pg_exec(pg, a, &late, NULL, NULL), PG_OK);
	cr_expect_eq(pg_commit(pg), PG_UNKNOWN);
	cr_assert_eq(pg_begin(pg, true), PG_OK);
	cr_assert_eq(PG_QUERY(pg, a, &insert, NULL, "10"), PG_OK);
	cr_expect_eq(pg_commit(pg), PG_OK);
}

Test(pg, transaction_left_open_is_cleaned)
{
	cr_expect(pg_clean(pg));
	cr_assert_eq(pg_begin(pg, true), PG_OK);
	cr_assert_eq(PG_QUERY(pg, a, &insert, NULL, "10"), PG_OK);
	cr_expect_not(pg_clean(pg));
	cr_assert_eq(pg_begin(pg, true), PG_OK);
	cr_expect_not(pg_clean(pg), "wanted, though nothing was sent");
	cr_assert_eq(pg_script(pg, "BEGIN; INSERT INTO t VALUES (12)"), PG_OK);
	cr_expect_not(pg_clean(pg), "opened behind our back");
	cr_expect(pg_clean(pg));
	cr_expect_eq(scratch_int("SELECT count(*) FROM t"), 1);
	cr_expect_eq(pg_state(pg), PG_STATE_UP);
}

Test(pg, counts_rows_returned_or_affected)
{
	static const struct {
		struct pg_statement statement;
		int n;
	} cases[] = {
	    {{.name = "a", .sql = "SELECT generate_series(1, 7)"}, 7},
	    {{.name = "b", .sql = "SELECT 1 WHERE false"}, 0},
	    {{.name = "c", .sql = "INSERT INTO t SELECT generate_series(10, 14)", .writes = true},
		5},
	    {{.name = "d", .sql = "UPDATE t SET n = 1 WHERE id >= 10 RETURNING id", .writes = true},
		5},
	    {{.name = "e", .sql = "DELETE FROM t WHERE id > 100", .writes = true}, 0},
	    {{.name = "f", .sql = "CREATE TABLE u ()", .writes = true}, 0},
	};
	struct pg_rows rows;

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		cr_assert_eq(
		    pg_exec(pg, a, &cases[i].statement, NULL, &rows), PG_OK, "case %zu", i);
		cr_expect_eq(rows.n, cases[i].n, "case %zu: %d", i, rows.n);
	}
}

Test(pg, carries_megabytes_both_ways)
{
	static const struct pg_statement echo = {
	    .name = "echo", .sql = "SELECT $1::text || $1::text", .params = 1};
	size_t n = 8u << 20;
	char *big = malloc(n + 1);
	struct pg_rows rows;

	cr_assert_not_null(big);
	memset(big, 'x', n);
	big[n] = '\0';
	cr_assert_eq(PG_QUERY(pg, a, &echo, &rows, big), PG_OK, "%s", pg_why(pg));
	cr_expect_eq(strlen(pg_str(&rows, 0, 0)), 2 * n);
	free(big);
}

Test(pg, one_parameter_is_not_text)
{
	static const struct pg_statement show = {.name = "show",
	    .sql = "SELECT coalesce(encode($2::bytea, 'hex'), 'nothing'), $1::text, $3::text",
	    .params = 3,
	    .binary = 2};
	static const struct {
		const char *value, *shown;
	} cases[] = {
	    {"\0\0\0\4\0\1\377\0more", "0001ff00"},
	    {"\0\0\0\0", ""},
	    {NULL, "nothing"},
	};
	struct pg_rows rows;

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		cr_assert_eq(
		    PG_QUERY(pg, a, &show, &rows, "before", cases[i].value, "behind"), PG_OK);
		cr_expect_str_eq(pg_str(&rows, 0, 0), cases[i].shown);
		cr_expect_str_eq(pg_str(&rows, 0, 1), "before");
		cr_expect_str_eq(pg_str(&rows, 0, 2), "behind");
	}
}

Test(pg, ten_thousand_statements_do_not_grow_memory, .timeout = 300)
{
	size_t before = 0;
	int64_t until_us = clock_mono_us() + 200 * CLOCK_US_PER_S;

	for (int i = 0; i < 10100; i++) {
		struct pg_rows rows;

		pg_deadline(pg, until_us);
		cr_assert_eq(pg_exec(pg, a, &one, NULL, &rows), PG_OK);
		if (i % 10 == 0) {
			cr_assert_eq(pg_begin(pg, true), PG_OK);
			cr_assert_eq(PG_QUERY(pg, a, &insert, NULL, "1"), PG_CONFLICT);
			pg_rollback(pg);
		}
		arena_reset(a);
		if (i == 100)
			before = mallinfo2().uordblks;
	}
	cr_expect_leq(
	    mallinfo2().uordblks, before + 4096, "%zu, %zu", mallinfo2().uordblks, before);
}

Test(pg, script_tells_the_line_of_its_error)
{
	cr_expect_eq(
	    pg_script(pg, "SELECT 1;\n\nSELECT '\xc3\xa4', '\n';\n SELECT nothing;\n"), PG_FAULT);
	cr_expect_str_eq(pg_why(pg), "line 5: column \"nothing\" does not exist", "%s", pg_why(pg));
	cr_expect_eq(pg_exec(pg, a, &one, NULL, NULL), PG_OK);
}

Test(pg, script_must_not_end_its_transaction)
{
	cr_assert_eq(pg_begin(pg, true), PG_OK);
	cr_expect_eq(pg_script(pg, "INSERT INTO t VALUES (10); ROLLBACK"), PG_FAULT);
	cr_expect_eq(PG_QUERY(pg, a, &insert, NULL, "11"), PG_AWAY, "would run outside");
	cr_expect_eq(pg_commit(pg), PG_AWAY);
	cr_expect_eq(scratch_int("SELECT count(*) FROM t"), 1);
}

Test(pg, script_with_copy_does_not_hang)
{
	cr_expect_eq(pg_script(pg, "COPY t FROM STDIN"), PG_FAULT);
	cr_expect_eq(pg_state(pg), PG_STATE_DOWN);
}

Test(pg, write_that_does_not_say_so_is_a_bug, .signal = SIGABRT)
{
	static const struct pg_statement sly = {.name = "sly", .sql = "DELETE FROM t"};

	(void)!pg_exec(pg, a, &sly, NULL, NULL);
}
