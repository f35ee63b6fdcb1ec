#include "app/api/errors.h"
#include "app/services/authority.h"
#include "app/services/limit.h"
#include "app/services/link.h"
#include "app/services/mail.h"
#include "app/services/passwords.h"
#include "app/services/service.h"
#include "app/store/store.h"
#include "app/store/users.h"

#include "app/services/recovery.h"

static const unsigned choosing = 1u << LINK_RESET_PASSWORD | 1u << LINK_SET_PASSWORD;

const struct error *
recovery_request(struct service *s, const char *email)
{
	return link_request(s, LINK_RESET_PASSWORD, email);
}

/* A new password on its way through a transaction. */
struct recovering {
	struct service *s;
	struct secret token;
	const char *hash;
};

static const struct error *
recover_in_transaction(void *cookie)
{
	static const bool verified = true;
	const struct recovering *r = cookie;
	struct service *s = r->s;
	const struct user_change change = {.password_hash = r->hash, .is_verified = &verified};
	struct link l;
	struct user now;
	const struct error *e = link_take(s, r->token, choosing, &l);

	if (e == NULL)
		e = user_change(s->pg, s->arena, l.user_id, &change, &now);
	if (e != NULL)
		return e;
	/* He has just proven who he is: what others have guessed must not keep him out (AU-07). */
	e = limit_forget(s, l.user_id);
	if (e != NULL)
		return e;
	s->actor_id = l.user_id;
	return passwords_changed(s, &now, "user.reset_password");
}

const struct error *
recovery_confirm(
    struct service *s, struct secret token, struct secret password, const char **weak_r)
{
	char hash[PASSWORD_HASH_SIZE];
	struct recovering r = {s, token, hash};
	struct link l;
	const struct error *e;

	/* What is wrong with any password is told first, whether or not the link is good. */
	*weak_r = passwords_refuse(s, password, NULL, NULL);
	if (*weak_r != NULL)
		return &err_weak_password;
	e = link_find(s, token, choosing, &l);
	if (e != NULL)
		return e;
	*weak_r = passwords_refuse(s, password, l.user_email, l.user_username);
	if (*weak_r != NULL)
		return &err_weak_password;
	e = passwords_hash(s, password, hash);
	if (e == NULL)
		e = store_transaction(s->pg, true, recover_in_transaction, &r);
	secret_wipe(hash, sizeof(hash));
	return e;
}

/* A link on its way through a transaction. */
struct sending {
	struct service *s;
	const char *id;
	struct user *user;
};

static const struct error *
send_in_transaction(void *cookie)
{
	const struct sending *d = cookie;
	struct service *s = d->s;
	struct user *u = d->user;
	const struct error *e = authority_over(s, d->id, u);

	if (e != NULL)
		return e;
	if (!u->is_active || u->email == NULL || !mail_is_on(s->config))
		return &err_link_unsent;
	e = link_send(s, u->has_password ? LINK_RESET_PASSWORD : LINK_SET_PASSWORD,
	    &(struct link_to){.user_id = u->id, .email = u->email, .asked = true});
	return e != NULL ? e : service_audit_user(s, u->id, "user.send_reset", NULL);
}

const struct error *
recovery_send(struct service *s, const char *id, struct user *user_r)
{
	struct sending d = {s, id, user_r};

	return store_transaction(s->pg, true, send_in_transaction, &d);
}
