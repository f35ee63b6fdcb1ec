#include "lib/arena.h"

#include "app/store/store.h"

#include "app/store/password_kinds.h"

const struct error *
password_kinds_read(struct pg *pg, struct arena *a, struct password_kind **kinds_r, size_t *n_r)
{
	static const struct pg_statement read = {.name = "password_kinds_read",
	    .sql = "SELECT kind, users FROM password_kinds ORDER BY kind",
	    .params = 0};
	struct pg_rows rows;
	const struct error *e = store_exec(pg, a, &read, NULL, &rows);

	*n_r = e == NULL ? (size_t)rows.n : 0;
	*kinds_r = arena_array(a, *n_r, sizeof(**kinds_r));
	for (int i = 0; i < (int)*n_r; i++)
		(*kinds_r)[i] = (struct password_kind){
		    .kind = pg_str(&rows, i, 0), .users = pg_int(&rows, i, 1)};
	return e;
}

/* How many users there are, roughly: what the planner believes, which costs nothing. */
static const struct error *
users_about(struct pg *pg, struct arena *a, int64_t *n_r)
{
	static const struct pg_statement about = {.name = "password_kinds_about",
	    .sql = "SELECT greatest(reltuples, 0)::bigint FROM pg_class"
		   " WHERE oid = 'users'::regclass",
	    .params = 0};
	struct pg_rows rows;
	const struct error *e = store_exec(pg, a, &about, NULL, &rows);

	*n_r = e == NULL ? pg_int(&rows, 0, 0) : 0;
	return e;
}

const struct error *
password_kinds_sample(struct pg *pg, struct arena *a, const char *pattern, int64_t sample)
{
	/* One kind may be rarer than the sample sees: then it is gone, and its users can be told apart. */
	static const struct pg_statement look = {.name = "password_kinds_sample",
	    .sql = "WITH seen AS (SELECT substring(password_hash from $1) AS kind, count(*) AS n"
		   " FROM (SELECT password_hash FROM users TABLESAMPLE SYSTEM ($2::real)"
		   " WHERE deleted_at IS NULL LIMIT 4 * $3::bigint) AS picked"
		   " WHERE substring(password_hash from $1) IS NOT NULL GROUP BY 1),"
		   " gone AS (DELETE FROM password_kinds WHERE kind NOT IN (SELECT kind FROM seen))"
		   " INSERT INTO password_kinds (kind, users) SELECT kind, n FROM seen"
		   " ON CONFLICT (kind) DO UPDATE SET users = excluded.users",
	    .params = 3,
	    .writes = true};
	int64_t n = 0;
	const struct error *e = users_about(pg, a, &n);
	double percent = n <= sample ? 100 : 100 * (double)sample / (double)n;

	if (e != NULL)
		return e;
	return STORE_QUERY(
	    pg, a, &look, NULL, pattern, arena_printf(a, "%.6f", percent), store_int(a, sample));
}
