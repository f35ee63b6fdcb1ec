#include <string.h>

#include "lib/arena.h"
#include "lib/model.h"
#include "lib/openapi_schema.h"
#include "lib/router.h"
#include "lib/selfcheck_model.h"

#include "lib/selfcheck.h"

struct check {
	struct arena *arena;
	const struct api *api;
	const char **why_r;
	const struct route *route; /* the row in hand */
	struct seen *seen;
};

/* Every model met so far. */
struct seen {
	struct seen *next;
	const struct model *model;
};

static bool
refuse(const struct check *c, const char *what, const char *which)
{
	*c->why_r = arena_printf(c->arena, "%s %s: %s%s%s", http_method_name(c->route->method),
	    c->route->path, what, *which == '\0' ? "" : " ", which);
	return false;
}

static bool
refuse_api(const struct check *c, const char *what, const char *which)
{
	*c->why_r = arena_printf(c->arena, "%s %s", what, which);
	return false;
}

static bool
has_tag(const struct api *api, const char *tag)
{
	for (size_t i = 0; api->tags[i].name != NULL; i++) {
		if (strcmp(api->tags[i].name, tag) == 0)
			return true;
	}
	return false;
}

static bool
check_words(struct check *c)
{
	const struct route *r = c->route;

	if (r->id == NULL)
		return refuse(c, "no id", "");
	if (r->tag == NULL)
		return refuse(c, "no tag", "");
	if (r->summary == NULL)
		return refuse(c, "no summary", "");
	if (r->handle == NULL)
		return refuse(c, "no handler", "");
	if (!has_tag(c->api, r->tag))
		return refuse(c, "undeclared tag", r->tag);
	return true;
}

static bool
is_read(const struct route *r)
{
	return r->method == METHOD_GET || r->method == METHOD_HEAD;
}

static bool
check_body(struct check *c)
{
	const struct route *r = c->route;

	if (r->body_in != NULL && is_read(r))
		return refuse(c, "a body where none has a meaning", "");
	if (r->body_in != NULL && r->media == 0)
		return refuse(c, "a body without media", "");
	if (r->body_in == NULL && r->media != 0)
		return refuse(c, "media without a body", "");
	if (r->body_in == NULL && (r->flags & ROUTE_BODYLESS) != 0)
		return refuse(c, "BODYLESS without a body", "");
	if ((r->flags & ROUTE_UPLOAD) != 0 && (r->body_in != NULL || is_read(r)))
		return refuse(c, "UPLOAD where a body is bound or has no meaning", "");
	if ((r->flags & ROUTE_DOWNLOAD) != 0 &&
	    (r->out != NULL || r->method != METHOD_GET || (r->flags & ROUTE_FAST) != 0))
		return refuse(c, "DOWNLOAD beside another success", "");
	return true;
}

static bool
check_work(struct check *c)
{
	const struct route *r = c->route;

	if (is_read(r) && r->tx == TX_WRITE)
		return refuse(c, "TX_WRITE on a method that must be safe", "");
	if (r->method != METHOD_GET && (r->flags & ROUTE_FAST) != 0)
		return refuse(c, "FAST on anything but GET", "");
	if (r->ok < 200 || r->ok > 299)
		return refuse(c, "the status of success is none", "");
	if (r->ok == 204 && r->out != NULL)
		return refuse(c, "a body with 204", "");
	if (r->out == NULL && r->out_or != NULL)
		return refuse(c, "a second shape without a first", "");
	return true;
}

static bool
has_limit(const struct api *api, const struct limit *l)
{
	for (size_t i = 0; api->limits != NULL && api->limits[i] != NULL; i++) {
		if (api->limits[i] == l)
			return true;
	}
	return false;
}

/*
 * Counted once, and before the answer: READ workers never write, and only after the token is it known
 * whose account it is.
 */
static bool
check_limit(struct check *c)
{
	const struct route *r = c->route;

	if (r->admit != NULL && r->body_in == NULL)
		return refuse(c, "admission to hashing without a body", "");
	if (r->limit == NULL)
		return (r->flags & ROUTE_LIMIT_HASHED) == 0 ||
		    refuse(c, "LIMIT_HASHED without a limit", "");
	if (!has_limit(c->api, r->limit))
		return refuse(c, "undeclared limit", r->limit->operation);
	if (is_read(r))
		return refuse(c, "a limit on a method that changes nothing", "");
	if (r->limit->by != (r->access == ACCESS_ANYONE ? LIMIT_BY_CLIENT : LIMIT_BY_ACCOUNT) ||
	    r->limit->grows)
		return refuse(c, "nobody to count this limit by:", r->limit->operation);
	return true;
}

