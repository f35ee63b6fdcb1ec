#include <stdlib.h>
#include <string.h>

#include "lib/str.h"

#include "tests/unit/sample_api.h"

struct Thing {
	const char *id, *name, *kind;
	struct opt_str note;
	bool on;
	struct opt_bool seen;
	int64_t size;
	struct opt_int rank;
	struct instant made_at;
	struct list labels;
};

struct ThingList {
	struct list items;
	struct opt_int total;
};

struct ThingIn {
	const char *name, *kind;
	struct opt_str note;
	struct opt_int rank;
	struct opt_bool on;
	struct list labels;
	struct secret pin;
};

struct ThingPath {
	const char *id;
};

struct PartPath {
	const char *id, *part;
};

struct ThingQuery {
	int64_t page;
	const char *sort;
	struct instant since;
	struct opt_bool on;
};

struct LoginIn {
	const char *username, *grant_type;
	struct secret password;
};

struct Token {
	const char *access_token;
	int64_t expires_in;
};

struct Health {
	const char *status;
};

static const char *
check_uuid(const char *s)
{
	return str_uuid(s) ? NULL : "it is not a UUID";
}

static const struct format uuid = {.name = "uuid", .check = check_uuid, .type = "uuid_parsing"};
static const char *const kinds[] = {"tool", "toy", NULL};
static const char *const sorts[] = {"name", "made_at", NULL};
static const char *const grants[] = {"password", NULL};
static const char *const statuses[] = {"healthy", NULL};

#define ID_EXAMPLE "8c1f3a52-9d0b-4e3c-a1f6-2b7d5e9c0a41"

static const struct field thing_fields[] = {
    FIELD(struct Thing, id, .flags = REQUIRED, .format = &uuid, .doc = "Its number."),
    FIELD(struct Thing, name, .flags = REQUIRED, .max = 40, .doc = "Its name.", .example = "Lamp"),
    FIELD(struct Thing, kind, .flags = REQUIRED | NULLABLE, .choices = kinds, .doc = "Its kind."),
    FIELD(struct Thing, note, .doc = "What was written on it."),
    FIELD(struct Thing, on, .flags = REQUIRED, .doc = "Is it on?"),
    FIELD(struct Thing, seen, .doc = "Has anybody seen it?"),
    FIELD(struct Thing, size, .flags = REQUIRED, .max = INT64_MAX, .doc = "In bytes."),
    FIELD(struct Thing, rank, .doc = "Its place."),
    FIELD(struct Thing, made_at, .flags = REQUIRED, .doc = "When it was made."),
    FIELD(struct Thing, labels, .flags = REQUIRED, .doc = "Its labels."),
    {.name = NULL},
};
const struct model sample_thing = MODEL(Thing, thing_fields, .doc = "A thing.");

static const struct field thing_list_fields[] = {
    FIELD(struct ThingList, items, .flags = REQUIRED, .of = &sample_thing, .doc = "The things."),
    FIELD(struct ThingList, total, .flags = NULLABLE, .doc = "How many, when it was counted."),
    {.name = NULL},
};
static const struct model thing_list = MODEL(ThingList, thing_list_fields, .doc = "Things.");

static const struct field thing_in_fields[] = {
    FIELD(struct ThingIn, name, .alias = "title", .flags = REQUIRED, .min = 1, .max = 40,
	.doc = "Its name.", .example = "Lamp"),
    FIELD(struct ThingIn, kind, .choices = kinds, .doc = "Its kind.", .example = "tool"),
    FIELD(struct ThingIn, note, .alias = "remark", .flags = NULLABLE, .max = 255,
	.doc = "What is \"written\" on it; null takes it away.", .example = "fragile"),
    FIELD(struct ThingIn, rank, .min = -1, .max = 9, .doc = "Its place.", .example = "0"),
    FIELD(struct ThingIn, on, .doc = "Is it on?", .example = "true"),
    FIELD(struct ThingIn, labels, .min = 1, .max = 5, .doc = "Its labels.", .example = "red"),
    FIELD(struct ThingIn, pin, .flags = HASHED, .min = 4, .max = 8, .doc = "To open it.",
	.example = "0000"),
    {.name = NULL},
};
const struct model sample_thing_in = MODEL(ThingIn, thing_in_fields, .doc = "What makes a thing.");

static const struct field thing_path_fields[] = {
    FIELD(struct ThingPath, id, .flags = REQUIRED, .format = &uuid, .doc = "Its number.",
	.example = ID_EXAMPLE),
    {.name = NULL},
};
const struct model sample_thing_path = MODEL(ThingPath, thing_path_fields, .doc = "Which thing.");

static const struct field part_path_fields[] = {
    FIELD(struct PartPath, id, .flags = REQUIRED, .format = &uuid, .doc = "The thing's number.",
	.example = ID_EXAMPLE),
    FIELD(struct PartPath, part, .flags = REQUIRED, .doc = "The part's name.", .example = "lid"),
    {.name = NULL},
};
static const struct model part_path = MODEL(PartPath, part_path_fields, .doc = "Which part.");

