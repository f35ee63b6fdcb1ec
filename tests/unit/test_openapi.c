#include <criterion/criterion.h>
#include <string.h>

#include <cjson/cJSON.h>

#include "lib/arena.h"
#include "lib/buf.h"
#include "lib/json.h"
#include "lib/openapi.h"

#include "tests/unit/sample_api.h"

static struct arena *arena;
static struct buf text;
static cJSON *doc;

static void
begin(void)
{
	struct json_error error = {0};

	arena = arena_new();
	buf_init(&text, arena);
	openapi_render(&text, &sample_api);
	/* The gate also refuses duplicate keys. */
	cr_assert(json_parse(arena, text.at, text.bytes, &doc, &error), "at %zu: %s", error.offset,
	    error.why);
}

static void
end(void)
{
	arena_free(&arena);
}

TestSuite(openapi, .init = begin, .fini = end);

/* The value under keys joined by '|' (a path has slashes); array elements by number. */
static cJSON *
at(const char *keys)
{
	cJSON *v = doc;
	char *copy = arena_strdup(arena, keys), *save = NULL;

	for (char *k = strtok_r(copy, "|", &save); k != NULL; k = strtok_r(NULL, "|", &save)) {
		if (cJSON_IsArray(v))
			v = cJSON_GetArrayItem(v, k[0] - '0');
		else
			v = cJSON_GetObjectItemCaseSensitive(v, k);
	}
	return v;
}

static const char *
printed(const cJSON *v)
{
	char *s = v == NULL ? NULL : cJSON_PrintUnformatted(v);

	arena_defer(arena, cJSON_free, s);
	return s == NULL ? "nothing" : s;
}

struct expected {
	const char *keys, *json;
};

static void
expect_all(const struct expected *t, size_t n)
{
	for (size_t i = 0; i < n; i++)
		cr_expect_str_eq(printed(at(t[i].keys)), t[i].json, "%zu %s: %s", i, t[i].keys,
		    printed(at(t[i].keys)));
}

#define EXPECT(t) expect_all((t), sizeof(t) / sizeof((t)[0]))

Test(openapi, is_pretty_and_the_same_every_time)
{
	static const char start[] = "{\n  \"openapi\": \"3.0.3\",\n  \"info\": {\n    \"title\": ";
	struct buf again;

	buf_init(&again, arena);
	openapi_render(&again, &sample_api);
	cr_expect_str_eq(again.at, text.at);
	cr_expect_eq(strncmp(text.at, start, strlen(start)), 0);
	cr_expect_str_eq(text.at + text.bytes - 7, "\n  }\n}\n");
}

Test(openapi, says_what_the_whole_is)
{
	static const struct expected t[] = {
	    {"info|title", "\"Things\""},
	    {"info|version", "\"1.2.3\""},
	    {"servers", "[{\"url\":\"/\"}]"},
	    {"tags|1", "{\"name\":\"session\",\"description\":\"Coming and going.\"}"},
	    {"components|securitySchemes|OAuth2PasswordBearer|flows",
		"{\"password\":{\"tokenUrl\":\"/api/v1/login\",\"scopes\":{}}}"},
	    {"components|securitySchemes|HTTPBearer|scheme", "\"bearer\""},
	};

	EXPECT(t);
	cr_expect_not_null(strstr(at("info|description")->valuestring, "431"));
}

/* Every operation with that operationId, wherever it is. */
static size_t
operations(const char *id)
{
	const cJSON *path, *method;
	size_t n = 0;

	cJSON_ArrayForEach(path, at("paths"))
	{
		cJSON_ArrayForEach(method, path) n += id == NULL ||
		    strcmp(cJSON_GetObjectItemCaseSensitive(method, "operationId")->valuestring,
			id) == 0;
	}
	return n;
}

Test(openapi, documents_every_visible_row_once)
{
	size_t visible = 0;

	for (const struct route *r = sample_api.routes; r->path != NULL; r++) {
		bool is_hidden = (r->flags & ROUTE_HIDDEN) != 0;

		cr_expect_eq(operations(r->id), is_hidden ? 0 : 1, "%s", r->id);
		visible += !is_hidden;
	}
	cr_expect_eq(operations(NULL), visible);
	cr_expect_eq(visible, SAMPLE_ROUTES - 1);
	cr_expect_not_null(at("paths|/health|get"), "root rows at the root");
	cr_expect_null(at("paths|/api/v1/health"));
}

/* The keys of the response object, as "200 401". */
static const char *
statuses(const char *operation)
{
	const cJSON *r;
	const char *s = "";

	cJSON_ArrayForEach(r, at(arena_printf(arena, "%s|responses", operation))) s =
	    arena_printf(arena, "%s%s%s", s, *s == '\0' ? "" : " ", r->string);
	return s;
}

