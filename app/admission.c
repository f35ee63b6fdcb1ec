#include "lib/reply.h"

#include "app/request.h"
#include "app/services/limit.h"

#include "app/admission.h"

static const struct error *
counted(struct request *rq)
{
	const struct limit *l = rq->route->limit;

	if (l == NULL || rq->worker->pool == POOL_AUTH)
		return NULL;
	return l->by == LIMIT_BY_CLIENT ? limit_client(&rq->service, l)
					: limit_account(&rq->service, l, rq->claims.sub);
}

const struct error *
admission_request(struct request *rq)
{
	return (rq->route->flags & ROUTE_LIMIT_HASHED) != 0 ? NULL : counted(rq);
}

const struct error *
admission_hashing(struct request *rq)
{
	const struct error *e = (rq->route->flags & ROUTE_LIMIT_HASHED) != 0 ? counted(rq) : NULL;

	return e != NULL || rq->route->admit == NULL ? e : rq->route->admit(rq);
}

void
admission_explain(struct request *rq)
{
	const struct limited *l = &rq->service.limited;

	reply_limited(&rq->turn->reply,
	    &(struct reply_limit){
		.retry_after_s = l->retry_after_s, .limit = l->count, .window_s = l->seconds});
}
