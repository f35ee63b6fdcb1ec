/* GET /users: orders, pages, cursors, counts and links. What is found is in test_users_filter.c. */

#include <string.h>

#include <criterion/criterion.h>

#include "lib/arena.h"
#include "lib/cursor.h"

#include "tests/http/crowd.h"
#include "tests/http/db.h"
#include "tests/http/person.h"

#define N(x) (sizeof(x) / sizeof((x)[0]))

enum { CROWD = 23 };

static struct answer *
ask(const struct person *p, const char *query)
{
	return CLIENT_ASK(.path = client_print("/users?%s", query), .token = p->access);
}

static struct answer *
good(const struct person *p, const char *query)
{
	struct answer *a = ask(p, query);

	ANSWER_IS(a, 200, "");
	return a;
}

/* The ids of a page, behind those that were seen. */
static const char *
more_ids(const char *seen, const struct answer *a)
{
	const cJSON *item;

	cJSON_ArrayForEach(item, cJSON_GetObjectItemCaseSensitive(a->json, "items"))
	{
		seen = client_print("%s%s ", seen,
		    cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(item, "id")));
	}
	return seen;
}

/* The crowd in the order of an SQL expression, as the database has it. */
static const char *
expected(const struct crowd *c, const char *key, const char *direction)
{
	return DB_TEXT(client_print("SELECT string_agg(id::text || ' ', '' ORDER BY %s %s, id %s)"
				    " FROM users WHERE username_key LIKE $1::text || '.%%'",
			   key, direction, direction),
	    c->tag);
}

static const char *
by_cursor(const struct person *p, const char *query, int size)
{
	const char *seen = "", *cursor = "";

	for (int i = 0; i <= CROWD && cursor != NULL; i++) {
		struct answer *a = good(p, client_print("%s%s&size=%d", query, cursor, size));

		seen = more_ids(seen, a);
		cursor = answer_text(a, "next_cursor");
		if (cursor != NULL)
			cursor = client_print("&cursor=%s", cursor);
	}
	cr_assert_null(cursor, "it does not end");
	return seen;
}

/* The target of rel="next", NULL without. */
static const char *
next_link(const struct answer *a)
{
	const char *link = answer_header(a, "Link"), *end = strstr(link, ">; rel=\"next\""),
		   *at = end;

	if (end == NULL)
		return NULL;
	while (*at != '<')
		at--;
	cr_assert_eq(strncmp(at + 1, client_base(), strlen(client_base())), 0, "%s", link);
	at += 1 + strlen(client_base());
	return client_print("%.*s", (int)(end - at), at);
}

static const char *
by_links(const struct person *p, const char *query)
{
	const char *seen = "", *at = client_print("%s/users?%s", CLIENT_PREFIX, query);

	for (int i = 0; i <= CROWD && at != NULL; i++) {
		struct answer *a = CLIENT_ASK(.at = at, .token = p->access);

		ANSWER_IS(a, 200, "");
		seen = more_ids(seen, a);
		at = next_link(a);
	}
	cr_assert_null(at, "it does not end");
	return seen;
}

Test(users_pages, every_order_shows_everybody_once_whichever_way_it_is_walked)
{
	static const struct {
		const char *sort_by, *key;
	} sorts[] = {{"created_at", "created_at"}, {"updated_at", "updated_at"},
	    {"email", "coalesce(email_key, '')"}, {"username", "username_key"},
	    {"full_name", "lower(coalesce(full_name, ''))"}, {"role", "role"}};
	static const char *const directions[] = {"asc", "desc"};
	struct person admin = person_admin();
	struct crowd c = crowd_new(CROWD);

	for (size_t i = 0; i < N(sorts) * 2; i++) {
		const char *order = client_print("%s&sort_by=%s&sort_order=%s", c.window,
		    sorts[i / 2].sort_by, directions[i % 2]);
		const char *right = expected(&c, sorts[i / 2].key, directions[i % 2]);
		const char *seen = "";

		cr_assert_str_eq(by_cursor(&admin, order, 1 + (int)i % 7), right, "%s", order);
		cr_assert_str_eq(
		    by_links(&admin, client_print("%s&size=9", order)), right, "%s", order);
		cr_assert_str_eq(
		    by_links(&admin, client_print("%s&skip=0&limit=8", order)), right, "%s", order);
		for (int page = 1; page <= 4; page++)
			seen = more_ids(
			    seen, good(&admin, client_print("%s&page=%d&size=7", order, page)));
		cr_assert_str_eq(seen, right, "%s", order);
	}
}

