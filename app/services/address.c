#include <string.h>

#include "lib/ident.h"

#include "app/api/errors.h"
#include "app/config.h"
#include "app/services/link.h"
#include "app/services/service.h"
#include "app/store/links.h"
#include "app/store/sessions.h"
#include "app/store/users.h"

#include "app/services/address.h"

const struct error *
address_new(struct service *s, const struct user *u)
{
	if (u->is_verified || !u->is_active || !s->config->send_verification)
		return NULL;
	return link_send(
	    s, LINK_VERIFY_EMAIL, &(struct link_to){.user_id = u->id, .email = u->email});
}

static bool
same_address(struct service *s, const char *a, const char *b)
{
	if (a == NULL || b == NULL)
		return a == b;
	return strcmp(ident_key(s->arena, a), ident_key(s->arena, b)) == 0;
}

const struct error *
address_changed(struct service *s, const struct user *had, const struct user *has)
{
	const struct link_to old = {.user_id = had->id,
	    .email = had->email,
	    .about = has->email,
	    .proven = had->is_verified};
	const struct error *e = NULL;

	if (same_address(s, had->email, has->email))
		return NULL;
	e = links_void(s->pg, s->arena, &had->id, 1);
	if (e == NULL)
		e = link_send(s, LINK_UNDO_EMAIL_CHANGE, &old);
	return e != NULL ? e : address_new(s, has);
}

const struct error *
address_request(struct service *s, const char *email)
{
	return link_request(s, LINK_VERIFY_EMAIL, email);
}

static const struct error *
audit(struct service *s, const struct link *l, const char *action)
{
	/* Whoever reads the mails of an account is taken for its owner. */
	s->actor_id = l->user_id;
	return service_audit_user(s, l->user_id, action, NULL);
}

const struct error *
address_confirm(struct service *s, struct secret token)
{
	static const bool verified = true;
	const struct user_change change = {.is_verified = &verified};
	struct link l;
	struct user now;
	const struct error *e = link_take(s, token, 1u << LINK_VERIFY_EMAIL, &l);

	if (e == NULL)
		e = user_change(s->pg, s->arena, l.user_id, &change, &now);
	return e != NULL ? e : audit(s, &l, "user.verify_email");
}

const struct error *
address_undo(struct service *s, struct secret token)
{
	struct link l;
	const struct error *e = link_take(s, token, 1u << LINK_UNDO_EMAIL_CHANGE, &l);

	if (e == NULL)
		e = user_restore(s->pg, s->arena, l.user_id, l.email, l.email_key);
	if (e == &err_email_taken) /* it is kept back for him, unless that had run out */
		e = &err_link_invalid;
	if (e == NULL)
		e = sessions_end(s->pg, s->arena, l.user_id, NULL);
	/* Not the older ones: before this address was changed away, another one may have been. */
	if (e == NULL)
		e = links_void_since(s->pg, s->arena, l.user_id, l.created_us);
	if (e == NULL)
		e = audit(s, &l, "user.undo_email_change");
	return e != NULL
	    ? e
	    : link_send(s, LINK_RESET_PASSWORD,
		  &(struct link_to){.user_id = l.user_id, .email = l.email, .asked = true});
}
