#include <string.h>

#include <criterion/criterion.h>

#include "lib/arena.h"

#include "tests/http/db.h"
#include "tests/http/person.h"

/* Bodies as an attacker or a broken client sends them; each answer is a 4xx in the contract's form. */

enum { BODY_MAX = 64 * 1024, DEPTH_MAX = 32 };

static struct answer *
post(const char *text, size_t bytes)
{
	return CLIENT_ASK(.path = "/auth/register", .json = text, .body_bytes = bytes);
}

static const char *
first_type(const struct answer *a)
{
	const cJSON *fault =
	    cJSON_GetArrayItem(cJSON_GetObjectItemCaseSensitive(a->json, "detail"), 0);
	const char *type = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(fault, "type"));

	return type == NULL ? "" : type;
}

/* IN-01 to IN-05, and what else RFC 8259 does not know. */
Test(json, refuses_what_is_no_json)
{
	static const char *const bad[] = {" ", "{", "}", "{\"email\"}", "{\"email\":}", "{email:1}",
	    "{'email':1}", "{\"email\":1,}", "{,}", "{\"email\":1 \"a\":2}", "{}x", "{} {}", "{}]",
	    "{\"email\":01}", "{\"email\":+1}", "{\"email\":.5}", "{\"email\":1.}",
	    "{\"email\":0x1}", "{\"email\":NaN}", "{\"email\":Infinity}", "{\"email\":1e999}",
	    "{\"email\":-}", "{\"email\":True}", "{\"email\":nul}", "{\"email\":\"\\x41\"}",
	    "{\"email\":\"\\u12\"}", "{\"email\":\"a\nb\"}", "{\"email\":\"a\tb\"}",
	    "{\"email\":\"\x01\"}", "{\"email\":\"", "{\"email\":\"\\\"}", "/* c */{}", "{}//",
	    "\xef\xbb\xbf{}", "\xff\xfe{\x00}", "{\"email\":\"\\u0000\"}", "{\"e\\u0000\":1}",
	    "{\"email\":\"a\\u0000b@test.example\"}", "{\"email\":\"\\ud800\"}",
	    "{\"email\":\"\\udc00\\ud800\"}", "{\"email\":\"\xff\"}", "{\"email\":\"\xc0\xaf\"}",
	    "{\"email\":\"\xed\xa0\x80\"}", "{\"email\":\"\xf4\x90\x80\x80\"}",
	    "{\"email\":\"\xe2\x82\"}", "{\"\xff\":1}", "{\"email\":1,\"email\":1}",
	    "{\"email\":1,\"\\u0065mail\":1}", "{\"x\":{\"a\":1,\"a\":2}}",
	    "{\"x\":[{\"a\":1,\"a\":2}]}"};

	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
		struct answer *a = post(bad[i], 0);

		cr_assert_eq(a->status, 422, "%zu %s: %s", i, bad[i], a->body);
		cr_assert_str_eq(first_type(a), "json_invalid", "%zu %s: %s", i, bad[i], a->body);
		cr_assert_eq(answer_faults(a), 1, "%zu %s: %s", i, bad[i], a->body);
	}
}

Test(json, refuses_a_nul_byte_wherever_it_stands)
{
	static const struct {
		const char *text;
		size_t bytes;
	} bad[] = {{"{}\0", 3}, {"\0{}", 3}, {"{\"email\":\"a\0b\"}", 15}, {"{\"e\0\":1}", 8},
	    {"{\0}", 3}, {"{}\0{\"email\":1}", 14}};

	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
		struct answer *a = post(bad[i].text, bad[i].bytes);

		cr_assert_eq(a->status, 422, "%zu: %s", i, a->body);
		cr_assert_str_eq(first_type(a), "json_invalid", "%zu: %s", i, a->body);
	}
}

Test(json, refuses_what_is_no_object)
{
	static const char *const bad[] = {"null", "true", "5", "\"x\"", "[]", "[{}]", "-0.5e-3"};

	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
		struct answer *a = post(bad[i], 0);

		cr_assert_eq(a->status, 422, "%zu %s: %s", i, bad[i], a->body);
		cr_assert_str_eq(answer_fault_type(a, "[\"body\"]"), "model_attributes_type",
		    "%zu %s: %s", i, bad[i], a->body);
	}
}

Test(json, an_empty_body_is_missing)
{
	struct answer *a = CLIENT_ASK(.method = "POST", .path = "/auth/register");

	ANSWER_IS(a, 422, "VALIDATION_ERROR");
	cr_assert_str_eq(answer_fault_type(a, "[\"body\"]"), "missing");
}

static const char *
nested(int depth)
{
	char *open = arena_alloc(client_arena(), (size_t)depth + 1),
	     *shut = arena_alloc(client_arena(), (size_t)depth + 1);

	memset(open, '[', (size_t)depth);
	memset(shut, ']', (size_t)depth);
	return client_print("{\"email\":%s%s}", open, shut);
}

/* The object itself is the first level. */
Test(json, is_32_levels_deep_at_most)
{
	struct answer *a = post(nested(DEPTH_MAX - 1), 0);

	ANSWER_IS(a, 422, "VALIDATION_ERROR");
	cr_assert_str_eq(
	    answer_fault_type(a, "[\"body\",\"email\"]"), "string_type", "%s", a->body);
	cr_assert_str_eq(first_type(post(nested(DEPTH_MAX), 0)), "json_invalid");
	cr_assert_str_eq(first_type(post(nested(30000), 0)), "json_invalid");
}

