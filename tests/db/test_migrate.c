/* lib/migrate: each version once, whole or not at all, and never on a database that is not ours. */

#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "lib/arena.h"
#include "lib/clock.h"
#include "lib/migrate.h"
#include "lib/pg.h"

#include "app/schema.h"

#include "tests/db/scratch.h"

enum { PROCESSES = 8 };

static struct pg *pg;
static struct arena *a;
static const char *why;

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

TestSuite(migrate, .init = setup, .fini = teardown, .timeout = 90);

#define FILE_OF(name, text)                      \
	{                                        \
		(name), (text), sizeof(text) - 1 \
	}
#define UP   "-- migrate:up\n"
#define DOWN "-- migrate:down\n"

static const struct migration two[] = {
    FILE_OF("0001_one.sql",
	"-- why\n\n" UP "CREATE TABLE one (id int);\n"
	"INSERT INTO one VALUES (1);\n" DOWN "DROP TABLE one;\n"),
    FILE_OF("0002_two.sql", UP "CREATE TABLE two (id int);\n" DOWN "DROP TABLE two;\n"),
};

static int
up(struct pg *conn, const struct migration *set, size_t n)
{
	int applied;

	return migrate_up(conn, a, set, n, NULL, &applied, &why) ? applied : -1;
}

static void
collect(void *cookie, const char *name, const char *state)
{
	char *text = cookie;
	size_t n = strlen(text);

	(void)snprintf(text + n, 500 - n, "%s %s,", name, state);
}

static const char *
list(const struct migration *set, size_t n)
{
	char *text = arena_alloc(a, 500);

	cr_assert(migrate_list(pg, a, set, n, collect, text, &why), "%s", why);
	return text;
}

Test(migrate, goes_up_and_down)
{
	const char *undone;

	cr_expect_str_eq(list(two, 2), "0001_one.sql pending,0002_two.sql pending,");
	cr_expect_eq(migrate_state(pg, a, two, 2, &why), MIGRATE_PENDING);
	cr_expect_str_eq(why, "0001_one.sql is not applied");
	cr_expect_eq(up(pg, two, 1), 1, "%s", why);
	cr_expect_eq(migrate_state(pg, a, two, 2, &why), MIGRATE_PENDING);
	cr_expect_eq(up(pg, two, 2), 1, "%s", why);
	cr_expect_eq(up(pg, two, 2), 0, "%s", why);
	cr_expect_eq(migrate_state(pg, a, two, 2, &why), MIGRATE_CURRENT);
	cr_expect_str_eq(list(two, 2), "0001_one.sql applied,0002_two.sql applied,");
	cr_expect_eq(scratch_int("SELECT count(*) FROM one, schema_migrations"), 2);

	cr_expect(migrate_down(pg, a, two, 2, &undone, &why), "%s", why);
	cr_expect_str_eq(undone, "0002_two.sql");
	cr_expect_str_eq(list(two, 2), "0001_one.sql applied,0002_two.sql pending,");
	cr_expect(migrate_down(pg, a, two, 2, &undone, &why), "%s", why);
	cr_expect_str_eq(undone, "0001_one.sql");
	cr_expect(migrate_down(pg, a, two, 2, &undone, &why), "%s", why);
	cr_expect_null(undone);
	cr_expect_eq(
	    scratch_int("SELECT count(*) FROM pg_class WHERE relname IN ('one', 'two')"), 0);
	cr_expect_eq(up(pg, two, 2), 2, "%s", why);
}

Test(migrate, schema_of_this_program_goes_up_and_down_and_up)
{
	const char *undone = "";

	cr_assert_eq(
	    up(pg, schema_migrations, schema_migrations_n), (int)schema_migrations_n, "%s", why);
	cr_expect_eq(
	    migrate_state(pg, a, schema_migrations, schema_migrations_n, &why), MIGRATE_CURRENT);
	while (undone != NULL)
		cr_assert(
		    migrate_down(pg, a, schema_migrations, schema_migrations_n, &undone, &why),
		    "%s", why);
	cr_expect_eq(
	    scratch_int("SELECT count(*) FROM pg_class WHERE relnamespace = 'public'::regnamespace "
			"AND relkind = 'r'"),
	    1, "schema_migrations alone");
	cr_expect_eq(
	    up(pg, schema_migrations, schema_migrations_n), (int)schema_migrations_n, "%s", why);
	cr_expect_not_null(strstr(schema_grants, ":app"));
}

