#include <string.h>

#include <criterion/criterion.h>

#include "tests/http/crowd.h"
#include "tests/http/person.h"

static struct answer *
list(const struct person *p, const char *query)
{
	return CLIENT_ASK(.path = client_print("/users%s", query), .token = p->access);
}

static const cJSON *
items(const struct answer *a)
{
	return cJSON_GetObjectItemCaseSensitive(a->json, "items");
}

Test(users_list, is_for_admins)
{
	struct person p = person_new(), admin = person_admin();

	ANSWER_IS(list(&p, ""), 403, "ADMIN_REQUIRED");
	ANSWER_IS(CLIENT_ASK(.path = "/users"), 401, "NOT_AUTHENTICATED");
	ANSWER_IS(list(&admin, ""), 200, "");
}

Test(users_list, has_its_members)
{
	struct person admin = person_admin();
	struct answer *a = list(&admin, "");

	ANSWER_IS(a, 200, "");
	cr_assert_eq(answer_number(a, "page"), 1);
	cr_assert_eq(answer_number(a, "size"), 50);
	cr_assert_geq(answer_number(a, "total"), 1);
	cr_assert(answer_has(a, "total_exact") && answer_has(a, "pages"));
	cr_assert_leq(cJSON_GetArraySize(items(a)), 50);
	cr_assert_eq(cJSON_GetArraySize(cJSON_GetArrayItem(items(a), 0)), 13, "%s", a->body);
}

Test(users_list, counts_pages_right)
{
	struct person admin = person_admin();
	struct crowd c = crowd_new(20);
	struct answer *a = list(&admin, client_print("?%s&size=7", c.window));

	cr_assert(answer_is(a, "total_exact"));
	cr_assert_eq(answer_number(a, "total"), 20);
	cr_assert_eq(answer_number(a, "pages"), 3, "%s", a->body);
}

Test(users_list, refuses_pages_out_of_bounds)
{
	static const struct {
		const char *query, *loc, *type;
	} cases[] = {
	    {"?page=0", "page", "greater_than_equal"},
	    {"?page=-1", "page", "greater_than_equal"},
	    {"?size=0", "size", "greater_than_equal"},
	    {"?size=101", "size", "less_than_equal"},
	    {"?size=-9223372036854775808", "size", "greater_than_equal"},
	    {"?size=9223372036854775807", "size", "less_than_equal"},
	    {"?size=9223372036854775808", "size", "int_parsing"},
	    {"?page=10001", "page", "less_than_equal"},
	    {"?page=101&size=100", "page", "value_error"},
	    {"?page=10000", "page", "value_error"},
	    {"?page=", "page", "int_parsing"},
	    {"?page=one", "page", "int_parsing"},
	    {"?page=1.0", "page", "int_parsing"},
	    {"?page=1e3", "page", "int_parsing"},
	    {"?page=+1", "page", "int_parsing"},
	    {"?page=%2b1", "page", "int_parsing"},
	    {"?page=01", "page", "int_parsing"},
	    {"?page=0x1", "page", "int_parsing"},
	    {"?page=1&page=2", "page", "value_error"},
	    {"?size=5&size=5", "size", "value_error"},
	};
	struct person admin = person_admin();

	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct answer *a = list(&admin, cases[i].query);

		cr_assert_eq(a->status, 422, "%zu %s: %s", i, cases[i].query, a->body);
		cr_assert_str_eq(
		    answer_fault_type(a, client_print("[\"query\",\"%s\"]", cases[i].loc)),
		    cases[i].type, "%zu %s: %s", i, cases[i].query, a->body);
	}
}

Test(users_list, takes_pages_within_bounds)
{
	static const char *const good[] = {"?page=1&size=1", "?size=100", "?page=100&size=100",
	    "?page=10000&size=1", "?page=200", "?other=1&other=2", "?page=%31", ""};
	struct person admin = person_admin();

	for (size_t i = 0; i < sizeof(good) / sizeof(*good); i++)
		cr_assert_eq(list(&admin, good[i])->status, 200, "%zu %s", i, good[i]);
}

Test(users_list, links_to_its_neighbours)
{
	struct person admin = person_admin();
	struct crowd c = crowd_new(3);
	const char *link, *base = client_print("<%s%s/users?page=", client_base(), CLIENT_PREFIX);
	const char *rest =
	    client_print("&size=1&created_after=%s", client_escape(client_print("%.19s", c.after)));

	link = answer_header(list(&admin, client_print("?size=1&%s", c.window)), "Link");
	cr_assert_not_null(strstr(link, client_print("%s1%s", base, rest)), "%s", link);
	cr_assert_not_null(strstr(link, client_print("%s2%s", base, rest)), "%s", link);
	cr_assert_not_null(strstr(link, client_print("%s3%s", base, rest)), "%s", link);
	cr_assert_null(strstr(link, "rel=\"prev\""), "%s", link);
	link = answer_header(list(&admin, client_print("?size=1&page=3&%s", c.window)), "Link");
	cr_assert_not_null(strstr(link, client_print("%s2%s", base, rest)), "%s", link);
	cr_assert_not_null(strstr(link, "rel=\"last\""), "%s", link);
	cr_assert_null(strstr(link, "rel=\"next\""), "%s", link);
	/* Without a filter there is nothing to carry. */
	link = answer_header(list(&admin, "?size=1"), "Link");
	cr_assert_not_null(
	    strstr(link, client_print("%s2&size=1>; rel=\"next\"", base)), "%s", link);
}

/* HT-16: a Host header is anybody's word. */
Test(users_list, links_do_not_repeat_the_host_header)
{
	struct person admin = person_admin();
	struct answer *a =
	    CLIENT_ASK(.path = "/users", .token = admin.access, .header = {"Host: evil.example"});

	ANSWER_IS(a, 200, "");
	cr_assert_null(strstr(a->headers, "evil.example"), "%s", a->headers);
}

Test(users_list, ends_without_a_next_page)
{
	struct person admin = person_admin();
	struct crowd c = crowd_new(2);
	struct answer *a = list(&admin, client_print("?size=1&page=10000&%s", c.window));

	ANSWER_IS(a, 200, "");
	cr_assert_eq(cJSON_GetArraySize(items(a)), 0);
	cr_assert_null(strstr(answer_header(a, "Link"), "rel=\"next\""));
}
