#include <string.h>

#include <criterion/criterion.h>

#include "tests/http/db.h"
#include "tests/http/forge.h"
#include "tests/http/person.h"

/* The edge cases checklist, as far as its routes are built, and the health answers. */

Test(seed_001, refuses_empty_email_and_password)
{
	struct answer *a =
	    CLIENT_ASK(.path = "/auth/register", .json = "{\"email\":\"\",\"password\":\"\"}");

	ANSWER_IS(a, 422, "VALIDATION_ERROR");
	cr_assert_eq(answer_faults(a), 2, "%s", a->body);
	cr_assert_str_eq(answer_fault_type(a, "[\"body\",\"email\"]"), "value_error");
	cr_assert_str_eq(answer_fault_type(a, "[\"body\",\"password\"]"), "string_too_short");
}

Test(seed_001, refuses_invalid_email_formats)
{
	static const char *const bad[] = {"plain", "@example.com", "a@", "a@b", "a b@example.com",
	    "a@@example.com", "a@example..com", "a@-example.com", "a@example.com.",
	    ".a@example.com", "a.@example.com", "a..b@example.com", "\\\"a\\\"@example.com",
	    "a@[127.0.0.1]", "a@1.2.3.4", "\u00fc@example.com", "a@\u00fc.example",
	    "a@exam_ple.com"};

	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
		struct answer *a = CLIENT_ASK(.path = "/auth/register",
		    .json =
			client_print("{\"email\":\"%s\",\"password\":\"SecurePass123!\"}", bad[i]));

		cr_assert_eq(a->status, 422, "%zu: %s: %s", i, bad[i], a->body);
		cr_assert_str_eq(answer_fault_type(a, "[\"body\",\"email\"]"), "value_error",
		    "%zu: %s", i, a->body);
		cr_assert_eq(answer_faults(a), 1, "%zu: %s", i, a->body);
	}
}

Test(seed_001, counts_password_characters_from_8_to_128)
{
	static const struct {
		const char *unit;
		int n;
		long status;
	} cases[] = {{"x", 3, 422}, {"x", 4, 201}, {"x", 124, 201}, {"x", 125, 422},
	    /* Code points, not bytes: four bytes each, up to 511 of them in all. */
	    {"\U0001f600", 3, 422}, {"\U0001f600", 4, 201}, {"\U0001f600", 124, 201}};

	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct person p = person_stranger();
		const char *word = "Aq1!";

		for (int k = 0; k < cases[i].n; k++)
			word = client_print("%s%s", word, cases[i].unit);
		p.password = word;
		struct answer *a = CLIENT_ASK(.path = "/auth/register", .json = person_json(&p));

		cr_assert_eq(a->status, cases[i].status, "%zu: %s", i, a->body);
		if (a->status == 201)
			(void)person_login(&p);
		else /* by the row's bounds, not only by the policy behind them */
			ANSWER_IS(a, 422, "VALIDATION_ERROR");
	}
}

Test(seed_001, refuses_login_with_an_unknown_email)
{
	struct person p = person_stranger();

	ANSWER_IS(CLIENT_ASK(.path = "/auth/login", .form = person_form(p.email, p.password)), 401,
	    "INVALID_CREDENTIALS");
}

Test(seed_001, refuses_login_with_a_wrong_password)
{
	struct person p = person_registered();

	ANSWER_IS(CLIENT_ASK(.path = "/auth/login", .form = person_form(p.email, "Wrong-pass-1")),
	    401, "INVALID_CREDENTIALS");
}

Test(seed_001, refuses_an_expired_access_token)
{
	struct person p = person_new();
	struct answer *a = person_me(forge_expired(p.access));

	ANSWER_IS(a, 401, "TOKEN_EXPIRED");
	cr_assert_not_null(strstr(answer_header(a, "WWW-Authenticate"), "error=\"invalid_token\""));
}

Test(seed_001, refuses_an_invalid_refresh_token)
{
	ANSWER_IS(person_refresh_with("not-one"), 401, "REFRESH_TOKEN_INVALID");
}