Test(users_pages, newest_first_is_what_comes_unasked)
{
	struct person admin = person_admin();
	struct crowd c = crowd_new(CROWD);

	cr_assert_str_eq(more_ids("", good(&admin, c.window)), expected(&c, "created_at", "DESC"));
}

/* What is made or goes away between two pages neither repeats nor hides anybody else. */
Test(users_pages, a_cursor_holds_while_the_list_changes)
{
	struct person admin = person_admin();
	struct crowd c = crowd_new(9);
	const char *right = expected(&c, "username_key", "ASC");
	const char *order = client_print("%s&sort_by=username&sort_order=asc&size=3", c.window);
	struct answer *first = good(&admin, order);
	const char *cursor = answer_text(first, "next_cursor"), *seen = more_ids("", first);

	/* The very row that the cursor names is gone. */
	DB_DO("UPDATE users SET deleted_at = now() WHERE username_key = $1::text || '.2'", c.tag);
	for (int i = 0; i < 2; i++) {
		struct answer *a = good(&admin, client_print("%s&cursor=%s", order, cursor));

		seen = more_ids(seen, a);
		cursor = answer_text(a, "next_cursor");
	}
	cr_assert_null(cursor);
	cr_assert_str_eq(seen, right);
}

Test(users_pages, members_are_null_where_they_would_be_untrue)
{
	struct person admin = person_admin();
	struct crowd c = crowd_new(5);
	struct answer *a = good(&admin, client_print("%s&size=2", c.window));
	const char *cursor = answer_text(a, "next_cursor");

	cr_assert_eq(answer_number(a, "page"), 1);
	cr_assert_eq(answer_number(a, "pages"), 3);
	cr_assert_eq(answer_number(a, "total"), 5);
	cr_assert(answer_is(a, "total_exact"));
	a = good(&admin, client_print("%s&limit=2&skip=3", c.window));
	cr_assert_eq(answer_number(a, "page"), -1);
	cr_assert_eq(answer_number(a, "pages"), -1);
	cr_assert_eq(answer_number(a, "size"), 2);
	cr_assert_eq(answer_number(a, "total"), 5);
	cr_assert_null(answer_text(a, "next_cursor"));
	a = good(&admin, client_print("%s&cursor=%s&size=3", c.window, cursor));
	cr_assert_eq(answer_number(a, "page"), -1);
	cr_assert_eq(answer_number(a, "pages"), -1);
	cr_assert_eq(answer_number(a, "total"), 5);
	cr_assert_null(answer_text(a, "next_cursor"));
	a = good(&admin, client_print("%s&count=none&size=2", c.window));
	cr_assert_eq(answer_number(a, "total"), -1);
	cr_assert_eq(answer_number(a, "pages"), -1);
	cr_assert_eq(answer_number(a, "page"), 1);
	cr_assert_not(answer_is(a, "total_exact"));
	cr_assert_not_null(answer_text(a, "next_cursor"));
	cr_assert(answer_has(a, "total") && answer_has(a, "pages"));
	a = good(&admin, client_print("%s&page=9", c.window));
	cr_assert_eq(answer_number(a, "total"), 5);
}

