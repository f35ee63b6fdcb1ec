/*
 * lib/pg when the server is slow, frozen, killed or away. What kills or stops touches only a backend
 * of the test's own; the restart has a cluster of its own.
 */

#include <criterion/criterion.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "lib/arena.h"
#include "lib/clock.h"
#include "lib/pg.h"

#include "tests/db/scratch.h"

enum { MS = 1000, SLACK_MS = 1500 }; /* a busy machine, valgrind */

static struct pg *pg;
static struct arena *a;

static void
setup(void)
{
	pg = scratch_open();
	a = arena_new();
	cr_assert_eq(pg_script(pg, "CREATE TABLE t (id int PRIMARY KEY)"), PG_OK);
}

static void
teardown(void)
{
	arena_free(&a);
	scratch_close(&pg);
}

TestSuite(pg_loss, .init = setup, .fini = teardown, .timeout = 90);

static const struct pg_statement one = {.name = "one", .sql = "SELECT 1"};
static const struct pg_statement backend = {.name = "pid", .sql = "SELECT pg_backend_pid()"};
static const struct pg_statement insert = {
    .name = "insert", .sql = "INSERT INTO t VALUES ($1)", .params = 1, .writes = true};
static const struct pg_statement sleep_read = {
    .name = "sleep_read", .sql = "SELECT pg_sleep(30)::text"};
static const struct pg_statement sleep_write = {
    .name = "sleep_write", .sql = "INSERT INTO t SELECT 2 FROM pg_sleep(30)", .writes = true};
static const struct pg_statement die_read = {
    .name = "die_read", .sql = "SELECT pg_terminate_backend(pg_backend_pid())"};
static const struct pg_statement die_write = {.name = "die_write",
    .sql = "INSERT INTO t SELECT 2 WHERE pg_terminate_backend(pg_backend_pid())",
    .writes = true};

static pid_t
backend_pid(void)
{
	struct pg_rows rows;

	cr_assert_eq(pg_exec(pg, a, &backend, NULL, &rows), PG_OK, "%s", pg_why(pg));
	return (pid_t)pg_int(&rows, 0, 0);
}

static void
deadline_in(int64_t ms)
{
	pg_deadline(pg, clock_mono_us() + ms * MS);
}

/* As an event loop would: until it is up, without ever asking it to wait. */
static void
loop_until_up(int64_t timeout_ms)
{
	int64_t until_us = clock_mono_us() + timeout_ms * MS;

	while (pg_state(pg) != PG_STATE_UP) {
		int64_t now_us = clock_mono_us(), wake_us = pg_wake_us(pg);
		struct pollfd p = {.fd = pg_fd(pg)};

		cr_assert_lt(now_us, until_us, "not up in time: %s", pg_why(pg));
		cr_assert_lt(wake_us, INT64_MAX);
		p.events = (short)((pg_events(pg) & EPOLLIN ? POLLIN : 0) |
		    (pg_events(pg) & EPOLLOUT ? POLLOUT : 0));
		(void)poll(&p, 1, wake_us <= now_us ? 0 : (int)((wake_us - now_us) / MS) + 1);
		now_us = clock_mono_us();
		pg_step(pg);
		cr_assert_lt(clock_mono_us() - now_us, 1000 * MS, "a step that waits");
	}
}

static void
expect_works(void)
{
	pg_deadline(pg, INT64_MAX);
	loop_until_up(20000);
	cr_expect(pg_ready(pg));
	cr_expect_eq(pg_exec(pg, a, &one, NULL, NULL), PG_OK, "%s", pg_why(pg));
}