Test(migrate, failing_file_leaves_nothing_and_earlier_ones_stay)
{
	static const struct migration broken[] = {
	    FILE_OF("0001_one.sql",
		"-- why\n\n" UP "CREATE TABLE one (id int);\n"
		"INSERT INTO one VALUES (1);\n" DOWN "DROP TABLE one;\n"),
	    FILE_OF("0002_bad.sql",
		"-- a comment\n" UP "CREATE TABLE half (id int);\n"
		"INSERT INTO half VALUES (nothing);\n" DOWN "DROP TABLE half;\n"),
	    FILE_OF(
		"0003_three.sql", UP "CREATE TABLE three (id int);\n" DOWN "DROP TABLE three;\n"),
	};
	int applied;

	cr_expect_not(migrate_up(pg, a, broken, 3, "CREATE TABLE after (id int)", &applied, &why));
	cr_expect_eq(applied, 1);
	cr_expect_str_eq(why, "0002_bad.sql: line 4: column \"nothing\" does not exist", "%s", why);
	cr_expect_str_eq(
	    list(broken, 3), "0001_one.sql applied,0002_bad.sql pending,0003_three.sql pending,");
	cr_expect_eq(
	    scratch_int(
		"SELECT count(*) FROM pg_class WHERE relname IN ('half', 'three', 'after')"),
	    0);
	cr_expect(pg_clean(pg));
	cr_expect_eq(
	    scratch_int("SELECT count(*) FROM pg_locks JOIN pg_database d ON d.oid = database "
			"WHERE locktype = 'advisory' AND datname = current_database()"),
	    0);
}

Test(migrate, file_that_ends_its_transaction_is_refused)
{
	static const struct migration sly[] = {FILE_OF(
	    "0001_sly.sql", UP "CREATE TABLE sly (id int); ROLLBACK;\n" DOWN "SELECT 1;\n")};

	cr_expect_eq(up(pg, sly, 1), -1);
	cr_expect_not_null(strstr(why, "ended its transaction"), "%s", why);
	cr_expect_str_eq(list(sly, 1), "0001_sly.sql pending,");
	cr_expect_eq(
	    scratch_int("SELECT count(*) FROM pg_locks JOIN pg_database d ON d.oid = database "
			"WHERE locktype = 'advisory' AND datname = current_database()"),
	    0);
}

Test(migrate, finds_what_changed_and_what_is_unknown)
{
	static const struct migration comment[] = {FILE_OF("0001_one.sql",
	    "-- another comment above, another way down\n" UP "CREATE TABLE one (id int);\n"
	    "INSERT INTO one VALUES (1);\n" DOWN "DROP TABLE one CASCADE;\n")};
	static const struct migration changed[] = {
	    FILE_OF("0001_one.sql", UP "CREATE TABLE one (id bigint);\n" DOWN "DROP TABLE one;\n"),
	    FILE_OF("0002_two.sql", UP "CREATE TABLE two (id int);\n" DOWN "DROP TABLE two;\n")};
	const char *undone;

	cr_assert_eq(up(pg, two, 1), 1);
	cr_expect_eq(
	    migrate_state(pg, a, comment, 1, &why), MIGRATE_CURRENT, "only what was run counts");
	cr_expect_eq(migrate_state(pg, a, changed, 2, &why), MIGRATE_CHANGED);
	cr_expect_str_eq(list(changed, 2), "0001_one.sql changed,0002_two.sql pending,");
	cr_expect_eq(up(pg, changed, 2), -1);
	cr_expect_not(migrate_down(pg, a, changed, 2, &undone, &why));
	cr_assert_eq(up(pg, two, 2), 1, "%s", why);
	cr_expect_eq(migrate_state(pg, a, two, 1, &why), MIGRATE_UNKNOWN);
	cr_expect_str_eq(why, "the database has 0002_two.sql, which this program does not know");
	cr_expect_str_eq(list(two, 1), "0001_one.sql applied,0002_two.sql unknown,");
	cr_expect_eq(up(pg, two, 1), -1, "an older program must not touch it");
	cr_expect_not(migrate_down(pg, a, two, 1, &undone, &why));
	cr_expect_eq(scratch_int("SELECT count(*) FROM schema_migrations"), 2);
}

Test(migrate, state_is_pending_without_the_table_and_current_without_migrations)
{
	cr_expect_eq(migrate_state(pg, a, two, 2, &why), MIGRATE_PENDING);
	cr_expect_eq(migrate_state(pg, a, two, 0, &why), MIGRATE_CURRENT);
	cr_expect_eq(
	    scratch_int("SELECT count(*) FROM pg_class WHERE relname = 'schema_migrations'"), 0);
}

Test(migrate, state_is_away_without_the_database)
{
	struct pg *down = pg_new("host=/nonexistent", "test");

	cr_expect_eq(migrate_state(down, a, two, 2, &why), MIGRATE_AWAY);
	cr_expect_eq(up(down, two, 2), -1);
	pg_free(&down);
}

