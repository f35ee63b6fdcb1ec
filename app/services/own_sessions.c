#include "app/api/errors.h"
#include "app/services/authority.h"
#include "app/services/service.h"
#include "app/store/sessions.h"
#include "app/store/store.h"
#include "app/user.h"

#include "app/services/own_sessions.h"

const struct error *
own_sessions_list(
    struct service *s, const struct user *me, struct session_seen **sessions_r, size_t *n_r)
{
	return sessions_of(s->pg, s->arena, me->id, sessions_r, n_r);
}

static const struct error *
end_in_transaction(void *service)
{
	struct service *s = service;
	struct user now;
	const struct error *e = authority_own(s, &now);

	if (e == NULL)
		e = sessions_end(s->pg, s->arena, now.id, NULL);
	return e != NULL ? e : service_audit_sessions(s, now.id, false);
}

const struct error *
own_sessions_end(struct service *s)
{
	return store_transaction(s->pg, true, end_in_transaction, s);
}

const struct error *
own_sessions_end_one(struct service *s, const struct user *me, const char *id)
{
	bool ended = false;
	const struct error *e = session_end_of(s->pg, s->arena, me->id, id, &ended);

	if (e != NULL)
		return e;
	return ended ? service_audit_session(s, id) : &err_session_not_found;
}