static const struct field thing_query_fields[] = {
    FIELD(struct ThingQuery, page, .min = 1, .max = INT64_MAX, .fallback = "1", .doc = "The page.",
	.example = "2"),
    FIELD(struct ThingQuery, sort, .choices = sorts, .alias = "order", .fallback = "name",
	.doc = "The order.", .example = "made_at"),
    FIELD(struct ThingQuery, since, .doc = "Made at this moment or later.",
	.example = "2026-01-31T12:00:00Z"),
    FIELD(struct ThingQuery, on, .doc = "Only these.", .example = "false"),
    {.name = NULL},
};
static const struct model thing_query =
    MODEL(ThingQuery, thing_query_fields, .doc = "Which things.");

static const struct field login_fields[] = {
    FIELD(struct LoginIn, username, .flags = REQUIRED, .min = 1, .max = 254, .doc = "Who.",
	.example = "ada"),
    FIELD(struct LoginIn, grant_type, .choices = grants, .doc = "RFC 6749 section 4.3.",
	.example = "password"),
    FIELD(struct LoginIn, password, .flags = REQUIRED | HASHED, .min = 1, .max = 128,
	.doc = "The password.", .example = "correct horse"),
    {.name = NULL},
};
static const struct model login_in = MODEL(LoginIn, login_fields, .doc = "A log-in.");

static const struct field token_fields[] = {
    FIELD(struct Token, access_token, .flags = REQUIRED, .doc = "To be sent as Bearer."),
    FIELD(struct Token, expires_in, .flags = REQUIRED, .doc = "In seconds."),
    {.name = NULL},
};
static const struct model token_out = MODEL(Token, token_fields, .doc = "A token.");

static const struct field health_fields[] = {
    FIELD(struct Health, status, .flags = REQUIRED, .choices = statuses, .doc = "How it is.",
	.example = "healthy"),
    {.name = NULL},
};
static const struct model health_out = MODEL(Health, health_fields, .doc = "A sign of life.");

static const struct error not_authenticated = {.status = 401,
    .code = "NOT_AUTHENTICATED",
    .detail = "Not authenticated",
    .challenge = CHALLENGE_BARE};
const struct error sample_token_invalid = {.status = 401,
    .code = "TOKEN_INVALID",
    .detail = "Could not validate credentials",
    .challenge = CHALLENGE_INVALID_TOKEN};
static const struct error admin_required = {
    .status = 403, .code = "ADMIN_REQUIRED", .detail = "Admin privileges required"};
const struct error sample_taken = {
    .status = 409, .code = "NAME_TAKEN", .detail = "There is one of that name"};
static const struct error weak_pin = {
    .status = 422, .code = "WEAK_PIN", .detail = "Everybody would guess that"};
static const struct error moved = {
    .status = 412, .code = "PRECONDITION_FAILED", .detail = "It has changed"};
const struct error sample_credentials = {.status = 401,
    .code = "INVALID_CREDENTIALS",
    .detail = "Incorrect name or password",
    .oauth = "invalid_grant",
    .challenge = CHALLENGE_BARE};
const struct error sample_client = {
    .status = 401, .code = "INVALID_CLIENT", .detail = "No such client", .oauth = "invalid_client"};
const struct error sample_busy = {.status = 503,
    .code = "DATABASE_UNAVAILABLE", /* the mechanism has one of that code too */
    .detail = "Come back later",
    .retry_after_s = 7};
static const struct error *const errors[] = {&not_authenticated, &sample_token_invalid,
    &admin_required, &sample_taken, &weak_pin, &moved, &sample_credentials, &sample_client,
    &sample_busy, NULL};
static const struct error *const user_errors[] = {&not_authenticated, &sample_token_invalid, NULL};
static const struct error *const admin_errors[] = {
    &not_authenticated, &sample_token_invalid, &admin_required, NULL};

/* Nothing here is ever served. */
static const struct error *
handle(struct request *rq)
{
	(void)rq;
	abort();
}