Test(migrate, state_can_be_asked_by_a_role_that_may_only_read_it)
{
	char role[64], sql[500];
	struct pg *reader;

	cr_assert_eq(up(pg, two, 2), 2);
	(void)snprintf(role, sizeof(role), "reader_%d", (int)getpid());
	(void)snprintf(sql, sizeof(sql),
	    "CREATE ROLE %s LOGIN; GRANT SELECT ON schema_migrations TO %s", role, role);
	cr_assert_eq(pg_script(pg, sql), PG_OK);
	reader = scratch_connect(arena_printf(a, "%s&user=%s", scratch_url(), role));
	cr_expect_eq(migrate_state(reader, a, two, 2, &why), MIGRATE_CURRENT, "%s", why);
	cr_expect_eq(up(reader, two, 2), -1);
	pg_free(&reader);
	(void)snprintf(sql, sizeof(sql), "DROP OWNED BY %s; DROP ROLE %s", role, role);
	cr_assert_eq(pg_script(pg, sql), PG_OK);
}

Test(migrate, runs_what_comes_after_each_time)
{
	int applied;

	cr_assert_eq(pg_script(pg, "CREATE TABLE ran (id int)"), PG_OK);
	for (int i = 1; i <= 2; i++) {
		cr_expect(
		    migrate_up(pg, a, two, 2,
			"INSERT INTO ran VALUES (1); INSERT INTO ran VALUES (2)", &applied, &why),
		    "%s", why);
		cr_expect_eq(scratch_int("SELECT count(*) FROM ran"), 2 * i);
	}
	cr_expect_not(
	    migrate_up(pg, a, two, 2, "INSERT INTO ran VALUES (1); nonsense", &applied, &why));
	cr_expect_eq(scratch_int("SELECT count(*) FROM ran"), 4);
}

Test(migrate, gives_the_session_its_limits_back)
{
	static const struct pg_statement show = {.name = "show",
	    .sql = "SELECT current_setting('statement_timeout'), current_setting('lock_timeout')"};
	struct pg_rows rows;

	cr_assert_eq(up(pg, two, 2), 2);
	cr_assert_eq(pg_exec(pg, a, &show, NULL, &rows), PG_OK);
	cr_expect_str_eq(pg_str(&rows, 0, 0), "3s");
	cr_expect_str_eq(pg_str(&rows, 0, 1), "500ms");
}

/* Longer than statement_timeout, and the others wait longer than lock_timeout. */
static const struct migration slow[] = {
    FILE_OF("1_slow.sql",
	UP "CREATE TABLE one (id int); SELECT pg_sleep(4);\n" DOWN "DROP TABLE one;\n"),
    FILE_OF("2_two.sql", UP "CREATE TABLE two (id int);\n" DOWN "DROP TABLE two;\n"),
    FILE_OF("10_ten.sql", UP "CREATE TABLE ten (id int);\n" DOWN "DROP TABLE ten;\n"),
};

Test(migrate, eight_at_once_apply_each_version_once)
{
	pid_t pids[PROCESSES];
	int applied = 0, status;

	for (int i = 0; i < PROCESSES; i++) {
		pids[i] = fork();
		if (pids[i] == 0) {
			struct pg *own = pg_new(scratch_url(), "test");
			int n = pg_connect_wait(own, 30 * CLOCK_US_PER_S) ? up(own, slow, 3) : -1;

			_exit(n < 0 ? 100 : n);
		}
	}
	for (int i = 0; i < PROCESSES; i++) {
		cr_assert_eq(waitpid(pids[i], &status, 0), pids[i]);
		cr_expect(
		    WIFEXITED(status) && WEXITSTATUS(status) <= 3, "process %d: %d", i, status);
		applied += WEXITSTATUS(status);
	}
	cr_expect_eq(applied, 3);
	cr_expect_eq(migrate_state(pg, a, slow, 3, &why), MIGRATE_CURRENT);
}

Test(migrate, killed_in_the_middle_leaves_nothing)
{
	static const struct migration dying[] = {FILE_OF("1_dying.sql",
	    UP "CREATE TABLE one (id int); SELECT pg_terminate_backend(pg_backend_pid());\n" DOWN
	       "SELECT 1;\n")};

	cr_expect_eq(up(pg, dying, 1), -1);
	cr_expect_not_null(strstr(why, "1_dying.sql: terminating connection"), "%s", why);
	cr_assert(pg_connect_wait(pg, 20 * CLOCK_US_PER_S));
	cr_expect_str_eq(list(dying, 1), "1_dying.sql pending,");
	cr_expect_eq(up(pg, two, 2), 2, "%s", why);
}