/* The next segment of both; false where one ends or they are of different shape. */
static bool
same_shape(const char *a, const char *b)
{
	const char *x, *y;
	size_t nx, ny;

	for (;;) {
		bool capture;

		x = router_segment(&a, &nx);
		y = router_segment(&b, &ny);
		if (x == NULL || y == NULL)
			return x == y;
		capture = router_is_capture(x, nx);
		if (capture != router_is_capture(y, ny))
			return false;
		if (!capture && (nx != ny || memcmp(x, y, nx) != 0))
			return false;
	}
}

static bool
check_twins(struct check *c)
{
	const struct route *r = c->route;

	for (const struct route *o = c->api->routes; o < r; o++) {
		if (strcmp(o->id, r->id) == 0)
			return refuse(c, "duplicate operationId", r->id);
		if (!same_shape(o->path, r->path))
			continue;
		if (o->method == r->method)
			return refuse(c, "duplicate method and path", o->path);
		/* OpenAPI knows these as one path, which has one set of names. */
		if (strcmp(o->path, r->path) != 0)
			return refuse(c, "another spelling of", o->path);
	}
	return true;
}

static const struct field *
field_of(const struct model *m, const char *name, size_t chars)
{
	const struct field *f = m == NULL ? NULL : m->fields;

	for (; f != NULL && f->name != NULL; f++) {
		if (strlen(f->name) == chars && memcmp(f->name, name, chars) == 0)
			return f;
	}
	return NULL;
}

/* How often {name} stands in ${path}. */
static int
captures(const char *path, const char *name)
{
	const char *s;
	size_t chars;
	int n = 0;

	while ((s = router_segment(&path, &chars)) != NULL)
		n += router_is_capture(s, chars) && strlen(name) == chars - 2 &&
		    memcmp(s + 1, name, chars - 2) == 0;
	return n;
}

static bool
check_captures(struct check *c)
{
	const struct route *r = c->route;
	const char *path = r->path, *s;
	size_t chars;

	while ((s = router_segment(&path, &chars)) != NULL) {
		if (router_is_capture(s, chars) && field_of(r->path_in, s + 1, chars - 2) == NULL)
			return refuse(c, "no path_in field for", arena_strndup(c->arena, s, chars));
	}
	if (r->path_in == NULL)
		return true;
	for (const struct field *f = r->path_in->fields; f->name != NULL; f++) {
		if (captures(r->path, f->name) != 1 || f->alias != NULL)
			return refuse(c, "not exactly once in the path:", f->name);
	}
	return true;
}

static bool
holds(const struct error *const *list, const struct error *e)
{
	for (; list != NULL && *list != NULL; list++) {
		if (*list == e)
			return true;
	}
	return false;
}

/* The first of ${list} that is declared nowhere, or NULL. */
static const struct error *
undeclared(const struct api *api, const struct error *const *list)
{
	for (; list != NULL && *list != NULL; list++) {
		if (!holds(api->errors, *list) && !holds(error_all, *list))
			return *list;
	}
	return NULL;
}

static bool
check_errors(struct check *c)
{
	const struct error *e = undeclared(c->api, c->route->errors);

	return e == NULL || refuse(c, "undeclared error", e->code);
}

/* Names the document has for itself, and the ending of its form variants. */
static bool
is_reserved(const char *name)
{
	static const char *const taken[] = {"Error", "HTTPValidationError", "LimitError",
	    "OAuthError", "OAuthLimitError", "ValidationError"};
	size_t n = strlen(name), ending = strlen(OPENAPI_SCHEMA_FORM);

	for (size_t i = 0; i < sizeof(taken) / sizeof(taken[0]); i++) {
		if (strcmp(taken[i], name) == 0)
			return true;
	}
	return n >= ending && strcmp(name + n - ending, OPENAPI_SCHEMA_FORM) == 0;
}

static bool
check_name(struct check *c, const struct model *m)
{
	struct seen *s = c->seen;

	while (s != NULL && s->model != m) {
		if (strcmp(s->model->name, m->name) == 0)
			return refuse(c, "a second model named", m->name);
		s = s->next;
	}
	if (s != NULL)
		return true;
	if (is_reserved(m->name))
		return refuse(c, "a reserved name for a model:", m->name);
	s = arena_alloc(c->arena, sizeof(*s));
	*s = (struct seen){.next = c->seen, .model = m};
	c->seen = s;
	for (const struct field *f = m->fields; f->name != NULL; f++) {
		if (f->of != NULL && !check_name(c, f->of))
			return false;
	}
	return true;
}

static bool
check_model(struct check *c, const struct model *m, enum selfcheck_use use)
{
	const char *why;

	if (m == NULL)
		return true;
	if (!check_name(c, m))
		return false;
	return selfcheck_model(c->arena, m, use, &why) || refuse(c, why, "");
}