Test(users_pages, refuses_two_ways_of_paging_at_once_and_what_lies_too_far)
{
	static const struct {
		const char *query, *loc, *type;
	} cases[] = {
	    {"page=1&skip=0", "skip", "value_error"},
	    {"page=2&skip=5&limit=5", "skip", "value_error"},
	    {"size=5&limit=5", "limit", "value_error"},
	    {"page=1&cursor=x", "cursor", "value_error"},
	    {"skip=0&cursor=x", "cursor", "value_error"},
	    {"skip=10000", "skip", "value_error"},
	    {"skip=2147483647", "skip", "value_error"},
	    {"skip=2147483648", "skip", "less_than_equal"},
	    {"skip=-1", "skip", "greater_than_equal"},
	    {"limit=0", "limit", "greater_than_equal"},
	    {"limit=101", "limit", "less_than_equal"},
	    {"count=all", "count", "enum"},
	    {"sort_by=password_hash", "sort_by", "enum"},
	    {"sort_by=created_at%20desc", "sort_by", "enum"},
	    {"sort_by=id", "sort_by", "enum"},
	    {"sort_by=", "sort_by", "enum"},
	    {"sort_by=email,(select%201)", "sort_by", "enum"},
	    {"sort_order=DESC", "sort_order", "enum"},
	    {"sort_order=asc;--", "sort_order", "enum"},
	};
	struct person admin = person_admin();

	for (size_t i = 0; i < N(cases); i++) {
		struct answer *a = ask(&admin, cases[i].query);

		ANSWER_IS(a, 422, "VALIDATION_ERROR");
		cr_assert_str_eq(
		    answer_fault_type(a, client_print("[\"query\",\"%s\"]", cases[i].loc)),
		    cases[i].type, "%s: %s", cases[i].query, a->body);
	}
	cr_assert_not_null(strstr(ask(&admin, "page=101&size=100")->body, "use cursor"));
	ANSWER_IS(ask(&admin, "skip=9999&limit=1"), 200, "");
	cr_assert_eq(answer_faults(ask(&admin, "page=1&skip=0&size=1&limit=1&cursor=x")), 4);
}

Test(users_pages, a_cursor_is_of_one_question_only)
{
	struct person admin = person_admin();
	struct crowd c = crowd_new(5);
	const char *cursor =
	    answer_text(good(&admin, client_print("%s&size=2&role=user", c.window)), "next_cursor");
	const char *const same[] = {"", "&size=1", "&count=none", "&limit=3", "&sort_by=created_at",
	    "&sort_order=desc", "&unknown=1"};
	const char *const others[] = {"&sort_order=asc", "&sort_by=updated_at", "&sort_by=email",
	    "&is_active=true", "&is_verified=false"};

	for (size_t i = 0; i < N(same); i++)
		good(&admin, client_print("%s&role=user&cursor=%s%s", c.window, cursor, same[i]));
	for (size_t i = 0; i < N(others); i++) {
		struct answer *a = ask(
		    &admin, client_print("%s&role=user&cursor=%s%s", c.window, cursor, others[i]));

		ANSWER_IS(a, 422, "VALIDATION_ERROR");
		cr_assert_str_eq(answer_fault_type(a, "[\"query\",\"cursor\"]"), "value_error");
	}
	ANSWER_IS(
	    ask(&admin, client_print("role=user&cursor=%s", cursor)), 422, "VALIDATION_ERROR");
	ANSWER_IS(ask(&admin, client_print("%s&role=admin&cursor=%s", c.window, cursor)), 422,
	    "VALIDATION_ERROR");
	ANSWER_IS(
	    ask(&admin, client_print("%s&cursor=%s", c.window, cursor)), 422, "VALIDATION_ERROR");
}

