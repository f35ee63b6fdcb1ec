/*
 * Asking and waiting: every exchange is non-blocking libpq with a poll of ours between, so that a
 * frozen server costs the deadline and no more (P7, RE-04). A connection that passed it is closed:
 * its late answer must not meet the next question.
 */

#include <arpa/inet.h>
#include <assert.h>
#include <errno.h>
#include <poll.h>
#include <string.h>

#include <libpq-fe.h>

#include "lib/clock.h"

#include "lib/pg_internal.h"

/* Of one wait for which the owner set no deadline: well beyond statement_timeout. */
enum { WAIT_MAX_US = 10000000 };

/* Of a statement with one that is in binary form. */
enum { BINARY_PARAMS_MAX = 16 };

int64_t
pg_until_us(const struct pg *pg)
{
	return pg->deadline_us == INT64_MAX ? clock_mono_us() + WAIT_MAX_US : pg->deadline_us;
}

int64_t
pg_left_us(const struct pg *pg)
{
	return pg_until_us(pg) - clock_mono_us();
}

void
pg_deadline(struct pg *pg, int64_t mono_us)
{
	pg->deadline_us = mono_us;
}

static bool
wait_socket(struct pg *pg, short events, int64_t until_us)
{
	struct pollfd p = {.fd = PQsocket(pg->conn), .events = events};
	int64_t left_us = until_us - clock_mono_us();
	struct timespec t = {left_us / CLOCK_US_PER_S, left_us % CLOCK_US_PER_S * 1000};
	int n;

	if (left_us <= 0) {
		pg_lose(pg, "no answer before the deadline");
		return false;
	}
	n = ppoll(&p, 1, &t, NULL);
	if (n < 0 && errno != EINTR) {
		pg_lose(pg, "poll failed");
		return false;
	}
	if (n > 0 && (p.revents & ~POLLOUT) != 0 && PQconsumeInput(pg->conn) == 0) {
		pg_lose(pg, PQerrorMessage(pg->conn));
		return false;
	}
	return true;
}

bool
pg_next(struct pg *pg, int64_t until_us, PGresult **result_r)
{
	for (;;) {
		int unsent = PQflush(pg->conn);

		if (unsent < 0) {
			pg_lose(pg, PQerrorMessage(pg->conn));
			return false;
		}
		if (!PQisBusy(pg->conn))
			break;
		if (!wait_socket(pg, (short)(unsent ? POLLIN | POLLOUT : POLLIN), until_us))
			return false;
	}
	*result_r = PQgetResult(pg->conn);
	return true;
}

/* Where ${statement} is remembered, or would be. */
static const struct pg_statement **
prepared_slot(struct pg *pg, const struct pg_statement *statement)
{
	size_t i = ((uintptr_t)statement >> 3) * 2654435761u % PG_PREPARED_SLOTS;

	while (pg->prepared[i] != NULL && pg->prepared[i] != statement)
		i = (i + 1) % PG_PREPARED_SLOTS;
	return &pg->prepared[i];
}

static void
remember(struct pg *pg, const struct pg_statement *statement)
{
	assert(pg->prepared_n < PG_PREPARED_MAX); /* statements are constants of the program */
	*prepared_slot(pg, statement) = statement;
	pg->prepared_n++;
}

static void
forget_all(struct pg *pg)
{
	memset(pg->prepared, 0, sizeof(pg->prepared));
	pg->prepared_n = 0;
}

struct question {
	const struct pg_statement *statement; /* NULL: none */
	const char *const *values;
	bool prepare;
};

/* The commands of one flush, in the order in which they are sent and answered. */
struct flush {
	bool deallocate; /* DEALLOCATE ALL */
	const char *sql;
	struct question local; /* pg_local() */
	struct question main;
};

static bool
send_sql(PGconn *conn, const char *sql)
{
	return PQsendQueryParams(conn, sql, 0, NULL, NULL, NULL, NULL, 1) == 1;
}