Test(seed_001, keeps_admin_routes_from_users)
{
	struct person p = person_new();

	ANSWER_IS(CLIENT_ASK(.path = "/users", .token = p.access), 403, "ADMIN_REQUIRED");
}

Test(seed_001, refuses_an_update_to_a_duplicate_email)
{
	struct person taken = person_registered(), p = person_new();
	struct answer *a = CLIENT_ASK(.method = "PUT", .path = "/users/me", .token = p.access,
	    .json = client_print("{\"email\":\"%s\"}", taken.email));

	ANSWER_IS(a, 409, "EMAIL_ALREADY_REGISTERED");
	cr_assert_str_eq(answer_text(person_me(p.access), "email"), p.email);
}

Test(seed_001, updates_me)
{
	struct person p = person_new();
	struct answer *a = CLIENT_ASK(.method = "PUT", .path = "/users/me", .token = p.access,
	    .json = "{\"full_name\":\"Updated Name\"}");

	ANSWER_IS(a, 200, "");
	cr_assert_str_eq(answer_text(a, "full_name"), "Updated Name");
	cr_assert_str_eq(answer_text(a, "email"), p.email);
}

Test(seed_001, admin_lists_users)
{
	struct person p = person_admin();
	struct answer *a = CLIENT_ASK(.path = "/users", .token = p.access);

	ANSWER_IS(a, 200, "");
	cr_assert(answer_has(a, "items"));
}

Test(seed_001, health_has_its_two_answers)
{
	struct answer *a = CLIENT_ASK(.path = "/health"), *db = CLIENT_ASK(.path = "/health/db");

	ANSWER_IS(a, 200, "");
	cr_assert_str_eq(a->body, "{\"status\":\"healthy\"}");
	ANSWER_IS(db, 200, "");
	cr_assert_str_eq(answer_text(db, "status"), "healthy");
	cr_assert_str_eq(answer_text(db, "database"), "connected");
}

/* "Error cases: deleting self as admin", "updating with duplicate email". */
Test(seed_001, admin_does_not_delete_himself)
{
	struct person admin = person_admin();
	struct answer *a = CLIENT_ASK(.method = "DELETE",
	    .path = client_print("/users/%s", admin.id), .token = admin.access);

	ANSWER_IS(a, 400, "CANNOT_DELETE_SELF");
	ANSWER_IS(person_me(admin.access), 200, "");
}

Test(seed_001, admin_reads_updates_and_deletes_a_user)
{
	struct person admin = person_admin(), p = person_registered(), other = person_registered();
	struct ask ask = {.path = client_print("/users/%s", p.id), .token = admin.access};
	struct answer *a = client_ask(&ask);

	ANSWER_IS(a, 200, "");
	cr_assert_str_eq(answer_text(a, "email"), p.email);
	ask.method = "PUT";
	ask.json = client_print("{\"email\":\"%s\"}", other.email);
	ANSWER_IS(client_ask(&ask), 409, "EMAIL_ALREADY_REGISTERED");
	ask.json = "{\"full_name\":\"Updated Name\"}";
	a = client_ask(&ask);
	ANSWER_IS(a, 200, "");
	cr_assert_str_eq(answer_text(a, "full_name"), "Updated Name");
	ask.method = "DELETE";
	ask.json = NULL;
	ANSWER_IS(client_ask(&ask), 204, "");
	ask.method = "GET";
	a = client_ask(&ask);
	ANSWER_IS(a, 404, "NOT_FOUND");
	cr_assert_str_eq(answer_text(a, "detail"), "User not found");
}

Test(seed_001, user_routes_of_admins_are_403_to_users)
{
	struct person p = person_new(), other = person_registered();
	static const char *const methods[] = {"GET", "PUT", "DELETE"};

	for (size_t i = 0; i < 3; i++)
		ANSWER_IS(
		    CLIENT_ASK(.method = methods[i], .path = client_print("/users/%s", other.id),
			.token = p.access, .json = i == 1 ? "{}" : NULL),
		    403, "ADMIN_REQUIRED");
}
