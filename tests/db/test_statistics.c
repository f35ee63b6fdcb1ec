/* app/store/statistics: exact numbers of people whom nobody else changes. */

#include <criterion/criterion.h>
#include <string.h>

#include "lib/arena.h"
#include "lib/clock.h"
#include "lib/migrate.h"

#include "app/schema.h"
#include "app/store/sessions.h"
#include "app/store/statistics.h"

#include "tests/db/scratch.h"

enum { LIMIT_MS = 5000, HOUR_S = 3600 };

static struct pg *pg;
static struct arena *a;

static void
setup(void)
{
	const char *why;
	int applied;

	pg = scratch_open();
	a = arena_new();
	cr_assert(migrate_up(pg, a, schema_migrations, schema_migrations_n, NULL, &applied, &why),
	    "%s", why);
}

static void
teardown(void)
{
	arena_free(&a);
	scratch_close(&pg);
}

TestSuite(statistics, .init = setup, .fini = teardown, .timeout = 90);

static void
script(const char *sql)
{
	cr_assert_eq(pg_script(pg, sql), PG_OK, "%s: %s", sql, pg_why(pg));
}

/* Somebody registered ${days} ago (UTC, at the first instant of that day) and last active ${hours} ago. */
static void
person(const char *role, const char *flags, int days, int hours)
{
	script(arena_printf(a,
	    "WITH u AS (INSERT INTO users (id, email, email_key, role, is_active, is_verified,"
	    " created_at, deleted_at) SELECT i, i || '@x', i || '@x', '%s', '%s' LIKE '%%a%%',"
	    " '%s' LIKE '%%v%%',"
	    " ((now() AT TIME ZONE 'UTC')::date - %d)::timestamp AT TIME ZONE 'UTC',"
	    " CASE WHEN '%s' LIKE '%%d%%' THEN now() END FROM gen_random_uuid() i RETURNING id)"
	    " INSERT INTO user_stats (user_id, last_active_at) SELECT id,"
	    " CASE WHEN %d >= 0 THEN now() - %d * interval '1 hour' END FROM u",
	    role, flags, flags, days, flags, hours, hours));
}

static bool
claim(struct pg *who, int64_t age_s)
{
	bool mine = false;

	cr_assert_null(statistics_claim(who, a, age_s, false, &mine));
	return mine;
}

static struct statistics
counted(void)
{
	struct statistics s;

	cr_assert_eq(pg_begin(pg, true), PG_OK);
	cr_assert(claim(pg, 0));
	cr_assert_null(statistics_count(pg, a, LIMIT_MS), "%s", pg_why(pg));
	cr_assert_eq(pg_commit(pg), PG_OK);
	cr_assert_null(statistics_read(pg, a, 60, &s));
	cr_assert(s.fresh);
	return s;
}

Test(statistics, nothing_is_fresh_before_the_first_count)
{
	struct statistics s;

	cr_assert_null(statistics_read(pg, a, INT32_MAX, &s));
	cr_assert_not(s.fresh);
}

Test(statistics, nobody_is_zero)
{
	struct statistics s = counted();

	cr_expect_eq(
	    s.active + s.inactive + s.verified + s.admins + s.active_24h + s.active_30d, 0);
	for (int i = 0; i < STATISTICS_DAYS; i++)
		cr_expect_eq(s.days[i].count, 0);
}

Test(statistics, counts_everybody_once_and_the_gone_not_at_all)
{
	struct statistics s;

	person("user", "av", 0, 0);
	person("user", "a", 0, 23);
	person("user", "v", 6, 25);
	person("admin", "av", 7, 24 * 29);
	person("user", "", 29, 24 * 31);
	person("user", "a", 30, -1); /* the day before the first one of the trend */
	person("admin", "avd", 1, 1);
	person("user", "ad", 0, 48);
	s = counted();
	cr_expect_eq(s.active, 4, "%lld", (long long)s.active);
	cr_expect_eq(s.inactive, 2, "%lld", (long long)s.inactive);
	cr_expect_eq(s.verified, 3, "%lld", (long long)s.verified);
	cr_expect_eq(s.admins, 1, "%lld", (long long)s.admins);
	cr_expect_eq(s.active_24h, 2, "%lld", (long long)s.active_24h);
	cr_expect_eq(s.active_30d, 4, "%lld", (long long)s.active_30d);
	for (int i = 0; i < STATISTICS_DAYS; i++) {
		int ago = STATISTICS_DAYS - 1 - i;
		int64_t n = ago == 0 ? 2 : ago == 6 || ago == 7 || ago == 29;

		cr_expect_eq(
		    s.days[i].count, n, "%d days ago: %lld", ago, (long long)s.days[i].count);
	}
}