Test(openapi, derives_the_statuses_that_can_happen)
{
	static const struct {
		const char *operation, *statuses;
	} t[] = {
	    {"paths|/api/v1/things|get", "200 401 422 500 503"},
	    {"paths|/api/v1/things|post", "201 401 409 413 415 422 500 502 503"},
	    {"paths|/api/v1/things/{id}|get", "200 401 404 422 500 503"},
	    {"paths|/api/v1/things/{id}|patch", "200 401 404 409 412 413 415 422 500 502 503"},
	    {"paths|/api/v1/things/{id}|delete", "204 401 403 404 422 500 502 503"},
	    {"paths|/api/v1/things/stats|get", "200 401 403 500 503"},
	    {"paths|/api/v1/things/{id}/parts/{part}|get", "200 404 422 500 503"},
	    {"paths|/api/v1/login|post", "200 400 401 413 500 502 503"},
	    {"paths|/api/v1/logout|post", "204 401 500 502 503"},
	    {"paths|/health|get", "200"},
	};

	for (size_t i = 0; i < sizeof(t) / sizeof(t[0]); i++)
		cr_expect_str_eq(statuses(t[i].operation), t[i].statuses, "%zu %s: %s", i,
		    t[i].operation, statuses(t[i].operation));
}

#define REF(where, name) "{\"$ref\":\"#/components/" where "/" name "\"}"
#define POST_THINGS      "paths|/api/v1/things|post|responses|"
#define LOGIN            "paths|/api/v1/login|post|"
#define MEDIA            "|content|application/json|"

Test(openapi, gathers_the_errors_of_one_status)
{
	static const struct expected t[] = {
	    {POST_THINGS "401|description",
		"\"Unauthorized: `NOT_AUTHENTICATED`, `TOKEN_INVALID`\""},
	    {POST_THINGS "401" MEDIA "schema", REF("schemas", "Error")},
	    {POST_THINGS "401" MEDIA "examples",
		"{\"NOT_AUTHENTICATED\":" REF("examples",
		    "NOT_AUTHENTICATED") ","
					 "\"TOKEN_INVALID\":" REF("examples", "TOKEN_INVALID") "}"},
	    {POST_THINGS "401|headers|WWW-Authenticate|schema", "{\"type\":\"string\"}"},
	    {POST_THINGS "409|headers", "nothing"},
	    {POST_THINGS "503|headers|Retry-After|schema", "{\"type\":\"integer\"}"},
	    {POST_THINGS "422" MEDIA "schema",
		"{\"anyOf\":[" REF("schemas", "HTTPValidationError") "," REF(
		    "schemas", "Error") "]}"},
	    {"paths|/api/v1/things|get|responses|422" MEDIA "schema",
		REF("schemas", "HTTPValidationError")},
	    {"components|examples|NAME_TAKEN|value|detail", "\"There is one of that name\""},
	    {"components|examples|NAME_TAKEN|value|error", "nothing"},
	    /* Two rows of one code on one route: two examples, the code said once. */
	    {"paths|/api/v1/things/{id}/publish|post|responses|503" MEDIA "examples",
		"{\"DATABASE_UNAVAILABLE_2\":" REF("examples",
		    "DATABASE_UNAVAILABLE_2") ","
					      "\"DATABASE_UNAVAILABLE\":" REF("examples",
						  "DATABASE_UNAVAILABLE") ","
									  "\"OVERLOADED\":" REF(
									      "examples",
									      "OVERLOADED") "}"},
	    {"paths|/api/v1/things/{id}/publish|post|responses|503|description",
		"\"Service Unavailable: `DATABASE_UNAVAILABLE`, `OVERLOADED`\""},
	};

	EXPECT(t);
}

Test(openapi, shows_oauth_routes_as_rfc_6749_has_them)
{
	static const struct expected t[] = {
	    {LOGIN "responses|400" MEDIA "schema", REF("schemas", "OAuthError")},
	    {LOGIN "responses|400|description",
		"\"Bad Request: `INVALID_CREDENTIALS`, `VALIDATION_ERROR`, "
		"`UNSUPPORTED_MEDIA_TYPE`\""},
	    {LOGIN "responses|401|description", "\"Unauthorized: `INVALID_CLIENT`\""},
	    {"components|examples|INVALID_CREDENTIALS.oauth|value|error", "\"invalid_grant\""},
	    {"components|examples|INVALID_CREDENTIALS", "nothing"},
	    {LOGIN "requestBody|content|application/x-www-form-urlencoded|schema",
		REF("schemas", "LoginInForm")},
	    {LOGIN "requestBody|content|application/json|schema", REF("schemas", "LoginIn")},
	    {"components|schemas|LoginIn|additionalProperties", "false"},
	    {"components|schemas|LoginInForm|additionalProperties", "nothing"},
	    {"components|schemas|LoginInForm|required", "[\"username\",\"password\"]"},
	    {LOGIN "security", "[]"},
	};

	EXPECT(t);
}

