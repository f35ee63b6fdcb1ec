#include "lib/arena.h"
#include "lib/clock.h"
#include "lib/str.h"

#include "app/api/errors.h"
#include "app/request.h"
#include "app/services/authority.h"
#include "app/store/users.h"

#include "app/auth.h"

const struct error *
auth_bearer(struct request *rq)
{
	static const char scheme[] = "bearer ";
	const char *value = rq->turn->http.authorization;
	size_t n = sizeof(scheme) - 1;

	if (*value == '\0')
		return &err_not_authenticated;
	for (size_t i = 0; i < n; i++) {
		if (str_lower(value[i]) != scheme[i]) /* another scheme brings no token to judge */
			return &err_not_authenticated;
	}
	switch (token_verify(
	    rq->worker->tokens, value + n, clock_now_us() / CLOCK_US_PER_S, &rq->claims)) {
	case TOKEN_OK:
		rq->has_claims = true;
		return NULL;
	case TOKEN_EXPIRED:
		return &err_token_expired;
	case TOKEN_INVALID:
		break;
	}
	return &err_token_invalid;
}

const struct error *
auth_load(struct request *const *rqs, size_t n)
{
	struct arena *a = rqs[0]->turn->arena;
	struct principal_query *queries = arena_array(a, n, sizeof(*queries));
	struct principal *principals = arena_array(a, n, sizeof(*principals));
	const struct error *e;

	for (size_t i = 0; i < n; i++)
		queries[i] = (struct principal_query){rqs[i]->claims.sub, rqs[i]->claims.sid};
	e = principals_load(rqs[0]->worker->pg, a, queries, n, principals);
	/* Their strings lie in the first request's arena: all of a turn are reset together. */
	for (size_t i = 0; i < n && e == NULL; i++)
		rqs[i]->principal = principals[i];
	return e;
}

const struct error *
auth_allows(const struct request *rq)
{
	if (rq->route->access == ACCESS_ANYONE)
		return NULL;
	return authority_refuses(&rq->principal, *rq->claims.sid == '\0' ? NULL : rq->claims.sid,
	    rq->claims.ver, rq->route->access == ACCESS_ADMIN);
}
