#include <string.h>

#include "lib/arena.h"

#include "app/store/store.h"

#include "app/store/limits.h"

/* A streak of failures is forgotten a day after the last. */
enum { STREAK_S = 24 * 60 * 60 };

/* For those that began earlier and waited for the row: no statement runs longer. */
enum { MARGIN_S = 10 };
#define MARGIN "10"

/* No disk flush; for the transaction of this statement only. */
#define ASYNC "async AS (SELECT set_config('synchronous_commit', 'off', true))"

#define SECONDS(n) n " * interval '1 second'"

/*
 * Over, or further away than it can be: the clock was set back, and locks nobody for it (RL-10).
 * $3 seconds, $5 how long a row is kept.
 */
#define STALE(row)                                                         \
	"(" row ".ends_at <= now() OR " row ".ends_at > now() + " SECONDS( \
	    "($5::bigint + " MARGIN                                        \
	    ")") " OR " row ".free_at > now() + " SECONDS("($3::bigint + " MARGIN ")") ")"

/* When the next may be, after the ${n}th. $2 count, $3 seconds, $4 grows. */
#define FREE_AT(n, ends)                                \
	"CASE WHEN " n " < $2::bigint THEN '-infinity'" \
	" WHEN $4::boolean THEN now() + " SECONDS(      \
	    "least($3::bigint, 2 * power(2, least(" n " - $2::bigint, 30)))") " ELSE " ends " END"

#define NEW_ENDS "now() + " SECONDS("$5::bigint")

#define TAKEN "(CASE WHEN " STALE("l") " THEN 1 ELSE l.taken + 1 END)"

#define ENDS "(CASE WHEN $4 OR " STALE("l") " THEN " NEW_ENDS " ELSE l.ends_at END)"

/* Lost while it was under way: the counter may have moved, but the request was not done. */
static const struct error *
not_done(const struct error *e)
{
	return e == &error_outcome_unknown ? &error_unavailable : e;
}

const struct error *
limits_take(struct pg *pg, struct arena *a, const struct limits_counter *c, bool *taken_r)
{
	/* What is refused anyway costs a read: a flood writes nothing. */
	static const struct pg_statement take = {.name = "limits_take",
	    .sql = "WITH " ASYNC ", blocked AS (SELECT FROM limits b WHERE b.key = $1::bytea"
		   " AND b.free_at > now() AND NOT " STALE(
		       "b") "),"
			    " took AS (INSERT INTO limits AS l (key, taken, free_at, ends_at)"
			    " SELECT $1, 1, " FREE_AT("1",
				NEW_ENDS) ", " NEW_ENDS
					  " FROM async WHERE NOT EXISTS (SELECT FROM blocked)"
					  " ON CONFLICT (key) DO UPDATE SET taken = " TAKEN
					  ", free_at = " FREE_AT(TAKEN,
					      ENDS) ", ends_at = " ENDS
						    " WHERE l.free_at <= now() OR " STALE(
							"l") " RETURNING 1)"
							     " SELECT EXISTS (SELECT FROM took)",
	    .params = 5,
	    .writes = true};
	int64_t kept = c->grows && c->seconds < STREAK_S ? STREAK_S : c->seconds;
	struct pg_rows rows;
	const struct error *e = STORE_QUERY(pg, a, &take, &rows,
	    store_hex(a, &c->key, sizeof(c->key)), store_int(a, c->count), store_int(a, c->seconds),
	    store_bool(c->grows), store_int(a, kept));

	*taken_r = e == NULL && pg_bool(&rows, 0, 0);
	return not_done(e);
}