#define IN  "components|schemas|ThingIn|"
#define OUT "components|schemas|Thing|"

Test(openapi, describes_inputs_as_the_binder_takes_them)
{
	static const struct expected t[] = {
	    {IN "additionalProperties", "false"},
	    {IN "required", "nothing"},
	    {IN "allOf", "[{\"anyOf\":[{\"required\":[\"name\"]},{\"required\":[\"title\"]}]}]"},
	    {IN "properties|name",
		"{\"type\":\"string\",\"minLength\":1,\"maxLength\":40,\"example\":\"Lamp\","
		"\"description\":\"Its name.\"}"},
	    {IN "properties|title|deprecated", "true"},
	    {IN "properties|title|maxLength", "40"},
	    {IN "properties|kind|enum", "[\"tool\",\"toy\"]"},
	    {IN "properties|note|nullable", "true"},
	    {IN "properties|note|description",
		"\"What is \\\"written\\\" on it; null takes it away.\""},
	    {IN "properties|rank",
		"{\"type\":\"integer\",\"minimum\":-1,\"maximum\":9,\"format\":\"int64\","
		"\"example\":0,\"description\":\"Its place.\"}"},
	    {IN "properties|rank|nullable", "nothing"},
	    {IN "properties|on|example", "true"},
	    {IN "properties|labels",
		"{\"type\":\"array\",\"minItems\":1,\"maxItems\":5,"
		"\"items\":{\"type\":\"string\",\"example\":\"red\"},"
		"\"description\":\"Its labels.\"}"},
	    {IN "properties|pin",
		"{\"type\":\"string\",\"minLength\":4,\"maxLength\":8,\"format\":\"password\","
		"\"writeOnly\":true,\"example\":\"0000\",\"description\":\"To open it.\"}"},
	    {"paths|/api/v1/things|post|requestBody|required", "true"},
	    {"paths|/api/v1/things/{id}/publish|post|requestBody|required", "false"},
	    {"paths|/api/v1/logout|post|requestBody", "nothing"},
	};

	EXPECT(t);
}

Test(openapi, describes_outputs_as_they_are_rendered)
{
	static const struct expected t[] = {
	    {OUT "additionalProperties", "nothing"},
	    {OUT "required", "[\"id\",\"name\",\"kind\",\"on\",\"size\",\"made_at\",\"labels\"]"},
	    {OUT "properties|id|format", "\"uuid\""},
	    {OUT "properties|kind|enum", "[\"tool\",\"toy\",null]"},
	    {OUT "properties|kind|nullable", "true"},
	    {OUT "properties|note|nullable", "true"},
	    {OUT "properties|seen|nullable", "true"},
	    {OUT "properties|rank|nullable", "true"},
	    {OUT "properties|name|nullable", "nothing"},
	    {OUT "properties|size|minimum", "0"},
	    {OUT "properties|size|maximum", "nothing"},
	    {OUT "properties|made_at|format", "\"date-time\""},
	    {"components|schemas|ThingList|properties|items|items", REF("schemas", "Thing")},
	    {"paths|/api/v1/things/{id}|get|responses|200|headers|ETag|schema|type", "\"string\""},
	    {"paths|/api/v1/things/{id}|delete|responses|204|content", "nothing"},
	};

	EXPECT(t);
}

#define QUERY(n) "paths|/api/v1/things|get|parameters|" n "|"

Test(openapi, describes_parameters)
{
	static const struct expected t[] = {
	    {QUERY("0") "in", "\"query\""},
	    {QUERY("0") "required", "false"},
	    {QUERY("0") "schema",
		"{\"type\":\"integer\",\"minimum\":1,\"format\":\"int64\",\"default\":1,"
		"\"example\":2}"},
	    {QUERY("1") "schema|default", "\"name\""},
	    {QUERY("2") "name", "\"order\""},
	    {QUERY("2") "deprecated", "true"},
	    {QUERY("2") "schema|default", "nothing"},
	    {QUERY("4") "schema", "{\"type\":\"boolean\",\"example\":false}"},
	    {"paths|/api/v1/things/{id}/parts/{part}|get|parameters|1|name", "\"part\""},
	    {"paths|/api/v1/things/{id}|get|parameters|0|required", "true"},
	    {"paths|/api/v1/things/{id}|get|parameters|1", "nothing"},
	    /* It may answer 412, so it takes If-Match. */
	    {"paths|/api/v1/things/{id}|patch|parameters|1|name", "\"If-Match\""},
	    {"paths|/api/v1/things/stats|get|parameters", "nothing"},
	};

	EXPECT(t);
}