/* A day is one of UTC, wherever the server thinks that it stands. */
Test(statistics, days_are_those_of_utc)
{
	static const char *const zones[] = {"Pacific/Kiritimati", "Pacific/Pago_Pago"};
	char text[CLOCK_TEXT_SIZE];

	person("user", "a", 0, -1);
	for (size_t i = 0; i < 2; i++) {
		struct statistics s;

		script(arena_printf(a, "SET timezone = '%s'", zones[i]));
		s = counted();
		clock_text(s.generated_us, text);
		cr_expect_eq(strncmp(s.days[STATISTICS_DAYS - 1].date, text, 10), 0, "%s, not %s",
		    s.days[STATISTICS_DAYS - 1].date, text);
		cr_expect_eq(s.days[STATISTICS_DAYS - 1].count, 1, "%s", zones[i]);
	}
}

Test(statistics, what_is_older_than_asked_for_is_not_given_out)
{
	struct statistics s = counted();

	script("UPDATE statistics SET generated_at = now() - interval '50 seconds'");
	cr_assert_null(statistics_read(pg, a, 60, &s));
	cr_expect(s.fresh);
	cr_assert_null(statistics_read(pg, a, 40, &s));
	cr_expect_not(s.fresh);
	cr_assert_eq(pg_begin(pg, true), PG_OK);
	cr_expect_not(claim(pg, 60), "it is fresh enough");
	cr_expect(claim(pg, 40));
	pg_rollback(pg);
}

/* Two hosts: one counts, the other has nothing to do, neither meanwhile nor afterwards. */
Test(statistics, one_counts_for_all)
{
	struct pg *other = scratch_connect(scratch_url());

	cr_assert_eq(pg_begin(pg, true), PG_OK);
	cr_expect(claim(pg, 50));
	cr_assert_eq(pg_begin(other, true), PG_OK);
	cr_expect_not(claim(other, 50), "it is being counted");
	pg_rollback(other);
	cr_assert_null(statistics_count(pg, a, LIMIT_MS));
	cr_assert_eq(pg_commit(pg), PG_OK);
	cr_assert_eq(pg_begin(other, true), PG_OK);
	cr_expect_not(claim(other, 50), "it was counted");
	pg_rollback(other);
	pg_free(&other);
}

/* What counting needs is for its transaction only. */
Test(statistics, the_limits_of_the_session_are_back_afterwards)
{
	int64_t before, after;
	static const struct pg_statement limits = {.name = "limits",
	    .sql = "SELECT hashtext(current_setting('statement_timeout') || current_setting('jit')"
		   " || current_setting('max_parallel_workers_per_gather'))::bigint"};
	struct pg_rows rows;

	cr_assert_eq(pg_exec(pg, a, &limits, NULL, &rows), PG_OK);
	before = pg_int(&rows, 0, 0);
	(void)counted();
	cr_assert_eq(pg_exec(pg, a, &limits, NULL, &rows), PG_OK);
	after = pg_int(&rows, 0, 0);
	cr_assert_eq(before, after);
}

Test(statistics, counting_that_takes_too_long_is_stopped_and_changes_nothing)
{
	struct statistics s;
	struct pg *other = scratch_connect(scratch_url());

	cr_assert_eq(pg_script(other, "BEGIN; LOCK TABLE users"), PG_OK, "%s", pg_why(other));
	cr_assert_eq(pg_begin(pg, true), PG_OK);
	cr_assert(claim(pg, 0));
	cr_assert_not_null(statistics_count(pg, a, 100));
	pg_rollback(pg);
	cr_assert_null(statistics_read(pg, a, INT32_MAX, &s));
	cr_assert_not(s.fresh);
	pg_free(&other);
}

/* The mark of a refresh touches no index, so its row stays on its page. */
Test(statistics, a_refresh_is_a_hot_update)
{
	static const char id[] = "00000000-0000-4000-8000-000000000001";
	struct arena *each = arena_new();

	person("user", "a", 0, -1);
	script(
	    "INSERT INTO sessions (id, user_id, seed, expires_at, ends_at)"
	    " SELECT '00000000-0000-4000-8000-000000000001', id, decode(repeat('00', 32), 'hex'),"
	    " now() + interval '1 day', now() + interval '2 days' FROM users");
	for (int i = 0; i < 50; i++) {
		cr_assert_null(session_rotate(pg, each, id, HOUR_S), "%s", pg_why(pg));
		arena_reset(each);
	}
	script("SELECT pg_stat_force_next_flush()");
	script("SELECT 1"); /* the end of this one reports */
	cr_expect_eq(scratch_int("pg_stat_get_tuples_updated('user_stats'::regclass)"), 50);
	cr_expect_eq(scratch_int("pg_stat_get_tuples_hot_updated('user_stats'::regclass)"), 50);
	arena_free(&each);
}
