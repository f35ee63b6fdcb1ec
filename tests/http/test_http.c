#include <string.h>

#include <criterion/criterion.h>

#include "lib/arena.h"

#include "tests/http/db.h"
#include "tests/http/person.h"

static const char *const prefixes[] = {"", "/api/v1", "/v1"};

Test(http, unknown_paths_are_404)
{
	static const char *const paths[] = {"/", "/api", "/api/v1", "/api/v1/", "/v1", "/nope",
	    "/api/v1/nope", "/api/v2/users/me", "/users/me", "/auth/login", "/api/v1/users/me/x",
	    "/api/v1/auth", "/api/v1//users/me", "/api/v1/users//me", "/api/v1/users/me//",
	    "/api/v1/./users/me", "/api/v1/users/x/../me", "/api/v1/users/%2e%2e/users/me",
	    "/api/v1/users%2fme", "/api/v1/users%2Fme", "/api/v1/users/%c0%af", "/api/v1/Users/me",
	    "/API/v1/health", "/health/x", "/health%20", "/docs/nope.js",
	    "/docs/../_static/docs/init.js", "/_static/docs/index.html", "/_static/",
	    "/_gatehouse/error", "/_gatehouse/502", "/openapi.json/x", "/.env",
	    "/api/v1/auth/me;x=1"};

	for (size_t i = 0; i < sizeof(paths) / sizeof(*paths); i++) {
		struct answer *a = CLIENT_ASK(.at = paths[i]);

		cr_assert_eq(a->status, 404, "%zu %s: %ld %s", i, paths[i], a->status, a->body);
		cr_assert_str_eq(answer_code(a), "NOT_FOUND", "%zu %s: %s", i, paths[i], a->body);
	}
}

Test(http, paths_that_are_no_text_are_refused)
{
	static const char *const paths[] = {"/api/v1/%zz", "/docs/..%2f..%2fgatehouse.conf",
	    "/api/v1/users/%00", "/%00", "/api/v1/users/me%00"};

	for (size_t i = 0; i < sizeof(paths) / sizeof(*paths); i++) {
		struct answer *a = CLIENT_ASK(.at = paths[i]);

		cr_assert(a->status == 400 || a->status == 404, "%s: %ld", paths[i], a->status);
	}
}

static bool
allows(const struct answer *a, const char *method)
{
	const char *allow = client_print(", %s,", answer_header(a, "Allow"));

	return strstr(allow, client_print(" %s,", method)) != NULL;
}

Test(http, wrong_methods_are_405_and_told_the_right_ones)
{
	static const struct {
		const char *method, *path, *may, *may_not;
	} cases[] = {
	    {"DELETE", "/auth/me", "PATCH", "DELETE"},
	    {"POST", "/users/me", "GET", "POST"},
	    {"GET", "/auth/login", "POST", "GET"},
	    {"HEAD", "/auth/login", "POST", "HEAD"},
	    {"PUT", "/auth/login", "OPTIONS", "PUT"},
	    {"PATCH", "/health", "HEAD", "PATCH"},
	    {"POST", "/openapi.json", "GET", "POST"},
	    {"BREW", "/users/me", "PUT", "BREW"},
	    {"PROPFIND", "/health", "GET", "PROPFIND"},
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct answer *a = CLIENT_ASK(.method = cases[i].method, .path = cases[i].path);

		cr_assert_eq(a->status, 405, "%zu: %ld %s", i, a->status, a->body);
		cr_assert(allows(a, cases[i].may), "%zu: %s", i, answer_header(a, "Allow"));
		cr_assert_not(allows(a, cases[i].may_not), "%zu: %s", i, answer_header(a, "Allow"));
	}
}

Test(http, trace_and_lower_case_methods_are_refused)
{
	cr_assert_eq(CLIENT_ASK(.method = "TRACE", .path = "/health")->status, 405);
	cr_assert_eq(CLIENT_ASK(.method = "get", .path = "/health")->status, 400);
}

/* A method that cannot be is said before anything about who asks. */
Test(http, wrong_methods_need_no_token)
{
	ANSWER_IS(CLIENT_ASK(.method = "DELETE", .path = "/users"), 405, "METHOD_NOT_ALLOWED");
	ANSWER_IS(CLIENT_ASK(.method = "POST", .path = "/nope", .json = "{"), 404, "NOT_FOUND");
}

/* What HEAD and GET may differ in is the moment, and nothing else. */
static const char *
headers_alone(const struct answer *a)
{
	char *all = arena_strdup(client_arena(), a->headers);
	const char *date = answer_header(a, "Date");

	memset(strstr(all, date), '-', strlen(date));
	return all;
}

Test(http, head_is_get_without_the_body)
{
	struct person p = person_admin();
	static const char *const paths[] = {"/health", "/health/db", "/users/me", "/auth/me",
	    "/auth/verify", "/openapi.json", "/docs", "/nope", "/users?page=0"};

	for (size_t i = 0; i < sizeof(paths) / sizeof(*paths); i++) {
		struct ask ask = {.path = paths[i],
		    .token = p.access,
		    .header = {"X-Request-Id: one-and-the-same"}};
		struct answer *get = client_ask(&ask), *head;

		ask.method = "HEAD";
		head = client_ask(&ask);
		cr_assert_eq(head->status, get->status, "%s", paths[i]);
		cr_assert_str_eq(headers_alone(head), headers_alone(get), "%s", paths[i]);
	}
}