/* The parameter that is not text. */
static bool
send_binary(PGconn *conn, const struct pg_statement *s, const char *const *values)
{
	const char *sent[BINARY_PARAMS_MAX];
	int lengths[BINARY_PARAMS_MAX] = {0}, formats[BINARY_PARAMS_MAX] = {0}, at = s->binary - 1;
	uint32_t length;

	assert(!s->assembled && at < s->params && s->params <= BINARY_PARAMS_MAX);
	memcpy(sent, values, (size_t)s->params * sizeof(*sent));
	if (sent[at] != NULL) {
		memcpy(&length, sent[at], sizeof(length));
		lengths[at] = (int)ntohl(length);
		formats[at] = 1;
		sent[at] += sizeof(length);
	}
	return PQsendQueryPrepared(conn, s->name, s->params, sent, lengths, formats, 1) == 1;
}

static bool
send_statement(PGconn *conn, const struct pg_statement *s, const char *const *values)
{
	if (s->binary > 0)
		return send_binary(conn, s, values);
	if (s->assembled)
		return PQsendQueryParams(conn, s->sql, s->params, NULL, values, NULL, NULL, 1) == 1;
	return PQsendQueryPrepared(conn, s->name, s->params, values, NULL, NULL, 1) == 1;
}

static bool
send_question(PGconn *conn, const struct question *q)
{
	const struct pg_statement *s = q->statement;

	return s == NULL ||
	    ((!q->prepare || PQsendPrepare(conn, s->name, s->sql, 0, NULL) == 1) &&
		send_statement(conn, s, q->values));
}

static bool
send_all(PGconn *conn, const struct flush *f)
{
	if (PQenterPipelineMode(conn) == 0)
		return false;
	if (f->deallocate && !send_sql(conn, "DEALLOCATE ALL"))
		return false;
	if (f->sql != NULL && !send_sql(conn, f->sql))
		return false;
	if (!send_question(conn, &f->local) || !send_question(conn, &f->main))
		return false;
	return PQpipelineSync(conn) == 1;
}

/*
 * One result into the answer. An error may follow the success of its own command: a deferred
 * constraint is checked at the Sync. False: the connection is gone, or useless.
 */
static bool
take(struct pg *pg, PGresult *r, int *good, struct pg_answer *answer)
{
	switch (PQresultStatus(r)) {
	case PGRES_COMMAND_OK:
	case PGRES_TUPLES_OK:
	case PGRES_EMPTY_QUERY:
		PQclear(answer->result);
		answer->result = r;
		(*good)++;
		return true;
	case PGRES_PIPELINE_ABORTED:
		PQclear(r);
		return true;
	case PGRES_FATAL_ERROR:
	case PGRES_BAD_RESPONSE:
	case PGRES_NONFATAL_ERROR:
		if (answer->code == PG_OK)
			answer->code = pg_failed(pg, r);
		PQclear(r);
		return pg->conn != NULL;
	case PGRES_COPY_IN:
	case PGRES_COPY_OUT:
	case PGRES_COPY_BOTH:
#ifdef LIBPQ_HAS_CHUNK_MODE /* libpq 17 */
	case PGRES_TUPLES_CHUNK:
#endif
	case PGRES_SINGLE_TUPLE:
	case PGRES_PIPELINE_SYNC:
		break;
	}
	PQclear(r);
	pg_lose(pg, "an answer of a kind that was not asked for");
	answer->code = PG_UNKNOWN;
	return false;
}

