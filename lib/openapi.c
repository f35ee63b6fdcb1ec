#include <string.h>

#include "lib/arena.h"
#include "lib/http.h"
#include "lib/model.h"
#include "lib/openapi_error.h"
#include "lib/openapi_schema.h"
#include "lib/pretty.h"
#include "lib/str.h"

#include "lib/openapi.h"

/* What holds for every route is said once, here, and not in each of its responses. */
static const char conventions[] =
    "\n\n**Paths.** A trailing slash is the same route. HEAD works wherever GET does. An unknown "
    "path is "
    "404 `NOT_FOUND`, a wrong method 405 `METHOD_NOT_ALLOWED` with `Allow`.\n\n"
    "**Errors.** Every answer that is not a success has the body `Error`; with 422 its `detail` "
    "lists "
    "all faults. Unknown members of a JSON body are refused, unknown query parameters ignored, "
    "repeated ones refused. JSON types are strict. Every answer carries `X-Request-Id`.\n\n"
    "**Before a request arrives here** the web server may answer by itself, with the same body: "
    "400 (not "
    "HTTP), 408 (too slow), 413 (body too large), 414 and 431 (request line or headers too large), "
    "429 (too many requests), 503 (overloaded: nothing was done), 502 and 504 (no answer: a change "
    "may or may not have been made).";

static bool
is_visible(const struct route *r)
{
	return (r->flags & ROUTE_HIDDEN) == 0;
}

/* Rows of the root are documented there only: one operationId, one operation. */
static const char *
full_path(struct arena *a, const struct api *api, const struct route *r)
{
	const char *prefix = (r->flags & ROUTE_ROOT) != 0 ? "" : api->prefix;

	return arena_printf(a, "%s%s", prefix, r->path);
}

static void
info(struct pretty *p, const struct api *api)
{
	pretty_object(p, "info");
	pretty_str(p, "title", api->title);
	pretty_str(p, "version", api->version);
	pretty_str(p, "description", arena_printf(p->b->arena, "%s%s", api->doc, conventions));
	pretty_object(p, "contact");
	pretty_str(p, "name", api->title);
	pretty_end(p);
	pretty_end(p);
	pretty_array(p, "servers");
	pretty_object(p, NULL);
	pretty_str(p, "url", "/");
	pretty_end(p);
	pretty_end(p);
}

static void
tags(struct pretty *p, const struct api *api)
{
	pretty_array(p, "tags");
	for (size_t i = 0; api->tags[i].name != NULL; i++) {
		pretty_object(p, NULL);
		pretty_str(p, "name", api->tags[i].name);
		pretty_str(p, "description", api->tags[i].doc);
		pretty_end(p);
	}
	pretty_end(p);
}

static void
header(struct pretty *p, const char *name, const char *doc, const char *schema)
{
	pretty_object(p, NULL);
	pretty_str(p, "name", name);
	pretty_str(p, "in", "header");
	pretty_str(p, "description", doc);
	pretty_bool(p, "required", false);
	pretty_raw(p, "schema", schema);
	pretty_end(p);
}

/* A route that may answer 412 takes If-Match (RFC 9110 §13.1.1), and If-None-Match where what is sent may be new. */
static void
preconditions(struct pretty *p, const struct route *r)
{
	header(p, "If-Match", "The `ETag` that was read: refused with 412 when it has moved",
	    "{\"type\": \"string\", \"example\": \"\\\"7\\\"\"}");
	if ((r->flags & ROUTE_UPLOAD) != 0)
		header(p, "If-None-Match", "`*`: refused with 412 where there is one already",
		    "{\"type\": \"string\", \"example\": \"*\"}");
}

static void
parameters(struct pretty *p, const struct api *api, const struct route *r)
{
	bool conditional = openapi_error_answers(api, r, 412);

	if (r->path_in == NULL && r->query_in == NULL && !conditional)
		return;
	pretty_array(p, "parameters");
	openapi_schema_parameters(p, r->path_in, "path");
	openapi_schema_parameters(p, r->query_in, "query");
	if (conditional)
		preconditions(p, r);
	pretty_end(p);
}

static void
media(struct pretty *p, const char *type, const char *schema)
{
	pretty_object(p, type);
	pretty_ref(p, "schema", "schemas", schema);
	pretty_end(p);
}

/* anyOf, not oneOf: the smaller shape may be a part of the larger. */
static void
media_either(struct pretty *p, const char *type, const struct route *r)
{
	pretty_object(p, type);
	pretty_object(p, "schema");
	pretty_array(p, "anyOf");
	pretty_ref(p, NULL, "schemas", r->out->name);
	pretty_ref(p, NULL, "schemas", r->out_or->name);
	pretty_end(p);
	pretty_end(p);
	pretty_end(p);
}

static void
binary(struct pretty *p, const char *type)
{
	pretty_object(p, "content");
	pretty_object(p, type);
	pretty_raw(p, "schema", "{\"type\": \"string\", \"format\": \"binary\"}");
	pretty_end(p);
	pretty_end(p);
}

