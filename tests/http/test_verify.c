#include <criterion/criterion.h>

#include "tests/http/db.h"
#include "tests/http/person.h"

static struct answer *
verify(const char *query, const char *token)
{
	return CLIENT_ASK(.path = client_print("/auth/verify%s", query), .token = token);
}

Test(verify, says_who_it_is)
{
	struct person p = person_new();
	struct answer *a = verify("", p.access);

	ANSWER_IS(a, 204, "");
	cr_assert_str_eq(answer_header(a, "X-User-Id"), p.id);
	cr_assert_str_eq(answer_header(a, "X-User-Email"), p.email);
	cr_assert_str_eq(answer_header(a, "X-User-Role"), "user");
	cr_assert_str_eq(answer_header(a, "Cache-Control"), "no-store");
}

Test(verify, says_no_address_where_there_is_none)
{
	struct person p = person_new();
	struct answer *a;

	DB_DO("UPDATE users SET email = NULL, email_key = NULL WHERE id = $1::text::uuid", p.id);
	a = verify("", p.access);
	ANSWER_IS(a, 204, "");
	cr_assert_null(answer_header(a, "X-User-Email"));
}

Test(verify, demands_a_role)
{
	struct person p = person_new(), admin = person_admin();

	ANSWER_IS(verify("?role=admin", p.access), 403, "ADMIN_REQUIRED");
	ANSWER_IS(verify("?role=user", p.access), 204, "");
	ANSWER_IS(verify("?role=user", admin.access), 204, "");
	ANSWER_IS(verify("?role=admin", admin.access), 204, "");
	cr_assert_str_eq(
	    answer_header(verify("?role=admin", admin.access), "X-User-Role"), "admin");
}

/* A role that is misspelt must never mean "any". */
Test(verify, refuses_roles_that_do_not_exist)
{
	static const char *const bad[] = {
	    "?role=root", "?role=", "?role=Admin", "?role=admin&role=user", "?role=user&role=user"};
	struct person admin = person_admin();

	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
		struct answer *a = verify(bad[i], admin.access);

		cr_assert_eq(a->status, 422, "%zu %s: %s", i, bad[i], a->body);
	}
}

Test(verify, says_nothing_about_anybody_else)
{
	struct answer *a = verify("", NULL);

	ANSWER_IS(a, 401, "NOT_AUTHENTICATED");
	cr_assert_null(answer_header(a, "X-User-Id"));
	ANSWER_IS(verify("?role=root", NULL), 401, "NOT_AUTHENTICATED");
}

Test(verify, a_demotion_acts_at_once)
{
	struct person admin = person_admin();

	ANSWER_IS(verify("?role=admin", admin.access), 204, "");
	DB_DO("UPDATE users SET role = 'user' WHERE id = $1::text::uuid", admin.id);
	ANSWER_IS(verify("?role=admin", admin.access), 403, "ADMIN_REQUIRED");
	ANSWER_IS(CLIENT_ASK(.path = "/users", .token = admin.access), 403, "ADMIN_REQUIRED");
}
