/*
 * Coming up, staying up, going down. Nothing here waits except pg_connect_wait(): a connect is a row
 * of PQconnectPoll() steps, each taken when the socket is ready. What does block, inside libpq, is
 * the resolver; an address or a socket path in the conninfo avoids it.
 */

#include <poll.h>
#include <string.h>
#include <sys/epoll.h>

#include <libpq-fe.h>

#include "lib/arena.h"
#include "lib/clock.h"
#include "lib/secret.h"
#include "lib/str.h"

#include "lib/pg_internal.h"

enum {
	ATTEMPT_US = 2000000,
	BACKOFF_MIN_US = 50000,
	BACKOFF_MAX_US = 500000,
	/* While connecting, libpq may close a socket and open the next under the same number; epoll has
	 * then silently forgotten it, so the owner is woken by time as well. */
	TICK_US = 10000,
};

/* Behind whatever the operator wrote into options: the last of several counts. One request has one core: with
 * parallel workers, a few that read much would take all cores from those that read little. What a compiler
 * costs, no statement of a request wins back. */
static const char session_options[] = "-c statement_timeout=3000 -c lock_timeout=500 "
				      "-c idle_in_transaction_session_timeout=5000 "
				      "-c max_parallel_workers_per_gather=0 -c jit=off";

static char **
param(struct pg *pg, const char *key)
{
	for (int i = 0; i < pg->params_n; i++) {
		if (strcmp(pg->keys[i], key) == 0)
			return &pg->values[i];
	}
	return NULL;
}

static void
param_set(struct pg *pg, const char *key, const char *value)
{
	char **at = param(pg, key);

	if (at == NULL) {
		if (pg->params_n == PG_PARAMS_MAX)
			return; /* libpq knows about forty */
		pg->keys[pg->params_n] = arena_strdup(pg->memory, key);
		at = &pg->values[pg->params_n++];
	}
	*at = arena_strdup(pg->memory, value);
}

static void
param_default(struct pg *pg, const char *key, const char *value)
{
	if (param(pg, key) == NULL)
		param_set(pg, key, value);
}

static bool
params_parse(struct pg *pg, const char *conninfo)
{
	static const char driver[] = "postgresql+asyncpg://";
	PQconninfoOption *options;

	if (str_starts(conninfo, driver))
		conninfo = arena_printf(pg->memory, "postgresql://%s", conninfo + strlen(driver));
	options = PQconninfoParse(conninfo, NULL);
	if (options == NULL)
		return false;
	for (PQconninfoOption *o = options; o->keyword != NULL; o++) {
		if (o->val == NULL)
			continue;
		param_set(pg, o->keyword, o->val);
		secret_wipe(o->val, strlen(o->val)); /* one of them is the password */
	}
	PQconninfoFree(options);
	return true;
}

struct pg *
pg_new(const char *conninfo, const char *application_name)
{
	struct arena *memory = arena_new();
	struct pg *pg = arena_alloc(memory, sizeof(*pg));
	char **options;

	pg->memory = memory;
	pg->deadline_us = INT64_MAX;
	if (!params_parse(pg, conninfo)) {
		pg->params_n = 0;
		/* libpq's own sentence may quote the password. */
		pg_say(pg, "", "", "the database's connection string cannot be parsed");
		return pg;
	}
	options = param(pg, "options");
	param_set(pg, "options",
	    options == NULL ? session_options
			    : arena_printf(memory, "%s %s", *options, session_options));
	param_set(pg, "application_name", application_name);
	param_set(pg, "client_encoding", "UTF8");
	/* Of TCP only; libpq ignores them on Unix sockets. A host that vanished is found in 10 s. */
	param_default(pg, "keepalives", "1");
	param_default(pg, "keepalives_idle", "5");
	param_default(pg, "keepalives_interval", "2");
	param_default(pg, "keepalives_count", "2");
	param_default(pg, "tcp_user_timeout", "10000");
	pg_say(pg, "", "", "not connected yet");
	return pg;
}

void
pg_free(struct pg **pg)
{
	struct arena *memory;

	if (*pg == NULL)
		return;
	memory = (*pg)->memory;
	PQfinish((*pg)->conn);
	*pg = NULL;
	arena_free(&memory);
}

/* With jitter, so that the workers of a whole fleet do not knock in step. */
static void
plan_next(struct pg *pg)
{
	uint32_t random;

	secret_random(&random, sizeof(random));
	if (pg->backoff_us == 0)
		pg->backoff_us = BACKOFF_MIN_US;
	pg->wake_us = clock_mono_us() + pg->backoff_us / 2 + random % (pg->backoff_us / 2);
	pg->backoff_us = pg->backoff_us < BACKOFF_MAX_US / 2 ? pg->backoff_us * 2 : BACKOFF_MAX_US;
}

void
pg_lose(struct pg *pg, const char *why)
{
	pg_say(pg, "", "", why);
	PQfinish(pg->conn);
	pg->conn = NULL;
	pg->state = PG_STATE_DOWN;
	pg->fatal = false;
	pg->stale = pg->ending = false;
	pg->prepared_n = 0;
	memset(pg->prepared, 0, sizeof(pg->prepared));
	if (pg->tx != PG_TX_NONE)
		pg->tx = PG_TX_LOST;
	plan_next(pg);
}

static bool
poll_now(const struct pg *pg, unsigned events)
{
	struct pollfd p = {.fd = PQsocket(pg->conn)};

	p.events = (short)((events & EPOLLIN ? POLLIN : 0) | (events & EPOLLOUT ? POLLOUT : 0));
	return poll(&p, 1, 0) > 0;
}

/*
 * A dying server's FATAL and a standby's missing confirmation are told as notices when nothing waits
 * for an answer. All others are of no interest, and libpq would print them (P14).
 */