const struct error *
limits_wait(struct pg *pg, struct arena *a, const struct limits_counter *counters, size_t n,
    int64_t waits_r[LIMITS_KEYS_MAX])
{
	static const struct pg_statement wait = {.name = "limits_wait",
	    .sql = "SELECT CASE key WHEN $1 THEN 0 WHEN $2 THEN 1 ELSE 2 END,"
		   " ceil(extract(epoch FROM free_at - now()))::bigint"
		   " FROM limits WHERE key IN ($1, $2, $3) AND free_at > now() AND ends_at > now()",
	    .params = LIMITS_KEYS_MAX};
	const char *values[LIMITS_KEYS_MAX] = {NULL};
	struct pg_rows rows;
	const struct error *e;

	for (size_t i = 0; i < n; i++) {
		values[i] = store_hex(a, &counters[i].key, sizeof(counters[i].key));
		waits_r[i] = 0;
	}
	e = store_exec(pg, a, &wait, values, &rows);
	for (int row = 0; e == NULL && row < rows.n; row++) {
		size_t i = (size_t)pg_int(&rows, row, 0);

		/* A stale one again: the next who takes it finds it so. */
		if (pg_int(&rows, row, 1) <= counters[i].seconds + MARGIN_S)
			waits_r[i] = pg_int(&rows, row, 1);
	}
	return e;
}

const struct error *
limits_return(struct pg *pg, struct arena *a, const struct limits_counter *c)
{
	static const struct pg_statement back = {.name = "limits_return",
	    .sql = "WITH " ASYNC " UPDATE limits SET taken = greatest(taken - 1, 0),"
		   " free_at = '-infinity' FROM async WHERE key = $1",
	    .params = 1,
	    .writes = true};

	return not_done(STORE_QUERY(pg, a, &back, NULL, store_hex(a, &c->key, sizeof(c->key))));
}

const struct error *
limits_clear(struct pg *pg, struct arena *a, const struct limits_counter *c)
{
	static const struct pg_statement clear = {.name = "limits_clear",
	    .sql = "WITH " ASYNC " DELETE FROM limits USING async WHERE key = $1",
	    .params = 1,
	    .writes = true};

	return not_done(STORE_QUERY(pg, a, &clear, NULL, store_hex(a, &c->key, sizeof(c->key))));
}

const struct error *
limits_forget(struct pg *pg, struct arena *a, const unsigned char whom[LIMITS_HALF])
{
	static const struct pg_statement forget = {.name = "limits_forget",
	    .sql = "DELETE FROM limits WHERE key BETWEEN $1 AND $2",
	    .params = 2,
	    .writes = true};
	struct limits_key first, last;

	memcpy(first.whom, whom, LIMITS_HALF);
	memcpy(last.whom, whom, LIMITS_HALF);
	memset(first.what, 0, LIMITS_HALF);
	memset(last.what, 0xff, LIMITS_HALF);
	return STORE_QUERY(pg, a, &forget, NULL, store_hex(a, &first, sizeof(first)),
	    store_hex(a, &last, sizeof(last)));
}

const struct error *
limits_expire(struct pg *pg, struct arena *a, int64_t limit, int64_t *n_r)
{
	/* Whoever counts in one of them now goes first. */
	static const struct pg_statement expire = {.name = "limits_expire",
	    .sql = "DELETE FROM limits WHERE key IN (SELECT key FROM limits WHERE ends_at <= now()"
		   " ORDER BY ends_at LIMIT $1 FOR UPDATE SKIP LOCKED)",
	    .params = 1,
	    .writes = true};
	struct pg_rows rows;
	const struct error *e = STORE_QUERY(pg, a, &expire, &rows, store_int(a, limit));

	*n_r = e == NULL ? rows.n : 0;
	return e;
}

const struct error *
limits_trim(struct pg *pg, struct arena *a, int64_t cap, int64_t limit, int64_t *n_r)
{
	static const struct pg_statement trim = {.name = "limits_trim",
	    .sql =
		"DELETE FROM limits WHERE key IN (SELECT key FROM limits"
		" ORDER BY free_at > now(), taken, ends_at"
		" LIMIT least($2::bigint, greatest(0, (SELECT count(*) FROM limits) - $1::bigint))"
		" FOR UPDATE SKIP LOCKED)",
	    .params = 2,
	    .writes = true};
	struct pg_rows rows;
	const struct error *e =
	    STORE_QUERY(pg, a, &trim, &rows, store_int(a, cap), store_int(a, limit));

	*n_r = e == NULL ? rows.n : 0;
	return e;
}
