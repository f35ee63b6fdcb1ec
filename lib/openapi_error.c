#include <assert.h>
#include <limits.h>
#include <string.h>

#include "lib/arena.h"
#include "lib/http.h"
#include "lib/model.h"
#include "lib/pretty.h"
#include "lib/reply.h"

#include "lib/openapi_error.h"

enum { ERRORS_MAX = 64 };

struct errors {
	const struct error *at[ERRORS_MAX];
	size_t n;
	bool oauth;
};

static bool
holds(const struct errors *s, const struct error *e)
{
	for (size_t i = 0; i < s->n; i++) {
		if (s->at[i] == e)
			return true;
	}
	return false;
}

static void
add(struct errors *s, const struct error *e)
{
	if (holds(s, e))
		return;
	assert(s->n < ERRORS_MAX);
	s->at[s->n++] = e;
}

static void
add_all(struct errors *s, const struct error *const *list)
{
	for (; list != NULL && *list != NULL; list++)
		add(s, *list);
}

static void
add_mechanism(struct errors *s, const struct route *r)
{
	bool reads = r->method == METHOD_GET || r->method == METHOD_HEAD;

	if (r->path_in != NULL || r->query_in != NULL || r->body_in != NULL)
		add(s, &error_validation);
	if (r->body_in != NULL) {
		add(s, &error_too_large);
		add(s, &error_unsupported_media);
	}
	if (model_limited(r))
		add(s, &error_rate_limited);
	if (r->access != ACCESS_ANYONE || r->tx != TX_NONE || r->limit != NULL) {
		add(s, &error_internal);
		add(s, &error_unavailable);
		add(s, &error_overloaded);
	}
	if (r->tx == TX_WRITE || (r->tx == TX_OWN && !reads))
		add(s, &error_outcome_unknown);
}

static struct errors
gather(const struct api *api, const struct route *r)
{
	struct errors s = {.oauth = (r->flags & ROUTE_OAUTH) != 0};

	if (r->access == ACCESS_USER)
		add_all(&s, api->user_errors);
	if (r->access == ACCESS_ADMIN)
		add_all(&s, api->admin_errors);
	add_all(&s, r->errors);
	add_mechanism(&s, r);
	return s;
}

/* The errors of ${s} that are answered with ${status}. */
static struct errors
of_status(const struct errors *s, int status)
{
	struct errors part = {.oauth = s->oauth};

	for (size_t i = 0; i < s->n; i++) {
		if (reply_status(s->at[i], s->oauth) == status)
			part.at[part.n++] = s->at[i];
	}
	return part;
}

/* The lowest status above ${after}, INT_MAX when there is none. */
static int
next_status(const struct errors *s, int after)
{
	int least = INT_MAX;

	for (size_t i = 0; i < s->n; i++) {
		int status = reply_status(s->at[i], s->oauth);

		if (status > after && status < least)
			least = status;
	}
	return least;
}

/* Every error there is, the mechanism's first. */
static struct errors
everything(const struct api *api)
{
	struct errors s = {.n = 0};

	add_all(&s, error_all);
	add_all(&s, api->errors);
	return s;
}

/* Two rows may share a code where clients need not tell them apart; their examples are numbered. */
static const char *
example_name(struct arena *a, const struct api *api, const struct error *e, bool oauth)
{
	struct errors s = everything(api);
	const char *suffix = oauth ? ".oauth" : "";
	int nth = 1;

	for (size_t i = 0; i < s.n && s.at[i] != e; i++)
		nth += strcmp(s.at[i]->code, e->code) == 0;
	if (nth == 1)
		return arena_printf(a, "%s%s", e->code, suffix);
	return arena_printf(a, "%s_%d%s", e->code, nth, suffix);
}

static const char *
describe(struct arena *a, const struct errors *s, int status)
{
	struct buf b;

	buf_init(&b, a);
	buf_puts(&b, http_reason(status));
	for (size_t i = 0; i < s->n; i++) {
		const char *code = arena_printf(a, "`%s`", s->at[i]->code);

		if (strstr(b.at, code) == NULL)
			buf_printf(&b, "%s %s", i == 0 ? ":" : ",", code);
	}
	return b.at;
}

static void
header(struct pretty *p, const char *name, const char *type, const char *doc)
{
	pretty_object(p, name);
	pretty_str(p, "description", doc);
	pretty_object(p, "schema");
	pretty_str(p, "type", type);
	pretty_end(p);
	pretty_end(p);
}

static void
headers(struct pretty *p, const struct errors *s, int status)
{
	bool retry = false, basic = false;

	for (size_t i = 0; i < s->n; i++) {
		retry = retry || s->at[i]->retry_after_s > 0;
		basic = basic || s->at[i]->challenge == CHALLENGE_BASIC;
	}
	if (status != 401 && !retry)
		return;
	pretty_object(p, "headers");
	if (status == 401)
		header(p, "WWW-Authenticate", "string",
		    basic ? "`Basic realm=\"…\"` to an OAuth2 client, else `Bearer realm=\"…\"`"
			  : "`Bearer realm=\"…\"`, with `error=\"invalid_token\"` when a token was "
			    "sent");
	if (retry)
		header(p, "Retry-After", "integer", "Seconds to wait before trying again");
	pretty_end(p);
}

