#include <string.h>

#include "lib/arena.h"
#include "lib/bind.h"
#include "lib/clock.h"
#include "lib/form.h"
#include "lib/log.h"
#include "lib/pg.h"
#include "lib/reply.h"
#include "lib/slots.h"

#include "app/admission.h"
#include "app/api/errors.h"
#include "app/auth.h"
#include "app/config.h"
#include "app/cors.h"
#include "app/request.h"
#include "app/store/store.h"
#include "app/worker.h"

#include "app/serve.h"

/*
 * From the first statement to the last. A client is promised an answer within 5 s even when the
 * database stands still, and a request that is handed over may wait for it in both pools.
 */
static const int64_t deadline_us[] = {[POOL_READ] = 3 * CLOCK_US_PER_S / 2,
    [POOL_API] = 2 * CLOCK_US_PER_S,
    [POOL_AUTH] = 2 * CLOCK_US_PER_S,
    [POOL_FILES] = 2 * CLOCK_US_PER_S};

/* A long path, last and cut, cannot push the rest out of its line. */
enum { LOGGED_PATH_MAX = 512 };

/* Reads that are handed over may be repeated when a worker dies; what hashes may not. */
static const char at_api[] = "@api_read", at_hash[] = "@hash";

static void
refuse(struct request *rq, const struct error *e)
{
	bool oauth = rq->route != NULL && (rq->route->flags & ROUTE_OAUTH) != 0;

	if (e == &error_rate_limited)
		admission_explain(rq);
	reply_error(
	    &rq->turn->reply, e, &rq->turn->http, &rq->faults, oauth, rq->worker->config->app_name);
	rq->decided = true;
}

static void
hand_over(struct request *rq, const char *to)
{
	reply_hand_over(&rq->turn->reply, to);
	rq->decided = true;
}

static bool
asks_database(const struct route *r)
{
	return r->access != ACCESS_ANYONE || r->tx != TX_NONE || r->limit != NULL;
}

static void
route_unmatched(struct request *rq, enum router_result result)
{
	switch (result) {
	case ROUTER_FOUND:
		return;
	case ROUTER_NOT_FOUND:
		refuse(rq, &error_not_found);
		return;
	case ROUTER_OPTIONS:
		reply_empty(&rq->turn->reply, 204);
		cors_preflight(rq, rq->match.allow);
		rq->decided = true;
		break;
	case ROUTER_BAD_METHOD:
		refuse(rq, &error_method_not_allowed);
		break;
	}
	reply_header(&rq->turn->reply, "Allow", "%s", rq->match.allow);
}

static struct request *
request_new(struct worker *w, struct turn_request *turn)
{
	struct request *rq = arena_alloc(turn->arena, sizeof(*rq));

	turn->own = rq;
	rq->worker = w;
	rq->turn = turn;
	rq->started_us = clock_mono_us();
	faults_init(&rq->faults, turn->arena);
	rq->service = (struct service){.arena = turn->arena,
	    .pg = w->pg,
	    .config = w->config,
	    .password = w->password,
	    .tokens = w->tokens,
	    .refresh_keys = &w->refresh_keys,
	    .limit_key = w->limit_key,
	    .client_ip = turn->http.client_ip,
	    .user_agent = turn->http.user_agent,
	    .request_id = turn->http.id,
	    .depot = w->depot};
	return rq;
}

/*
 * Nothing but an upload may have lost its body to nginx, and only the pool of files keeps what has come: a disk
 * takes its time, in which nobody else's worker may be held.
 */
static bool
came_as_it_should(const struct request *rq)
{
	enum upload upload = rq->turn->http.upload;

	if ((rq->worker->pool == POOL_FILES) != (upload == UPLOAD_TAKEN))
		return false;
	return ((rq->route->flags & ROUTE_UPLOAD) != 0) == (upload != UPLOAD_NONE);
}

/* Everything that can be said before the database is asked. */
static struct request *
request_begin(struct worker *w, struct turn_request *turn)
{
	struct request *rq = request_new(w, turn);
	enum router_result result =
	    router_find(w->router, turn->arena, turn->http.method, turn->http.path, &rq->match);
	const struct error *e = NULL;
	size_t n;

	turn->route = -1;
	slot_begin(w->slot, -1, turn->http.id);
	route_unmatched(rq, result);
	if (result != ROUTER_FOUND)
		return rq;
	rq->route = rq->match.route;
	n = router_route_n(w->router, rq->route);
	turn->route = (int)n;
	slot_begin(w->slot, turn->route, turn->http.id);
	/* As if it were not there: what nginx lets nobody else reach says so in a parameter of its own. */
	if ((rq->route->flags & ROUTE_INTERNAL) != 0 && !turn->http.internal) {
		refuse(rq, &error_not_found);
		return rq;
	}
	if (!came_as_it_should(rq)) {
		refuse(rq, &error_not_found);
		return rq;
	}
	/* A route that crashed a worker is answered alone, where it takes one request with it. */
	if (w->pool == POOL_READ &&
	    ((rq->route->flags & ROUTE_FAST) == 0 ||
		(n < SLOTS_ROUTES_MAX && w->slots->crashed_routes[n] != 0))) {
		hand_over(rq, at_api);
		return rq;
	}
	if (rq->route->access != ACCESS_ANYONE)
		e = auth_bearer(rq);
	if (e != NULL)
		refuse(rq, e);
	return rq;
}

