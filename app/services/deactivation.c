#include <string.h>

#include "app/api/errors.h"
#include "app/services/authority.h"
#include "app/services/service.h"
#include "app/store/admins.h"
#include "app/store/links.h"
#include "app/store/sessions.h"
#include "app/store/store.h"
#include "app/store/user_admin.h"
#include "app/user.h"

#include "app/services/deactivation.h"

/* A deactivation on its way through a transaction. */
struct deactivating {
	struct service *s;
	int64_t if_version;
};

const struct error *
deactivation_ends(struct service *s, const char *const *ids, size_t n)
{
	const struct error *e = sessions_end_all(s->pg, s->arena, ids, n);

	return e != NULL ? e : links_void(s->pg, s->arena, ids, n);
}

static const struct error *
deactivate(struct service *s, const struct user *have)
{
	const struct act act = {.action = "user.deactivate",
	    .target_type = "user",
	    .targets = &have->id,
	    .targets_n = 1};
	const struct error *e = user_admin_activate(s->pg, s->arena, &have->id, 1, false);

	if (e == NULL && strcmp(have->role, "admin") == 0)
		e = admins_remain(s->pg, s->arena);
	if (e == NULL)
		e = deactivation_ends(s, &have->id, 1);
	return e != NULL ? e : service_audit(s, &act);
}

static const struct error *
deactivate_in_transaction(void *cookie)
{
	const struct deactivating *d = cookie;
	struct user have;
	const struct error *e = admins_lock(d->s->pg, d->s->arena);

	if (e == NULL)
		e = authority_own(d->s, &have);
	if (e != NULL)
		return e;
	if (d->if_version > 0 && have.row_version != d->if_version)
		return &err_precondition;
	return deactivate(d->s, &have);
}

const struct error *
deactivation_own(struct service *s, int64_t if_version)
{
	struct deactivating d = {s, if_version};

	return store_transaction(s->pg, true, deactivate_in_transaction, &d);
}
