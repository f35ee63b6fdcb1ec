#include <string.h>

#include "app/api/errors.h"
#include "app/services/owner.h"
#include "app/services/service.h"
#include "app/store/admins.h"
#include "app/store/sessions.h"
#include "app/store/store.h"
#include "app/store/users.h"

#include "app/services/deactivation.h"

/* A deactivation on its way through a transaction; ${own}: only while the owner is who he was. */
struct deactivating {
	struct service *s;
	const struct user *user;
	bool own;
	int64_t if_version;
};

static const struct error *
lock(const struct deactivating *d, struct user *have, bool *found_r)
{
	struct service *s = d->s;

	*found_r = true;
	return d->own ? owner_lock(s, d->user, have)
		      : user_lock(s->pg, s->arena, d->user->id, found_r, have);
}

static const struct error *
deactivate(struct service *s, const struct user *have)
{
	const struct act act = {.action = "user.deactivate",
	    .target_type = "user",
	    .targets = &have->id,
	    .targets_n = 1};
	const struct error *e = user_deactivate(s->pg, s->arena, have->id);

	if (e == NULL && strcmp(have->role, "admin") == 0)
		e = admins_remain(s->pg, s->arena);
	if (e == NULL)
		e = sessions_end(s->pg, s->arena, have->id, NULL);
	return e != NULL ? e : service_audit(s, &act);
}

static const struct error *
deactivate_in_transaction(void *cookie)
{
	const struct deactivating *d = cookie;
	struct user have;
	bool found = false;
	const struct error *e = admins_lock(d->s->pg, d->s->arena);

	if (e == NULL)
		e = lock(d, &have, &found);
	if (e != NULL)
		return e;
	if (!found)
		return &err_user_not_found;
	if (d->if_version > 0 && have.row_version != d->if_version)
		return &err_precondition;
	return have.is_active ? deactivate(d->s, &have) : NULL;
}

const struct error *
deactivation_own(struct service *s, const struct user *me, int64_t if_version)
{
	struct deactivating d = {s, me, true, if_version};

	return store_transaction(s->pg, true, deactivate_in_transaction, &d);
}

const struct error *
deactivation_by_operator(struct service *s, const struct user *user)
{
	struct deactivating d = {s, user, false, 0};

	return store_transaction(s->pg, true, deactivate_in_transaction, &d);
}
