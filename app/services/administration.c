#include <string.h>

#include "lib/arena.h"
#include "lib/ident.h"

#include "app/api/errors.h"
#include "app/services/account.h"
#include "app/services/address.h"
#include "app/services/authority.h"
#include "app/services/limit.h"
#include "app/services/link.h"
#include "app/services/notice.h"
#include "app/services/passwords.h"
#include "app/services/service.h"
#include "app/store/links.h"
#include "app/store/sessions.h"
#include "app/store/store.h"
#include "app/store/user_admin.h"
#include "app/store/users.h"

#include "app/services/administration.h"

/* A new account on its way through a transaction. */
struct creating {
	struct service *s;
	const struct user_new *new;
	struct user *user;
};

/* A link to choose a password also proves the address. */
static const struct error *
welcome(struct service *s, const struct user *u)
{
	const struct error *e = NULL;

	if (u->has_password)
		e = address_new(s, u);
	else if (u->is_active)
		e = link_send(
		    s, LINK_SET_PASSWORD, &(struct link_to){.user_id = u->id, .email = u->email});
	if (e == NULL && u->is_active && strcmp(u->role, "admin") == 0)
		e = notice_admins(s, &u->id, 1);
	return e;
}

static const struct error *
create_in_transaction(void *cookie)
{
	struct creating *c = cookie;
	struct service *s = c->s;
	const struct error *e = authority_take(s);

	if (e == NULL)
		e = account_insert(s, c->new, "user.create", c->user);
	return e != NULL ? e : welcome(s, c->user);
}

static const struct error *
hash_of(struct service *s, const struct account_new *n, char hash[PASSWORD_HASH_SIZE],
    const char **weak_r)
{
	if (n->password.s == NULL)
		return NULL;
	*weak_r = passwords_refuse(s, n->password, n->email, n->username);
	return *weak_r != NULL ? &err_weak_password : passwords_hash(s, n->password, hash);
}

const struct error *
administration_create(
    struct service *s, const struct account_new *n, struct user *user_r, const char **weak_r)
{
	char hash[PASSWORD_HASH_SIZE];
	struct user_new new = {.email = n->email,
	    .email_key = ident_key(s->arena, n->email),
	    .username = n->username,
	    .username_key = ident_key(s->arena, n->username),
	    .full_name = n->full_name,
	    .role = n->role,
	    .is_verified = n->is_verified,
	    .is_inactive = !n->is_active,
	    .password_hash = n->password.s != NULL ? hash : NULL};
	struct creating c = {s, &new, user_r};
	const struct error *e;

	*weak_r = NULL;
	e = hash_of(s, n, hash, weak_r);
	if (e == NULL)
		e = store_transaction(s->pg, true, create_in_transaction, &c);
	secret_wipe(hash, sizeof(hash));
	return e;
}

const struct error *
administration_read(struct service *s, const char *id, struct user *user_r)
{
	struct principal p = {.found = false};
	const struct error *e =
	    principals_load(s->pg, s->arena, &(struct principal_query){id, ""}, 1, &p);

	*user_r = p.user;
	return e != NULL || p.found ? e : &err_user_not_found;
}

/* Locks in one order: the administrators, then the account, then its sessions. */
static const struct error *
take(struct service *s, const struct target *t, struct user *have)
{
	const struct error *e = authority_over(s, t->id, have);

	if (e != NULL)
		return e;
	return t->if_version > 0 && t->if_version != have->row_version ? &err_precondition : NULL;
}

static bool
is_self(const struct service *s, const struct user *u)
{
	return s->actor_id != NULL && strcmp(s->actor_id, u->id) == 0;
}

/* He who asks is an active administrator: any change of these two takes something away from him. */
static const struct error *
refuse_self(const struct service *s, const struct user *have, const struct user_change *c)
{
	if (!is_self(s, have))
		return NULL;
	if (c->role != NULL)
		return &err_demote_self;
	return c->is_active != NULL ? &err_deactivate_self : NULL;
}