/* Every result up to the Sync's; how many commands succeeded. */
static int
collect(struct pg *pg, struct pg_answer *answer)
{
	int64_t until_us = pg_until_us(pg);
	int good = 0, ends = 0;
	PGresult *r;

	for (;;) {
		if (!pg_next(pg, until_us, &r)) {
			answer->code = PG_UNKNOWN;
			return good;
		}
		if (r == NULL && ++ends < 2)
			continue;
		if (r != NULL && PQresultStatus(r) == PGRES_PIPELINE_SYNC)
			break;
		if (r == NULL || !take(pg, r, &good, answer))
			goto lost;
		ends = 0;
	}
	PQclear(r);
	if (PQexitPipelineMode(pg->conn) == 1)
		return good;
lost:
	if (pg->conn != NULL) {
		pg_lose(pg, "libpq and the server are out of step");
		answer->code = PG_UNKNOWN;
	}
	return good;
}

/* What was sent by pg_end(), and was not waited for. */
static bool
settle(struct pg *pg)
{
	struct pg_answer answer = {.code = PG_OK};

	if (!pg->ending)
		return true;
	pg->ending = false;
	(void)collect(pg, &answer);
	PQclear(answer.result);
	if (pg->conn != NULL && !pg_idle(pg))
		pg_lose(pg, "a transaction that has only read did not end");
	return pg->conn != NULL;
}

bool
pg_sendable(struct pg *pg)
{
	if (pg->state != PG_STATE_UP)
		return false; /* pg_why() still says what the last attempt died of */
	if (clock_mono_us() >= pg->deadline_us) {
		pg_say(pg, "", "", "the deadline had passed before anything was sent");
		return false;
	}
	if (!settle(pg))
		return false;
	if (pg_alive(pg))
		return true;
	/* Found before anything was sent, so nobody has to wonder whether it was done. */
	pg_lose(pg, "the server closed the connection");
	return false;
}

/* Whether ${statement} has to be prepared first. */
static struct question
question(struct pg *pg, const struct pg_statement *statement, const char *const *values)
{
	return (struct question){.statement = statement,
	    .values = values,
	    .prepare = statement != NULL && !statement->assembled &&
		*prepared_slot(pg, statement) == NULL};
}

/* ${good} commands succeeded: what was prepared by one of them is known from now on. */
static void
learn(struct pg *pg, const struct flush *f, int good)
{
	int before = f->deallocate + (f->sql != NULL);

	if (f->local.prepare && good > before)
		remember(pg, f->local.statement);
	before += f->local.prepare + (f->local.statement != NULL);
	if (f->main.prepare && good > before)
		remember(pg, f->main.statement);
}

void
pg_end(struct pg *pg)
{
	if (!pg_sendable(pg))
		return;
	pg->ending = send_all(pg->conn, &(struct flush){.sql = "COMMIT"});
	if (!pg->ending || PQflush(pg->conn) < 0)
		pg_lose(pg, PQerrorMessage(pg->conn));
}

void
pg_ask(struct pg *pg, const char *sql, const struct pg_statement *statement,
    const char *const *values, struct pg_answer *answer)
{
	static const struct pg_statement local = {
	    .name = "pg_local", .sql = "SELECT set_config($1, $2, true)", .params = 2};
	struct flush f = {.sql = sql};
	int good;

	*answer = (struct pg_answer){.code = PG_AWAY};
	if (!pg_sendable(pg))
		return;
	/* Never in front of a ROLLBACK, which has to run in a transaction that takes nothing else. */
	f.deallocate = pg->stale && statement != NULL && pg_idle(pg);
	if (f.deallocate) {
		forget_all(pg);
		pg->stale = false;
	}
	if (pg->tx == PG_TX_DUE && pg->local[0] != NULL)
		f.local = question(pg, &local, pg->local);
	f.main = question(pg, statement, values);
	if (!send_all(pg->conn, &f)) {
		pg_lose(pg, PQerrorMessage(pg->conn));
		answer->code = PG_UNKNOWN;
		return;
	}
	answer->code = PG_OK;
	good = collect(pg, answer);
	if (answer->code != PG_OK) {
		PQclear(answer->result);
		answer->result = NULL;
	}
	if (pg->conn != NULL)
		learn(pg, &f, good);
}