static bool
check_models(struct check *c)
{
	const struct route *r = c->route;
	bool form = (r->media & MEDIA_FORM) != 0;

	return check_model(c, r->path_in, SELFCHECK_TEXT) &&
	    check_model(c, r->query_in, SELFCHECK_TEXT) &&
	    check_model(c, r->body_in, form ? SELFCHECK_TEXT : SELFCHECK_JSON) &&
	    check_model(c, r->out, SELFCHECK_OUT) && check_model(c, r->out_or, SELFCHECK_OUT);
}

/* A request for this row: "~", which no literal is, where a capture stands. */
static const char *
sample_path(struct arena *a, const char *prefix, const char *path)
{
	const char *s, *sample = prefix;
	size_t chars;

	while ((s = router_segment(&path, &chars)) != NULL) {
		bool capture = router_is_capture(s, chars);

		sample =
		    arena_printf(a, "%s/%.*s", sample, capture ? 1 : (int)chars, capture ? "~" : s);
	}
	return *path == '\0' ? sample : arena_printf(a, "%s%s", sample, path);
}

static bool
is_reached(struct check *c, const struct router *router, const char *prefix)
{
	const char *path = sample_path(c->arena, prefix, c->route->path);
	struct match m;

	return router_find(router, c->arena, c->route->method, *path == '\0' ? "/" : path, &m) ==
	    ROUTER_FOUND &&
	    m.route == c->route;
}

/* The router itself is asked for every row, wherever it should answer. */
static bool
check_reachable(struct check *c, const struct router *router)
{
	const struct route *r = c->route;
	size_t n = strlen(r->path);

	if (*r->path != '/' || (n > 1 && r->path[n - 1] == '/') || strstr(r->path, "//") != NULL ||
	    strpbrk(r->path, "%?# ") != NULL || !is_reached(c, router, c->api->prefix) ||
	    !is_reached(c, router, "/v1"))
		return refuse(c, "unreachable", "");
	if ((r->flags & ROUTE_ROOT) != 0 && !is_reached(c, router, ""))
		return refuse(c, "unreachable at the root", "");
	return true;
}

static bool
check_route(struct check *c, const struct router *router)
{
	return check_words(c) && check_body(c) && check_work(c) && check_limit(c) &&
	    check_twins(c) && check_captures(c) && check_errors(c) && check_models(c) &&
	    check_reachable(c, router);
}

/* RFC 6749 §5.2 narrows what error_description may hold, and sentences should be plain anyway. */
static bool
is_plain(const char *s)
{
	for (; *s != '\0'; s++) {
		if (*s < ' ' || *s > '~' || *s == '"' || *s == '\\')
			return false;
	}
	return true;
}

static bool
check_error(struct check *c, const struct error *e)
{
	const struct error *const *lists[] = {error_all, c->api->errors};

	if (e->code == NULL || e->detail == NULL || !is_plain(e->detail))
		return refuse_api(
		    c, "no code or no plain detail in an error:", e->code != NULL ? e->code : "?");
	if (e->status < 400 || e->status > 599)
		return refuse_api(c, "not the status of an error:", e->code);
	for (size_t i = 0; i < sizeof(lists) / sizeof(lists[0]); i++) {
		for (const struct error *const *o = lists[i]; *o != e && *o != NULL; o++) {
			if (strcmp((*o)->code, e->code) == 0 && (*o)->status != e->status)
				return refuse_api(c, "two statuses for one error code:", e->code);
		}
	}
	return true;
}

static bool
is_token_url(const struct api *api)
{
	for (const struct route *r = api->routes; r->path != NULL; r++) {
		if (r->method == METHOD_POST && strcmp(r->path, api->token_url) == 0)
			return true;
	}
	return false;
}

static bool
check_api(struct check *c)
{
	const struct api *api = c->api;
	const struct error *e;

	if (api->title == NULL || api->version == NULL || api->doc == NULL)
		return refuse_api(c, "no title, version or doc", "");
	for (const struct error *const *p = api->errors; *p != NULL; p++) {
		if (!check_error(c, *p))
			return false;
	}
	e = undeclared(api, api->user_errors);
	if (e == NULL)
		e = undeclared(api, api->admin_errors);
	if (e != NULL)
		return refuse_api(c, "undeclared error of access control:", e->code);
	return is_token_url(api) || refuse_api(c, "token_url is no route:", api->token_url);
}

bool
selfcheck_api(struct arena *a, const struct api *api, const char **why_r)
{
	struct check c = {.arena = a, .api = api, .why_r = why_r};
	struct router *router;
	bool ok;

	if (!check_api(&c))
		return false;
	router = router_new(api);
	ok = true;
	for (c.route = api->routes; ok && c.route->path != NULL; c.route++)
		ok = check_route(&c, router);
	router_free(&router);
	return ok;
}
