#include "lib/arena.h"

#include "app/store/store.h"

#include "app/store/reconcile.h"

const struct error *
reconcile_sees_all(struct pg *pg, struct arena *a, bool *all_r)
{
	static const struct pg_statement active = {.name = "reconcile_sees_all",
	    .sql = "SELECT NOT row_security_active('documents')",
	    .params = 0};
	struct pg_rows rows;
	const struct error *e = store_exec(pg, a, &active, NULL, &rows);

	if (e == NULL)
		*all_r = pg_bool(&rows, 0, 0);
	return e;
}

const struct error *
reconcile_counts(struct pg *pg, struct arena *a, int64_t limit,
    struct reconcile_difference **differences_r, size_t *n_r)
{
	static const struct pg_statement differ = {.name = "reconcile_counts",
	    .sql = "SELECT s.user_id, c.what, c.kept, c.counted"
		   " FROM users u JOIN user_stats s ON s.user_id = u.id"
		   " LEFT JOIN (SELECT user_id, count(*) AS n FROM documents GROUP BY user_id) d"
		   " ON d.user_id = u.id"
		   " LEFT JOIN (SELECT user_id, count(*) AS n, sum(size)::bigint AS bytes"
		   " FROM files GROUP BY user_id) f ON f.user_id = u.id"
		   " CROSS JOIN LATERAL (VALUES"
		   " ('document_count', s.document_count, coalesce(d.n, 0)),"
		   " ('file_count', s.file_count, coalesce(f.n, 0)),"
		   " ('total_file_size', s.total_file_size, coalesce(f.bytes, 0)))"
		   " AS c(what, kept, counted)"
		   " WHERE u.deleted_at IS NULL AND c.kept <> c.counted"
		   " ORDER BY 1, 2 LIMIT $1",
	    .params = 1};
	struct pg_rows rows;
	const struct error *e = STORE_QUERY(pg, a, &differ, &rows, store_int(a, limit));

	if (e != NULL)
		return e;
	*n_r = (size_t)rows.n;
	*differences_r = arena_array(a, *n_r, sizeof(**differences_r));
	for (int i = 0; i < rows.n; i++)
		(*differences_r)[i] = (struct reconcile_difference){pg_uuid(a, &rows, i, 0),
		    pg_str(&rows, i, 1), pg_int(&rows, i, 2), pg_int(&rows, i, 3)};
	return NULL;
}

struct fixing {
	struct pg *pg;
	struct arena *arena;
	const char *user_id;
};

/* Two statements: what is counted has to be seen after the lock was had. */
static const struct error *
fix_in_transaction(void *cookie)
{
	static const struct pg_statement lock = {.name = "reconcile_lock",
	    .sql = "SELECT user_id FROM user_stats WHERE user_id = $1 FOR UPDATE",
	    .params = 1,
	    .writes = true};
	static const struct pg_statement recount = {.name = "reconcile_recount",
	    .sql = "UPDATE user_stats SET document_count ="
		   " (SELECT count(*) FROM documents d WHERE d.user_id = $1),"
		   " (file_count, total_file_size) = (SELECT count(*), coalesce(sum(size), 0)"
		   " FROM files f WHERE f.user_id = $1) WHERE user_id = $1",
	    .params = 1,
	    .writes = true};
	struct fixing *f = cookie;
	const struct error *e = STORE_QUERY(f->pg, f->arena, &lock, NULL, f->user_id);

	return e != NULL ? e : STORE_QUERY(f->pg, f->arena, &recount, NULL, f->user_id);
}

const struct error *
reconcile_fix(struct pg *pg, struct arena *a, const char *user_id)
{
	struct fixing f = {pg, a, user_id};

	return store_transaction(pg, true, fix_in_transaction, &f);
}
