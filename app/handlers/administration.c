#include "lib/reply.h"

#include "app/api/errors.h"
#include "app/handlers/show.h"
#include "app/precondition.h"
#include "app/request.h"
#include "app/services/administration.h"

#include "app/handlers/handlers.h"

/* Whom the path names, in the version that If-Match, where there is one, has to name. */
static const struct error *
target_of(struct request *rq, struct target *t)
{
	const struct UserPath *path = rq->path;
	struct user now;
	const struct error *e;

	*t = (struct target){.id = path->id};
	if (*rq->turn->http.if_match == '\0')
		return NULL;
	e = administration_read(&rq->service, path->id, &now);
	return e != NULL ? e : precondition(rq, now.row_version, &t->if_version);
}

const struct error *
users_create(struct request *rq)
{
	const struct UserCreate *in = rq->body;
	struct account_new n = {.email = in->email,
	    .username = in->username,
	    .full_name = in->full_name,
	    .role = in->role,
	    .password = in->password,
	    .is_active = in->is_active,
	    .is_verified = in->is_verified};
	const char *weak = NULL;
	struct user made;
	const struct error *e = administration_create(&rq->service, &n, &made, &weak);

	if (weak != NULL)
		show_weak(rq, "password", weak);
	return e != NULL ? e : show_account(rq, 201, &made);
}

const struct error *
users_read(struct request *rq)
{
	const struct UserPath *path = rq->path;
	struct user user;
	const struct error *e = administration_read(&rq->service, path->id, &user);

	return e != NULL ? e : show_account_with_stats(rq, &user);
}

const struct error *
users_update(struct request *rq)
{
	const struct UserUpdate *in = rq->body;
	struct changes want = {.email = in->email,
	    .username_set = in->username.set,
	    .username = in->username.s,
	    .full_name_set = in->full_name.set,
	    .full_name = in->full_name.s,
	    .role = in->role,
	    .is_active = in->is_active.set ? &in->is_active.v : NULL,
	    .is_verified = in->is_verified.set ? &in->is_verified.v : NULL};
	struct target t;
	struct user changed;
	bool nameless = false;
	const struct error *e = target_of(rq, &t);

	if (e == NULL)
		e = administration_change(&rq->service, &t, &want, &changed, &nameless);
	if (nameless)
		show_nameless(rq);
	return e != NULL ? e : show_account_with_stats(rq, &changed);
}

const struct error *
users_delete(struct request *rq)
{
	struct target t;
	const struct error *e = target_of(rq, &t);

	if (e == NULL)
		e = administration_delete(&rq->service, &t);
	if (e == NULL)
		reply_empty(&rq->turn->reply, 204);
	return e;
}

static const struct error *
activate(struct request *rq, bool active)
{
	const struct UserPath *path = rq->path;
	struct user changed;
	const struct error *e = administration_activate(&rq->service, path->id, active, &changed);

	return e != NULL ? e : show_account(rq, 200, &changed);
}

const struct error *
users_activate(struct request *rq)
{
	return activate(rq, true);
}

const struct error *
users_deactivate(struct request *rq)
{
	return activate(rq, false);
}

const struct error *
users_unlock(struct request *rq)
{
	const struct UserPath *path = rq->path;
	struct user user;
	const struct error *e = administration_unlock(&rq->service, path->id, &user);

	return e != NULL ? e : show_account(rq, 200, &user);
}

const struct error *
users_sessions(struct request *rq)
{
	const struct UserPath *path = rq->path;
	struct session_seen *sessions;
	size_t n = 0;
	const struct error *e = administration_sessions(&rq->service, path->id, &sessions, &n);

	if (e == NULL)
		show_sessions(rq, sessions, n);
	return e;
}

const struct error *
users_sessions_end(struct request *rq)
{
	const struct UserPath *path = rq->path;
	const struct error *e = administration_end_sessions(&rq->service, path->id);

	if (e == NULL)
		reply_empty(&rq->turn->reply, 204);
	return e;
}
