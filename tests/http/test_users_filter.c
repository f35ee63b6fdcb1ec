/* GET /users: who is found. */

#include <string.h>

#include <criterion/criterion.h>

#include "tests/http/crowd.h"
#include "tests/http/db.h"
#include "tests/http/person.h"

#define N(x) (sizeof(x) / sizeof((x)[0]))

static struct answer *
ask(const struct person *p, const char *query)
{
	return CLIENT_ASK(.path = client_print("/users?%s", query), .token = p->access);
}

static int64_t
found(const struct person *p, const struct crowd *c, const char *filter)
{
	struct answer *a = ask(p, client_print("%s&%s&size=100", c->window, filter));

	ANSWER_IS(a, 200, "");
	cr_assert(answer_is(a, "total_exact"), "%s", a->body);
	cr_assert_eq(cJSON_GetArraySize(cJSON_GetObjectItemCaseSensitive(a->json, "items")),
	    answer_number(a, "total"), "%s", a->body);
	return answer_number(a, "total");
}

static const char *
searching(const char *text)
{
	return client_print("query=%s", client_escape(text));
}

/* The name of number ${i}; e-mail and username keep the tag. */
static void
rename_to(const struct crowd *c, int i, const char *name)
{
	cr_assert_eq(
	    DB_DO("UPDATE users SET full_name = $2::text WHERE username_key = $1::text || $3::text",
		c->tag, name, client_print(".%d", i)),
	    1);
}

Test(users_filter, shows_those_who_fit_and_nobody_else)
{
	static const struct {
		const char *filter, *condition;
	} cases[] = {
	    {"", "true"},
	    {"role=admin", "role = 'admin'"},
	    {"role=user", "role = 'user'"},
	    {"is_active=true", "is_active"},
	    {"is_active=false", "NOT is_active"},
	    {"is_verified=true", "is_verified"},
	    {"is_verified=false", "NOT is_verified"},
	    {"is_verified=false&is_active=false&role=admin",
		"NOT is_verified AND NOT is_active AND role = 'admin'"},
	    {"query=crowd.example", "email IS NOT NULL"},
	    {"query=name%203&is_active=false", "full_name = 'Name 3' AND NOT is_active"},
	    {"query=name&role=admin&sort_by=email", "full_name IS NOT NULL AND role = 'admin'"},
	    {"query=na&is_verified=false&sort_by=role",
		"full_name IS NOT NULL AND NOT is_verified"},
	    {"query=", "true"},
	};
	struct person admin = person_admin();
	struct crowd c = crowd_new(64);

	for (size_t i = 0; i < N(cases); i++)
		cr_assert_eq(found(&admin, &c, cases[i].filter),
		    DB_INT(client_print("SELECT count(*) FROM users WHERE username_key LIKE "
					"$1::text || '.%%' AND %s",
			       cases[i].condition),
			c.tag),
		    "%s", cases[i].filter);
}

Test(users_filter, bounds_of_time_are_exclusive)
{
	struct person admin = person_admin();
	struct crowd c = crowd_new(6); /* made at 20 and at 40 us */
	const char *base = client_print("%.19s", c.after);

	cr_assert_eq(ask(&admin, c.window)->status, 200);
	cr_assert_eq(answer_number(ask(&admin,
				       client_print("created_after=%s.000020Z&created_before=%s",
					   base, c.before)),
			 "total"),
	    3);
	cr_assert_eq(answer_number(ask(&admin,
				       client_print("created_after=%s&created_before=%s.000040Z",
					   c.after, base)),
			 "total"),
	    3);
	cr_assert_eq(answer_number(ask(&admin,
				       client_print("created_after=%s.000020Z"
						    "&created_before=%s.000040Z",
					   base, base)),
			 "total"),
	    0);
	/* Another offset is the same moment. */
	cr_assert_eq(answer_number(ask(&admin,
				       client_print("created_after=%s%%2B00:00&created_before=%s",
					   base, c.before)),
			 "total"),
	    6);
	ANSWER_IS(ask(&admin, "created_before=0000-01-01T00:00:00Z"), 200, "");
	ANSWER_IS(ask(&admin, "created_after=9999-12-31T23:59:59.999999Z"), 200, "");
}

