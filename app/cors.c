#include <string.h>

#include "lib/reply.h"

#include "app/config.h"
#include "app/request.h"

#include "app/cors.h"

bool
cors_listed(const char *list, const char *origin)
{
	size_t n = strlen(origin);

	if (n == 0 || strcmp(origin, "null") == 0)
		return false;
	while (*list != '\0') {
		size_t item;

		list += strspn(list, ", ");
		item = strcspn(list, ", ");
		if (item == n && strncmp(list, origin, n) == 0)
			return true;
		list += item;
	}
	return false;
}

void
cors_answer(struct request *rq)
{
	struct reply *r = &rq->turn->reply;
	const char *origin = rq->turn->http.origin;

	if (*rq->worker->config->cors_origins == '\0')
		return;
	/* Also without an Origin: a cache must not give one origin's answer to another. */
	reply_header(r, "Vary", "Origin");
	if (!cors_listed(rq->worker->config->cors_origins, origin))
		return;
	reply_header(r, "Access-Control-Allow-Origin", "%s", origin);
	reply_header(r, "Access-Control-Expose-Headers", "Link, ETag, Retry-After, X-Request-Id");
}

void
cors_preflight(struct request *rq, const char *methods)
{
	struct reply *r = &rq->turn->reply;

	if (*rq->turn->http.preflight == '\0' ||
	    !cors_listed(rq->worker->config->cors_origins, rq->turn->http.origin))
		return;
	reply_header(r, "Access-Control-Allow-Methods", "%s", methods);
	reply_header(r, "Access-Control-Allow-Headers",
	    "Authorization, Content-Type, If-Match, If-None-Match, X-Request-Id");
	reply_header(r, "Access-Control-Max-Age", "600");
}
