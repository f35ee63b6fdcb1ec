#include "lib/reply.h"

#include "app/handlers/show.h"
#include "app/request.h"
#include "app/services/own_sessions.h"

#include "app/handlers/handlers.h"

const struct error *
me_sessions(struct request *rq)
{
	struct session_seen *sessions;
	size_t n = 0;
	const struct error *e = own_sessions_list(&rq->service, &rq->principal.user, &sessions, &n);

	if (e == NULL)
		show_sessions(rq, sessions, n);
	return e;
}

const struct error *
me_sessions_end(struct request *rq)
{
	const struct error *e = own_sessions_end(&rq->service);

	if (e == NULL)
		reply_empty(&rq->turn->reply, 204);
	return e;
}

const struct error *
me_session_end(struct request *rq)
{
	const struct SessionPath *path = rq->path;
	const struct error *e = own_sessions_end_one(&rq->service, &rq->principal.user, path->id);

	if (e == NULL)
		reply_empty(&rq->turn->reply, 204);
	return e;
}