Test(pg_loss, deadline_is_kept_and_drops_the_connection)
{
	static const struct {
		const struct pg_statement *statement;
		bool in_transaction;
		enum pg_code code;
	} cases[] = {
	    {&sleep_read, false, PG_AWAY},
	    {&sleep_write, false, PG_UNKNOWN},
	    {&sleep_write, true, PG_AWAY},
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		int64_t start_us = clock_mono_us(), took_us;

		if (cases[i].in_transaction)
			cr_assert_eq(pg_begin(pg, true), PG_OK);
		deadline_in(200);
		cr_expect_eq(
		    pg_exec(pg, a, cases[i].statement, NULL, NULL), cases[i].code, "case %zu", i);
		took_us = clock_mono_us() - start_us;
		cr_expect_geq(took_us, 199 * MS, "case %zu: %ld us", i, took_us);
		cr_expect_lt(took_us, (200 + SLACK_MS) * MS, "case %zu: %ld us", i, took_us);
		cr_expect_eq(pg_state(pg), PG_STATE_DOWN);
		cr_expect_eq(pg_fd(pg), -1);
		cr_expect_str_eq(pg_sqlstate(pg), "");
		cr_expect_eq(pg_exec(pg, a, &one, NULL, NULL), PG_AWAY, "while it is down");
		pg_rollback(pg);
		expect_works();
	}
}

Test(pg_loss, deadline_in_the_past_sends_nothing)
{
	deadline_in(-1);
	cr_expect_eq(PG_QUERY(pg, a, &insert, NULL, "1"), PG_AWAY);
	cr_expect_eq(pg_begin(pg, true), PG_AWAY);
	cr_expect_eq(pg_state(pg), PG_STATE_UP);
	pg_deadline(pg, INT64_MAX);
	cr_assert_eq(pg_begin(pg, true), PG_OK);
	cr_assert_eq(PG_QUERY(pg, a, &insert, NULL, "1"), PG_OK);
	deadline_in(-1);
	cr_expect_eq(pg_commit(pg), PG_AWAY, "was not sent, so it is known");
	expect_works();
	cr_expect_eq(scratch_int("SELECT count(*) FROM t"), 0);
}

Test(pg_loss, statement_timeout_of_the_server_keeps_the_connection)
{
	int64_t start_us = clock_mono_us();

	cr_expect_eq(pg_exec(pg, a, &sleep_write, NULL, NULL), PG_AWAY);
	cr_expect_str_eq(pg_sqlstate(pg), "57014");
	cr_expect_lt(clock_mono_us() - start_us, (3000 + SLACK_MS) * MS);
	cr_expect_eq(pg_exec(pg, a, &one, NULL, NULL), PG_OK);
}

Test(pg_loss, locked_table_is_busy_after_half_a_second)
{
	struct pg *other = scratch_connect(scratch_url());
	int64_t start_us = clock_mono_us();

	cr_assert_eq(pg_script(other, "BEGIN; LOCK TABLE t"), PG_OK);
	cr_expect_eq(PG_QUERY(pg, a, &insert, NULL, "1"), PG_BUSY);
	cr_expect_str_eq(pg_sqlstate(pg), "55P03");
	cr_expect_lt(clock_mono_us() - start_us, (500 + SLACK_MS) * MS);
	pg_free(&other);
}

Test(pg_loss, backend_killed_while_idle_is_found_before_anything_is_sent)
{
	for (int i = 0; i < 3; i++) {
		cr_assert_eq(
		    scratch_int(
			"SELECT count(pg_terminate_backend(pid, 5000)) FROM pg_stat_activity "
			"WHERE datname = current_database() AND pid <> pg_backend_pid()"),
		    1);
		switch (i) {
		case 0: /* by the event loop */
			pg_step(pg);
			break;
		case 1: /* at the start of a request */
			cr_expect_not(pg_ready(pg));
			break;
		case 2: /* by the first statement: a write that was certainly not done */
			cr_expect_eq(PG_QUERY(pg, a, &insert, NULL, "1"), PG_AWAY);
			break;
		}
		cr_expect_neq(pg_state(pg), PG_STATE_UP, "way %d", i);
		expect_works();
	}
	cr_expect_eq(scratch_int("SELECT count(*) FROM t"), 0);
}