static const struct error *
bind_text(struct request *rq, const struct model *m, enum where where, const struct pairs *pairs,
    void **out_r)
{
	if (m == NULL)
		return NULL;
	*out_r = arena_alloc(rq->turn->arena, m->size);
	return bind_pairs(rq->turn->arena, m, where, pairs, *out_r, &rq->faults)
	    ? NULL
	    : &error_validation;
}

static const struct error *
bind_form(struct request *rq, enum where where, const char *text, size_t n, const struct model *m,
    void **out_r)
{
	struct arena *a = rq->turn->arena;
	struct pairs pairs = {.n = 0};
	const char *why;

	if (m == NULL)
		return NULL;
	if (!form_decode(a, text, n, &pairs, &why)) {
		fault_value(&rq->faults, where, NULL, why);
		return &error_validation;
	}
	return bind_text(rq, m, where, &pairs, out_r);
}

static const struct error *
bind_body(struct request *rq)
{
	const struct http_request *http = &rq->turn->http;
	const struct route *r = rq->route;
	unsigned media;

	if (http->body_too_large || http->body_bytes > (r->body_max != 0 ? r->body_max : BODY_MAX))
		return &error_too_large;
	if (r->body_in == NULL)
		return NULL;
	rq->body = arena_alloc(rq->turn->arena, r->body_in->size);
	if (http->body_bytes == 0 && (r->flags & ROUTE_BODYLESS) != 0)
		return NULL;
	media = http_media(http->content_type);
	if (http->body_bytes != 0 && (media & r->media) == 0)
		return &error_unsupported_media;
	if (media == MEDIA_FORM || (media == 0 && r->media == MEDIA_FORM))
		return bind_form(rq, IN_BODY, http->body, http->body_bytes, r->body_in, &rq->body);
	return bind_json(
		   rq->turn->arena, r->body_in, http->body, http->body_bytes, rq->body, &rq->faults)
	    ? NULL
	    : &error_validation;
}

/* Path, query and body: all their faults together. What is no validation (413, 415) comes alone. */
static const struct error *
bind_all(struct request *rq)
{
	const struct http_request *http = &rq->turn->http;
	const struct error *path, *query, *body = bind_body(rq);

	if (body != NULL && body != &error_validation)
		return body;
	path = bind_text(rq, rq->route->path_in, IN_PATH, &rq->match.captures, &rq->path);
	query = bind_form(
	    rq, IN_QUERY, http->query, strlen(http->query), rq->route->query_in, &rq->query);
	return path != NULL ? path : query != NULL ? query : body;
}

/* Is there a password in the body, that is: will this request compute a hash? */
static bool
hashes(const struct request *rq)
{
	if (rq->route->body_in == NULL)
		return false;
	for (const struct field *f = rq->route->body_in->fields; f->name != NULL; f++) {
		if ((f->flags & HASHED) != 0 && model_present(f, rq->body))
			return true;
	}
	return false;
}

static const struct error *
handle(void *request)
{
	struct request *rq = request;

	return rq->route->handle(rq);
}

static const struct error *
in_transaction(struct request *rq)
{
	if (rq->route->tx != TX_READ && rq->route->tx != TX_WRITE)
		return handle(rq);
	return store_transaction_for(
	    rq->worker->pg, rq->service.actor_id, rq->route->tx == TX_WRITE, handle, rq);
}

static bool
holds(const struct error *const *list, const struct error *e)
{
	for (size_t i = 0; list != NULL && list[i] != NULL; i++) {
		if (list[i] == e)
			return true;
	}
	return false;
}

/*
 * A handler may answer only what its row declares: anything else is a bug, and a 500 that says so. What
 * access control answers may also come out later, when a lock shows that it has become true meanwhile.
 */