static void
schema(struct pretty *p, const struct errors *s)
{
	bool faults = holds(s, &error_validation);

	if (holds(s, &error_rate_limited)) {
		pretty_ref(p, "schema", "schemas", s->oauth ? "OAuthLimitError" : "LimitError");
		return;
	}
	if (s->oauth) {
		pretty_ref(p, "schema", "schemas", "OAuthError");
		return;
	}
	if (!faults || s->n == 1) {
		pretty_ref(p, "schema", "schemas", faults ? "HTTPValidationError" : "Error");
		return;
	}
	pretty_object(p, "schema");
	pretty_array(p, "anyOf");
	pretty_ref(p, NULL, "schemas", "HTTPValidationError");
	pretty_ref(p, NULL, "schemas", "Error");
	pretty_end(p);
	pretty_end(p);
}

static void
response(struct pretty *p, const struct api *api, const struct errors *s, int status)
{
	struct arena *a = p->b->arena;

	pretty_object(p, arena_printf(a, "%d", status));
	pretty_str(p, "description", describe(a, s, status));
	headers(p, s, status);
	pretty_object(p, "content");
	pretty_object(p, "application/json");
	schema(p, s);
	pretty_object(p, "examples");
	for (size_t i = 0; i < s->n; i++) {
		const char *name = example_name(a, api, s->at[i], s->oauth);

		pretty_ref(p, name, "examples", name);
	}
	pretty_end(p);
	pretty_end(p);
	pretty_end(p);
	pretty_end(p);
}

void
openapi_error_responses(struct pretty *p, const struct api *api, const struct route *r)
{
	struct errors s = gather(api, r);

	for (int status = next_status(&s, 0); status < INT_MAX; status = next_status(&s, status)) {
		struct errors part = of_status(&s, status);

		response(p, api, &part, status);
	}
}

bool
openapi_error_answers(const struct api *api, const struct route *r, int status)
{
	struct errors s = gather(api, r);

	return of_status(&s, status).n > 0;
}

static void
text(struct pretty *p, const char *key, const char *format, const char *doc)
{
	pretty_object(p, key);
	pretty_str(p, "type", "string");
	if (format != NULL)
		pretty_str(p, "format", format);
	pretty_str(p, "description", doc);
	pretty_end(p);
}

/* What all error bodies share, after the detail. */
static void
common(struct pretty *p)
{
	text(p, "error_code", NULL, "For programs: stable, from a closed list");
	text(p, "timestamp", "date-time", "When the answer was made, UTC");
	text(p, "path", NULL, "The path as it was sent, at most 512 bytes of it");
	text(p, "request_id", NULL, "The same as in the header X-Request-Id and in the log");
}

static void
begin(struct pretty *p, const char *name, const char *doc, const char *required)
{
	pretty_object(p, name);
	pretty_str(p, "type", "object");
	pretty_str(p, "title", name);
	pretty_str(p, "description", doc);
	pretty_raw(p, "required", required);
	pretty_object(p, "properties");
}

static void
end(struct pretty *p)
{
	pretty_end(p);
	pretty_end(p);
}

static void
seconds(struct pretty *p, const char *key, const char *doc)
{
	pretty_object(p, key);
	pretty_str(p, "type", "integer");
	pretty_raw(p, "minimum", "1");
	pretty_str(p, "description", doc);
	pretty_end(p);
}

/* What a 429 says besides. */
static void
limit(struct pretty *p)
{
	seconds(p, "retry_after", "As Retry-After: after so many seconds the request passes");
	seconds(p, "limit", "How many there may be");
	seconds(p, "window", "In how many seconds");
}

#define LIMIT_REQUIRED ", \"retry_after\", \"limit\", \"window\""

#define COMMON_REQUIRED "\"detail\", \"error_code\", \"timestamp\", \"path\", \"request_id\""

static void
fault_list(struct pretty *p, const char *key)
{
	pretty_object(p, key);
	pretty_str(p, "type", "array");
	pretty_ref(p, "items", "schemas", "ValidationError");
	pretty_end(p);
}

#define OAUTH_REQUIRED ", \"error\", \"error_description\""

static void
oauth_members(struct pretty *p)
{
	text(p, "error", NULL, "The code of RFC 6749 section 5.2");
	text(p, "error_description", NULL, "One sentence, for people");
}

