#include <stdlib.h>
#include <string.h>

#include <criterion/criterion.h>

#include "lib/arena.h"

#include "tests/http/person.h"

/* HT-07. The stack's own list is in CORS_ORIGINS; without one no origin is ever let in. */

static const char *
listed(void)
{
	const char *list = getenv("CORS_ORIGINS");

	return list == NULL || *list == '\0'
	    ? NULL
	    : arena_strndup(client_arena(), list, strcspn(list, ", "));
}

static struct answer *
preflight(const char *origin, const char *path)
{
	return CLIENT_ASK(.method = "OPTIONS", .path = path,
	    .header = {client_print("Origin: %s", origin), "Access-Control-Request-Method: PATCH",
		"Access-Control-Request-Headers: authorization, content-type"});
}

static struct answer *
from(const char *origin, const char *path)
{
	return CLIENT_ASK(.path = path, .header = {client_print("Origin: %s", origin)});
}

static void
lets_nobody_in(const struct answer *a, const char *origin)
{
	static const char *const names[] = {"Access-Control-Allow-Origin",
	    "Access-Control-Allow-Methods", "Access-Control-Allow-Headers",
	    "Access-Control-Allow-Credentials", "Access-Control-Expose-Headers"};

	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++)
		cr_assert_null(answer_header(a, names[i]), "%s: %s", origin, a->headers);
}

Test(cors, a_listed_origin_is_let_in)
{
	const char *origin = listed();
	struct answer *a = preflight(origin == NULL ? "https://a.example" : origin, "/users/me");

	ANSWER_IS(a, 204, "");
	if (origin == NULL) {
		lets_nobody_in(a, "any");
		return;
	}
	cr_assert_str_eq(answer_header(a, "Access-Control-Allow-Origin"), origin);
	cr_assert_not_null(strstr(answer_header(a, "Access-Control-Allow-Methods"), "PATCH"));
	cr_assert_not_null(
	    strstr(answer_header(a, "Access-Control-Allow-Headers"), "Authorization"));
	cr_assert_not_null(strstr(answer_header(a, "Access-Control-Allow-Headers"), "If-Match"));
	cr_assert_not_null(answer_header(a, "Access-Control-Max-Age"));
	cr_assert_null(answer_header(a, "Access-Control-Allow-Credentials"));
	cr_assert_str_eq(answer_header(a, "Vary"), "Origin");
}

Test(cors, answers_and_errors_may_be_read_by_a_listed_origin)
{
	static const char *const paths[] = {
	    "/health", "/health/db", "/users/me", "/users", "/nope", "/auth/login"};
	const char *origin = listed();

	for (size_t i = 0; i < sizeof(paths) / sizeof(*paths); i++) {
		struct answer *a = from(origin == NULL ? "https://a.example" : origin, paths[i]);

		if (origin == NULL) {
			lets_nobody_in(a, "any");
			continue;
		}
		cr_assert_eq(answer_headers(a, "Access-Control-Allow-Origin"), 1, "%s", paths[i]);
		cr_assert_str_eq(answer_header(a, "Access-Control-Allow-Origin"), origin);
		cr_assert_str_eq(answer_header(a, "Access-Control-Expose-Headers"),
		    "Link, ETag, Retry-After, X-Request-Id");
		cr_assert_str_eq(answer_header(a, "Vary"), "Origin");
	}
}

/* Also across the hand-over to the pool that hashes. */
Test(cors, a_login_may_be_read_by_a_listed_origin)
{
	const char *origin = listed();
	struct person p = person_registered();
	struct answer *a = CLIENT_ASK(.path = "/auth/login",
	    .form = person_form(p.email, p.password),
	    .header = {client_print("Origin: %s", origin == NULL ? "https://a.example" : origin)});

	ANSWER_IS(a, 200, "");
	cr_assert_eq(answer_headers(a, "Access-Control-Allow-Origin"), origin != NULL);
}

Test(cors, no_other_origin_is_let_in)
{
	const char *origin = listed() == NULL ? "https://a.example" : listed();
	const char *const others[] = {"null", "*", "", "https://evil.example",
	    client_print("%s.evil.example", origin), client_print("%s:8443", origin),
	    client_print("%.*s", (int)strlen(origin) - 1, origin), client_print("%s/", origin),
	    client_print("x%s", origin), client_print("%s,https://evil.example", origin),
	    client_print("HTTP%s", origin + 4), client_print("http%s", origin + 5)};

	for (size_t i = 0; i < sizeof(others) / sizeof(*others); i++) {
		lets_nobody_in(from(others[i], "/health"), others[i]);
		lets_nobody_in(preflight(others[i], "/users/me"), others[i]);
	}
}

/* A cache must not give the answer without an origin to somebody with one. */
Test(cors, every_answer_says_that_it_depends_on_the_origin)
{
	struct answer *a = CLIENT_ASK(.path = "/health");
	const char *vary = answer_header(a, "Vary");

	cr_assert((listed() == NULL) == (vary == NULL));
	cr_assert(vary == NULL || strcmp(vary, "Origin") == 0, "%s", vary);
}

/* What nginx says itself must be as readable, or a browser cannot tell "too large" from "down". */
Test(cors, errors_made_by_nginx_may_be_read_by_a_listed_origin_only)
{
	static const size_t n = 66000; /* nginx takes 64 KiB */
	const char *origin = listed();
	const char *const others[] = {"null", "https://evil.example", "https://appXexample",
	    client_print("%s.evil.example", origin == NULL ? "https://a.example" : origin)};
	char *body = arena_alloc(client_arena(), n + 1);
	struct answer *a;

	memset(body, 'x', n);
	body[n] = '\0';
	for (size_t i = 0; i < sizeof(others) / sizeof(*others); i++) {
		a = CLIENT_ASK(.path = "/auth/register", .json = body,
		    .header = {client_print("Origin: %s", others[i])});
		ANSWER_IS(a, 413, "PAYLOAD_TOO_LARGE");
		lets_nobody_in(a, others[i]);
		cr_assert_eq(answer_headers(a, "Vary"), origin != NULL, "%zu: %s", i, a->headers);
	}
	if (origin == NULL)
		return;
	a = CLIENT_ASK(.path = "/auth/register", .json = body,
	    .header = {client_print("Origin: %s", origin)});
	ANSWER_IS(a, 413, "PAYLOAD_TOO_LARGE");
	cr_assert_eq(answer_headers(a, "Access-Control-Allow-Origin"), 1, "%s", a->headers);
	cr_assert_str_eq(answer_header(a, "Access-Control-Allow-Origin"), origin);
	cr_assert_eq(answer_headers(a, "Access-Control-Expose-Headers"), 1, "%s", a->headers);
	cr_assert_str_eq(answer_header(a, "Vary"), "Origin");
}