static void
request_body(struct pretty *p, const struct route *r)
{
	const char *form;

	if ((r->flags & ROUTE_UPLOAD) != 0) {
		pretty_object(p, "requestBody");
		pretty_bool(p, "required", true);
		binary(p, "*/*");
		pretty_end(p);
	}
	if (r->body_in == NULL)
		return;
	form = arena_printf(p->b->arena, "%s%s", r->body_in->name, OPENAPI_SCHEMA_FORM);
	pretty_object(p, "requestBody");
	pretty_bool(p, "required", (r->flags & ROUTE_BODYLESS) == 0);
	pretty_object(p, "content");
	if ((r->media & MEDIA_JSON) != 0)
		media(p, "application/json", r->body_in->name);
	if ((r->media & MEDIA_FORM) != 0)
		media(p, "application/x-www-form-urlencoded", form);
	pretty_end(p);
	pretty_end(p);
}

static void
success(struct pretty *p, const struct route *r)
{
	pretty_object(p, arena_printf(p->b->arena, "%d", r->ok));
	pretty_str(p, "description", http_reason(r->ok));
	if (r->headers != NULL) {
		pretty_object(p, "headers");
		for (const char *const *h = r->headers; *h != NULL; h++)
			pretty_raw(p, *h, "{\"schema\": {\"type\": \"string\"}}");
		pretty_end(p);
	}
	if ((r->flags & ROUTE_DOWNLOAD) != 0)
		binary(p, "*/*");
	if (r->out != NULL) {
		pretty_object(p, "content");
		if (r->out_or == NULL)
			media(p, "application/json", r->out->name);
		else
			media_either(p, "application/json", r);
		pretty_end(p);
	}
	pretty_end(p);
}

/* Said for every operation, also "none": an operation without it looks forgotten. */
static void
security(struct pretty *p, const struct route *r)
{
	pretty_array(p, "security");
	if (r->access != ACCESS_ANYONE) {
		pretty_raw(p, NULL, "{\"OAuth2PasswordBearer\": []}");
		pretty_raw(p, NULL, "{\"HTTPBearer\": []}");
	}
	pretty_end(p);
}

static const char *
method_key(struct arena *a, enum method m)
{
	char *s = arena_strdup(a, http_method_name(m));

	str_lower_all(s);
	return s;
}

static void
operation(struct pretty *p, const struct api *api, const struct route *r)
{
	struct arena *a = p->b->arena;
	const char *doc = r->doc != NULL ? r->doc : r->summary;

	pretty_object(p, method_key(a, r->method));
	pretty_array(p, "tags");
	pretty_str(p, NULL, r->tag);
	pretty_end(p);
	pretty_str(p, "summary", r->summary);
	pretty_str(p, "description",
	    r->access == ACCESS_ADMIN ? arena_printf(a, "%s\n\nFor administrators.", doc) : doc);
	pretty_str(p, "operationId", r->id);
	parameters(p, api, r);
	request_body(p, r);
	pretty_object(p, "responses");
	success(p, r);
	openapi_error_responses(p, api, r);
	pretty_end(p);
	security(p, r);
	pretty_end(p);
}

/* Is there a visible row of the same path before ${r}? Then its path item has been written. */
static bool
is_written(struct arena *a, const struct api *api, const struct route *r)
{
	const char *path = full_path(a, api, r);

	for (const struct route *o = api->routes; o < r; o++) {
		if (is_visible(o) && strcmp(full_path(a, api, o), path) == 0)
			return true;
	}
	return false;
}

static void
path_item(struct pretty *p, const struct api *api, const struct route *first)
{
	struct arena *a = p->b->arena;
	const char *path = full_path(a, api, first);

	pretty_object(p, path);
	for (const struct route *r = first; r->path != NULL; r++) {
		if (is_visible(r) && strcmp(full_path(a, api, r), path) == 0)
			operation(p, api, r);
	}
	pretty_end(p);
}

static void
security_schemes(struct pretty *p, const struct api *api)
{
	struct arena *a = p->b->arena;

	pretty_object(p, "securitySchemes");
	pretty_object(p, "OAuth2PasswordBearer");
	pretty_str(p, "type", "oauth2");
	pretty_str(p, "description", "Log in with a name and a password");
	pretty_object(p, "flows");
	pretty_object(p, "password");
	pretty_str(p, "tokenUrl", arena_printf(a, "%s%s", api->prefix, api->token_url));
	pretty_raw(p, "scopes", "{}");
	pretty_end(p);
	pretty_end(p);
	pretty_end(p);
	pretty_object(p, "HTTPBearer");
	pretty_str(p, "type", "http");
	pretty_str(p, "scheme", "bearer");
	pretty_str(p, "bearerFormat", "JWT");
	pretty_str(p, "description", "An access token that was obtained before");
	pretty_end(p);
	pretty_end(p);
}

void
openapi_render(struct buf *b, const struct api *api)
{
	struct pretty p;

	pretty_init(&p, b);
	pretty_object(&p, NULL);
	pretty_str(&p, "openapi", "3.0.3");
	info(&p, api);
	tags(&p, api);
	pretty_object(&p, "paths");
	for (const struct route *r = api->routes; r->path != NULL; r++) {
		if (is_visible(r) && !is_written(b->arena, api, r))
			path_item(&p, api, r);
	}
	pretty_end(&p);
	pretty_object(&p, "components");
	pretty_object(&p, "schemas");
	openapi_error_schemas(&p, api);
	openapi_schema_components(&p, api);
	pretty_end(&p);
	pretty_object(&p, "examples");
	openapi_error_examples(&p, api);
	pretty_end(&p);
	security_schemes(&p, api);
	pretty_end(&p);
	pretty_end(&p);
	buf_putc(b, '\n');
}
