#include "lib/reply.h"

#include "app/handlers/show.h"
#include "app/request.h"
#include "app/services/address.h"
#include "app/services/recovery.h"

#include "app/handlers/handlers.h"

const struct error *
verify_email_request(struct request *rq)
{
	const struct LinkRequest *in = rq->body;
	const struct error *e = address_request(&rq->service, in->email);

	return e != NULL ? e
			 : show_message(rq,
			       "If the email exists and is not verified yet, a verification link "
			       "has been sent");
}

const struct error *
verify_email_confirm(struct request *rq)
{
	const struct LinkConfirm *in = rq->body;
	const struct error *e = address_confirm(&rq->service, in->token);

	return e != NULL ? e : show_message(rq, "Email verified successfully");
}

const struct error *
reset_password_request(struct request *rq)
{
	const struct LinkRequest *in = rq->body;
	const struct error *e = recovery_request(&rq->service, in->email);

	return e != NULL
	    ? e
	    : show_message(rq, "If the email exists, a password reset link has been sent");
}

const struct error *
reset_password_confirm(struct request *rq)
{
	const struct PasswordReset *in = rq->body;
	const char *weak = NULL;
	const struct error *e = recovery_confirm(&rq->service, in->token, in->new_password, &weak);

	if (weak != NULL)
		show_weak(rq, "new_password", weak);
	return e != NULL ? e : show_message(rq, "Password reset successfully");
}

const struct error *
undo_email_change(struct request *rq)
{
	const struct LinkConfirm *in = rq->body;
	const struct error *e = address_undo(&rq->service, in->token);

	return e != NULL ? e
			 : show_message(rq,
			       "The change was undone and everybody logged out; a link to choose a "
			       "new password has been sent");
}

const struct error *
users_send_reset(struct request *rq)
{
	const struct UserPath *path = rq->path;
	struct user user;
	const struct error *e = recovery_send(&rq->service, path->id, &user);

	return e != NULL ? e : show_account(rq, 200, &user);
}
