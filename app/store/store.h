#ifndef APP_STORE_STORE_H
#define APP_STORE_STORE_H

#include "lib/error.h"
#include "lib/pg.h"

/*
 * store_error(pg, code, statement): what a failed statement means to a client; NULL for PG_OK. Faults
 * are logged here, once, with the statement's name and SQLSTATE, never with the message's DETAIL.
 * PG_CONFLICT is answered by the constraint's name, so that a race and a pre-check look alike.
 */
const struct error *store_error(struct pg *, enum pg_code, const char *statement);

/* store_exec(): pg_exec() and store_error() in one. */
const struct error *store_exec(struct pg *, struct arena *, const struct pg_statement *,
    const char *const *values, struct pg_rows *) __attribute__((warn_unused_result));

#define STORE_QUERY(pg, a, statement, rows, ...) \
	store_exec(pg, a, statement, (const char *const[]){__VA_ARGS__}, rows)

/* store_begin(), store_commit(): pg_begin() and pg_commit() as errors. A failed commit of a serialization
 * conflict is err_overloaded: not done, try again. */
const struct error *store_begin(struct pg *) __attribute__((warn_unused_result));
const struct error *store_commit(struct pg *) __attribute__((warn_unused_result));

/* store_end(pg, error): commit when ${error} is NULL or commits, else roll back; the error to answer. */
const struct error *
store_end(struct pg *, const struct error *) __attribute__((warn_unused_result));

#endif
