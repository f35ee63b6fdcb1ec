#include <string.h>

#include "lib/reply.h"

#include "app/api/errors.h"
#include "app/handlers/show.h"
#include "app/precondition.h"
#include "app/request.h"
#include "app/services/account.h"

#include "app/handlers/handlers.h"

static const struct error *
reply_me(struct request *rq, const struct user *u)
{
	struct UserWithStats out = show_user_with_stats(u);

	reply_model(&rq->turn->reply, 200, &user_with_stats, &out);
	reply_etag(&rq->turn->reply, u->row_version);
	return NULL;
}

static void
reply_registered(struct request *rq, const struct user *made, const char *secret)
{
	struct reply *r = &rq->turn->reply;

	if (secret != NULL) {
		struct RegisteredSecret out = {made->id, made->username, secret};

		reply_model(r, 201, &registered_secret, &out);
	} else {
		struct User out = show_user(made);

		reply_model(r, 201, &user_out, &out);
	}
	reply_etag(r, made->row_version);
}

const struct error *
account_create(struct request *rq)
{
	const struct RegisterIn *in = rq->body;
	struct registration r = {.email = in->email,
	    .username = in->username,
	    .full_name = in->full_name,
	    .password = in->password};
	const char *weak = NULL, *secret;
	struct user made;
	const struct error *e = account_register(&rq->service, &r, &made, &secret, &weak);

	if (weak != NULL)
		show_weak(rq, weak);
	if (e == NULL)
		reply_registered(rq, &made, secret);
	return e;
}

const struct error *
me_read(struct request *rq)
{
	return reply_me(rq, &rq->principal.user);
}

/* What bounds and formats of single fields cannot say. */
static const struct error *
refuse_combination(struct request *rq, const struct MeUpdate *in)
{
	const struct user *me = &rq->principal.user;

	if (in->role != NULL)
		return &err_own_role;
	if (in->password.s != NULL && in->current_password.s == NULL)
		(void)faults_add(&rq->faults, "missing",
		    fault_loc(rq->turn->arena, IN_BODY, "current_password"), "Field required");
	if (in->username.set && in->username.s == NULL && in->email == NULL && me->email == NULL)
		fault_value(&rq->faults, IN_BODY, "username",
		    "an account needs an e-mail address or a username");
	return rq->faults.n == 0 ? NULL : &error_validation;
}

const struct error *
me_update_own(struct request *rq)
{
	const struct MeUpdate *in = rq->body;
	const struct user *me = &rq->principal.user;
	struct account_change change = {.email = in->email,
	    .username_set = in->username.set,
	    .username = in->username.s,
	    .full_name_set = in->full_name.set,
	    .full_name = in->full_name.s,
	    .password = in->password,
	    .current_password = in->current_password};
	const char *weak = NULL;
	struct user changed;
	const struct error *e = refuse_combination(rq, in);

	if (e == NULL)
		e = precondition(rq, me->row_version, &change.if_version);
	if (e != NULL)
		return e;
	e = account_change(&rq->service, me, &change, &changed, &weak);
	if (weak != NULL)
		show_weak(rq, weak);
	return e != NULL ? e : reply_me(rq, &changed);
}