static const struct error *
declared(const struct request *rq, const struct error *e)
{
	static const struct error *const mechanism[] = {&error_validation, &error_internal,
	    &error_unavailable, &error_outcome_unknown, &error_overloaded, NULL};
	static const struct error *const *const by_access[] = {
	    [ACCESS_USER] = errors_user, [ACCESS_ADMIN] = errors_admin};

	if (e == NULL || holds(mechanism, e) || holds(rq->route->errors, e) ||
	    holds(by_access[rq->route->access], e) ||
	    (e == &error_rate_limited && model_limited(rq->route)))
		return e;
	log_line(
	    LOG_ERROR, "undeclared_error", LOG_S("route", rq->route->id), LOG_S("code", e->code));
	return &error_internal;
}

/* For the audit log: who asks, once that is certain. */
static void
actor(struct request *rq)
{
	if (rq->route->access == ACCESS_ANYONE)
		return;
	rq->service.actor_id = rq->claims.sub;
	rq->service.token_version = rq->claims.ver;
	rq->service.session_id = *rq->claims.sid == '\0' ? NULL : rq->claims.sid;
}

static const struct error *
answer(struct request *rq)
{
	struct pg *pg = rq->worker->pg;
	const struct error *e = declared(rq, in_transaction(rq));

	if (pg != NULL && !pg_clean(pg))
		log_line(LOG_ERROR, "transaction_left_open", LOG_S("route", rq->route->id));
	return e;
}

static void
request_finish(struct request *rq)
{
	struct worker *w = rq->worker;
	const struct error *e;

	slot_begin(
	    w->slot, rq->turn->route, rq->turn->http.id); /* who is to blame, should it crash */
	e = auth_allows(rq);
	if (e == NULL)
		actor(rq);
	if (e == NULL)
		e = admission_request(rq);
	if (e == NULL)
		e = bind_all(rq);
	if (e == NULL && w->pool != POOL_AUTH && hashes(rq)) {
		e = admission_hashing(rq);
		if (e == NULL) {
			hand_over(rq, at_hash);
			return;
		}
	} else if (e == NULL) {
		e = answer(rq);
	}
	if (e != NULL)
		refuse(rq, e);
}

/* The principals of all that carry a token, with one statement. */
static void
load_principals(struct request *const *rqs, size_t n)
{
	struct request **ask = arena_array(rqs[0]->turn->arena, n, sizeof(struct request *));
	const struct error *e;
	size_t asked = 0;

	for (size_t i = 0; i < n; i++) {
		if (!rqs[i]->decided && rqs[i]->route->access != ACCESS_ANYONE)
			ask[asked++] = rqs[i];
	}
	if (asked == 0)
		return;
	e = auth_load(ask, asked);
	for (size_t i = 0; e != NULL && i < asked; i++)
		refuse(ask[i], e);
}

void
serve_turn(void *cookie, struct turn_request *turns, size_t n)
{
	struct worker *w = cookie;
	struct request **rqs = arena_array(turns[0].arena, n, sizeof(struct request *));
	bool up = pg_ready(w->pg);

	worker_watch(w);
	pg_deadline(w->pg, clock_mono_us() + deadline_us[w->pool]);
	for (size_t i = 0; i < n; i++) {
		rqs[i] = request_begin(w, &turns[i]);
		if (!up && !rqs[i]->decided && asks_database(rqs[i]->route))
			refuse(rqs[i], &error_unavailable);
	}
	load_principals(rqs, n);
	for (size_t i = 0; i < n; i++) {
		if (!rqs[i]->decided)
			request_finish(rqs[i]);
		if (!turns[i].reply.hand_over)
			cors_answer(rqs[i]);
		if (turns[i].http.upload == UPLOAD_ASKED && turns[i].reply.status >= 300)
			reply_repeat(&turns[i].reply);
	}
}

void
serve_done(void *cookie, const struct turn_request *turn)
{
	const struct request *rq = turn->own;
	const struct reply *r = &turn->reply;
	const struct worker *w = cookie;
	int64_t us = clock_mono_us() - rq->started_us;

	if (r->hand_over)
		return;
	slots_count(w->slots, (int)(w->slot - w->slots->slot), turn->route, r->status, us);
	log_line(LOG_INFO, "request", LOG_S("request_id", turn->http.id),
	    LOG_S("method", http_method_name(turn->http.method)),
	    LOG_S("route", rq->route != NULL ? rq->route->id : NULL), LOG_I("status", r->status),
	    LOG_S("error", r->error != NULL ? r->error->code : NULL), LOG_I("us", us),
	    LOG_S("ip", turn->http.client_ip),
	    LOG_S("user", rq->has_claims ? rq->claims.sub : NULL),
	    LOG_S("path", arena_strndup(turn->arena, turn->http.path, LOGGED_PATH_MAX)));
}
