/*
 * Transactions. Success is the word COMMIT from the server and nothing else: a failed transaction
 * answers COMMIT with ROLLBACK and no error (P5, RE-01).
 */

#include <assert.h>
#include <string.h>

#include <libpq-fe.h>

#include "lib/pg_internal.h"

bool
pg_idle(const struct pg *pg)
{
	return pg->conn != NULL && PQtransactionStatus(pg->conn) == PQTRANS_IDLE;
}

const char *
pg_due(const struct pg *pg)
{
	if (pg->tx != PG_TX_DUE)
		return NULL;
	/* Not READ WRITE: a standby refuses that as a feature it lacks, and a write as what it is, 25006. */
	return pg->writing ? "BEGIN ISOLATION LEVEL READ COMMITTED"
			   : "BEGIN ISOLATION LEVEL READ COMMITTED READ ONLY";
}

void
pg_opened(struct pg *pg)
{
	if (pg->tx == PG_TX_DUE)
		pg->tx = pg_idle(pg) ? PG_TX_LOST : PG_TX_OPEN;
}

enum pg_code
pg_begin(struct pg *pg, bool writing)
{
	if (pg->tx != PG_TX_NONE) {
		pg_say(pg, "", "", "a transaction is open already");
		return PG_FAULT;
	}
	if (!pg_sendable(pg))
		return PG_AWAY;
	pg->tx = PG_TX_DUE;
	pg->writing = writing;
	memset(pg->local, 0, sizeof(pg->local));
	return PG_OK;
}

void
pg_local(struct pg *pg, const char *name, const char *value)
{
	assert(pg->tx == PG_TX_DUE);
	pg->local[0] = name;
	pg->local[1] = value;
}

static enum pg_code
commit_open(struct pg *pg)
{
	struct pg_answer answer;

	if (!pg->writing && PQtransactionStatus(pg->conn) == PQTRANS_INTRANS) {
		pg_end(pg);
		if (pg->ending)
			return PG_OK;
		if (pg->conn != NULL)
			pg_lose(pg, "the deadline had passed before COMMIT was sent");
		return PG_AWAY;
	}
	pg->warned = false;
	pg_ask(pg, "COMMIT", NULL, NULL, &answer);
	if (answer.code == PG_OK && strcmp(PQcmdStatus(answer.result), "COMMIT") != 0) {
		pg_say(
		    pg, "", "", "the transaction had failed before its COMMIT and was rolled back");
		answer.code = PG_FAULT;
	} else if (answer.code == PG_OK && pg->warned) {
		/* Written here, but the standby that should have it did not confirm. */
		pg_say(pg, "", "", "the server committed with a warning");
		answer.code = PG_UNKNOWN;
	}
	/* Nothing was written: whatever became of it, nothing was done. */
	if (answer.code == PG_UNKNOWN && !pg->writing)
		answer.code = PG_AWAY;
	PQclear(answer.result);
	/* Only when the deadline had passed and nothing was sent. */
	if (pg->conn != NULL && !pg_idle(pg))
		pg_lose(pg, "the deadline had passed before COMMIT was sent");
	return answer.code;
}

enum pg_code
pg_commit(struct pg *pg)
{
	enum pg_code code = PG_OK;

	switch (pg->tx) {
	case PG_TX_NONE:
		pg_say(pg, "", "", "there is no transaction to commit");
		return PG_FAULT;
	case PG_TX_DUE: /* nothing was ever asked in it */
		break;
	case PG_TX_OPEN:
		code = commit_open(pg);
		break;
	case PG_TX_LOST:
		code = PG_AWAY;
		break;
	}
	pg->tx = PG_TX_NONE;
	return code;
}

void
pg_rollback(struct pg *pg)
{
	struct pg_answer answer;

	if (pg->conn != NULL && pg->state == PG_STATE_UP && !pg_idle(pg)) {
		pg_ask(pg, "ROLLBACK", NULL, NULL, &answer);
		PQclear(answer.result);
		if (pg->conn != NULL && !pg_idle(pg))
			pg_lose(pg, "the transaction could not be rolled back");
	}
	pg->tx = PG_TX_NONE;
}

bool
pg_clean(struct pg *pg)
{
	bool clean =
	    pg->tx == PG_TX_NONE && (pg->state != PG_STATE_UP || pg->ending || pg_idle(pg));

	if (!clean)
		pg_rollback(pg);
	return clean;
}
