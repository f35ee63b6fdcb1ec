/* Statements: one at a time, prepared on first use, or as a script. */

#include <assert.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>

#include <libpq-fe.h>

#include "lib/arena.h"
#include "lib/str.h"

#include "lib/pg_internal.h"

static void
release(void *result)
{
	PQclear(result);
}

static int
count(PGresult *r)
{
	int64_t affected;

	if (PQresultStatus(r) == PGRES_TUPLES_OK)
		return PQntuples(r);
	return str_int(PQcmdTuples(r), 0, INT_MAX, &affected) ? (int)affected : 0;
}

static bool
changed_rows(PGresult *r)
{
	const char *tag = PQcmdStatus(r);

	return str_starts(tag, "INSERT") || str_starts(tag, "UPDATE") ||
	    str_starts(tag, "DELETE") || str_starts(tag, "MERGE");
}

static enum pg_code
exec_once(struct pg *pg, const struct pg_statement *statement, const char *const *values,
    PGresult **result_r)
{
	bool alone = pg->tx == PG_TX_NONE;
	const char *begin = pg_due(pg);
	struct pg_answer answer;

	pg_ask(pg, begin, statement, values, &answer);
	if (begin != NULL)
		pg_opened(pg);
	*result_r = answer.result;
	if (answer.code == PG_UNKNOWN && !(alone && statement->writes))
		return PG_AWAY;
	return answer.code;
}

enum pg_code
pg_exec(struct pg *pg, struct arena *a, const struct pg_statement *statement,
    const char *const *values, struct pg_rows *rows)
{
	PGresult *r;
	enum pg_code code;

	if (pg->tx == PG_TX_LOST)
		return PG_AWAY;
	code = exec_once(pg, statement, values, &r);
	if (code == PG_BUSY && pg->stale && pg->tx == PG_TX_NONE)
		code = exec_once(pg, statement, values, &r);
	if (code != PG_OK)
		return code;
	arena_defer(a, release, r);
	/* Or its loss would be told as "not done". */
	assert(pg->tx != PG_TX_NONE || statement->writes || !changed_rows(r));
	if (rows != NULL)
		*rows = (struct pg_rows){.result = r, .n = count(r)};
	return PG_OK;
}

/* The server counts characters; people count lines. */
static void
say_line(struct pg *pg, const char *sql, const PGresult *r)
{
	const char *position = PQresultErrorField(r, PG_DIAG_STATEMENT_POSITION);
	char why[PG_WHY_SIZE];
	int64_t point;
	int line = 1;

	if (position == NULL || !str_int(position, 1, INT_MAX, &point))
		return;
	while (--point > 0)
		line += str_next(&sql) == '\n';
	(void)snprintf(why, sizeof(why), "line %d: %.*s", line, PG_WHY_SIZE - 32, pg->why);
	memcpy(pg->why, why, sizeof(why));
}

/* One result of a script; false when the connection is gone. */
static bool
script_result(struct pg *pg, const char *sql, const PGresult *r, enum pg_code *code)
{
	switch (PQresultStatus(r)) {
	case PGRES_COMMAND_OK:
	case PGRES_TUPLES_OK:
	case PGRES_EMPTY_QUERY:
		return true;
	case PGRES_FATAL_ERROR:
	case PGRES_BAD_RESPONSE:
	case PGRES_NONFATAL_ERROR:
		*code = pg_failed(pg, r);
		if (pg->conn != NULL)
			say_line(pg, sql, r);
		return pg->conn != NULL;
	case PGRES_COPY_IN:
	case PGRES_COPY_OUT:
	case PGRES_COPY_BOTH:
#ifdef LIBPQ_HAS_CHUNK_MODE /* libpq 17 */
	case PGRES_TUPLES_CHUNK:
#endif
	case PGRES_SINGLE_TUPLE:
	case PGRES_PIPELINE_SYNC:
	case PGRES_PIPELINE_ABORTED:
		break;
	}
	pg_lose(pg, "COPY cannot be part of a script");
	*code = PG_FAULT;
	return false;
}

static enum pg_code
script_results(struct pg *pg, const char *sql)
{
	int64_t until_us = pg_until_us(pg);
	enum pg_code code = PG_OK;
	PGresult *r;
	bool up;

	for (;;) {
		if (!pg_next(pg, until_us, &r))
			return PG_UNKNOWN;
		if (r == NULL)
			return code;
		up = script_result(pg, sql, r, &code);
		PQclear(r);
		if (!up)
			return code;
	}
}

enum pg_code
pg_script(struct pg *pg, const char *sql)
{
	struct pg_answer answer;
	enum pg_code code;

	if (pg->tx == PG_TX_LOST)
		return PG_AWAY;
	if (pg->tx == PG_TX_DUE) {
		pg_ask(pg, pg_due(pg), NULL, NULL, &answer);
		PQclear(answer.result);
		pg_opened(pg);
		if (answer.code != PG_OK)
			return PG_AWAY;
	}
	if (!pg_sendable(pg))
		return PG_AWAY;
	if (PQsendQuery(pg->conn, sql) == 0) {
		pg_lose(pg, PQerrorMessage(pg->conn));
		return PG_AWAY;
	}
	code = script_results(pg, sql);
	if (pg->tx == PG_TX_OPEN && pg_idle(pg)) {
		pg->tx = PG_TX_LOST;
		if (code == PG_OK) {
			pg_say(pg, "", "", "the script ended its transaction");
			code = PG_FAULT;
		}
	}
	return code == PG_UNKNOWN && pg->tx == PG_TX_LOST ? PG_AWAY : code;
}
