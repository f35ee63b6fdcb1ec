#include "lib/arena.h"

#include "app/api/errors.h"
#include "app/store/store.h"

#include "app/store/admins.h"

const struct error *
admins_lock(struct pg *pg, struct arena *a)
{
	/* Any number will do that nobody else takes: these are the bytes of "gatehous". */
	static const struct pg_statement lock = {.name = "admins_lock",
	    .sql = "SELECT FROM pg_advisory_xact_lock(7449363237540164979)",
	    .params = 0,
	    .writes = true};

	return store_exec(pg, a, &lock, NULL, NULL);
}

const struct error *
admins_exist(struct pg *pg, struct arena *a, bool *exist_r)
{
	static const struct pg_statement exist = {.name = "admins_exist",
	    .sql = "SELECT EXISTS (SELECT FROM users WHERE role = 'admin' AND is_active AND "
		   "deleted_at IS NULL)",
	    .params = 0};
	struct pg_rows rows;
	const struct error *e = store_exec(pg, a, &exist, NULL, &rows);

	if (e == NULL)
		*exist_r = pg_bool(&rows, 0, 0);
	return e;
}

const struct error *
admins_remain(struct pg *pg, struct arena *a)
{
	bool exist = false;
	const struct error *e = admins_exist(pg, a, &exist);

	return e != NULL || exist ? e : &err_last_admin;
}

const struct error *
admins_list(struct pg *pg, struct arena *a, const char *const *ids, size_t n, int64_t others,
    struct admin **admins_r, size_t *n_r)
{
	static const struct pg_statement list = {.name = "admins_list",
	    .sql =
		"WITH a AS (SELECT id, email, username, created_at FROM users WHERE"
		" role = 'admin' AND is_active AND deleted_at IS NULL)"
		" SELECT id, email, username, true FROM a WHERE id = ANY($1::uuid[])"
		" UNION ALL (SELECT id, email, username, false FROM a WHERE id <> ALL($1::uuid[])"
		" ORDER BY created_at, id LIMIT $2)",
	    .params = 2};
	struct pg_rows rows;
	const struct error *e =
	    STORE_QUERY(pg, a, &list, &rows, store_array(a, ids, n), store_int(a, others));

	*n_r = e == NULL ? (size_t)rows.n : 0;
	*admins_r = arena_array(a, *n_r, sizeof(**admins_r));
	for (int i = 0; i < (int)*n_r; i++)
		(*admins_r)[i] = (struct admin){.id = pg_uuid(a, &rows, i, 0),
		    .email = pg_str(&rows, i, 1),
		    .username = pg_str(&rows, i, 2),
		    .is_among = pg_bool(&rows, i, 3)};
	return e;
}
