/* lib/pg where a transaction that has only read is over: nobody waits for the server to say so. */

#include <criterion/criterion.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
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

/* Between a client and the server; of the server's end the client hears nothing. */
static void
relay(int listener, const struct sockaddr_un *server)
{
	struct pollfd ends[] = {{accept(listener, NULL, NULL), POLLIN, 0},
	    {socket(AF_UNIX, SOCK_STREAM, 0), POLLIN, 0}};
	char bytes[4096];

	if (connect(ends[1].fd, (const struct sockaddr *)server, sizeof(*server)) != 0)
		_exit(1);
	while (poll(ends, 2, -1) > 0) {
		for (int i = 0; i < 2; i++) {
			ssize_t n =
			    ends[i].revents == 0 ? 0 : read(ends[i].fd, bytes, sizeof(bytes));

			if (n > 0)
				(void)send(ends[1 - i].fd, bytes, (size_t)n, MSG_NOSIGNAL);
			else if (ends[i].revents != 0)
				ends[i].fd = -1;
		}
	}
	_exit(1);
}

static struct pg *
relayed(pid_t *relay_r)
{
	char folder[] = "/tmp/pg-end-XXXXXX", url[600];
	struct sockaddr_un server = {0}, here = {.sun_family = AF_UNIX};
	socklen_t n = sizeof(server);
	int listener = socket(AF_UNIX, SOCK_STREAM, 0);
	struct pg *through;

	cr_assert(mkdtemp(folder) != NULL);
	cr_assert_eq(getpeername(pg_fd(pg), (struct sockaddr *)&server, &n), 0);
	(void)snprintf(here.sun_path, sizeof(here.sun_path), "%s/.s.PGSQL.5432", folder);
	cr_assert_eq(bind(listener, (struct sockaddr *)&here, sizeof(here)), 0);
	cr_assert_eq(listen(listener, 1), 0);
	*relay_r = fork();
	if (*relay_r == 0)
		relay(listener, &server);
	(void)snprintf(url, sizeof(url), "%s&host=%s&port=5432", scratch_url(), folder);
	through = scratch_connect(url);
	cr_assert_eq(close(listener) | unlink(here.sun_path) | rmdir(folder), 0);
	return through;
}

/* A server says why it ends, and ends some time later. */
Test(pg_end, what_comes_behind_it_is_heard_before_anything_is_sent)
{
	static const struct pg_statement write = {
	    .name = "write", .sql = "CREATE TABLE made ()", .writes = true};
	int64_t until_us = clock_mono_us() + 20 * CLOCK_US_PER_S;
	char kill_it[120], bytes[4096];
	struct pg_rows rows;
	pid_t child;
	struct pg *through = relayed(&child);
	ssize_t n;

	cr_assert_eq(pg_begin(through, false), PG_OK);
	cr_assert_eq(pg_exec(through, a, &own_pid, NULL, &rows), PG_OK);
	cr_assert_eq(pg_commit(through), PG_OK);
	(void)snprintf(kill_it, sizeof(kill_it), "SELECT pg_terminate_backend(%d)::int",
	    (int)pg_int(&rows, 0, 0));
	cr_assert_eq(scratch_int(kill_it), 1);
	do {
		cr_assert_lt(clock_mono_us(), until_us, "it does not say that it ends");
		n = recv(pg_fd(through), bytes, sizeof(bytes), MSG_PEEK | MSG_DONTWAIT);
	} while (n < 0 || memmem(bytes, (size_t)n, "57P01", 5) == NULL);
	cr_expect_eq(pg_exec(through, a, &write, NULL, NULL), PG_AWAY, "%s", pg_why(through));
	cr_expect_eq(kill(child, SIGKILL), 0);
	pg_free(&through);
}