/* Its length and its last page move while others register. */
Test(http, head_of_a_list_is_its_headers)
{
	struct person p = person_admin();
	struct answer *a = CLIENT_ASK(.method = "HEAD", .path = "/users", .token = p.access);

	cr_assert_eq(a->status, 200);
	cr_assert_not_null(answer_header(a, "Link"));
	cr_assert_not_null(answer_header(a, "Content-Length"));
}

Test(http, options_says_what_a_path_allows)
{
	struct answer *a = CLIENT_ASK(.method = "OPTIONS", .path = "/users/me");

	ANSWER_IS(a, 204, "");
	cr_assert(allows(a, "GET") && allows(a, "HEAD") && allows(a, "PATCH") && allows(a, "PUT") &&
	    allows(a, "OPTIONS") && !allows(a, "POST"));
	cr_assert_null(answer_header(a, "Access-Control-Allow-Origin"));
	ANSWER_IS(CLIENT_ASK(.method = "OPTIONS", .path = "/nope"), 404, "NOT_FOUND");
}

Test(http, one_trailing_slash_is_the_same_route)
{
	struct person p = person_admin();

	ANSWER_IS(CLIENT_ASK(.path = "/users/me/", .token = p.access), 200, "");
	ANSWER_IS(CLIENT_ASK(.path = "/users/?size=1", .token = p.access), 200, "");
	ANSWER_IS(CLIENT_ASK(.at = "/health/"), 200, "");
	ANSWER_IS(
	    CLIENT_ASK(.path = "/auth/login/", .form = person_form(p.email, p.password)), 200, "");
	ANSWER_IS(CLIENT_ASK(.at = "/health//"), 404, "NOT_FOUND");
}

Test(http, v1_is_the_same_as_the_prefix)
{
	struct person p = person_new();

	ANSWER_IS(CLIENT_ASK(.at = "/v1/users/me", .token = p.access), 200, "");
	ANSWER_IS(
	    CLIENT_ASK(.at = "/v1/auth/login", .form = person_form(p.email, p.password)), 200, "");
	ANSWER_IS(CLIENT_ASK(.at = "/v1/users/me"), 401, "NOT_AUTHENTICATED");
}

Test(http, percent_encoded_paths_are_decoded_once)
{
	struct person p = person_new();

	ANSWER_IS(CLIENT_ASK(.at = "/api/v1/auth/%6de", .token = p.access), 200, "");
	ANSWER_IS(CLIENT_ASK(.at = "/api/v1/auth/%256de", .token = p.access), 404, "NOT_FOUND");
}

Test(http, harmless_request_ids_come_back)
{
	static const char *const good[] = {"abcdefgh", "A.b_c-12345",
	    "00000000-0000-4000-8000-000000000000",
	    "0123456789012345678901234567890123456789012345678901234567890123"};

	for (size_t i = 0; i < sizeof(good) / sizeof(*good); i++) {
		const char *line = client_print("X-Request-Id: %s", good[i]);
		struct answer *ok = CLIENT_ASK(.path = "/health", .header = {line}),
			      *no = CLIENT_ASK(.path = "/nope", .header = {line});

		cr_assert_str_eq(answer_header(ok, "X-Request-Id"), good[i]);
		cr_assert_str_eq(answer_text(no, "request_id"), good[i]);
	}
}

Test(http, other_request_ids_are_replaced)
{
	static const char *const bad[] = {"short", "with blanks inside", "\"quoted-one\"",
	    "newline\\nhere", "\xc3\xa4\xc3\xb6\xc3\xbc\xc3\x9f-id", "<script>x</script>",
	    "01234567890123456789012345678901234567890123456789012345678901234"};

	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
		struct answer *a = CLIENT_ASK(.path = "/nope",
		    .header = {client_print("X-Request-Id: %s", bad[i])});
		const char *id = answer_header(a, "X-Request-Id");

		cr_assert(
		    strlen(id) == 32 && strspn(id, "0123456789abcdef") == 32, "%s: %s", bad[i], id);
	}
}

Test(http, each_request_has_an_id_of_its_own)
{
	struct answer *a = CLIENT_ASK(.path = "/health"), *b = CLIENT_ASK(.path = "/health");

	cr_assert_str_neq(answer_header(a, "X-Request-Id"), answer_header(b, "X-Request-Id"));
}

