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

/* Values as PostgreSQL reads them. store_bool(b), store_int(a, n), store_time(a, us): timestamptz, store_hex(a, p, n): bytea. store_array(a, items, n):
 * an array of what needs no quotes (ids, numbers, constant words), NULL elements as NULL.
 * store_address(ip): NULL unless it is one; nginx may be reached over a socket without an address. */
const char *store_bool(bool);
const char *store_int(struct arena *, int64_t);
const char *store_time(struct arena *, int64_t us);
const char *store_hex(struct arena *, const void *, size_t n);
const char *store_array(struct arena *, const char *const *items, size_t n);

/* store_texts(a, items, n): an array of any text, NULL elements as NULL. */
const char *store_texts(struct arena *, const char *const *items, size_t n);
const char *store_address(const char *ip);

/* What happens in a transaction; NULL, or the error to answer. It may run more than once. */
typedef const struct error *store_work(void *cookie);

/*
 * store_transaction(pg, writing, work, cookie): begin, work, then commit when the work's error is NULL or
 * says that it commits, else roll back. A deadlock or a lock that was not had in time is tried again,
 * three times in all while there is time for it (IN-09), since passing the deadline would cost the
 * connection; then it is error_overloaded: not done. error_outcome_unknown when the connection was lost
 * while the COMMIT of a write was in flight.
 */
const struct error *store_transaction(struct pg *, bool writing, store_work *, void *cookie)
    __attribute__((warn_unused_result));

/* store_transaction_for(pg, user_id, …): the same on behalf of ${user_id}, which is what row-level security goes by
 * (DV-01); NULL: of nobody. */
const struct error *store_transaction_for(struct pg *, const char *user_id, bool writing,
    store_work *, void *cookie) __attribute__((warn_unused_result));

/* store_snapshot(pg, a, work, cookie): reading only, once, and every statement of ${work} sees the database as
 * of one moment, however long it takes and whatever it waits for in between. */
const struct error *store_snapshot(struct pg *, struct arena *, store_work *, void *cookie)
    __attribute__((warn_unused_result));

#endif