Test(users_filter, finds_a_text_anywhere_in_address_username_and_name)
{
	struct person admin = person_admin();
	struct crowd c = crowd_new(12);
	const char *tag = c.tag;
	const struct {
		const char *text;
		int64_t found;
	} cases[] = {
	    {tag, 12},
	    {client_print("%s-", tag), 9},  /* in e-mail addresses */
	    {client_print("%s.", tag), 12}, /* in usernames */
	    {client_print("%s.1", tag), 3}, /* 1, 10, 11 */
	    {client_print("%s-11@crowd.EXAMPLE", tag), 1},
	    {client_print("%s", tag + 3), 12},
	    {client_print("%.10s", tag + 1), 12},
	    {"NAME 1", 2}, /* 1, 5; 9 has none */
	    {"ame ", 8},
	    {"e 2", 2},
	    {"@cr", 9},
	    {"d.e", 9},
	    {"-1@", 1},
	    {".11", 1},
	    {"no such text", 0},
	    {"exampletext", 0},
	    {client_print("example%s", tag), 0}, /* not across two of them */
	    {client_print("%s.1Name", tag), 0},
	    {client_print("%s.1 Name", tag), 0},
	};

	for (size_t i = 0; i < N(cases); i++)
		cr_assert_eq(found(&admin, &c, searching(cases[i].text)), cases[i].found, "'%s'",
		    cases[i].text);
}

Test(users_filter, finds_fewer_characters_only_where_a_text_begins)
{
	static const struct {
		const char *text;
		int64_t found;
	} cases[] = {{"zq", 1}, {"ZQ", 1}, {"z", 1}, {"q", 0}, {"qx", 0}, {"qxy", 1}, {"ł", 1},
	    {"Łu", 1}, {"łU", 1}, {"öb", 0}, {"ÖBE", 1}, {"漢", 1}, {"字", 0}, {"漢字", 1},
	    {"漢字x", 0}, {"na", 2}, {"c", 7}};
	struct person admin = person_admin();
	struct crowd c = crowd_new(7);

	rename_to(&c, 1, "Zqxy Tester");
	rename_to(&c, 2, "Łukasz Öberg");
	rename_to(&c, 4, "漢字");
	for (size_t i = 0; i < N(cases); i++)
		cr_assert_eq(found(&admin, &c, searching(cases[i].text)),
		    cases[i].found + (strcmp(cases[i].text, "na") == 0 ? -1 : 0), "'%s'",
		    cases[i].text);
}

/* AZ-11: what is a pattern to the database is a character to a person. */
Test(users_filter, takes_every_character_literally)
{
	static const char *const names[] = {"100% _sure_", "C:\\dir\\x", "O'Neill; --", "a%%b",
	    "$1::text", "[a-z]+.*(x|y)", "??? ?", "\"q\" <b>"};
	static const char *const nobody[] = {"%", "_", "\\", "%%", "__", "%%%", "___", "\\\\\\",
	    "10_%", "a%b", "a__b", "a\\%", ".*", "[a-z]+x", "'", "' OR '1'='1", "\\'", "%' --",
	    "') OR 1=1 --", "$1", "$2", "*", "a*b", "\xf0\x90\x80\x80", "\xf4\x8f\xbf\xbf"};
	struct person admin = person_admin();
	struct crowd c = crowd_new(N(names) + 1);

	for (size_t i = 0; i < N(names); i++)
		rename_to(&c, (int)i, names[i]);
	rename_to(&c, N(names), "AAA\\b");
	for (size_t i = 0; i < N(names); i++) {
		cr_assert_eq(found(&admin, &c, searching(names[i])), 1, "%s", names[i]);
		cr_assert_eq(found(&admin, &c, searching(names[i] + 1)), 1, "%s", names[i] + 1);
	}
	for (size_t i = 0; i < N(nobody); i++)
		cr_assert_eq(found(&admin, &c, searching(nobody[i])),
		    strcmp(nobody[i], "$1") == 0 ? 1 : 0, "%s", nobody[i]);
	cr_assert_eq(found(&admin, &c, searching("O'Neill;")), 1);
	cr_assert_eq(found(&admin, &c, searching("% _")), 1);
}

