#include "lib/arena.h"

#include "app/store/store.h"

#include "app/store/user_admin.h"

const struct error *
user_admin_lock(struct pg *pg, struct arena *a, const char *const *ids, size_t n,
    struct user_state **states_r, size_t *n_r)
{
	static const struct pg_statement lock = {.name = "user_admin_lock",
	    .sql = "SELECT id, role, is_active FROM users WHERE id = ANY($1::uuid[])"
		   " AND deleted_at IS NULL ORDER BY id FOR NO KEY UPDATE",
	    .params = 1,
	    .writes = true};
	struct pg_rows rows;
	const struct error *e = STORE_QUERY(pg, a, &lock, &rows, store_array(a, ids, n));

	if (e != NULL)
		return e;
	*n_r = (size_t)rows.n;
	*states_r = arena_array(a, *n_r, sizeof(**states_r));
	for (int i = 0; i < rows.n; i++)
		(*states_r)[i] = (struct user_state){.id = pg_uuid(a, &rows, i, 0),
		    .role = pg_str(&rows, i, 1),
		    .is_active = pg_bool(&rows, i, 2)};
	return NULL;
}

const struct error *
user_admin_activate(struct pg *pg, struct arena *a, const char *const *ids, size_t n, bool active)
{
	static const struct pg_statement activate = {.name = "user_admin_activate",
	    .sql = "UPDATE users SET is_active = $2,"
		   " token_version = token_version + ($2::boolean IS FALSE)::integer,"
		   " row_version = row_version + 1, updated_at = now()"
		   " WHERE id = ANY($1::uuid[]) AND deleted_at IS NULL",
	    .params = 2,
	    .writes = true};

	return STORE_QUERY(pg, a, &activate, NULL, store_array(a, ids, n), store_bool(active));
}

const struct error *
user_admin_role(struct pg *pg, struct arena *a, const char *const *ids, size_t n, const char *role)
{
	static const struct pg_statement set = {.name = "user_admin_role",
	    .sql = "UPDATE users SET role = $2, row_version = row_version + 1, updated_at = now()"
		   " WHERE id = ANY($1::uuid[]) AND deleted_at IS NULL",
	    .params = 2,
	    .writes = true};

	return STORE_QUERY(pg, a, &set, NULL, store_array(a, ids, n), role);
}

const struct error *
user_admin_bury(struct pg *pg, struct arena *a, const char *id)
{
	static const struct pg_statement bury = {.name = "user_admin_bury",
	    .sql = "UPDATE users SET deleted_at = now(), is_active = false, email = NULL,"
		   " email_key = NULL, username = NULL, username_key = NULL, full_name = NULL,"
		   " password_hash = NULL, secret_digest = NULL, token_version = token_version + 1,"
		   " row_version = row_version + 1, updated_at = now()"
		   " WHERE id = $1 AND deleted_at IS NULL",
	    .params = 1,
	    .writes = true};

	return STORE_QUERY(pg, a, &bury, NULL, id);
}
