#include <string.h>

#include "lib/basic.h"
#include "lib/reply.h"

#include "app/api/errors.h"
#include "app/api/models.h"
#include "app/handlers/show.h"
#include "app/request.h"
#include "app/services/signin.h"
#include "app/services/user_secret.h"

#include "app/handlers/handlers.h"

static const struct error *
parameter_missing(struct request *rq, const char *name)
{
	fault_missing(&rq->faults, IN_BODY, name);
	return &error_validation;
}

static const struct error *
grant_password(struct request *rq, const struct TokenIn *in)
{
	struct tokens t;

	if (in->username == NULL)
		fault_missing(&rq->faults, IN_BODY, "username");
	if (in->password.s == NULL)
		fault_missing(&rq->faults, IN_BODY, "password");
	if (rq->faults.n > 0)
		return &error_validation;
	return show_tokens(rq, signin_password(&rq->service, in->username, in->password, &t), &t);
}

static const struct error *
grant_refresh(struct request *rq, const struct TokenIn *in)
{
	struct tokens t;

	if (in->refresh_token.s == NULL)
		return parameter_missing(rq, "refresh_token");
	return show_tokens(rq, signin_refresh(&rq->service, in->refresh_token, &t), &t);
}

/*
 * Who the client says it is: by HTTP Basic or in the body, and not by both (RFC 6749 §2.3). The same
 * client_id may stand beside Basic (§3.2.1); no client at all has failed to prove itself (§5.2).
 */
static const struct error *
client_read(struct request *rq, const struct TokenIn *in, struct basic *client)
{
	switch (basic_parse(rq->turn->arena, rq->turn->http.authorization, client)) {
	case BASIC_OK:
		return in->client_secret.s != NULL ||
			(in->client_id != NULL && strcmp(in->client_id, client->id) != 0)
		    ? &err_client_twice
		    : NULL;
	case BASIC_BAD:
		return &err_client_invalid;
	case BASIC_NONE:
		break;
	}
	if (in->client_secret.s == NULL)
		return &err_client_invalid;
	if (in->client_id == NULL)
		return parameter_missing(rq, "client_id");
	*client = (struct basic){in->client_id, in->client_secret};
	return NULL;
}

static const struct error *
grant_client(struct request *rq, const struct TokenIn *in)
{
	struct basic client;
	struct tokens t;
	const struct error *e = client_read(rq, in, &client);

	if (e == NULL)
		e = user_secret_exchange(&rq->service, client.id, client.secret, &t);
	return show_tokens(rq, e == &err_secret_invalid ? &err_client_invalid : e, &t);
}

static const struct error *
exchange(struct request *rq, const struct TokenIn *in)
{
	struct tokens t;

	return show_tokens(rq, user_secret_exchange(&rq->service, NULL, in->user_secret, &t), &t);
}

const struct error *
token(struct request *rq)
{
	const struct TokenIn *in = rq->body;

	if (in->user_secret.s != NULL)
		return in->grant_type == NULL ? exchange(rq, in) : &err_client_twice;
	if (in->grant_type == NULL)
		return parameter_missing(rq, "grant_type");
	if (strcmp(in->grant_type, "password") == 0)
		return grant_password(rq, in);
	if (strcmp(in->grant_type, "refresh_token") == 0)
		return grant_refresh(rq, in);
	if (strcmp(in->grant_type, "client_credentials") == 0)
		return grant_client(rq, in);
	return &err_grant_unsupported;
}

/* A password without a name is refused without a hash. */
const struct error *
token_admit(struct request *rq)
{
	const struct TokenIn *in = rq->body;

	return in->username == NULL ? NULL : signin_look(&rq->service, in->username);
}