Test(pg_loss, backend_killed_in_the_middle)
{
	cr_expect_eq(pg_exec(pg, a, &die_read, NULL, NULL), PG_AWAY);
	cr_expect_not_null(strstr(pg_why(pg), "terminating connection"), "%s", pg_why(pg));
	cr_expect_str_eq(pg_sqlstate(pg), "");
	expect_works();
	cr_expect_eq(pg_exec(pg, a, &die_write, NULL, NULL), PG_UNKNOWN);
	expect_works();
}

Test(pg_loss, lost_transaction_never_goes_on_outside)
{
	cr_assert_eq(pg_begin(pg, true), PG_OK);
	cr_assert_eq(PG_QUERY(pg, a, &insert, NULL, "1"), PG_OK);
	cr_expect_eq(pg_exec(pg, a, &die_write, NULL, NULL), PG_AWAY);
	loop_until_up(20000);
	cr_expect_eq(PG_QUERY(pg, a, &insert, NULL, "2"), PG_AWAY);
	cr_expect_eq(pg_script(pg, "INSERT INTO t VALUES (3)"), PG_AWAY);
	cr_expect_eq(pg_commit(pg), PG_AWAY);
	cr_expect(pg_clean(pg));
	expect_works();
	cr_expect_eq(scratch_int("SELECT count(*) FROM t"), 0);
}

/* What happens inside COMMIT, by way of a trigger that is deferred to it. */
static void
at_commit(const char *statement)
{
	char sql[500];

	(void)snprintf(sql, sizeof(sql),
	    "CREATE FUNCTION late() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN %s; RETURN NULL; "
	    "END';"
	    "CREATE CONSTRAINT TRIGGER late AFTER INSERT ON t DEFERRABLE INITIALLY DEFERRED "
	    "FOR EACH ROW EXECUTE FUNCTION late()",
	    statement);
	cr_assert_eq(pg_script(pg, sql), PG_OK, "%s", pg_why(pg));
	cr_assert_eq(pg_begin(pg, true), PG_OK);
	cr_assert_eq(PG_QUERY(pg, a, &insert, NULL, "1"), PG_OK);
}

Test(pg_loss, backend_killed_during_commit_is_unknown)
{
	at_commit("PERFORM pg_terminate_backend(pg_backend_pid())");
	cr_expect_eq(pg_commit(pg), PG_UNKNOWN);
	expect_works();
}

Test(pg_loss, deadline_during_commit_is_unknown)
{
	at_commit("PERFORM pg_sleep(2)");
	deadline_in(200);
	cr_expect_eq(pg_commit(pg), PG_UNKNOWN);
	expect_works();
}

Test(pg_loss, transaction_that_idled_out_is_not_done)
{
	cr_assert_eq(pg_script(pg, "SET idle_in_transaction_session_timeout = 100"), PG_OK);
	cr_assert_eq(pg_begin(pg, true), PG_OK);
	cr_assert_eq(PG_QUERY(pg, a, &insert, NULL, "1"), PG_OK);
	(void)usleep(600 * MS);
	cr_expect_eq(pg_commit(pg), PG_AWAY);
	expect_works();
}

Test(pg_loss, frozen_backend_meets_the_deadline)
{
	pid_t pid = backend_pid();
	int64_t start_us;

	cr_assert_eq(kill(pid, SIGSTOP), 0);
	cr_expect(pg_ready(pg), "nothing can be seen from outside");
	start_us = clock_mono_us();
	deadline_in(300);
	cr_expect_eq(pg_exec(pg, a, &one, NULL, NULL), PG_AWAY);
	cr_expect_lt(clock_mono_us() - start_us, (300 + SLACK_MS) * MS);
	expect_works();
	cr_assert_eq(kill(pid, SIGCONT), 0);
}

Test(pg_loss, frozen_backend_cannot_hold_a_big_statement)
{
	static const struct pg_statement big = {
	    .name = "big", .sql = "SELECT length($1::text)", .params = 1};
	pid_t pid = backend_pid();
	size_t n = 16u << 20;
	char *text = malloc(n);
	int64_t start_us;

	cr_assert_not_null(text);
	memset(text, 'x', n - 1);
	text[n - 1] = '\0';
	cr_assert_eq(kill(pid, SIGSTOP), 0);
	start_us = clock_mono_us();
	deadline_in(500);
	cr_expect_eq(PG_QUERY(pg, a, &big, NULL, text), PG_AWAY);
	cr_expect_lt(clock_mono_us() - start_us, (500 + SLACK_MS) * MS);
	cr_assert_eq(kill(pid, SIGCONT), 0);
	free(text);
}

