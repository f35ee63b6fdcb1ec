#include <string.h>

#include "lib/reply.h"
#include "lib/secret.h"

#include "app/api/errors.h"
#include "app/handlers/show.h"
#include "app/precondition.h"
#include "app/request.h"
#include "app/services/account.h"
#include "app/services/passwords.h"
#include "app/services/profile.h"

#include "app/handlers/handlers.h"

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
		show_weak(rq, "password", weak);
	if (e == NULL)
		reply_registered(rq, &made, secret);
	return e;
}

const struct error *
me_read(struct request *rq)
{
	return show_account_with_stats(rq, &rq->principal.user);
}

/* What bounds and formats of single fields cannot say. */
static const struct error *
refuse_combination(struct request *rq, const struct MeUpdate *in, const struct changes *names)
{
	if (in->role.set)
		return &err_own_role;
	if (in->password.s != NULL && in->current_password.s == NULL)
		fault_missing(&rq->faults, IN_BODY, "current_password");
	if (changes_nameless(names, &rq->principal.user))
		show_nameless(rq);
	return rq->faults.n == 0 ? NULL : &error_validation;
}

const struct error *
me_update_own(struct request *rq)
{
	const struct MeUpdate *in = rq->body;
	const struct user *me = &rq->principal.user;
	struct profile_change change = {.names = {.email = in->email,
					    .username_set = in->username.set,
					    .username = in->username.s,
					    .full_name_set = in->full_name.set,
					    .full_name = in->full_name.s},
	    .password = in->password,
	    .current_password = in->current_password};
	const char *weak = NULL;
	struct user changed;
	const struct error *e = refuse_combination(rq, in, &change.names);

	if (e == NULL)
		e = precondition(rq, me->row_version, &change.if_version);
	if (e != NULL)
		return e;
	e = profile_change(&rq->service, me, &change, &changed, &weak);
	if (weak != NULL)
		show_weak(rq, "password", weak);
	return e != NULL ? e : show_account_with_stats(rq, &changed);
}

const struct error *
me_change_password(struct request *rq)
{
	const struct PasswordChange *in = rq->body;
	struct profile_change change = {
	    .password = in->new_password, .current_password = in->current_password};
	const char *weak = NULL;
	struct user changed;
	const struct error *e;

	if (in->confirm_password.s != NULL &&
	    !secret_same(in->confirm_password, in->new_password)) {
		fault_value(
		    &rq->faults, IN_BODY, "confirm_password", "it is not the new password again");
		return &error_validation;
	}
	e = profile_change(&rq->service, &rq->principal.user, &change, &changed, &weak);
	if (weak != NULL)
		show_weak(rq, "new_password", weak);
	return e != NULL ? e : show_message(rq, "Password changed successfully");
}

const struct error *
me_deactivate(struct request *rq)
{
	const struct Confirmation *body = rq->body, *query = rq->query;
	const struct user *me = &rq->principal.user;
	int64_t if_version = 0;
	const struct error *e = precondition(rq, me->row_version, &if_version);

	if (e != NULL)
		return e;
	/* Who says no in one place does not mean the yes in the other. */
	if ((body->confirm.set && !body->confirm.v) || (query->confirm.set && !query->confirm.v) ||
	    (!body->confirm.set && !query->confirm.set))
		return &err_confirmation;
	e = profile_deactivate(&rq->service, if_version);
	return e != NULL ? e : show_message(rq, "Account deactivated successfully");
}

const struct error *
me_password_admit(struct request *rq)
{
	return passwords_look(&rq->service, &rq->principal.user);
}
