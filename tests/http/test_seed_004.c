#include <string.h>

#include <criterion/criterion.h>

#include "tests/http/db.h"
#include "tests/http/person.h"

/* "User API endpoints": its samples and test examples, for the routes that are built. */

Test(seed_004, registers_with_the_role_of_its_sample)
{
	struct person p = person_stranger();
	struct answer *a = CLIENT_ASK(.path = "/users/register",
	    .json =
		client_print("{\"email\":\"%s\",\"full_name\":\"Test User\",\"password\":\"%s\","
			     "\"role\":\"user\"}",
		    p.email, p.password));

	ANSWER_IS(a, 201, "");
	cr_assert_str_eq(answer_text(a, "email"), p.email);
	cr_assert_str_eq(answer_text(a, "full_name"), "Test User");
	cr_assert_str_eq(answer_text(a, "role"), "user");
	cr_assert(answer_has(a, "id"));
}

Test(seed_004, makes_nobody_an_admin_of_himself)
{
	struct person p = person_stranger();
	struct answer *a = CLIENT_ASK(.path = "/users/register",
	    .json = client_print(
		"{\"email\":\"%s\",\"password\":\"%s\",\"role\":\"admin\"}", p.email, p.password));

	ANSWER_IS(a, 422, "VALIDATION_ERROR");
	cr_assert_str_eq(answer_fault_type(a, "[\"body\",\"role\"]"), "enum");
	cr_assert_eq(DB_INT("SELECT count(*) FROM users WHERE email_key = $1", p.email), 0);
}

Test(seed_004, shows_a_profile_with_statistics)
{
	static const char *const numbers[] = {"file_count", "total_file_size", "document_count",
	    "login_count", "active_session_count", "account_age_days"};
	struct person p = person_new();
	struct answer *a = person_me(p.access);

	ANSWER_IS(a, 200, "");
	cr_assert_str_eq(answer_text(a, "email"), p.email);
	cr_assert_str_eq(answer_text(a, "full_name"), p.full_name);
	for (size_t i = 0; i < sizeof(numbers) / sizeof(*numbers); i++)
		cr_assert_geq(answer_number(a, numbers[i]), 0, "%s: %s", numbers[i], a->body);
	cr_assert_eq(answer_number(a, "login_count"), 1);
	cr_assert_eq(answer_number(a, "active_session_count"), 1);
}

Test(seed_004, statistics_are_real_numbers)
{
	struct person p = person_new();
	struct answer *a;

	(void)person_login(&p);
	DB_DO("UPDATE user_stats SET file_count = 3, total_file_size = 9007199254740993,"
	      " document_count = 5 WHERE user_id = $1::text::uuid",
	    p.id);
	DB_DO("UPDATE users SET created_at = now() - interval '49 hours' WHERE id = $1::text::uuid",
	    p.id);
	a = person_me(p.access);
	cr_assert_eq(answer_number(a, "file_count"), 3);
	/* Beyond 2^53 a double would round. */
	cr_assert_not_null(strstr(a->body, "\"total_file_size\":9007199254740993"), "%s", a->body);
	cr_assert_eq(answer_number(a, "document_count"), 5);
	cr_assert_eq(answer_number(a, "login_count"), 2);
	cr_assert_eq(answer_number(a, "active_session_count"), 2);
	cr_assert_eq(answer_number(a, "account_age_days"), 2);
}

Test(seed_004, refuses_a_role_in_an_own_update)
{
	struct person p = person_new(), admin = person_admin();
	const struct person *both[] = {&p, &admin};

	for (size_t i = 0; i < 2; i++) {
		struct answer *a = CLIENT_ASK(.method = "PATCH", .path = "/users/me",
		    .token = both[i]->access, .json = "{\"role\":\"user\",\"full_name\":\"X\"}");

		ANSWER_IS(a, 403, "CANNOT_CHANGE_OWN_ROLE");
		cr_assert_str_eq(answer_text(a, "detail"), "Cannot modify your own role");
	}
	cr_assert_str_eq(answer_text(person_me(p.access), "full_name"), p.full_name);
}

Test(seed_004, patches_the_name_of_its_sample)
{
	struct person p = person_new();
	struct answer *a = CLIENT_ASK(.method = "PATCH", .path = "/users/me", .token = p.access,
	    .json = "{\"full_name\": \"John Smith\"}");

	ANSWER_IS(a, 200, "");
	cr_assert_str_eq(answer_text(a, "full_name"), "John Smith");
}

Test(seed_004, admin_routes_reject_users_with_a_slash_too)
{
	struct person p = person_new();
	struct answer *a = CLIENT_ASK(.path = "/users/", .token = p.access);

	ANSWER_IS(a, 403, "ADMIN_REQUIRED");
	cr_assert_not_null(strstr(answer_text(a, "detail"), "Admin"));
}

Test(seed_004, lists_with_its_query)
{
	struct person p = person_admin();
	struct answer *a =
	    CLIENT_ASK(.path = "/users/?page=1&size=50&unknown=ignored", .token = p.access);

	ANSWER_IS(a, 200, "");
	cr_assert_eq(answer_number(a, "page"), 1);
	cr_assert_eq(answer_number(a, "size"), 50);
}

Test(seed_004, errors_have_its_shape)
{
	struct answer *a = CLIENT_ASK(.path = "/users/123e4567/no/such/route");

	ANSWER_IS(a, 404, "NOT_FOUND");
	cr_assert_str_eq(answer_text(a, "path"), "/api/v1/users/123e4567/no/such/route");
}

