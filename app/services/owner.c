#include <stdbool.h>

#include "app/api/errors.h"
#include "app/services/service.h"
#include "app/store/users.h"

#include "app/services/owner.h"

const struct error *
owner_lock(struct service *s, const struct user *me, struct user *now_r)
{
	bool found = false;
	const struct error *e = user_lock(s->pg, s->arena, me->id, &found, now_r);

	if (e != NULL)
		return e;
	if (!found)
		return &err_token_invalid;
	if (!now_r->is_active)
		return &err_account_disabled;
	return now_r->token_version == me->token_version ? NULL : &err_session_ended;
}
