#include <stdlib.h>
#include <string.h>

#include <criterion/criterion.h>

#include "tests/http/db.h"
#include "tests/http/person.h"

static struct answer *
enrol(const char *members)
{
	return CLIENT_ASK(.path = "/auth/register", .json = client_print("{%s}", members));
}

Test(register, works_under_each_of_its_names)
{
	static const char *const paths[] = {"/auth/register", "/auth/signup", "/users/register"};

	for (size_t i = 0; i < 3; i++) {
		struct person p = person_stranger();

		ANSWER_IS(CLIENT_ASK(.path = paths[i], .json = person_json(&p)), 201, "");
		(void)person_login(&p);
		ANSWER_IS(CLIENT_ASK(.path = paths[i], .json = person_json(&p)), 409,
		    "EMAIL_ALREADY_REGISTERED");
	}
}

Test(register, answers_a_user_and_no_more)
{
	static const char *const members[] = {"id", "email", "username", "full_name", "role",
	    "is_admin", "is_active", "is_verified", "has_password", "has_secret", "created_at",
	    "updated_at", "last_login_at"};
	struct person p = person_stranger();
	struct answer *a = CLIENT_ASK(.path = "/auth/register", .json = person_json(&p));

	ANSWER_IS(a, 201, "");
	for (size_t i = 0; i < sizeof(members) / sizeof(*members); i++)
		cr_assert(answer_has(a, members[i]), "%s", members[i]);
	cr_assert_eq(
	    cJSON_GetArraySize(a->json), (int)(sizeof(members) / sizeof(*members)), "%s", a->body);
	cr_assert_str_eq(answer_text(a, "role"), "user");
	cr_assert(answer_is(a, "has_password"));
	cr_assert_not(answer_is(a, "has_secret") || answer_is(a, "is_verified"));
	cr_assert_null(answer_text(a, "last_login_at"));
	cr_assert_str_eq(answer_header(a, "Cache-Control"), "no-store");
}

Test(register, keeps_the_address_as_typed_and_unique_in_any_case)
{
	struct person p = person_stranger();
	const char *mixed = client_print("MiXed.%s", p.email),
		   *lower = client_print("mixed.%s", p.email);
	struct answer *a;

	p.email = mixed;
	a = CLIENT_ASK(.path = "/auth/register", .json = person_json(&p));
	ANSWER_IS(a, 201, "");
	cr_assert_str_eq(answer_text(a, "email"), mixed);
	a = enrol(client_print("\"email\":\"%s\",\"password\":\"%s\"", lower, p.password));
	ANSWER_IS(a, 409, "EMAIL_ALREADY_REGISTERED");
	cr_assert_null(strstr(a->body, p.id == NULL ? "MiXed" : p.id), "%s", a->body);
}

Test(register, usernames_are_unique_in_any_case)
{
	struct person p = person_registered(), other = person_stranger();
	char *upper = strdup(p.username);

	upper[0] = 'U';
	other.username = upper;
	ANSWER_IS(CLIENT_ASK(.path = "/auth/register", .json = person_json(&other)), 409,
	    "USERNAME_ALREADY_REGISTERED");
	free(upper);
	cr_assert_eq(DB_INT("SELECT count(*) FROM users WHERE email_key = $1", other.email), 0);
}

Test(register, each_of_its_names_refuses_taken_usernames_and_weak_passwords)
{
	static const char *const paths[] = {"/auth/register", "/auth/signup", "/users/register"};
	struct person taken = person_registered();

	for (size_t i = 0; i < 3; i++) {
		struct person p = person_stranger();

		p.username = taken.username;
		ANSWER_IS(CLIENT_ASK(.path = paths[i], .json = person_json(&p)), 409,
		    "USERNAME_ALREADY_REGISTERED");
		p = person_stranger();
		p.password = "nocapitals-1";
		ANSWER_IS(
		    CLIENT_ASK(.path = paths[i], .json = person_json(&p)), 422, "WEAK_PASSWORD");
	}
}

Test(register, refuses_usernames_out_of_form)
{
	static const char *const bad[] = {"ab", "-abc", ".abc", "_abc", "a b c", "a@b.example",
	    "admin", "ROOT", "stats", "\u00e4\u00f6\u00fc", "abc\\n", "abc\u200b",
	    "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"};

	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
		struct person p = person_stranger();
		struct answer *a =
		    enrol(client_print("\"email\":\"%s\",\"password\":\"%s\",\"username\":\"%s\"",
			p.email, p.password, bad[i]));

		cr_assert_eq(a->status, 422, "%zu: %s: %s", i, bad[i], a->body);
		cr_assert_not_null(
		    answer_fault(a, "[\"body\",\"username\"]"), "%zu: %s", i, a->body);
	}
}