Test(seed_004, validation_errors_have_the_form_of_pydantic_2)
{
	struct answer *a = CLIENT_ASK(.path = "/users/register", .json = "{}");
	const cJSON *fault = answer_fault(a, "[\"body\",\"email\"]");

	ANSWER_IS(a, 422, "VALIDATION_ERROR");
	cr_assert_eq(answer_faults(a), 2);
	cr_assert_str_eq(answer_fault_type(a, "[\"body\",\"email\"]"), "missing");
	cr_assert_str_eq(answer_fault_type(a, "[\"body\",\"password\"]"), "missing");
	cr_assert_str_eq(
	    cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(fault, "msg")), "Field required");
}

Test(seed_004, whole_workflow)
{
	struct person p = person_stranger();
	struct answer *a = CLIENT_ASK(.path = "/users/register",
	    .json = client_print(
		"{\"email\":\"%s\",\"full_name\":\"Workflow Test\",\"password\":\"%s\"}", p.email,
		p.password));

	ANSWER_IS(a, 201, "");
	(void)person_login(&p);
	a = person_me(p.access);
	ANSWER_IS(a, 200, "");
	cr_assert_str_eq(answer_text(a, "email"), p.email);
}

static struct answer *
change_password(const struct person *p, const char *current, const char *new)
{
	return CLIENT_ASK(.path = "/users/me/change-password", .token = p->access,
	    .json = client_print("{\"current_password\":\"%s\",\"new_password\":\"%s\","
				 "\"confirm_password\":\"%s\"}",
		current, new, new));
}

Test(seed_004, changes_the_password_and_invalidates_all_tokens)
{
	struct person p = person_new();
	const char *new = person_stranger().password;
	struct answer *a = change_password(&p, "Wrong-pass-1", new);

	ANSWER_IS(a, 400, "INCORRECT_PASSWORD");
	cr_assert_str_eq(answer_text(a, "detail"), "Current password is incorrect");
	a = change_password(&p, p.password, new);
	ANSWER_IS(a, 200, "");
	cr_assert_str_eq(a->body, "{\"message\":\"Password changed successfully\"}");
	ANSWER_IS(person_me(p.access), 401, "SESSION_ENDED");
	p.password = new;
	(void)person_login(&p);
}

Test(seed_004, passwords_that_do_not_match_are_422)
{
	struct person p = person_new();
	struct answer *a = CLIENT_ASK(.path = "/users/me/change-password", .token = p.access,
	    .json = client_print("{\"current_password\":\"%s\",\"new_password\":\"%s\","
				 "\"confirm_password\":\"%s\"}",
		p.password, person_stranger().password, person_stranger().password));

	ANSWER_IS(a, 422, "VALIDATION_ERROR");
	cr_assert_not_null(answer_fault(a, "[\"body\",\"confirm_password\"]"));
}

Test(seed_004, deactivates_the_account_when_confirmed)
{
	struct person p = person_new();
	struct answer *a = CLIENT_ASK(.method = "DELETE", .path = "/users/me", .token = p.access,
	    .json = "{\"confirm\": false}");

	ANSWER_IS(a, 400, "CONFIRMATION_REQUIRED");
	cr_assert_str_eq(answer_text(a, "detail"), "Account deactivation requires confirmation");
	a = CLIENT_ASK(.method = "DELETE", .path = "/users/me", .token = p.access,
	    .json = "{\"confirm\": true}");
	ANSWER_IS(a, 200, "");
	cr_assert_str_eq(a->body, "{\"message\":\"Account deactivated successfully\"}");
	ANSWER_IS(person_me(p.access), 403, "ACCOUNT_DISABLED");
	/* A soft delete: the row stays. */
	cr_assert_eq(DB_INT("SELECT count(*) FROM users WHERE id = $1::text::uuid AND"
			    " NOT is_active AND deleted_at IS NULL",
			 p.id),
	    1);
}

/* "Bulk deactivate users", with its sample body. */
Test(seed_004, bulk_deactivates_as_in_its_sample)
{
	struct person admin = person_admin(), p = person_new();
	struct answer *a = CLIENT_ASK(.path = "/users/bulk", .token = admin.access,
	    .json = client_print("{\"user_ids\":[\"%s\"],\"operation\":\"deactivate\"}", p.id));

	ANSWER_IS(a, 200, "");
	cr_assert_eq(answer_number(a, "succeeded"), 1);
	ANSWER_IS(person_me(p.access), 403, "ACCOUNT_DISABLED");
	a = CLIENT_ASK(.path = "/users/bulk", .token = admin.access,
	    .json = client_print("{\"user_ids\":[\"%s\"],\"operation\":\"delete\"}", admin.id));
	ANSWER_IS(a, 400, "SELF_IN_BULK");
	cr_assert_str_eq(answer_text(a, "detail"), "Cannot include yourself in bulk operations");
}

/* "DELETE is for good", "activate", "deactivate" of its administration. */
Test(seed_004, admin_patches_activates_and_removes)
{
	struct person admin = person_admin(), p = person_registered();
	const char *path = client_print("/users/%s", p.id);
	struct answer *a = CLIENT_ASK(.method = "PATCH", .path = path, .token = admin.access,
	    .json = "{\"role\":\"admin\",\"is_active\":false}");

	ANSWER_IS(a, 200, "");
	cr_assert(answer_is(a, "is_admin") && !answer_is(a, "is_active"), "%s", a->body);
	a = CLIENT_ASK(.method = "POST", .path = client_print("%s/activate", path),
	    .token = admin.access);
	ANSWER_IS(a, 200, "");
	cr_assert(answer_is(a, "is_active"));
	ANSWER_IS(CLIENT_ASK(.method = "DELETE", .path = path, .token = admin.access), 204, "");
	ANSWER_IS(CLIENT_ASK(.path = path, .token = admin.access), 404, "NOT_FOUND");
}
