#include <string.h>

#include <criterion/criterion.h>

#include "tests/http/db.h"
#include "tests/http/person.h"

/* POST a new password; the three rows must not drift apart. */

static const char *const doors[] = {
    "/users/me/change-password", "/users/me/password", "/auth/me/password"};

enum { DOORS = sizeof(doors) / sizeof(*doors) };

static struct answer *
change(
    size_t door, const struct person *p, const char *current, const char *new, const char *confirm)
{
	const char *again =
	    confirm == NULL ? "" : client_print(",\"confirm_password\":\"%s\"", confirm);

	return CLIENT_ASK(.path = doors[door], .token = p->access,
	    .json = client_print(
		"{\"current_password\":\"%s\",\"new_password\":\"%s\"%s}", current, new, again));
}

Test(own_password, every_door_changes_it_and_ends_every_session)
{
	for (size_t i = 0; i < DOORS; i++) {
		struct person p = person_new(), other = p;
		const char *new = person_stranger().password, *old = p.password;
		struct answer *a;

		(void)person_login(&other);
		a = change(i, &p, old, new, new);
		ANSWER_IS(a, 200, "");
		cr_assert_str_eq(answer_text(a, "message"), "Password changed successfully");
		ANSWER_IS(person_me(p.access), 401, "SESSION_ENDED");
		ANSWER_IS(person_me(other.access), 401, "SESSION_ENDED");
		ANSWER_IS(person_refresh_with(other.refresh), 401, "REFRESH_TOKEN_INVALID");
		ANSWER_IS(CLIENT_ASK(.path = "/auth/login", .form = person_form(p.email, old)), 401,
		    "INVALID_CREDENTIALS");
		p.password = new;
		(void)person_login(&p);
	}
}

Test(own_password, every_door_refuses_and_then_nothing_has_happened)
{
	for (size_t i = 0; i < DOORS; i++) {
		struct person p = person_new();
		const char *good = person_stranger().password, *etag;
		const struct {
			const char *current, *new, *confirm;
			int status;
			const char *code;
		} cases[] = {
		    {"Wrong-pass-1", good, NULL, 400, "INCORRECT_PASSWORD"},
		    {"", good, NULL, 400, "INCORRECT_PASSWORD"},
		    {p.password, p.password, NULL, 400, "SAME_PASSWORD"},
		    {p.password, "weak-weak-1", NULL, 422, "WEAK_PASSWORD"},
		    /* What is wrong with the request is told before what is refused (422, then 400). */
		    {"Wrong-pass-1", "weak-weak-1", NULL, 422, "WEAK_PASSWORD"},
		    {p.password, "short", NULL, 422, "VALIDATION_ERROR"},
		    {p.password, good, "Not-the-same-1", 422, "VALIDATION_ERROR"},
		    {p.password, good, "", 422, "VALIDATION_ERROR"},
		};

		etag = answer_header(person_me(p.access), "ETag");
		for (size_t k = 0; k < sizeof(cases) / sizeof(*cases); k++) {
			struct answer *a =
			    change(i, &p, cases[k].current, cases[k].new, cases[k].confirm);

			cr_assert(a->status == cases[k].status &&
				strcmp(answer_code(a), cases[k].code) == 0,
			    "%zu: expected %s, got %s", k, cases[k].code, a->body);
		}
		cr_assert_str_eq(answer_header(person_me(p.access), "ETag"), etag);
		(void)person_login(&p);
	}
}

Test(own_password, what_is_wrong_is_said_of_the_right_member)
{
	struct person p = person_new();
	const char *good = person_stranger().password;
	struct answer *a = change(0, &p, p.password, good, "Not-the-same-1");

	cr_assert_str_eq(answer_fault_type(a, "[\"body\",\"confirm_password\"]"), "value_error");
	a = change(0, &p, p.password, "weak-weak-1", NULL);
	cr_assert_str_eq(answer_fault_type(a, "[\"body\",\"new_password\"]"), "value_error");
	a = change(0, &p, "Wrong-pass-1", good, NULL);
	cr_assert_str_eq(answer_text(a, "detail"), "Current password is incorrect");
}

Test(own_password, an_account_without_one_has_none_that_is_correct)
{
	struct person p = person_new();

	DB_DO("UPDATE users SET password_hash = NULL WHERE id = $1::text::uuid", p.id);
	ANSWER_IS(
	    change(0, &p, p.password, person_stranger().password, NULL), 400, "INCORRECT_PASSWORD");
	cr_assert_not(answer_is(person_me(p.access), "has_password"));
}

/* All prove the same old password; were two to succeed, one owner's change would be lost unseen. */
Test(own_password, of_several_changes_with_one_old_password_one_succeeds)
{
	struct person p = person_new();
	struct ask asks[4];
	struct answer **answers;
	size_t changed = 0;

	for (size_t i = 0; i < 4; i++)
		asks[i] = (struct ask){.path = doors[i % DOORS],
		    .token = p.access,
		    .json = client_print("{\"current_password\":\"%s\",\"new_password\":\"%s\"}",
			p.password, person_stranger().password)};
	answers = client_ask_all(asks, 4);
	for (size_t i = 0; i < 4; i++) {
		changed += answers[i]->status == 200;
		cr_assert(answers[i]->status == 200 || answers[i]->status == 400 ||
			answers[i]->status == 401,
		    "%s", answers[i]->body);
	}
	cr_assert_eq(changed, 1);
}