/* A change on its way through a transaction. */
struct changing {
	struct service *s;
	const struct target *target;
	const struct changes *want;
	struct user *user;
	bool nameless;
};

static const struct error *
change_in_transaction(void *cookie)
{
	struct changing *c = cookie;
	struct user_change differing;
	struct user have;
	const struct error *e = take(c->s, c->target, &have);

	if (e != NULL)
		return e;
	c->nameless = changes_nameless(c->want, &have);
	if (c->nameless)
		return &error_validation;
	if (!changes_find(c->s->arena, c->want, &have, &differing)) {
		*c->user = have;
		return NULL;
	}
	e = refuse_self(c->s, &have, &differing);
	return e != NULL ? e : changes_apply(c->s, &have, &differing, c->user);
}

const struct error *
administration_change(struct service *s, const struct target *t, const struct changes *want,
    struct user *user_r, bool *nameless_r)
{
	struct changing c = {s, t, want, user_r, false};
	const struct error *e = store_transaction(s->pg, true, change_in_transaction, &c);

	*nameless_r = c.nameless;
	return e;
}

const struct error *
administration_activate(struct service *s, const char *id, bool active, struct user *user_r)
{
	bool nameless;

	return administration_change(s, &(struct target){.id = id},
	    &(struct changes){.is_active = &active}, user_r, &nameless);
}

/* What needs no more than the account: its end, and that of its sessions. */
struct ending {
	struct service *s;
	const struct target *target;
};

static const struct error *
delete_in_transaction(void *cookie)
{
	const struct ending *d = cookie;
	struct service *s = d->s;
	struct user have;
	const struct error *e = take(s, d->target, &have);

	if (e == NULL && is_self(s, &have))
		e = &err_delete_self;
	if (e == NULL)
		e = user_admin_bury(s->pg, s->arena, have.id);
	if (e == NULL)
		e = authority_remains(s, &have);
	if (e == NULL)
		e = sessions_end(s->pg, s->arena, have.id, NULL);
	if (e == NULL)
		e = links_drop(s->pg, s->arena, have.id);
	if (e != NULL)
		return e;
	return service_audit_user(
	    s, have.id, "user.delete", arena_printf(s->arena, "{\"role\":\"%s\"}", have.role));
}

const struct error *
administration_delete(struct service *s, const struct target *t)
{
	struct ending d = {s, t};

	return store_transaction(s->pg, true, delete_in_transaction, &d);
}

const struct error *
administration_sessions(
    struct service *s, const char *id, struct session_seen **sessions_r, size_t *n_r)
{
	struct user user;
	const struct error *e = administration_read(s, id, &user);

	return e != NULL ? e : sessions_of(s->pg, s->arena, user.id, sessions_r, n_r);
}

static const struct error *
end_in_transaction(void *cookie)
{
	const struct ending *d = cookie;
	struct service *s = d->s;
	struct user have;
	const struct error *e = take(s, d->target, &have);

	if (e == NULL)
		e = sessions_end(s->pg, s->arena, have.id, NULL);
	return e != NULL ? e : service_audit_sessions(s, have.id, false);
}

const struct error *
administration_end_sessions(struct service *s, const char *id)
{
	const struct target t = {.id = id};
	struct ending d = {s, &t};

	return store_transaction(s->pg, true, end_in_transaction, &d);
}

/* An account that is given free on its way through a transaction. */
struct unlocking {
	struct service *s;
	const char *id;
	struct user *user;
};

static const struct error *
unlock_in_transaction(void *cookie)
{
	struct unlocking *u = cookie;
	struct service *s = u->s;
	const struct error *e = authority_over(s, u->id, u->user);

	if (e == NULL)
		e = limit_forget(s, u->user->id);
	return e != NULL ? e : service_audit_user(s, u->user->id, "user.unlock", NULL);
}

const struct error *
administration_unlock(struct service *s, const char *id, struct user *user_r)
{
	struct unlocking u = {s, id, user_r};

	return store_transaction(s->pg, true, unlock_in_transaction, &u);
}