Test(migrate, refuses_files_that_are_not_of_the_form)
{
	static const struct {
		struct migration file;
		const char *why;
	} cases[] = {
	    {FILE_OF("one.sql", UP "SELECT 1;\n" DOWN), "name"},
	    {FILE_OF("0000_zero.sql", UP "SELECT 1;\n" DOWN), "name"},
	    {FILE_OF("99999999999999999999_big.sql", UP "SELECT 1;\n" DOWN), "name"},
	    {FILE_OF("9223372036854775808_big.sql", UP "SELECT 1;\n" DOWN), "name"},
	    {FILE_OF("1_.sql", UP "SELECT 1;\n" DOWN), "name"},
	    {FILE_OF("1_a.txt", UP "SELECT 1;\n" DOWN), "name"},
	    {FILE_OF("1_a.sql.sql", UP "SELECT 1;\n" DOWN), "name"},
	    {FILE_OF("1_a.sql", ""), "no line \"-- migrate:up\""},
	    {FILE_OF("1_a.sql", "SELECT 1;\n"), "no line \"-- migrate:up\""},
	    {FILE_OF("1_a.sql", UP "SELECT 1;\n"), "no line \"-- migrate:down\""},
	    {FILE_OF("1_a.sql", DOWN UP "SELECT 1;\n"), "come first"},
	    {FILE_OF("1_a.sql", UP "SELECT 1;\n" UP DOWN), "come first"},
	    {FILE_OF("1_a.sql", UP "SELECT 1;\n" DOWN DOWN), "twice"},
	    {FILE_OF("1_a.sql", UP DOWN "SELECT 1;\n"), "up section is empty"},
	    {FILE_OF("1_a.sql", UP " -- only words\n\t\n" DOWN "SELECT 1;\n"),
		"up section is empty"},
	    {FILE_OF("1_a.sql", "SELECT 0;\n" UP "SELECT 1;\n" DOWN), "more than comments"},
	    {FILE_OF("1_a.sql", "-- migrate:up transaction:false\nSELECT 1;\n" DOWN), "marker"},
	    {FILE_OF("1_a.sql", "-- migrate:up \nSELECT 1;\n" DOWN), "marker"},
	    {FILE_OF("1_a.sql", "-- migrate:up\r\nSELECT 1;\r\n-- migrate:down\r\n"), "marker"},
	    {FILE_OF("1_a.sql", "--migrate:up\nSELECT 1;\n" DOWN), "marker"},
	    {FILE_OF("1_a.sql", UP "SELECT 1;\n  -- Migrate: down\n" DOWN), "marker"},
	    {FILE_OF("1_a.sql", UP "SELECT 1;\0\n" DOWN), "UTF-8"},
	    {FILE_OF("1_a.sql", UP "SELECT '\xff';\n" DOWN), "UTF-8"},
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		why = "";
		cr_expect_eq(up(pg, &cases[i].file, 1), -1, "case %zu", i);
		cr_expect_not_null(strstr(why, cases[i].why), "case %zu: %s", i, why);
		cr_expect_eq(strncmp(why, cases[i].file.name, strlen(cases[i].file.name)), 0,
		    "case %zu: %s", i, why);
	}
	cr_expect_eq(
	    scratch_int("SELECT count(*) FROM pg_class WHERE relname = 'schema_migrations'"), 0);
}

Test(migrate, refuses_versions_that_do_not_ascend)
{
	static const struct migration sets[][2] = {
	    {FILE_OF("1_a.sql", UP "SELECT 1;\n" DOWN),
		FILE_OF("001_b.sql", UP "SELECT 1;\n" DOWN)},
	    {FILE_OF("10_a.sql", UP "SELECT 1;\n" DOWN), FILE_OF("9_b.sql", UP "SELECT 1;\n" DOWN)},
	};

	for (size_t i = 0; i < 2; i++) {
		cr_expect_eq(up(pg, sets[i], 2), -1, "set %zu", i);
		cr_expect_not_null(strstr(why, "not above"), "set %zu: %s", i, why);
	}
}

Test(migrate, last_line_may_lack_its_end_and_an_empty_way_down_is_refused)
{
	static const struct migration bare[] = {
	    FILE_OF("1_a.sql", UP "CREATE TABLE one (id int);\n-- migrate:down")};
	const char *undone;

	cr_expect_eq(up(pg, bare, 1), 1, "%s", why);
	cr_expect_not(migrate_down(pg, a, bare, 1, &undone, &why));
	cr_expect_str_eq(why, "1_a.sql: its down section is empty");
	cr_expect_str_eq(list(bare, 1), "1_a.sql applied,");
}