Test(register, takes_names_of_all_peoples_and_refuses_control_characters)
{
	static const struct {
		const char *name;
		long status;
	} cases[] = {{"\u540d\u524d", 201}, {"Zo\u00eb \\\"Q\\\" O'Neil \\\\", 201},
	    {"\U0001f600", 201}, {"", 422}, {" ", 422}, {"a\\nb", 422}, {"a\\u0085b", 422},
	    {"a\u202eb", 422}, {"a\\u2028b", 422}};

	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct person p = person_stranger();
		struct answer *a =
		    enrol(client_print("\"email\":\"%s\",\"password\":\"%s\",\"full_name\":\"%s\"",
			p.email, p.password, cases[i].name));

		cr_assert_eq(a->status, cases[i].status, "%zu: %s", i, a->body);
	}
}

Test(register, refuses_name_and_full_name_together)
{
	struct person p = person_stranger();
	struct answer *a = enrol(
	    client_print("\"email\":\"%s\",\"password\":\"%s\",\"full_name\":\"A\",\"name\":\"A\"",
		p.email, p.password));

	ANSWER_IS(a, 422, "VALIDATION_ERROR");
	cr_assert_str_eq(answer_fault_type(a, "[\"body\",\"name\"]"), "value_error", "%s", a->body);
}

Test(register, takes_null_where_a_value_may_be_absent)
{
	struct person p = person_stranger();
	struct answer *a = enrol(client_print(
	    "\"email\":\"%s\",\"password\":\"%s\",\"full_name\":null,\"username\":null", p.email,
	    p.password));

	ANSWER_IS(a, 201, "");
	a = enrol("\"email\":null,\"password\":null,\"role\":null");
	ANSWER_IS(a, 422, "VALIDATION_ERROR");
	cr_assert_eq(answer_faults(a), 3, "%s", a->body);
}

Test(register, refuses_weak_passwords_and_says_why_without_repeating_them)
{
	struct person p = person_stranger();
	const char *const weak[] = {"Password1!", "P@ssw0rd", "Qwerty123!",
	    client_print("%.36sA1!", p.email), client_print("%sA1!", p.username)};

	for (size_t i = 0; i < sizeof(weak) / sizeof(*weak); i++) {
		struct answer *a;

		p.password = weak[i];
		a = CLIENT_ASK(.path = "/auth/register", .json = person_json(&p));
		cr_assert_eq(a->status, 422, "%zu %s: %s", i, weak[i], a->body);
		cr_assert_str_eq(answer_code(a), "WEAK_PASSWORD", "%zu: %s", i, a->body);
		cr_assert_null(cJSON_GetObjectItemCaseSensitive(
				   answer_fault(a, "[\"body\",\"password\"]"), "input"),
		    "%zu: %s", i, a->body);
	}
	cr_assert_eq(DB_INT("SELECT count(*) FROM users WHERE email_key = $1", p.email), 0);
}

Test(register, refuses_a_password_over_511_bytes)
{
	struct person p = person_stranger();
	const char *word = "";
	struct answer *a;

	for (int i = 0; i < 128; i++)
		word = client_print("%s\U0001f600", word);
	p.password = word;
	a = CLIENT_ASK(.path = "/auth/register", .json = person_json(&p));
	ANSWER_IS(a, 422, "VALIDATION_ERROR");
	cr_assert_str_eq(answer_fault_type(a, "[\"body\",\"password\"]"), "value_error");
}

Test(register, makes_exactly_one_of_32_at_the_same_moment)
{
	struct person p = person_stranger();
	const char *json =
	    client_print("{\"email\":\"%s\",\"password\":\"%s\"}", p.email, p.password);
	struct ask asks[32];
	struct answer **answers;
	size_t made = 0, taken = 0;

	for (size_t i = 0; i < 32; i++)
		asks[i] = (struct ask){.path = "/auth/register", .json = json};
	answers = client_ask_all(asks, 32);
	for (size_t i = 0; i < 32; i++) {
		made += answers[i]->status == 201;
		taken += answers[i]->status == 409;
		cr_assert_neq(answers[i]->status, 500, "%zu: %s", i, answers[i]->body);
	}
	cr_assert(made == 1 && taken == 31, "%zu made, %zu taken", made, taken);
	cr_assert_eq(DB_INT("SELECT count(*) FROM users WHERE email_key = $1", p.email), 1);
}

Test(register, ignores_an_authorization_header)
{
	struct person p = person_stranger();

	ANSWER_IS(CLIENT_ASK(.path = "/auth/register", .json = person_json(&p), .token = "rubbish"),
	    201, "");
}

Test(register, stores_a_hash_and_never_the_password)
{
	struct person p = person_registered();
	const char *row = DB_TEXT("SELECT u::text FROM users u WHERE id = $1::text::uuid", p.id);

	cr_assert_null(strstr(row, p.password));
	cr_assert_not_null(strstr(row, "$y$"));
}
