#include <string.h>

#include "app/api/errors.h"
#include "app/services/service.h"
#include "app/store/admins.h"
#include "app/store/users.h"

#include "app/services/authority.h"

/* What a token's version must be; one without a session was made from a user secret, and ends with it. */
static int64_t
version_of(const struct user *u, const char *session_id)
{
	return session_id == NULL ? u->token_version + u->secret_version : u->token_version;
}

const struct error *
authority_refuses(
    const struct principal *p, const char *session_id, int64_t token_version, bool admin)
{
	if (!p->found)
		return &err_token_invalid;
	if (!p->user.is_active)
		return &err_account_disabled;
	if (!p->session_alive || version_of(&p->user, session_id) != token_version)
		return &err_session_ended;
	return admin && strcmp(p->user.role, "admin") != 0 ? &err_admin_required : NULL;
}

/* In a statement of its own after the lock, so that it sees what the lock was waited for. */
static const struct error *
still(struct service *s, bool admin, struct principal *now)
{
	struct principal_query who = {s->actor_id, s->session_id != NULL ? s->session_id : ""};
	const struct error *e = principals_load(s->pg, s->arena, &who, 1, now);

	return e != NULL ? e : authority_refuses(now, s->session_id, s->token_version, admin);
}

const struct error *
authority_take(struct service *s)
{
	struct principal now = {.found = false};
	const struct error *e = admins_lock(s->pg, s->arena);

	return e != NULL || s->actor_id == NULL ? e : still(s, true, &now);
}

const struct error *
authority_over(struct service *s, const char *id, struct user *now_r)
{
	bool found = false;
	const struct error *e = authority_take(s);

	if (e == NULL)
		e = user_lock(s->pg, s->arena, id, &found, now_r);
	return e != NULL || found ? e : &err_user_not_found;
}

const struct error *
authority_remains(struct service *s, const struct user *had)
{
	bool was_admin = had->is_active && strcmp(had->role, "admin") == 0;

	return was_admin ? admins_remain(s->pg, s->arena) : NULL;
}

const struct error *
authority_own(struct service *s, struct user *now_r)
{
	struct principal now = {.found = false};
	bool found = false;
	const struct error *e = user_lock(s->pg, s->arena, s->actor_id, &found, now_r);

	if (e == NULL)
		e = still(s, false, &now);
	*now_r = now.user;
	return e;
}
