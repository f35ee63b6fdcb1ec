#include <string.h>

#include <criterion/criterion.h>

#include "tests/http/db.h"
#include "tests/http/person.h"

/* "User management in FastAPI": signup with a name, the composition rules, extra="forbid". */

static struct answer *
signup(const struct person *p, const char *name)
{
	return CLIENT_ASK(.path = "/auth/signup",
	    .json = client_print("{\"email\":\"%s\",\"password\":\"%s\",\"name\":\"%s\"}", p->email,
		p->password, name));
}

Test(seed_002, signs_up)
{
	struct person p = person_stranger();
	struct answer *a = signup(&p, "Test User");

	ANSWER_IS(a, 201, "");
	cr_assert_str_eq(answer_text(a, "email"), p.email);
	cr_assert_str_eq(answer_text(a, "full_name"), "Test User");
	cr_assert_not(answer_is(a, "is_admin"));
	cr_assert(answer_is(a, "is_active"));
	cr_assert_not(answer_has(a, "hashed_password"));
}

Test(seed_002, refuses_a_duplicate_signup)
{
	struct person p = person_stranger();

	ANSWER_IS(signup(&p, "Test User"), 201, "");
	ANSWER_IS(signup(&p, "Another User"), 409, "EMAIL_ALREADY_REGISTERED");
}

Test(seed_002, logs_in_and_refuses_a_wrong_password)
{
	struct person p = person_registered();
	struct answer *a;

	(void)person_login(&p);
	a = CLIENT_ASK(.path = "/auth/login", .form = person_form(p.email, "WrongPassword!"));
	ANSWER_IS(a, 401, "INVALID_CREDENTIALS");
	cr_assert_not_null(answer_header(a, "WWW-Authenticate"));
}

Test(seed_002, demands_four_classes_of_characters)
{
	static const struct {
		const char *password;
		long status;
	} cases[] = {{"lower-case-1", 422}, {"UPPER-CASE-1", 422}, {"No-Digit-Here", 422},
	    {"NoSpecial123", 422}, {"\u00c4\u00e4-special-123", 422}, {"Enough-of-4", 201},
	    {"Blank counts 4", 201}};

	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct person p = person_stranger();
		struct answer *a;

		p.password = cases[i].password;
		a = signup(&p, "Test User");
		cr_assert_eq(a->status, cases[i].status, "%zu: %s", i, a->body);
		if (a->status == 201)
			continue;
		cr_assert_str_eq(answer_code(a), "WEAK_PASSWORD", "%zu: %s", i, a->body);
		cr_assert_not_null(
		    answer_fault(a, "[\"body\",\"password\"]"), "%zu: %s", i, a->body);
	}
}

Test(seed_002, refuses_members_it_does_not_know)
{
	static const char *const extra[] = {"is_admin", "is_superuser", "is_active", "id",
	    "created_at", "hashed_password", "password_hash", "email_verified", "is_verified",
	    "token_version", "Role", "EMAIL"};

	for (size_t i = 0; i < sizeof(extra) / sizeof(*extra); i++) {
		struct person p = person_stranger();
		struct answer *a = CLIENT_ASK(.path = "/auth/signup",
		    .json = client_print("{\"email\":\"%s\",\"password\":\"%s\",\"%s\":true}",
			p.email, p.password, extra[i]));

		cr_assert_eq(a->status, 422, "%zu: %s", i, a->body);
		cr_assert_str_eq(answer_fault_type(a, client_print("[\"body\",\"%s\"]", extra[i])),
		    "extra_forbidden", "%zu: %s", i, a->body);
		cr_assert_eq(DB_INT("SELECT count(*) FROM users WHERE email_key = $1", p.email), 0);
	}
}

Test(seed_002, says_what_is_wrong_with_a_token)
{
	struct answer *a = person_me("nonsense");

	ANSWER_IS(a, 401, "TOKEN_INVALID");
	cr_assert_str_eq(answer_text(a, "detail"), "Could not validate credentials");
}

Test(seed_002, inactive_users_are_403)
{
	struct person p = person_new();
	struct answer *a;

	person_deactivate(&p);
	a = person_me(p.access);
	ANSWER_IS(a, 403, "ACCOUNT_DISABLED");
	cr_assert_str_eq(answer_text(a, "detail"), "Inactive user");
}

Test(seed_002, admin_routes_say_so)
{
	struct person p = person_new();
	struct answer *a = CLIENT_ASK(.path = "/users", .token = p.access);

	ANSWER_IS(a, 403, "ADMIN_REQUIRED");
	cr_assert_str_eq(answer_text(a, "detail"), "Admin privileges required");
}

Test(seed_002, profile_takes_a_name_and_an_email)
{
	struct person p = person_new(), other = person_stranger();
	struct answer *a = CLIENT_ASK(.method = "PUT", .path = "/auth/me", .token = p.access,
	    .json = client_print("{\"name\":\"New Name\",\"email\":\"%s\"}", other.email));

	ANSWER_IS(a, 200, "");
	cr_assert_str_eq(answer_text(a, "full_name"), "New Name");
	cr_assert_str_eq(answer_text(a, "email"), other.email);
}

Test(seed_002, changes_the_password)
{
	struct person p = person_new();
	const char *new = person_stranger().password;
	struct answer *a = CLIENT_ASK(.path = "/auth/me/password", .token = p.access,
	    .json = client_print("{\"current_password\":\"WrongPassword!\",\"new_password\":"
				 "\"%s\"}",
		new));

	ANSWER_IS(a, 400, "INCORRECT_PASSWORD");
	cr_assert_str_eq(answer_text(a, "detail"), "Current password is incorrect");
	a = CLIENT_ASK(.path = "/auth/me/password", .token = p.access,
	    .json = client_print(
		"{\"current_password\":\"%s\",\"new_password\":\"%s\"}", p.password, new));
	ANSWER_IS(a, 200, "");
	cr_assert_str_eq(answer_text(a, "message"), "Password changed successfully");
	p.password = new;
	(void)person_login(&p);
}

/* "Delete a user (admin only)", "Deactivate a user account (admin only)". */
Test(seed_002, admin_deactivates_and_deletes)
{
	struct person admin = person_admin(), p = person_registered();
	const char *path = client_print("/users/%s", p.id);
	struct answer *a = CLIENT_ASK(.method = "POST", .path = client_print("%s/deactivate", path),
	    .token = admin.access);

	ANSWER_IS(a, 200, "");
	cr_assert_not(answer_is(a, "is_active"));
	ANSWER_IS(CLIENT_ASK(.path = "/auth/login", .form = person_form(p.email, p.password)), 403,
	    "ACCOUNT_DISABLED");
	ANSWER_IS(CLIENT_ASK(.method = "DELETE", .path = path, .token = admin.access), 204, "");
	a = CLIENT_ASK(.method = "DELETE", .path = path, .token = admin.access);
	ANSWER_IS(a, 404, "NOT_FOUND");
	cr_assert_str_eq(answer_text(a, "detail"), "User not found");
	a = CLIENT_ASK(.method = "DELETE", .path = client_print("/users/%s", admin.id),
	    .token = admin.access);
	ANSWER_IS(a, 400, "CANNOT_DELETE_SELF");
	cr_assert_str_eq(answer_text(a, "detail"), "Cannot delete yourself");
}
