#include <string.h>
#include <time.h>

#include "lib/log.h"
#include "lib/secret.h"

#include "app/api/errors.h"

#include "app/store/store.h"

/* Who waits for a row waits for his place in its queue and then for its lock: lock_timeout counts for each. */
enum { TRIES = 3, TRY_US = 1100000, NS_PER_MS = 1000000 };

static const struct error *
conflict_error(struct pg *pg, const char *statement)
{
	const char *constraint = pg_constraint(pg);

	if (strcmp(constraint, "users_email_key") == 0)
		return &err_email_taken;
	if (strcmp(constraint, "users_username_key") == 0)
		return &err_username_taken;
	/* Its account was purged since who asks was read. */
	if (strcmp(constraint, "documents_user_id_fkey") == 0 ||
	    strcmp(constraint, "files_user_id_fkey") == 0)
		return &err_token_invalid;
	log_line(LOG_ERROR, "db_conflict", LOG_S("statement", statement),
	    LOG_S("constraint", constraint));
	return &error_internal;
}

const struct error *
store_error(struct pg *pg, enum pg_code code, const char *statement)
{
	switch (code) {
	case PG_OK:
		return NULL;
	case PG_AWAY:
		return &error_unavailable;
	case PG_UNKNOWN:
		return &error_outcome_unknown;
	case PG_BUSY:
		return &error_overloaded;
	case PG_CONFLICT:
		return conflict_error(pg, statement);
	case PG_INVALID:
	case PG_FAULT:
		break;
	}
	log_line(LOG_ERROR, "db_fault", LOG_S("statement", statement),
	    LOG_S("sqlstate", pg_sqlstate(pg)), LOG_S("constraint", pg_constraint(pg)),
	    LOG_S("message", pg_why(pg)));
	return code == PG_INVALID ? &error_validation : &error_internal;
}

const struct error *
store_exec(struct pg *pg, struct arena *a, const struct pg_statement *statement,
    const char *const *values, struct pg_rows *rows)
{
	return store_error(pg, pg_exec(pg, a, statement, values, rows), statement->name);
}

static const struct error *
transaction_once(struct pg *pg, bool writing, store_work *work, void *cookie)
{
	const struct error *e = store_error(pg, pg_begin(pg, writing), "begin"), *failed;

	if (e != NULL)
		return e;
	e = work(cookie);
	if (e != NULL && !e->commits) {
		pg_rollback(pg);
		return e;
	}
	failed = store_error(pg, pg_commit(pg), "commit");
	return failed != NULL ? failed : e;
}

/* Who comes back at once takes his locks again before the other, who waits for them, has woken up. */
static void
give_way(void)
{
	unsigned char ms;
	struct timespec t = {0, 0};

	secret_random(&ms, sizeof(ms));
	t.tv_nsec = (long)(5 + ms % 45) * NS_PER_MS;
	(void)nanosleep(&t, NULL); /* an interrupted one has waited long enough */
}

const struct error *
store_transaction(struct pg *pg, bool writing, store_work *work, void *cookie)
{
	const struct error *e = transaction_once(pg, writing, work, cookie);

	for (int i = 1; i < TRIES && e == &error_overloaded && pg_left_us(pg) > TRY_US; i++) {
		give_way();
		e = transaction_once(pg, writing, work, cookie);
	}
	return e;
}

struct on_behalf {
	struct pg *pg;
	const char *user_id;
	store_work *work;
	void *cookie;
};

/* Each try begins anew, and says anew for whom. */
static const struct error *
work_on_behalf(void *cookie)
{
	struct on_behalf *o = cookie;

	if (o->user_id != NULL)
		pg_local(o->pg, "app.user_id", o->user_id);
	return o->work(o->cookie);
}

const struct error *
store_transaction_for(
    struct pg *pg, const char *user_id, bool writing, store_work *work, void *cookie)
{
	struct on_behalf o = {pg, user_id, work, cookie};

	/* cppcheck-suppress returnDanglingLifetime ; what comes back is an error's constant row */
	return store_transaction(pg, writing, work_on_behalf, &o);
}

const struct error *
store_snapshot(struct pg *pg, struct arena *a, store_work *work, void *cookie)
{
	static const struct pg_statement isolate = {
	    .name = "store_isolate", .sql = "SET TRANSACTION ISOLATION LEVEL REPEATABLE READ"};
	static const struct pg_statement linger = {
	    .name = "store_linger", .sql = "SET LOCAL idle_in_transaction_session_timeout = 0"};
	const struct error *e = store_error(pg, pg_begin(pg, false), "begin");

	if (e != NULL)
		return e;
	e = STORE_QUERY(pg, a, &isolate, NULL, NULL);
	if (e == NULL)
		e = STORE_QUERY(pg, a, &linger, NULL, NULL);
	if (e == NULL)
		e = work(cookie);
	pg_rollback(pg); /* nothing was written */
	return e;
}
