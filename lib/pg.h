#ifndef LIB_PG_H
#define LIB_PG_H

/*
 * One PostgreSQL connection, owned by one process, never crossing a fork. Every wait has a deadline
 * of ours: statement_timeout does not help when the server is frozen (pitfalls P7). While the
 * database is away the connection is *down*: statements fail at once with PG_AWAY, and the
 * reconnect is advanced by pg_step() from the owner's event loop, never by a blocking connect.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct arena;

struct pg;

/*
 * A statement, prepared on first use of each connection. Constants; compared by address. Only what is
 * .assembled, of constant fragments, may live shorter: its text is sent each time and nothing of it
 * stays on the server. That costs a parse and a plan, which is made for the very values.
 */
struct pg_statement {
	const char *name; /* unique; also in logs */
	const char *sql;  /* explicit column lists, $1… parameters */
	int params;
	bool
	    writes; /* changes something; read only where it runs outside a transaction, see pg_exec() */
	bool assembled;
	int binary; /* the number of the one parameter that is not text, or 0: its value is what travels, the
		       length in four bytes and then as many, all in network order */
};

enum pg_code {
	PG_OK,
	PG_AWAY,     /* connection lost or deadline passed, before any COMMIT was sent: not done */
	PG_UNKNOWN,  /* lost while a COMMIT (or an autocommitted write) was in flight */
	PG_CONFLICT, /* 23505 or 23503, see pg_constraint() */
	PG_INVALID,  /* class 22, 23514, 23502: the data was refused */
	PG_BUSY,     /* 40001, 40P01, 55P03: try the whole transaction again */
	PG_FAULT     /* anything else: a bug or a broken database; logged by the caller */
};

/* The rows of one result: binary format, owned by the arena it was asked with. */
struct pg_rows {
	void *result; /* PGresult */
	int n;        /* rows; for a statement without rows: the affected ones */
};

enum pg_state { PG_STATE_DOWN, PG_STATE_CONNECTING, PG_STATE_UP };

/*
 * pg_new(conninfo, application_name): nothing is connected yet; owned until pg_free(). ${conninfo}
 * is a URI or key=value string of libpq (several hosts and target_session_attrs work);
 * "postgresql+asyncpg://" is taken as "postgresql://". Sessions get statement_timeout 3 s,
 * lock_timeout 0.5 s, idle_in_transaction_session_timeout 5 s.
 */
struct pg *pg_new(const char *conninfo, const char *application_name);
void pg_free(struct pg **);

/*
 * pg_connect_wait(pg, timeout_us): connect now, blocking at most so long (start-up, command line).
 * False: pg_why() says why.
 */
bool pg_connect_wait(struct pg *, int64_t timeout_us) __attribute__((warn_unused_result));

/*
 * For an event loop: pg_fd() is the descriptor to watch, or -1; pg_events() the EPOLLIN/EPOLLOUT
 * wanted; pg_step() does what is due and never blocks: advances a connect, starts the next attempt
 * when its back-off (50 ms doubling to 500 ms, with jitter; each attempt 2 s) is over, and finds out
 * that an idle connection died (pitfalls P1). Call it when the descriptor is ready and when
 * pg_wake_us() (monotonic; INT64_MAX for never) has passed. After a step that did not find it up, watch
 * the descriptor anew: it may be another socket under the same number, which epoll does not know.
 */
int pg_fd(const struct pg *);
unsigned pg_events(const struct pg *);
int64_t pg_wake_us(const struct pg *);
void pg_step(struct pg *);
enum pg_state pg_state(const struct pg *);

/* pg_ready(pg): up, and alive as far as the socket can tell without asking; call it at the start of
 * every request. Not up: pg_step() is called once before the answer. */
bool pg_ready(struct pg *);

/* pg_deadline(pg, mono_us): no wait of the calls below goes beyond; set once per request. A
 * statement that passes it drops the connection: its late answer must not meet the next request.
 * INT64_MAX, the default, is 10 s for each wait. pg_left_us(pg): how long a wait may still last. */
void pg_deadline(struct pg *, int64_t mono_us);
int64_t pg_left_us(const struct pg *);

/*
 * pg_exec(pg, a, statement, values, rows): run it with statement->params text values (NULL is SQL
 * NULL); the result is freed with ${a}. rows may be NULL. A lost connection is PG_AWAY, but PG_UNKNOWN
 * where the statement stands outside a transaction and says that it writes; one that does not say so
 * and changes rows there is a programming error.
 */
enum pg_code pg_exec(struct pg *, struct arena *, const struct pg_statement *,
    const char *const *values, struct pg_rows *) __attribute__((warn_unused_result));

/* PG_QUERY(pg, a, &statement, &rows, "v1", "v2"): the same with the values spelled out. */
#define PG_QUERY(pg, a, statement, rows, ...) \
	pg_exec(pg, a, statement, (const char *const[]){__VA_ARGS__}, rows)

/*
 * Transactions. pg_begin() for reading or writing (READ COMMITTED, READ ONLY when !writing); it costs
 * no round trip, BEGIN travels with the first statement. After a loss everything is PG_AWAY up to the
 * end of the transaction, also when the connection is back.
 * pg_commit() is PG_OK only when the server answered the tag COMMIT (P5: a failed transaction answers
 * ROLLBACK without an error, which is PG_FAULT here), or when it was sent to one that has only read.
 * pg_rollback() never fails: what cannot be rolled back is disconnected. pg_clean(): at the end of a
 * request, true when nothing was left open; otherwise rolls back.
 */
enum pg_code pg_begin(struct pg *, bool writing) __attribute__((warn_unused_result));
/* pg_local(pg, name, value): a setting of the transaction that pg_begin() has just begun; it travels in the
 * same flush as BEGIN. Both live until the first statement. */
void pg_local(struct pg *, const char *name, const char *value);
enum pg_code pg_commit(struct pg *) __attribute__((warn_unused_result));
void pg_rollback(struct pg *);
bool pg_clean(struct pg *);

/* pg_script(pg, sql): several statements, as a migration has them; for the command line only. One
 * that ends the transaction it stands in is PG_FAULT. */
enum pg_code pg_script(struct pg *, const char *sql) __attribute__((warn_unused_result));

/* About the last failure: SQLSTATE ("" when the connection was lost), the constraint's name ("" when
 * none), and a sentence for logs (the primary message only: DETAIL holds people's data, P11). */
const char *pg_sqlstate(const struct pg *);
const char *pg_constraint(const struct pg *);
const char *pg_why(const struct pg *);

/* Columns, by binary type. pg_str(): text, varchar, enums, citext, json, jsonb; NULL for SQL NULL;
 * borrowed from the result. pg_int(): int2, int4, int8; 0 for NULL. pg_num(): float8; 0 for NULL. pg_bool(): false for NULL. pg_time(): timestamptz to
 * microseconds since 1970; INSTANT_NONE (INT64_MIN) for NULL, the next and the last int64 for
 * -infinity and infinity. pg_uuid(): copied as text into ${a}. pg_bytes(): bytea. A column of another
 * type is a programming error. */
const char *pg_str(const struct pg_rows *, int row, int column);
int64_t pg_int(const struct pg_rows *, int row, int column);
double pg_num(const struct pg_rows *, int row, int column);
bool pg_bool(const struct pg_rows *, int row, int column);
int64_t pg_time(const struct pg_rows *, int row, int column);
const char *pg_uuid(struct arena *, const struct pg_rows *, int row, int column);
const void *pg_bytes(const struct pg_rows *, int row, int column, size_t *n_r);

#endif
