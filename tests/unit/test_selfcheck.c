#include <criterion/criterion.h>
#include <string.h>

#include "lib/arena.h"
#include "lib/selfcheck.h"

#include "tests/unit/sample_api.h"

/* A copy of the sample table that a test breaks in one place. */
enum { FIELDS = 16 };

static struct arena *arena;
static struct api api;
static struct route routes[SAMPLE_ROUTES + 1];
static struct field in_fields[FIELDS], out_fields[FIELDS], list_fields[FIELDS];
static struct field path_fields[FIELDS], query_fields[FIELDS];
static struct model in, out, list, path, query;

static struct model
copy(const struct model *m, struct field *rows)
{
	struct model c = *m;
	size_t n = 0;

	do
		rows[n] = m->fields[n];
	while (m->fields[n++].name != NULL);
	c.fields = rows;
	return c;
}

static struct route *
row(const char *id)
{
	return &routes[sample_row(id)];
}

static struct field *
field(struct field *f, const char *name)
{
	while (strcmp(f->name, name) != 0)
		f++;
	return f;
}

static void
begin(void)
{
	arena = arena_new();
	api = sample_api;
	memcpy(routes, sample_api.routes, sizeof(routes));
	in = copy(&sample_thing_in, in_fields);
	out = copy(&sample_thing, out_fields);
	path = copy(&sample_thing_path, path_fields);
	list = copy(row("things_list")->out, list_fields);
	query = copy(row("things_list")->query_in, query_fields);
	field(list_fields, "items")->of = &out;
	for (struct route *r = routes; r->path != NULL; r++) {
		r->body_in = r->body_in == &sample_thing_in ? &in : r->body_in;
		r->out = r->out == &sample_thing ? &out : r->out;
		r->path_in = r->path_in == &sample_thing_path ? &path : r->path_in;
	}
	row("things_list")->out = row("things_stats")->out = &list;
	row("things_list")->query_in = &query;
	api.routes = routes;
}

static void
end(void)
{
	arena_free(&arena);
}

TestSuite(selfcheck, .init = begin, .fini = end);

/* It is refused, and the sentence is ${expected}. */
static void
refused(const char *expected)
{
	const char *why = "nothing";

	cr_expect_not(selfcheck_api(arena, &api, &why));
	cr_expect_str_eq(why, expected, "%s", why);
}

