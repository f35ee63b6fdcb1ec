#ifndef LIB_PG_INTERNAL_H
#define LIB_PG_INTERNAL_H

/* Shared by lib/pg*.c only: what one connection is made of. libpq's own header stays in the .c files. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/pg.h"

struct pg_conn;
struct pg_result;

enum { PG_PARAMS_MAX = 64, PG_PREPARED_SLOTS = 1024, PG_PREPARED_MAX = 768, PG_WHY_SIZE = 400 };

/*
 * BEGIN travels with the transaction's first statement, so DUE is "wanted, not sent". LOST is "was
 * open on a connection that is gone": nothing more may run in it, and above all not by itself on a
 * connection made later.
 */
enum pg_tx { PG_TX_NONE, PG_TX_DUE, PG_TX_OPEN, PG_TX_LOST };

struct pg {
	struct arena
	    *memory; /* holds this struct and the settings, password included; wiped at the end */
	const char
	    *keys[PG_PARAMS_MAX + 1]; /* NULL-terminated, as PQconnectStartParams wants them */
	char *values[PG_PARAMS_MAX + 1];
	int params_n; /* 0: the conninfo could not be parsed */

	struct pg_conn *conn; /* NULL when down */
	enum pg_state state;
	unsigned events;
	int64_t wake_us; /* DOWN: of the next attempt; CONNECTING: this one is given up */
	int64_t backoff_us;
	int64_t deadline_us;
	bool fatal;  /* a FATAL message came while nothing was asked: the end of the session */
	bool warned; /* a WARNING came since this was cleared */

	enum pg_tx tx;
	bool writing;
	bool ending;          /* COMMIT was sent, its answer not taken */
	const char *local[2]; /* name and value of a setting for the next transaction */
	bool stale;           /* the server's prepared statements are not what we remember */
	int prepared_n;
	const struct pg_statement *prepared[PG_PREPARED_SLOTS]; /* hash by address */

	char sqlstate[6], constraint[64], why[PG_WHY_SIZE];
};

/* pg_lose(pg, why): the connection is of no more use: close it, count it, plan the next one. */
void pg_lose(struct pg *, const char *why);

/* pg_alive(pg): of a connection that is up: as far as the socket can tell. Does not wait. */
bool pg_alive(struct pg *);

/* pg_say(pg, sqlstate, constraint, why): what the three questions about the last failure answer. */
void pg_say(struct pg *, const char *sqlstate, const char *constraint, const char *why);

/*
 * pg_failed(pg, result): remember an error result and say what it means (IN-09). PG_UNKNOWN when it
 * was the connection's last word; the connection is then closed.
 */
enum pg_code pg_failed(struct pg *, const struct pg_result *);

/*
 * What one flush brought. Its commands go out together with one Sync behind them, so that they cost
 * one round trip, and what follows a failed one is not executed.
 */
struct pg_answer {
	enum pg_code code; /* PG_AWAY: nothing was sent. PG_UNKNOWN: lost after something was */
	struct pg_result
	    *result; /* of the last command, owned by the receiver; NULL unless PG_OK */
};

/* pg_ask(pg, sql, statement, values, answer): ${sql} and then ${statement}; either may be NULL. */
void pg_ask(struct pg *, const char *sql, const struct pg_statement *, const char *const *values,
    struct pg_answer *);

/*
 * pg_end(pg): COMMIT to a transaction that has only read. Nothing hangs on its answer, which is not waited for
 * but taken before the next question.
 */
void pg_end(struct pg *);

/* pg_sendable(pg): up, alive, and the deadline is ahead; otherwise pg_why() tells. */
bool pg_sendable(struct pg *);

/*
 * pg_next(pg, until_us, &result): flush, wait, and take the next result; NULL where a command's results
 * end. False: the connection was lost. pg_until_us(pg): when a wait that starts now has to end.
 */
bool pg_next(struct pg *, int64_t until_us, struct pg_result **result_r);
int64_t pg_until_us(const struct pg *);

/*
 * pg_due(pg): the BEGIN to send before the next statement, NULL when none is due; tell pg_opened()
 * when it was sent. pg_idle(pg): connected, and no transaction is open on the server.
 */
const char *pg_due(const struct pg *);
void pg_opened(struct pg *);
bool pg_idle(const struct pg *);

#endif