Test(users_filter, refuses_what_no_text_can_hold)
{
	static const char *const bad[] = {"query=%01", "query=a%0ab", "query=abc%1f", "query=%7f",
	    "query=%00", "query=%ff", "query=%c0%af", "query=abc&query=abc", "role=root",
	    "role=", "is_active=1", "is_active=TRUE", "is_active=", "created_after=2026-01-01",
	    "created_after=yesterday", "created_before=2026-13-01T00:00:00Z",
	    "created_before=infinity"};
	struct person admin = person_admin();

	for (size_t i = 0; i < N(bad); i++)
		ANSWER_IS(ask(&admin, bad[i]), 422, "VALIDATION_ERROR");
	ANSWER_IS(ask(&admin, client_print("query=%0256d", 1)), 422, "VALIDATION_ERROR");
	ANSWER_IS(ask(&admin, client_print("query=%0255d", 1)), 200, "");
}

Test(users_filter, shows_no_deleted_users)
{
	struct person admin = person_admin();
	struct crowd c = crowd_new(5);

	DB_DO("UPDATE users SET deleted_at = now() WHERE username_key = $1::text || '.3'", c.tag);
	cr_assert_eq(found(&admin, &c, ""), 4);
	cr_assert_eq(found(&admin, &c, searching(c.tag)), 4);
}

/* Ten ids of a search, in the order of the database's own. */
static void
same_page(
    const struct person *p, const struct crowd *c, const char *order, const char *key, int skip)
{
	struct answer *a =
	    ask(p, client_print("query=name&%s&%s&skip=%d&limit=10", c->window, order, skip));
	const char *right = DB_TEXT(
	    client_print("SELECT string_agg(id::text, ' ' ORDER BY %s) FROM (SELECT * FROM users"
			 " WHERE username_key LIKE $1::text || '.%%' AND full_name IS NOT NULL"
			 " ORDER BY %s OFFSET %d LIMIT 10) x",
		key, key, skip),
	    c->tag);
	const char *seen = "";
	const cJSON *item;

	ANSWER_IS(a, 200, "");
	cr_assert_eq(answer_number(a, "total"), 10000, "%s: %s", order, a->body);
	cr_assert_not(answer_is(a, "total_exact"));
	cJSON_ArrayForEach(item, cJSON_GetObjectItemCaseSensitive(a->json, "items"))
	{
		seen = client_print("%s%s%s", seen, *seen == '\0' ? "" : " ",
		    cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(item, "id")));
	}
	cr_assert_str_eq(seen, right, "%s", order);
}

/*
 * So many that they are not all collected: some orders meet ten of them at once, in one they stand
 * behind ten thousand who do not match.
 */
Test(users_filter, many_are_counted_to_10000_and_sorted_all_the_same)
{
	static const struct {
		const char *order, *key;
	} cases[] = {
	    {"sort_by=created_at&sort_order=desc", "created_at DESC, id DESC"},
	    {"sort_by=username&sort_order=asc", "username_key, id"},
	    {"sort_by=full_name&sort_order=asc", "lower(full_name), id"},
	    {"sort_by=full_name&sort_order=desc", "lower(full_name) DESC, id DESC"},
	};
	struct person admin = person_admin();
	struct crowd c = crowd_new(30200);
	struct answer *a, *exact, *last, *beyond;

	for (size_t i = 0; i < N(cases); i++) {
		same_page(&admin, &c, cases[i].order, cases[i].key, 0);
		same_page(&admin, &c, cases[i].order, cases[i].key, 9990);
	}
	a = ask(&admin, c.window);
	exact = ask(&admin, client_print("%s&query=name&count=exact", c.window));
	last = ask(&admin, client_print("%s&page=100&size=100", c.window));
	beyond = ask(&admin,
	    client_print("%s&size=100&cursor=%s", c.window, answer_text(last, "next_cursor")));
	cr_assert_eq(answer_number(a, "total"), 10000);
	cr_assert_not(answer_is(a, "total_exact"));
	cr_assert_eq(answer_number(a, "pages"), -1);
	cr_assert_null(strstr(answer_header(a, "Link"), "rel=\"last\""));
	cr_assert_eq(answer_number(exact, "total"), 20133);
	cr_assert(answer_is(exact, "total_exact"));
	cr_assert_eq(answer_number(exact, "pages"), 403);
	cr_assert_not_null(strstr(answer_header(exact, "Link"), "count=exact"));
	/* Where pages end, the next one is had by cursor. */
	cr_assert_not_null(strstr(answer_header(last, "Link"), "/users?cursor="));
	ANSWER_IS(beyond, 200, "");
	cr_assert_not_null(
	    strstr(beyond->body, client_print("%s.20150\"", c.tag)), "%s", beyond->body);
	crowd_gone(&c);
}