/* Its binding is no secret. Whoever makes one up starts somewhere else, or is told that it is none. */
Test(users_pages, a_made_up_cursor_is_a_place_or_a_fault)
{
	static const struct {
		const char *sort_by, *key;
		long status;
	} cases[] = {
	    {"created_at", "2026-01-01T00:00:00Z", 200},
	    {"created_at", "0000-01-01T00:00:00Z", 200},
	    {"created_at", "9999-12-31T23:59:59.999999Z", 200},
	    {"created_at", "", 422},
	    {"created_at", "now()", 422},
	    {"created_at", "infinity", 422},
	    {"updated_at", "2026-01-01", 422},
	    {"updated_at", "1'; DROP TABLE users; --", 422},
	    {"email", "", 200},
	    {"email", "' OR '1'='1", 200},
	    {"email", "\xf4\x8f\xbf\xbf", 200},
	    {"full_name", "$1 $2 $99", 200},
	    {"role", "no such role", 200},
	};
	struct person admin = person_admin();

	for (size_t i = 0; i < N(cases); i++) {
		bool plain = strcmp(cases[i].sort_by, "created_at") == 0;
		const char *question = client_print(
		    "users_list?%s%s", plain ? "" : "&sort_by=", plain ? "" : cases[i].sort_by);
		const char *cursor = cursor_text(client_arena(), question,
		    &(struct cursor){cases[i].key, "00000000-0000-0000-0000-000000000000"});
		struct answer *a =
		    ask(&admin, client_print("sort_by=%s&cursor=%s", cases[i].sort_by, cursor));

		cr_assert_eq(a->status, cases[i].status, "%s '%s': %s", cases[i].sort_by,
		    cases[i].key, a->body);
		if (a->status == 422)
			cr_assert_str_eq(
			    answer_fault_type(a, "[\"query\",\"cursor\"]"), "value_error");
	}
}

Test(users_pages, what_is_no_cursor_is_refused)
{
	static const char *const bad[] = {"x", "%20", "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA", "..%2f..",
	    "%27%20OR%201=1--", "null", "====", "%F0%9F%98%80"};
	struct person admin = person_admin();
	struct crowd c = crowd_new(3);
	const char *cursor =
	    answer_text(good(&admin, client_print("%s&size=1", c.window)), "next_cursor");
	size_t n = strlen(cursor);

	for (size_t i = 0; i < N(bad); i++)
		ANSWER_IS(ask(&admin, client_print("cursor=%s", bad[i])), 422, "VALIDATION_ERROR");
	ANSWER_IS(ask(&admin, "cursor="), 422, "VALIDATION_ERROR");
	ANSWER_IS(ask(&admin, client_print("%s&cursor=%.*s", c.window, (int)n / 2, cursor)), 422,
	    "VALIDATION_ERROR");
	ANSWER_IS(
	    ask(&admin, client_print("%s&cursor=%s=", c.window, cursor)), 422, "VALIDATION_ERROR");
	ANSWER_IS(ask(&admin, client_print("%s&cursor=%sAAAA", c.window, cursor)), 422,
	    "VALIDATION_ERROR");
}

Test(users_pages, links_carry_the_filters)
{
	struct person admin = person_admin();
	struct crowd c = crowd_new(8);
	struct answer *a = good(&admin,
	    client_print("%s&sort_by=email&sort_order=asc&is_active=true&page=2&size=1", c.window));
	const char *link = answer_header(a, "Link");
	const char *filters = client_print(
	    "&is_active=true&created_after=%s", client_escape(client_print("%.19s", c.after)));

	filters = client_print("&size=1%s", filters);
	for (int page = 1; page <= 4; page++)
		cr_assert_eq(strstr(link, client_print("?page=%d%s", page, filters)) != NULL,
		    page != 2, "%d: %s", page, link);
	cr_assert_not_null(
	    strstr(link, "&sort_by=email&sort_order=asc>; rel=\"next\""), "%s", link);
	a = good(&admin, client_print("%s&skip=3&limit=2", c.window));
	link = answer_header(a, "Link");
	cr_assert_not_null(strstr(link, "?skip=0&limit=2&"), "%s", link);
	cr_assert_not_null(strstr(link, "?skip=1&limit=2&"), "%s", link);
	cr_assert_not_null(strstr(link, "?skip=5&limit=2&"), "%s", link);
	cr_assert_not_null(strstr(link, "?skip=6&limit=2&"), "%s", link);
	a = good(
	    &admin, client_print("%s&size=3&cursor=%s", c.window, answer_text(a, "next_cursor")));
	link = answer_header(a, "Link");
	cr_assert_not_null(strstr(link, "rel=\"first\""), "%s", link);
	cr_assert_null(strstr(link, "rel=\"prev\""), "%s", link);
	cr_assert_null(strstr(link, "rel=\"last\""), "%s", link);
}