Test(openapi, offers_both_schemes_wherever_somebody_must_be_known)
{
	for (const struct route *r = sample_api.routes; r->path != NULL; r++) {
		char method[8] = "";
		const char *prefix = (r->flags & ROUTE_ROOT) != 0 ? "" : sample_api.prefix;

		if ((r->flags & ROUTE_HIDDEN) != 0)
			continue;
		for (size_t i = 0; http_method_name(r->method)[i] != '\0'; i++)
			method[i] = (char)(http_method_name(r->method)[i] | 0x20);
		cr_expect_str_eq(printed(at(arena_printf(
				     arena, "paths|%s%s|%s|security", prefix, r->path, method))),
		    r->access == ACCESS_ANYONE
			? "[]"
			: "[{\"OAuth2PasswordBearer\":[]},{\"HTTPBearer\":[]}]",
		    "%s", r->id);
	}
}

/* Follow every $ref below ${v}; mark what it reaches by a member "seen" in the component. */
static size_t
follow(const cJSON *v)
{
	const cJSON *ref = cJSON_GetObjectItemCaseSensitive(v, "$ref"), *child;
	size_t n = 0;

	if (cJSON_IsString(ref)) {
		char *keys = arena_strdup(arena, ref->valuestring + 2);
		cJSON *target;

		for (char *c = keys; *c != '\0'; c++)
			*c = *c == '/' ? '|' : *c;
		target = at(keys);
		cr_assert_not_null(target, "%s leads nowhere", ref->valuestring);
		if (!cJSON_HasObjectItem(target, "seen"))
			cJSON_AddTrueToObject(target, "seen");
		return 1;
	}
	cJSON_ArrayForEach(child, v) n += follow(child);
	return n;
}

Test(openapi, refers_to_every_component_and_to_nothing_else)
{
	static const char *const kinds[] = {"components|schemas", "components|examples"};
	const cJSON *c;

	cr_expect_gt(follow(doc), 50);
	for (size_t i = 0; i < 2; i++) {
		cJSON_ArrayForEach(c, at(kinds[i]))
		    cr_expect(cJSON_HasObjectItem(c, "seen"), "nobody refers to %s", c->string);
	}
}

Test(openapi, leaves_out_what_only_hidden_or_oauth_routes_would_need)
{
	static const struct error *const none[] = {NULL};
	struct route only[2] = {sample_api.routes[sample_row("health")], {.path = NULL}};
	struct api api = sample_api;
	struct json_error error;

	api.routes = only;
	api.errors = none;
	buf_init(&text, arena);
	openapi_render(&text, &api);
	cr_assert(json_parse(arena, text.at, text.bytes, &doc, &error));
	cr_expect_str_eq(printed(at("components|examples")), "{}");
	cr_expect_null(at("components|schemas|OAuthError"));
	cr_expect_null(at("components|schemas|Error"));
	cr_expect_not_null(at("components|schemas|Health"));
}

/* The first row again, with another model in and a second one out. */
Test(openapi, says_what_may_take_the_place_of_what)
{
	struct Either {
		const char *one, *two, *three;
	};
	static const struct field fields[] = {FIELD(struct Either, one, .flags = REQUIRED,
						  .unless = "three", .doc = "1", .example = "1"),
	    FIELD(struct Either, two, .flags = REQUIRED, .unless = "three", .doc = "2",
		.example = "2"),
	    FIELD(struct Either, three, .doc = "3", .example = "3"), {.name = NULL}};
	static const struct model either = MODEL(Either, fields, .doc = "Two or one.");
	static const struct expected t[] = {
	    {"components|schemas|Either|oneOf",
		"[{\"required\":[\"one\",\"two\"]},{\"required\":[\"three\"],\"not\":{\"anyOf\":["
		"{\"required\":[\"one\"]},{\"required\":[\"two\"]}]}}]"},
	    {"components|schemas|Either|required", "nothing"},
	    {"paths|/api/v1/things|post|responses|201|content|application/json|schema|anyOf",
		"[" REF("schemas", "Thing") "," REF("schemas", "ThingList") "]"},
	    {"components|schemas|ThingList|title", "\"ThingList\""},
	};
	struct route routes[] = {sample_api.routes[sample_row("things_create")], {.path = NULL}};
	struct api api = sample_api;
	struct json_error error = {0};
	struct buf b;

	routes[0].body_in = &either;
	routes[0].out_or = sample_api.routes[sample_row("things_list")].out;
	api.routes = routes;
	buf_init(&b, arena);
	openapi_render(&b, &api);
	cr_assert(json_parse(arena, b.at, b.bytes, &doc, &error), "%s", error.why);
	EXPECT(t);
}