Test(json, refuses_types_that_do_not_fit_and_names_them_all)
{
	static const char *const values[] = {"5", "true", "[]", "{}", "9007199254740993",
	    "123456789012345678901234567890", "-1.5", "[\"a@test.example\"]"};

	for (size_t i = 0; i < sizeof(values) / sizeof(*values); i++) {
		const char *v = values[i];
		struct answer *a =
		    post(client_print("{\"email\":%s,\"password\":%s,\"full_name\":%s,"
				      "\"username\":%s,\"role\":%s}",
			     v, v, v, v, v),
			0);

		cr_assert_eq(a->status, 422, "%s: %s", v, a->body);
		cr_assert_eq(answer_faults(a), 5, "%s: %s", v, a->body);
		cr_assert_str_eq(answer_fault_type(a, "[\"body\",\"role\"]"), "string_type");
		cr_assert_null(cJSON_GetObjectItemCaseSensitive(
				   answer_fault(a, "[\"body\",\"password\"]"), "input"),
		    "%s: %s", v, a->body);
	}
}

/* A password in the wrong place is still one. */
Test(json, never_repeats_what_may_be_a_secret)
{
	static const char *const bodies[] = {"{\"pasword\":\"Mistyped-Secret-1\"}",
	    "{\"email\":{\"password\":\"Mistyped-Secret-1\"}}", "[\"Mistyped-Secret-1\"]",
	    "{\"password\":[\"Mistyped-Secret-1\"]}", "{\"password\":\"Mistyped-Secret-1",
	    "{\"password\":{\"a\":\"Mistyped-Secret-1\"},\"email\":[\"Mistyped-Secret-1\"]}"};

	for (size_t i = 0; i < sizeof(bodies) / sizeof(*bodies); i++) {
		struct answer *a = post(bodies[i], 0);

		cr_assert_eq(a->status, 422, "%zu: %s", i, a->body);
		cr_assert_null(strstr(a->body, "Mistyped"), "%zu: %s", i, a->body);
	}
}

Test(json, takes_every_spelling_that_is_json)
{
	struct person p = person_stranger();

	ANSWER_IS(post(client_print("\t\r\n {\"\\u0065mail\"\n:\t\"%s\",\"password\":\"%s\"} \n",
			   p.email, p.password),
		      0),
	    201, "");
	p = person_stranger();
	/* A line break is JSON, but no name. */
	ANSWER_IS(
	    post(client_print(
		     "{\"email\":\"%s\",\"password\":\"%s\" , \"full_name\" : \"\\u00e9\\n\"}",
		     p.email, p.password),
		0),
	    422, "VALIDATION_ERROR");
}

Test(json, media_types_are_checked)
{
	static const struct {
		const char *type;
		bool good;
	} cases[] = {{"application/json", true}, {"APPLICATION/Json", true},
	    {"application/json; charset=utf-8", true}, {"application/json;charset=UTF-8", true},
	    {"", false}, {"text/plain", false}, {"text/json", false}, {"application/xml", false},
	    {"application/jsonx", false}, {"application/json; charset=utf-16", false},
	    {"application/json; charset=latin1", false}, {"multipart/form-data; boundary=x", false},
	    {"application/x-www-form-urlencoded", false}, {"application/json, text/plain", false},
	    {"*/*", false}, {"application/vnd.api+json", false}};

	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct person p = person_stranger();
		struct answer *a = CLIENT_ASK(.path = "/auth/register", .json = person_json(&p),
		    .type = cases[i].type);

		cr_assert_eq(
		    a->status, cases[i].good ? 201 : 415, "%zu %s: %s", i, cases[i].type, a->body);
		cr_assert(cases[i].good || strcmp(answer_code(a), "UNSUPPORTED_MEDIA_TYPE") == 0);
	}
}

static const char *
padded(const struct person *p, size_t bytes)
{
	const char *json = person_json(p);
	char *text = arena_alloc(client_arena(), bytes + 1);

	memset(text, ' ', bytes);
	memcpy(text, json, strlen(json));
	return text;
}

Test(json, bodies_are_64_kib_at_most)
{
	struct person p = person_stranger(), q = person_stranger();

	ANSWER_IS(post(padded(&p, BODY_MAX), BODY_MAX), 201, "");
	ANSWER_IS(post(padded(&q, BODY_MAX + 1), BODY_MAX + 1), 413, "PAYLOAD_TOO_LARGE");
	ANSWER_IS(post(padded(&q, 4 * BODY_MAX), 4 * BODY_MAX), 413, "PAYLOAD_TOO_LARGE");
	cr_assert_eq(DB_INT("SELECT count(*) FROM users WHERE email_key = $1", q.email), 0);
}

Test(json, chunks_are_bodies_like_others)
{
	struct person p = person_stranger();
	struct ask ask = {.path = "/auth/register",
	    .json = padded(&p, BODY_MAX + 1),
	    .body_bytes = BODY_MAX + 1,
	    .header = {"Transfer-Encoding: chunked"}};

	ANSWER_IS(client_ask(&ask), 413, "PAYLOAD_TOO_LARGE");
	ask.body_bytes = BODY_MAX;
	ANSWER_IS(client_ask(&ask), 201, "");
}
