/* lib/pg where a transaction that has only read is over: nobody waits for the server to say so. */

#include <criterion/criterion.h>
#include <signal.h>
#include <stdio.h>
#include <unistd.h>

#include "lib/arena.h"
#include "lib/clock.h"
#include "lib/pg.h"

#include "tests/db/scratch.h"

static struct pg *pg;
static struct arena *a;
static pid_t backend;

static const struct pg_statement own_pid = {.name = "pid", .sql = "SELECT pg_backend_pid()"};

static void
setup(void)
{
	struct pg_rows rows;

	pg = scratch_open();
	a = arena_new();
	cr_assert_eq(pg_begin(pg, false), PG_OK);
	cr_assert_eq(pg_exec(pg, a, &own_pid, NULL, &rows), PG_OK);
	backend = (pid_t)pg_int(&rows, 0, 0);
}

static void
teardown(void)
{
	arena_free(&a);
	scratch_close(&pg);
}

TestSuite(pg_end, .init = setup, .fini = teardown, .timeout = 90);

Test(pg_end, costs_no_wait_and_the_next_question_its_deadline)
{
	cr_assert_eq(kill(backend, SIGSTOP), 0);
	cr_expect_eq(pg_commit(pg), PG_OK);
	cr_expect(pg_clean(pg));
	pg_deadline(pg, clock_mono_us() + CLOCK_US_PER_S / 2);
	cr_expect_eq(pg_exec(pg, a, &own_pid, NULL, NULL), PG_AWAY, "its answer does come first");
	pg_deadline(pg, INT64_MAX);
	cr_expect(pg_connect_wait(pg, 20 * CLOCK_US_PER_S), "%s", pg_why(pg));
	cr_expect_eq(pg_exec(pg, a, &own_pid, NULL, NULL), PG_OK);
	cr_assert_eq(kill(backend, SIGCONT), 0);
}

Test(pg_end, comes_although_nobody_waits)
{
	int64_t until_us = clock_mono_us() + 20 * CLOCK_US_PER_S;
	char idle[120];

	(void)snprintf(idle, sizeof(idle),
	    "SELECT count(*) FROM pg_stat_activity WHERE pid = %d AND state = 'idle'", backend);
	cr_assert_eq(scratch_int(idle), 0);
	cr_assert_eq(pg_commit(pg), PG_OK);
	while (scratch_int(idle) == 0)
		cr_assert_lt(clock_mono_us(), until_us, "still in its transaction");
	pg_step(pg);
	cr_expect_eq(pg_exec(pg, a, &own_pid, NULL, NULL), PG_OK, "%s", pg_why(pg));
}