static void
limit_errors(struct pretty *p, bool plain, bool oauth)
{
	if (plain) {
		begin(
		    p, "LimitError", "Too many requests.", "[" COMMON_REQUIRED LIMIT_REQUIRED "]");
		text(p, "detail", NULL, "One sentence, for people");
		common(p);
		limit(p);
		end(p);
	}
	if (oauth) {
		begin(p, "OAuthLimitError", "Too many requests.",
		    "[" COMMON_REQUIRED LIMIT_REQUIRED OAUTH_REQUIRED "]");
		text(p, "detail", NULL, "One sentence, for people");
		common(p);
		limit(p);
		oauth_members(p);
		end(p);
	}
}

static void
oauth_error(struct pretty *p)
{
	begin(p, "OAuthError", "The error body with the members of RFC 6749 section 5.2 besides.",
	    "[" COMMON_REQUIRED OAUTH_REQUIRED "]");
	pretty_object(p, "detail");
	pretty_array(p, "anyOf");
	pretty_raw(p, NULL, "{\"type\": \"string\"}");
	fault_list(p, NULL);
	pretty_end(p);
	pretty_end(p);
	common(p);
	oauth_members(p);
	end(p);
}

static void
validation_error(struct pretty *p)
{
	begin(p, "ValidationError", "One fault of the request.", "[\"loc\", \"msg\", \"type\"]");
	text(p, "type", NULL, "For programs: string_too_short, missing, extra_forbidden …");
	pretty_object(p, "loc");
	pretty_str(p, "type", "array");
	pretty_str(p, "description", "Where: body, query, path or header, then the member");
	pretty_raw(p, "items", "{\"anyOf\": [{\"type\": \"string\"}, {\"type\": \"integer\"}]}");
	pretty_end(p);
	text(p, "msg", NULL, "One sentence, for people");
	pretty_raw(p, "input", "{\"description\": \"The value refused; never a secret\"}");
	pretty_raw(
	    p, "ctx", "{\"type\": \"object\", \"description\": \"The bound that was not kept\"}");
	end(p);
}

/* Does any visible route answer ${e} in this form? With NULL: any error at all in this form. */
static bool
is_used(const struct api *api, const struct error *e, bool oauth)
{
	for (const struct route *r = api->routes; r->path != NULL; r++) {
		struct errors s = gather(api, r);

		if ((r->flags & ROUTE_HIDDEN) == 0 && s.oauth == oauth &&
		    (e == NULL ? s.n > 0 : holds(&s, e)))
			return true;
	}
	return false;
}

void
openapi_error_schemas(struct pretty *p, const struct api *api)
{
	bool oauth = is_used(api, NULL, true);

	if (is_used(api, NULL, false)) {
		begin(p, "Error", "Every answer that is not a success.", "[" COMMON_REQUIRED "]");
		text(p, "detail", NULL, "One sentence, for people");
		common(p);
		end(p);
	}
	if (is_used(api, &error_validation, false)) {
		begin(p, "HTTPValidationError", "All faults of a request at once.",
		    "[" COMMON_REQUIRED "]");
		fault_list(p, "detail");
		common(p);
		end(p);
	}
	if (oauth)
		oauth_error(p);
	if (oauth || is_used(api, &error_validation, false))
		validation_error(p);
	limit_errors(
	    p, is_used(api, &error_rate_limited, false), is_used(api, &error_rate_limited, true));
}

static void
example(struct pretty *p, const struct api *api, const struct error *e, bool oauth)
{
	struct arena *a = p->b->arena;

	pretty_object(p, example_name(a, api, e, oauth));
	pretty_str(p, "summary", e->detail);
	pretty_object(p, "value");
	if (e == &error_validation)
		pretty_raw(p, "detail",
		    "[{\"type\": \"missing\", \"loc\": [\"body\", \"name\"], "
		    "\"msg\": \"Field required\"}]");
	else
		pretty_str(p, "detail", e->detail);
	pretty_str(p, "error_code", e->code);
	pretty_str(p, "timestamp", "2026-01-31T12:00:00.000000Z");
	pretty_str(p, "path", arena_printf(a, "%s%s", api->prefix, api->routes[0].path));
	pretty_str(p, "request_id", "5f0c7a4e9b1d4c0e8a3f6b2d7e1c9a58");
	if (e == &error_rate_limited) {
		pretty_raw(p, "retry_after", "1200");
		pretty_raw(p, "limit", "5");
		pretty_raw(p, "window", "3600");
	}
	if (oauth) {
		pretty_str(p, "error", reply_oauth_code(e));
		pretty_str(p, "error_description", e->detail);
	}
	pretty_end(p);
	pretty_end(p);
}

void
openapi_error_examples(struct pretty *p, const struct api *api)
{
	struct errors s = everything(api);

	for (size_t i = 0; i < s.n; i++) {
		if (is_used(api, s.at[i], false))
			example(p, api, s.at[i], false);
		if (is_used(api, s.at[i], true))
			example(p, api, s.at[i], true);
	}
}
