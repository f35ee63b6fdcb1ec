#include <string.h>

#include "lib/reply.h"

#include "app/api/errors.h"
#include "app/api/models.h"
#include "app/auth.h"
#include "app/handlers/show.h"
#include "app/request.h"
#include "app/services/signin.h"

#include "app/handlers/handlers.h"

const struct error *
login(struct request *rq)
{
	const struct LoginIn *in = rq->body;
	struct tokens t;

	return show_tokens(rq, signin_password(&rq->service, in->username, in->password, &t), &t);
}

const struct error *
login_admit(struct request *rq)
{
	const struct LoginIn *in = rq->body;

	return signin_look(&rq->service, in->username);
}

const struct error *
refresh(struct request *rq)
{
	const struct RefreshIn *in = rq->body;
	struct tokens t;

	return show_tokens(rq, signin_refresh(&rq->service, in->refresh_token, &t), &t);
}

/* The session of a bearer token of ours, also of one that has expired: who logs out late means it too. */
static const char *
bearer_session(struct request *rq)
{
	const struct error *e = auth_bearer(rq);

	return e == NULL || e == &err_token_expired ? rq->claims.sid : "";
}

const struct error *
logout(struct request *rq)
{
	const struct LogoutQuery *query = rq->query;
	const struct LogoutIn *in = rq->body;
	enum signout which = query->scope == NULL ? SIGNOUT_THIS
	    : strcmp(query->scope, "others") == 0 ? SIGNOUT_OTHERS
						  : SIGNOUT_ALL;
	const struct error *e = NULL;
	const char *session_id;

	/* A token that is none, or has ended, ends nothing, and that is no error (RFC 7009 §2.2). */
	if (in->refresh_token.s != NULL)
		e = signin_out_refresh(&rq->service, in->refresh_token, which);
	session_id = bearer_session(rq);
	if (e == NULL && *session_id != '\0')
		e = signin_out(&rq->service, session_id, which);
	if (e == NULL)
		reply_empty(&rq->turn->reply, 204);
	return e;
}

const struct error *
verify(struct request *rq)
{
	const struct VerifyQuery *query = rq->query;
	const struct user *me = &rq->principal.user;
	struct reply *r = &rq->turn->reply;

	if (query->role != NULL && strcmp(query->role, "admin") == 0 &&
	    strcmp(me->role, "admin") != 0)
		return &err_admin_required;
	reply_empty(r, 204);
	reply_header(r, "X-User-Id", "%s", me->id);
	if (me->email != NULL)
		reply_header(r, "X-User-Email", "%s", me->email);
	reply_header(r, "X-User-Role", "%s", me->role);
	return NULL;
}