/* What nginx refuses before the program hears of it has the contract's form too (see promise.c). */
Test(http, refusals_by_nginx_are_errors_like_all_others)
{
	struct person p = person_new();
	const char *bearer = client_print("Authorization: Bearer %s", p.access);
	struct answer *a;

	a = CLIENT_ASK(.path = "/users/me", .header = {bearer, bearer});
	ANSWER_IS(a, 400, "BAD_REQUEST");
	a = CLIENT_ASK(.at = client_print("/%09000d", 0));
	ANSWER_IS(a, 414, "BAD_REQUEST");
	a = CLIENT_ASK(.path = "/health", .header = {client_print("X-Long: %09000d", 0)});
	cr_assert(a->status == 400 || a->status == 431, "%ld", a->status);
	cr_assert_str_eq(answer_code(a), "BAD_REQUEST");
	a = CLIENT_ASK(.path = "/health", .header = {"Host: a b"});
	ANSWER_IS(a, 400, "BAD_REQUEST");
	a = CLIENT_ASK(.method = "GET", .path = "/health", .json = client_print("%070000d", 0));
	ANSWER_IS(a, 413, "PAYLOAD_TOO_LARGE");
}

/* What cannot stand in nginx's JSON must not break it. */
Test(http, refusals_by_nginx_survive_odd_paths)
{
	static const char *const paths[] = {"/a\"b", "/a\\b", "/<>", "/%22", "/a?b=\"c"};

	for (size_t i = 0; i < sizeof(paths) / sizeof(*paths); i++) {
		struct answer *a = CLIENT_ASK(.at = paths[i],
		    .header = {"Authorization: Bearer x", "Authorization: Bearer y"});

		cr_assert_eq(a->status, 400, "%s: %s", paths[i], a->body);
		cr_assert_not_null(a->json, "%s: %s", paths[i], a->body);
	}
}

/* A body nobody reads must not be read as the next request (HT-13). */
Test(http, a_body_that_nobody_reads_changes_nothing)
{
	struct person p = person_new();
	char *body = arena_alloc(client_arena(), 60001);

	/* FastCGI records: version 1, and any type and length. */
	for (size_t i = 0; i < 60000; i++)
		body[i] = (char)(i % 8 == 0 ? 1 : i % 8 == 1 ? 1 + (i / 8) % 8 : (i / 64) & 1);
	for (int i = 0; i < 20; i++) {
		struct answer *a = CLIENT_ASK(.method = "GET", .path = "/users/me",
		    .token = p.access, .json = body, .body_bytes = 60000);

		ANSWER_IS(a, 200, "");
		cr_assert_str_eq(answer_text(a, "id"), p.id);
		ANSWER_IS(CLIENT_ASK(.path = "/health"), 200, "");
		ANSWER_IS(CLIENT_ASK(.path = "/users/me"), 401, "NOT_AUTHENTICATED");
		ANSWER_IS(CLIENT_ASK(.method = "POST", .path = "/nope", .json = body,
			      .body_bytes = 60000),
		    404, "NOT_FOUND");
	}
}

/* HT-11, HT-12: no header of the client's becomes a parameter that means something. */
Test(http, headers_cannot_pretend_to_be_the_server)
{
	struct person p = person_new();
	static const char *const lines[] = {"X-User-Id: 1", "Remote-User: admin",
	    "Request_Method: POST", "Proxy: http://evil.example", "X-Original-URL: /api/v1/users",
	    "X-HTTP-Method-Override: DELETE", "X-Forwarded-Host: evil.example",
	    "X-Accel-Redirect: @api", "Request-Id: zzzzzzzz"};

	for (size_t i = 0; i < sizeof(lines) / sizeof(*lines); i++) {
		struct answer *a =
		    CLIENT_ASK(.path = "/users/me", .token = p.access, .header = {lines[i]});

		cr_assert_eq(a->status, 200, "%s: %s", lines[i], a->body);
		cr_assert_str_eq(answer_text(a, "id"), p.id);
		cr_assert_eq(CLIENT_ASK(.path = "/users/me", .header = {lines[i]})->status, 401);
	}
}

Test(http, documents_answer_at_the_root_and_under_both_prefixes)
{
	const char *first = CLIENT_ASK(.at = "/openapi.json")->body;

	for (size_t i = 0; i < 3; i++) {
		struct answer *a = CLIENT_ASK(.at = client_print("%s/openapi.json", prefixes[i]));

		ANSWER_IS(a, 200, "");
		cr_assert_str_eq(answer_header(a, "Content-Type"), "application/json");
		cr_assert_str_eq(a->body, first);
		a = CLIENT_ASK(.at = client_print("%s/docs", prefixes[i]));
		ANSWER_IS(a, 200, "");
		cr_assert_str_eq(answer_header(a, "Content-Type"), "text/html; charset=utf-8");
		a = CLIENT_ASK(.at = client_print("%s/docs/init.js", prefixes[i]));
		ANSWER_IS(a, 200, "");
		cr_assert_str_eq(
		    answer_header(a, "Content-Type"), "text/javascript; charset=utf-8");
		cr_assert_eq(CLIENT_ASK(.at = client_print("%s/docs/", prefixes[i]))->status, 308);
	}
}

Test(http, the_viewer_talks_to_this_host_only)
{
	struct answer *a = CLIENT_ASK(.at = "/docs");
	const char *policy = answer_header(a, "Content-Security-Policy");

	cr_assert_not_null(strstr(policy, "default-src 'none'"));
	cr_assert_null(strstr(policy, "http"), "%s", policy);
	cr_assert_null(strstr(a->body, "//"), "%s", a->body);
}
