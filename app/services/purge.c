#include "app/services/service.h"
#include "app/store/purge.h"
#include "app/store/store.h"

#include "app/services/purge.h"

enum { USERS_BATCH = 100, ROWS_BATCH = 1000 };

struct purging {
	struct service *s;
	int64_t users;
	bool more;
};

static const struct error *
purge_in_transaction(void *cookie)
{
	struct purging *p = cookie;
	struct service *s = p->s;
	const char *const *ids;
	size_t n = 0;
	int64_t rows = 0;
	const struct error *e = purge_pick(s->pg, s->arena, USERS_BATCH, &ids, &n);

	p->users = 0;
	p->more = false;
	if (e != NULL || n == 0)
		return e;
	e = purge_dependents(s->pg, s->arena, ids, n, ROWS_BATCH, &rows);
	p->more = n == USERS_BATCH || rows == ROWS_BATCH;
	if (e != NULL || rows == ROWS_BATCH)
		return e;
	p->users = (int64_t)n;
	return purge_users(s->pg, s->arena, ids, n);
}

const struct error *
purge_deleted(struct service *s, int64_t *users_r, bool *more_r)
{
	struct purging p = {.s = s};
	const struct error *e = store_transaction(s->pg, true, purge_in_transaction, &p);

	*users_r = e == NULL ? p.users : 0;
	*more_r = e == NULL && p.more;
	return e;
}