/* Each rule is broken alone: the untouched copy passes, which the first test says. */
#define REFUSES(name, expected, ...)    \
	Test(selfcheck, refuses_##name) \
	{                               \
		__VA_ARGS__;            \
		refused(expected);      \
	}

Test(selfcheck, accepts_the_sample)
{
	const char *why = "nothing";

	cr_expect(selfcheck_api(arena, &sample_api, &why), "%s", why);
	cr_expect(selfcheck_api(arena, &api, &why), "%s", why);
}

/* ---- words ---- */

REFUSES(a_row_without_id, "GET /things/stats: no id", row("things_stats")->id = NULL)
REFUSES(a_row_without_tag, "GET /things/stats: no tag", row("things_stats")->tag = NULL)
REFUSES(a_row_without_summary, "GET /things/stats: no summary", row("things_stats")->summary = NULL)
REFUSES(a_row_without_handler, "GET /things/stats: no handler", row("things_stats")->handle = NULL)
REFUSES(an_undeclared_tag, "GET /things/stats: undeclared tag other",
    row("things_stats")->tag = "other")
REFUSES(a_document_without_title, "no title, version or doc ", api.title = NULL)
REFUSES(a_token_url_that_is_no_route, "token_url is no route: /logon", api.token_url = "/logon")

/* ---- two of a kind ---- */

REFUSES(a_duplicate_operation_id, "GET /things/stats: duplicate operationId things_list",
    row("things_stats")->id = "things_list")
REFUSES(a_duplicate_method_and_path, "GET /things: duplicate method and path /things",
    row("things_stats")->path = "/things")
REFUSES(a_duplicate_behind_other_names, "GET /things/{x}: duplicate method and path /things/{id}",
    row("things_stats")->path = "/things/{x}")
REFUSES(one_path_with_two_spellings, "DELETE /things/{x}: another spelling of /things/{id}",
    row("things_delete")->path = "/things/{x}")
REFUSES(
    two_models_of_one_name, "POST /things: a second model named ThingList", in.name = "ThingList")
REFUSES(a_model_name_the_document_needs, "POST /things: a reserved name for a model: Error",
    in.name = "Error")
REFUSES(a_model_name_like_a_form_variant, "POST /things: a reserved name for a model: ThingForm",
    in.name = "ThingForm")
REFUSES(two_fields_of_one_name,
    "POST /things: model ThingIn, field name: a second field of that name",
    field(in_fields, "kind")->name = "name")
REFUSES(an_alias_that_is_a_name,
    "POST /things: model ThingIn, field note: a second field of that name",
    field(in_fields, "note")->alias = "kind")
REFUSES(an_alias_of_itself, "POST /things: model ThingIn, field note: its alias is its name",
    field(in_fields, "note")->alias = "note")

/* ---- paths ---- */

REFUSES(a_capture_without_field, "GET /things/{id}: no path_in field for {id}",
    row("things_read")->path_in = NULL)
REFUSES(a_capture_of_another_name, "POST /things/{it}/publish: no path_in field for {it}",
    row("things_publish")->path = "/things/{it}/publish")
REFUSES(a_field_without_capture, "GET /things/stats: not exactly once in the path: id",
    row("things_stats")->path_in = &path)
REFUSES(a_capture_that_stands_twice,
    "POST /things/{id}/publish/{id}: not exactly once in the path: id",
    row("things_publish")->path = "/things/{id}/publish/{id}")
REFUSES(a_path_field_with_an_alias, "GET /things/{id}: not exactly once in the path: id",
    field(path_fields, "id")->alias = "number")
REFUSES(a_row_for_options, "OPTIONS /logout: unreachable", row("logout")->method = METHOD_OPTIONS)
REFUSES(a_row_for_no_method, "UNKNOWN /logout: unreachable", row("logout")->method = METHOD__MAX)
REFUSES(a_path_without_slash, "POST logout: unreachable", row("logout")->path = "logout")
REFUSES(a_path_with_a_slash_at_the_end, "POST /out/: unreachable", row("logout")->path = "/out/")
REFUSES(
    a_path_with_an_empty_segment, "POST /log//out: unreachable", row("logout")->path = "/log//out")
REFUSES(a_path_with_a_dot_segment, "POST /../out: unreachable", row("logout")->path = "/../out")
REFUSES(a_path_with_an_escape, "POST /log%20out: unreachable", row("logout")->path = "/log%20out")
REFUSES(a_path_too_deep, "POST /1/2/3/4/5/6/7/8/9/0/1/2/3/4/5/6: unreachable",
    row("logout")->path = "/1/2/3/4/5/6/7/8/9/0/1/2/3/4/5/6")
REFUSES(a_root_row_that_the_prefix_hides, "GET /v1/things: unreachable at the root",
    row("docs")->path = "/v1/things")
REFUSES(a_prefix_without_slash, "GET /things: unreachable", api.prefix = "api")

/* ---- bodies, statuses, transactions ---- */

REFUSES(a_body_on_get, "GET /things/stats: a body where none has a meaning",
	row("things_stats")->body_in = &in;
	row("things_stats")->media = MEDIA_JSON)
REFUSES(a_body_on_head, "HEAD /things: a body where none has a meaning",
    row("things_create")->method = METHOD_HEAD)
REFUSES(a_body_without_media, "POST /things: a body without media", row("things_create")->media = 0)
REFUSES(
    media_without_a_body, "POST /logout: media without a body", row("logout")->media = MEDIA_JSON)
REFUSES(bodyless_without_a_body, "POST /logout: BODYLESS without a body",
    row("logout")->flags = ROUTE_BODYLESS)
REFUSES(a_body_with_204, "DELETE /things/{id}: a body with 204", row("things_delete")->out = &out)
REFUSES(a_second_shape_without_a_first, "DELETE /things/{id}: a second shape without a first",
    row("things_delete")->out_or = &out)
REFUSES(
    success_that_is_none, "POST /logout: the status of success is none", row("logout")->ok = 404)
REFUSES(a_write_on_get, "GET /things/stats: TX_WRITE on a method that must be safe",
    row("things_stats")->tx = TX_WRITE)
REFUSES(a_fast_write, "POST /logout: FAST on anything but GET", row("logout")->flags = ROUTE_FAST)

/* ---- limits ---- */

static const struct limit by_client = {"things", 1, 1, LIMIT_BY_CLIENT, false};
static const struct limit by_account = {"more", 1, 1, LIMIT_BY_ACCOUNT, false};
static const struct limit by_subject = {"names", 1, 1, LIMIT_BY_SUBJECT, false};
static const struct limit growing = {"grows", 1, 1, LIMIT_BY_ACCOUNT, true};
static const struct limit *const limits[] = {&by_client, &by_account, &by_subject, &growing, NULL};

static void
limit_row(const char *id, const struct limit *l)
{
	api.limits = limits;
	row(id)->limit = l;
}

Test(selfcheck, accepts_limits_of_those_who_are_known)
{
	const char *why = "nothing";

	limit_row("things_create", &by_account);
	limit_row("login", &by_client);
	cr_expect(selfcheck_api(arena, &api, &why), "%s", why);
}

REFUSES(an_undeclared_limit, "POST /things: undeclared limit more",
    row("things_create")->limit = &by_account)
REFUSES(a_limit_on_get, "GET /things/stats: a limit on a method that changes nothing",
    limit_row("things_stats", &by_account))
REFUSES(a_limit_by_account_before_the_token, "POST /login: nobody to count this limit by: more",
    limit_row("login", &by_account))
REFUSES(a_limit_by_client_after_the_token, "POST /things: nobody to count this limit by: things",
    limit_row("things_create", &by_client))
REFUSES(a_limit_of_the_service, "POST /login: nobody to count this limit by: names",
    limit_row("login", &by_subject))
REFUSES(a_limit_without_window, "POST /things: nobody to count this limit by: grows",
    limit_row("things_create", &growing))
REFUSES(a_limit_of_what_hashes_that_is_none, "POST /things: LIMIT_HASHED without a limit",
    row("things_create")->flags = ROUTE_LIMIT_HASHED)
REFUSES(an_admission_without_body, "POST /logout: admission to hashing without a body",
    row("logout")->admit = row("logout")->handle)

/* ---- errors ---- */

static const struct error stranger = {.status = 400, .code = "STRANGER", .detail = "Who?"};
static const struct error other_status = {.status = 400, .code = "NAME_TAKEN", .detail = "No"};
static const struct error like_ours = {.status = 410, .code = "NOT_FOUND", .detail = "Gone"};
static const struct error nameless = {.status = 400, .detail = "Something"};
static const struct error quoting = {.status = 400, .code = "QUOTE", .detail = "Say \"no\""};
static const struct error success = {.status = 200, .code = "FINE", .detail = "Fine"};
static const struct error *const strangers[] = {&stranger, NULL};

/* The sample's errors and one more. */
static const struct error *const *
and_also(const struct error *e)
{
	static const struct error *all[32];
	size_t n = 0;

	for (; sample_api.errors[n] != NULL; n++)
		all[n] = sample_api.errors[n];
	all[n] = e;
	all[n + 1] = NULL;
	return all;
}

REFUSES(an_undeclared_error, "POST /logout: undeclared error STRANGER",
    row("logout")->errors = strangers)
REFUSES(an_undeclared_error_of_users, "undeclared error of access control: STRANGER",
    api.user_errors = strangers)
REFUSES(an_undeclared_error_of_admins, "undeclared error of access control: STRANGER",
    api.admin_errors = strangers)
REFUSES(one_code_with_two_statuses, "two statuses for one error code: NAME_TAKEN",
    api.errors = and_also(&other_status))
REFUSES(another_status_for_a_code_of_the_mechanism, "two statuses for one error code: NOT_FOUND",
    api.errors = and_also(&like_ours))
REFUSES(an_error_without_code, "no code or no plain detail in an error: ?",
    api.errors = and_also(&nameless))
REFUSES(a_detail_oauth_cannot_carry, "no code or no plain detail in an error: QUOTE",
    api.errors = and_also(&quoting))
REFUSES(
    an_error_that_is_a_success, "not the status of an error: FINE", api.errors = and_also(&success))

/* ---- fields ---- */

#define IN(name)  "POST /things: model ThingIn, field " name ": "
#define OUT(name) "GET /things: model ThingList, field " name ": "

REFUSES(an_input_field_without_doc, IN("kind") "no doc", field(in_fields, "kind")->doc = NULL)
REFUSES(an_output_field_without_doc, OUT("total") "no doc", field(list_fields, "total")->doc = NULL)
REFUSES(
    an_input_field_without_example, IN("pin") "no example", field(in_fields, "pin")->example = NULL)
REFUSES(required_with_a_fallback, IN("name") "REQUIRED with a fallback",
    field(in_fields, "name")->fallback = "Lamp")
REFUSES(min_above_max, IN("rank") "min is greater than max", field(in_fields, "rank")->min = 10)
REFUSES(a_negative_length, IN("name") "a length is negative", field(in_fields, "name")->min = -1)
REFUSES(a_field_outside_of_its_struct, IN("pin") "lies outside of the struct",
    field(in_fields, "pin")->at = in.size)
REFUSES(a_list_from_a_form, IN("labels") "a list has no form as text",
    row("things_create")->media = MEDIA_FORM)
REFUSES(a_secret_in_an_output, OUT("total") "a secret in an output",
    field(list_fields, "total")->kind = KIND_SECRET)
REFUSES(a_password_in_an_output, OUT("total") "a secret in an output",
    field(list_fields, "total")->flags |= HASHED)
REFUSES(a_secret_in_the_elements_of_an_output,
    "GET /things: model Thing, field note: a secret in an output",
    field(out_fields, "note")->kind = KIND_SECRET)

/* ---- examples and defaults ---- */

#define BAD_EXAMPLE "the example is refused by its own row"

REFUSES(an_example_that_is_no_choice, IN("kind") BAD_EXAMPLE,
    field(in_fields, "kind")->example = "weapon")
REFUSES(an_example_that_is_too_long, IN("pin") BAD_EXAMPLE,
    field(in_fields, "pin")->example = "000000000")
REFUSES(an_example_out_of_bounds, IN("rank") BAD_EXAMPLE, field(in_fields, "rank")->example = "10")
REFUSES(
    an_example_that_is_no_number, IN("rank") BAD_EXAMPLE, field(in_fields, "rank")->example = "one")
REFUSES(an_example_that_is_no_boolean, IN("on") BAD_EXAMPLE, field(in_fields, "on")->example = "1")
REFUSES(an_example_of_another_format, "GET /things/{id}: model ThingPath, field id: " BAD_EXAMPLE,
    field(path_fields, "id")->example = "7")
REFUSES(an_example_that_is_no_moment, "GET /things: model ThingQuery, field since: " BAD_EXAMPLE,
    field(query_fields, "since")->example = "yesterday")
REFUSES(an_example_in_an_output_too, "GET /things: model Thing, field name: " BAD_EXAMPLE,
    field(out_fields, "name")->max = 3)
REFUSES(an_element_that_is_no_choice, IN("labels") BAD_EXAMPLE,
    field(in_fields, "labels")->choices = field(in_fields, "kind")->choices)
REFUSES(a_fallback_out_of_bounds,
    "GET /things: model ThingQuery, field page: the fallback is refused by its own row",
    field(query_fields, "page")->fallback = "0")
REFUSES(lists_without_end, "GET /things: model ThingList, field *: lists are nested too deep",
    field(list_fields, "items")->of = &list)

/* ---- unless ---- */

#define UNLESS "POST /things: model ThingIn, field pin: "

REFUSES(unless_without_required, UNLESS "unless is for required members of JSON with one name",
    field(in_fields, "pin")->unless = "kind")
REFUSES(unless_an_unknown_field, UNLESS "unless names no optional field with one name",
    field(in_fields, "pin")->flags |= REQUIRED, field(in_fields, "pin")->unless = "nothing")
REFUSES(unless_a_required_field, UNLESS "unless names no optional field with one name",
    field(in_fields, "pin")->flags |= REQUIRED, field(in_fields, "kind")->flags |= REQUIRED,
    field(in_fields, "pin")->unless = "kind")
REFUSES(two_different_unless,
    "POST /things: model ThingIn, field labels: two different unless in one model",
    field(in_fields, "pin")->flags |= REQUIRED, field(in_fields, "pin")->unless = "kind",
    field(in_fields, "labels")->unless = "rank")

Test(selfcheck, accepts_unless)
{
	const char *why = "nothing";

	field(in_fields, "pin")->flags |= REQUIRED;
	field(in_fields, "pin")->unless = "kind";
	cr_expect(selfcheck_api(arena, &api, &why), "%s", why);
}