Test(pg_loss, standby_is_left)
{
	cr_assert_eq(pg_script(pg, "SET default_transaction_read_only = on"), PG_OK);
	cr_assert_eq(pg_begin(pg, true), PG_OK);
	cr_expect_eq(PG_QUERY(pg, a, &insert, NULL, "1"), PG_AWAY);
	pg_rollback(pg);
	expect_works();
	cr_expect_eq(PG_QUERY(pg, a, &insert, NULL, "1"), PG_OK);
}

Test(pg_loss, failing_connects_say_why_and_keep_trying)
{
	static const struct {
		const char *more, *why;
	} cases[] = {
	    {"&dbname=nowhere", "does not exist"},
	    {"&user=nobody_here", "does not exist"},
	    {"&host=/nonexistent", "No such file"},
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct pg *other;
		char url[700];

		(void)snprintf(url, sizeof(url), "%s%s", scratch_url(), cases[i].more);
		other = pg_new(url, "test");
		cr_expect_not(pg_connect_wait(other, 700 * MS), "case %zu", i);
		cr_expect_not_null(
		    strstr(pg_why(other), cases[i].why), "case %zu: %s", i, pg_why(other));
		cr_expect_leq(pg_wake_us(other), clock_mono_us() + 2000 * MS, "case %zu", i);
		cr_expect_eq(pg_exec(other, a, &one, NULL, NULL), PG_AWAY);
		pg_free(&other);
	}
}

Test(pg_loss, conninfo_that_cannot_be_parsed_is_not_quoted)
{
	static const char *const bad[] = {"postgresql://u:hunter2%00@/x", "hunter2",
	    "password='hunter2", "postgresql://u@h/d?pw=hunter2"};

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		struct pg *other = pg_new(bad[i], "test");

		cr_expect_not(pg_connect_wait(other, 100 * MS), "case %zu", i);
		cr_expect_null(strstr(pg_why(other), "hunter2"), "case %zu: %s", i, pg_why(other));
		cr_expect_not_null(strstr(pg_why(other), "cannot be parsed"), "case %zu", i);
		pg_free(&other);
	}
}

/* A socket with a full queue of connections that nobody answers. */
static int
mute_server(char *folder)
{
	struct sockaddr_un at = {.sun_family = AF_UNIX};
	int fd = socket(AF_UNIX, SOCK_STREAM, 0);

	cr_assert_not_null(mkdtemp(folder));
	(void)snprintf(at.sun_path, sizeof(at.sun_path), "%s/.s.PGSQL.5432", folder);
	cr_assert_eq(bind(fd, (struct sockaddr *)&at, sizeof(at)), 0);
	cr_assert_eq(listen(fd, 8), 0);
	return fd;
}

Test(pg_loss, mute_host_does_not_hide_the_one_behind_it)
{
	char folder[] = "/tmp/mute.XXXXXX", url[700], path[64];
	const char *host = strstr(scratch_url(), "host=");
	int fd = mute_server(folder);
	struct pg *other;
	int64_t start_us = clock_mono_us();

	cr_assert_not_null(host);
	(void)snprintf(url, sizeof(url), "postgresql://postgres@/?host=%s,%s", folder, host + 5);
	other = pg_new(url, "test");
	cr_expect(pg_connect_wait(other, 10000 * MS), "%s", pg_why(other));
	cr_expect_geq(clock_mono_us() - start_us, 1900 * MS, "each attempt has two seconds");
	cr_expect_eq(pg_exec(other, a, &one, NULL, NULL), PG_OK);
	pg_free(&other);
	(void)close(fd);
	(void)snprintf(path, sizeof(path), "%s/.s.PGSQL.5432", folder);
	(void)unlink(path);
	(void)rmdir(folder);
}