/* The capture stands before the literal on purpose: the order must not matter. */
static const struct route routes[] = {
    {.method = METHOD_GET,
	.path = "/things",
	.id = "things_list",
	.tag = "things",
	.summary = "List things",
	.access = ACCESS_USER,
	.query_in = &thing_query,
	.ok = 200,
	.out = &thing_list,
	.headers = HEADERS("Link"),
	.tx = TX_READ,
	.handle = handle},
    {.method = METHOD_POST,
	.path = "/things",
	.id = "things_create",
	.tag = "things",
	.summary = "Make a thing",
	.doc = "Makes a thing of that name.",
	.access = ACCESS_USER,
	.body_in = &sample_thing_in,
	.media = MEDIA_JSON,
	.ok = 201,
	.out = &sample_thing,
	.errors = ERRORS(&sample_taken, &weak_pin),
	.tx = TX_OWN,
	.handle = handle},
    {.method = METHOD_GET,
	.path = "/things/{id}",
	.id = "things_read",
	.tag = "things",
	.summary = "Read a thing",
	.access = ACCESS_USER,
	.flags = ROUTE_FAST,
	.path_in = &sample_thing_path,
	.ok = 200,
	.out = &sample_thing,
	.headers = HEADERS("ETag"),
	.errors = ERRORS(&error_not_found),
	.tx = TX_READ,
	.handle = handle},
    {.method = METHOD_PATCH,
	.path = "/things/{id}",
	.id = "things_update",
	.tag = "things",
	.summary = "Change a thing",
	.access = ACCESS_USER,
	.path_in = &sample_thing_path,
	.body_in = &sample_thing_in,
	.media = MEDIA_JSON,
	.ok = 200,
	.out = &sample_thing,
	.headers = HEADERS("ETag"),
	.errors = ERRORS(&error_not_found, &sample_taken, &moved),
	.tx = TX_WRITE,
	.handle = handle},
    {.method = METHOD_DELETE,
	.path = "/things/{id}",
	.id = "things_delete",
	.tag = "things",
	.summary = "Delete a thing",
	.access = ACCESS_ADMIN,
	.path_in = &sample_thing_path,
	.ok = 204,
	.errors = ERRORS(&error_not_found),
	.tx = TX_WRITE,
	.handle = handle},
    {.method = METHOD_GET,
	.path = "/things/stats",
	.id = "things_stats",
	.tag = "things",
	.summary = "Count things",
	.access = ACCESS_ADMIN,
	.ok = 200,
	.out = &thing_list,
	.tx = TX_READ,
	.handle = handle},
    {.method = METHOD_POST,
	.path = "/things/{id}/publish",
	.id = "things_publish",
	.tag = "things",
	.summary = "Show a thing to all",
	.access = ACCESS_ADMIN,
	.flags = ROUTE_BODYLESS,
	.path_in = &sample_thing_path,
	.body_in = &sample_thing_in,
	.media = MEDIA_JSON,
	.ok = 200,
	.out = &sample_thing,
	.errors = ERRORS(&sample_busy, &error_not_found),
	.tx = TX_WRITE,
	.handle = handle},
    {.method = METHOD_GET,
	.path = "/things/{id}/parts/{part}",
	.id = "parts_read",
	.tag = "things",
	.summary = "Read a part",
	.access = ACCESS_ANYONE,
	.path_in = &part_path,
	.ok = 200,
	.out = &sample_thing,
	.errors = ERRORS(&error_not_found),
	.tx = TX_READ,
	.handle = handle},
    {.method = METHOD_POST,
	.path = "/login",
	.id = "login",
	.tag = "session",
	.summary = "Log in",
	.access = ACCESS_ANYONE,
	.flags = ROUTE_OAUTH,
	.body_in = &login_in,
	.media = MEDIA_JSON | MEDIA_FORM,
	.ok = 200,
	.out = &token_out,
	.errors = ERRORS(&sample_credentials, &sample_client),
	.tx = TX_OWN,
	.handle = handle},
    {.method = METHOD_GET,
	.path = "/health",
	.id = "health",
	.tag = "service",
	.summary = "Is it alive?",
	.access = ACCESS_ANYONE,
	.flags = ROUTE_ROOT | ROUTE_FAST,
	.ok = 200,
	.out = &health_out,
	.tx = TX_NONE,
	.handle = handle},
    {.method = METHOD_GET,
	.path = "/docs",
	.id = "docs",
	.tag = "service",
	.summary = "This document, to look at",
	.access = ACCESS_ANYONE,
	.flags = ROUTE_ROOT | ROUTE_HIDDEN,
	.ok = 200,
	.tx = TX_NONE,
	.handle = handle},
    {.method = METHOD_POST,
	.path = "/logout",
	.id = "logout",
	.tag = "session",
	.summary = "Log out",
	.access = ACCESS_USER,
	.ok = 204,
	.tx = TX_WRITE,
	.handle = handle},
    {.path = NULL},
};

_Static_assert(sizeof(routes) / sizeof(routes[0]) == SAMPLE_ROUTES + 1, "all rows are counted");

static const struct api_tag tags[] = {{"things", "What is kept."}, {"session", "Coming and going."},
    {"service", "For those who run it."}, {NULL, NULL}};

const struct api sample_api = {
    .title = "Things",
    .version = "1.2.3",
    .doc = "Keeps things.",
    .prefix = "/api/v1",
    .token_url = "/login",
    .routes = routes,
    .errors = errors,
    .tags = tags,
    .user_errors = user_errors,
    .admin_errors = admin_errors,
};

size_t
sample_row(const char *id)
{
	size_t n = 0;

	while (routes[n].path != NULL && strcmp(routes[n].id, id) != 0)
		n++;
	if (routes[n].path == NULL)
		abort();
	return n;
}
