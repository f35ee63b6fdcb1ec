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