Test(pg_loss, pauses_between_attempts_grow_and_differ)
{
	struct pg *other = pg_new("host=/nonexistent", "test");
	int64_t waits_us[8], differences = 0;

	for (int i = 0; i < 8; i++) {
		while (pg_wake_us(other) > clock_mono_us())
			(void)usleep(1 * MS);
		pg_step(other);
		cr_assert_eq(pg_state(other), PG_STATE_DOWN);
		waits_us[i] = pg_wake_us(other) - clock_mono_us();
		cr_expect_leq(waits_us[i], 500 * MS, "attempt %d", i);
	}
	cr_expect_leq(waits_us[0], 50 * MS);
	for (int i = 5; i < 8; i++) {
		cr_expect_geq(waits_us[i], 200 * MS, "attempt %d: %ld", i, waits_us[i]);
		differences += waits_us[i] / 100 != waits_us[5] / 100;
	}
	cr_expect_gt(differences, 0);
	pg_free(&other);
}

/* A cluster of this test's own, that ends with the pipe to it, whatever becomes of the test. */
struct cluster {
	FILE *out;
	int hold;
	char url[256], data[256], bin[256], as[256];
};

static void
read_line(FILE *f, char *line, size_t size)
{
	cr_assert_not_null(fgets(line, (int)size, f));
	line[strcspn(line, "\n")] = '\0';
}

static void
cluster_start(struct cluster *c)
{
	static const char script[] =
	    "printf '%s\\n' \"$TEST_DATABASE_URL\" \"$PGDATA_TEMP\" \"$PG_BIN\" "
	    "\"$PG_AS\"; read -r _";
	int in[2], out[2];

	cr_assert_eq(pipe2(in, O_CLOEXEC), 0); /* or the server inherits them */
	cr_assert_eq(pipe2(out, O_CLOEXEC), 0);
	if (fork() == 0) {
		(void)dup2(in[0], 0);
		(void)dup2(out[1], 1);
		(void)execl("scripts/pg-temp", "pg-temp", "sh", "-c", script, (char *)NULL);
		_exit(127);
	}
	(void)close(in[0]);
	(void)close(out[1]);
	c->hold = in[1];
	c->out = fdopen(out[0], "r");
	read_line(c->out, c->url, sizeof(c->url));
	read_line(c->out, c->data, sizeof(c->data));
	read_line(c->out, c->bin, sizeof(c->bin));
	read_line(c->out, c->as, sizeof(c->as));
}

static void
cluster_end(struct cluster *c)
{
	(void)close(c->hold);
	cr_expect_eq(fgetc(c->out), EOF); /* when the last of its processes has closed the pipe */
	(void)fclose(c->out);
}

Test(pg_loss, comes_back_after_a_restart_of_the_server)
{
	static const char *const modes[] = {"immediate", "fast"};
	struct cluster c;
	char command[1100];

	cluster_start(&c);
	pg_free(&pg);
	pg = scratch_connect(c.url);
	for (size_t i = 0; i < 2; i++) {
		int64_t until_us = clock_mono_us() + 20000 * MS;

		(void)snprintf(command, sizeof(command),
		    "cd / && exec %s %s/pg_ctl -D %s -l %s/server.log -m %s -w restart >/dev/null "
		    "2>&1 &",
		    c.as, c.bin, c.data, c.data, modes[i]);
		cr_assert_eq(system(command), 0);
		while (pg_state(pg) == PG_STATE_UP) { /* the loop hears of it by the descriptor */
			struct pollfd p = {.fd = pg_fd(pg), .events = POLLIN};

			cr_assert_lt(clock_mono_us(), until_us);
			(void)poll(&p, 1, 100);
			pg_step(pg);
		}
		cr_expect_eq(pg_exec(pg, a, &one, NULL, NULL), PG_AWAY);
		expect_works();
	}
	cluster_end(&c);
}