static void
on_notice(void *cookie, const PGresult *notice)
{
	struct pg *pg = cookie;
	const char *severity = PQresultErrorField(notice, PG_DIAG_SEVERITY_NONLOCALIZED);

	if (severity == NULL)
		return;
	if (strcmp(severity, "FATAL") == 0 || strcmp(severity, "PANIC") == 0)
		pg->fatal = true;
	if (strcmp(severity, "WARNING") == 0)
		pg->warned = true;
}

static void
begin_attempt(struct pg *pg)
{
	if (pg->params_n == 0) {
		plan_next(pg);
		return;
	}
	pg->conn = PQconnectStartParams(pg->keys, (const char *const *)pg->values, 0);
	if (pg->conn == NULL || PQstatus(pg->conn) == CONNECTION_BAD) {
		pg_lose(pg, PQerrorMessage(pg->conn));
		return;
	}
	PQsetNoticeReceiver(pg->conn, on_notice, pg);
	pg->state = PG_STATE_CONNECTING;
	pg->events = EPOLLOUT; /* what libpq asks for before the first PQconnectPoll() */
	pg->wake_us = clock_mono_us() + ATTEMPT_US;
}

static void
come_up(struct pg *pg)
{
	if (PQsetnonblocking(pg->conn, 1) != 0) {
		pg_lose(pg, PQerrorMessage(pg->conn));
		return;
	}
	pg->state = PG_STATE_UP;
	pg->events = EPOLLIN;
	pg->backoff_us = 0;
	pg->fatal = false;
}

static void
reverse(char *s, size_t n)
{
	for (size_t i = 0; i < n / 2; i++) {
		char c = s[i];

		s[i] = s[n - 1 - i];
		s[n - 1 - i] = c;
	}
}

/* "a,b,c" to "b,c,a": an attempt starts with the first host, and a mute one costs all of it (P8). */
static void
rotate(struct pg *pg, const char *key)
{
	char **list = param(pg, key);
	size_t all, first, rest;

	if (list == NULL || strchr(*list, ',') == NULL)
		return;
	all = strlen(*list);
	first = strcspn(*list, ",");
	rest = all - first - 1;
	reverse(*list, all);
	reverse(*list, rest);
	reverse(*list + rest + 1, first);
}

static void
advance(struct pg *pg)
{
	while (poll_now(pg, pg->events)) {
		switch (PQconnectPoll(pg->conn)) {
		case PGRES_POLLING_READING:
			pg->events = EPOLLIN;
			break;
		case PGRES_POLLING_WRITING:
			pg->events = EPOLLOUT;
			break;
		case PGRES_POLLING_OK:
			come_up(pg);
			return;
		case PGRES_POLLING_FAILED:
		case PGRES_POLLING_ACTIVE:
			pg_lose(pg, PQerrorMessage(pg->conn));
			return;
		}
	}
	if (clock_mono_us() < pg->wake_us)
		return;
	rotate(pg, "host");
	rotate(pg, "hostaddr");
	rotate(pg, "port");
	pg_lose(pg, "the database did not answer a connect within 2 s");
}

/*
 * One PQconsumeInput() is not enough (P1): it takes the FATAL message and is content; the end of the
 * stream is only seen by the next. What came behind an answer is there already. A notification just
 * wakes its reader up.
 */
bool
pg_alive(struct pg *pg)
{
	PGnotify *notification;

	if (PQstatus(pg->conn) != CONNECTION_OK)
		return false;
	for (;;) {
		while ((notification = PQnotifies(pg->conn)) != NULL)
			PQfreemem(notification);
		if (pg->fatal || !poll_now(pg, EPOLLIN))
			return !pg->fatal;
		if (PQconsumeInput(pg->conn) == 0)
			return false;
	}
}

void
pg_step(struct pg *pg)
{
	if (pg->state == PG_STATE_UP && !pg_alive(pg))
		pg_lose(pg, "the server closed an idle connection");
	if (pg->state == PG_STATE_DOWN && clock_mono_us() >= pg->wake_us)
		begin_attempt(pg);
	if (pg->state == PG_STATE_CONNECTING)
		advance(pg);
}

bool
pg_ready(struct pg *pg)
{
	pg_step(pg);
	return pg->state == PG_STATE_UP;
}

bool
pg_connect_wait(struct pg *pg, int64_t timeout_us)
{
	int64_t until_us = clock_mono_us() + timeout_us;

	while (!pg_ready(pg)) {
		struct pollfd p = {.fd = pg_fd(pg)};
		int64_t now_us = clock_mono_us();
		int64_t wake_us = pg_wake_us(pg) < until_us ? pg_wake_us(pg) : until_us;

		if (now_us >= until_us)
			return false;
		p.events = pg->events & EPOLLOUT ? POLLOUT : POLLIN;
		(void)poll(&p, 1,
		    (int)((wake_us - now_us) / 1000) + 1); /* an interruption is a step, too */
	}
	return true;
}

int
pg_fd(const struct pg *pg)
{
	return pg->conn == NULL ? -1 : PQsocket(pg->conn);
}

unsigned
pg_events(const struct pg *pg)
{
	return pg->conn == NULL ? 0 : pg->events;
}

int64_t
pg_wake_us(const struct pg *pg)
{
	int64_t tick_us = clock_mono_us() + TICK_US;

	switch (pg->state) {
	case PG_STATE_UP:
		return INT64_MAX;
	case PG_STATE_CONNECTING:
		return tick_us < pg->wake_us ? tick_us : pg->wake_us;
	case PG_STATE_DOWN:
		break;
	}
	return pg->wake_us;
}

enum pg_state
pg_state(const struct pg *pg)
{
	return pg->state;
}
