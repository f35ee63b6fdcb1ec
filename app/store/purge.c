#include "lib/arena.h"

#include "app/store/store.h"

#include "app/store/purge.h"

const struct error *
purge_pick(struct pg *pg, struct arena *a, int64_t limit, const char *const **ids_r, size_t *n_r)
{
	static const struct pg_statement pick = {.name = "purge_pick",
	    .sql = "SELECT id FROM users WHERE deleted_at IS NOT NULL ORDER BY deleted_at LIMIT $1"
		   " FOR UPDATE SKIP LOCKED",
	    .params = 1,
	    .writes = true};
	struct pg_rows rows;
	const char **ids;
	const struct error *e = STORE_QUERY(pg, a, &pick, &rows, store_int(a, limit));

	if (e != NULL)
		return e;
	*n_r = (size_t)rows.n;
	ids = arena_array(a, *n_r, sizeof(*ids));
	for (int i = 0; i < rows.n; i++)
		ids[i] = pg_uuid(a, &rows, i, 0);
	*ids_r = ids;
	return NULL;
}

/* Tables of which one user may have more rows than a transaction should remove; a new one is a line. */
#define PURGE(table)                                                                            \
	{                                                                                       \
		.name = "purge_" #table,                                                        \
		.sql = "DELETE FROM " #table " WHERE ctid = ANY(ARRAY(SELECT ctid FROM " #table \
		       " WHERE user_id = ANY($1::uuid[]) LIMIT $2))",                           \
		.params = 2, .writes = true                                                     \
	}

static const struct error *
purge_rows(struct pg *pg, struct arena *a, const struct pg_statement *purge, const char *ids,
    int64_t limit, int64_t *removed)
{
	struct pg_rows rows;
	const struct error *e =
	    STORE_QUERY(pg, a, purge, &rows, ids, store_int(a, limit - *removed));

	if (e == NULL)
		*removed += rows.n;
	return e;
}

/* Behind row-level security: one by one, and only of those that have any. What a file's row leaves behind
 * in its folder is an orphan then, and swept. */
static const struct error *
purge_owned(struct pg *pg, struct arena *a, const char *const *ids, size_t n, int64_t limit,
    int64_t *removed)
{
	static const struct pg_statement have = {.name = "purge_have_owned",
	    .sql = "SELECT user_id FROM user_stats WHERE user_id = ANY($1::uuid[]) AND "
		   "(document_count > 0 OR file_count > 0)",
	    .params = 1};
	static const struct pg_statement act_for = {.name = "purge_act_for",
	    .sql = "SELECT set_config('app.user_id', $1, true)",
	    .params = 1};
	static const struct pg_statement purges[] = {PURGE(documents), PURGE(files)};
	struct pg_rows owners;
	const struct error *e = STORE_QUERY(pg, a, &have, &owners, store_array(a, ids, n));

	for (int i = 0; e == NULL && i < owners.n && *removed < limit; i++) {
		const char *id = pg_uuid(a, &owners, i, 0);

		e = STORE_QUERY(pg, a, &act_for, NULL, id);
		for (size_t k = 0; e == NULL && k < 2 && *removed < limit; k++)
			e = purge_rows(pg, a, &purges[k], store_array(a, &id, 1), limit, removed);
	}
	return e;
}

const struct error *
purge_dependents(struct pg *pg, struct arena *a, const char *const *ids, size_t n, int64_t limit,
    int64_t *removed_r)
{
	static const struct pg_statement purges[] = {PURGE(sessions), PURGE(mail)};
	const struct error *e = NULL;

	*removed_r = 0;
	for (size_t i = 0; e == NULL && i < sizeof(purges) / sizeof(*purges) && *removed_r < limit;
	     i++)
		e = purge_rows(pg, a, &purges[i], store_array(a, ids, n), limit, removed_r);
	return e == NULL && *removed_r < limit ? purge_owned(pg, a, ids, n, limit, removed_r) : e;
}

const struct error *
purge_users(struct pg *pg, struct arena *a, const char *const *ids, size_t n)
{
	static const struct pg_statement users = {.name = "purge_users",
	    .sql = "DELETE FROM users WHERE id = ANY($1::uuid[])",
	    .params = 1,
	    .writes = true};

	return STORE_QUERY(pg, a, &users, NULL, store_array(a, ids, n));
}
