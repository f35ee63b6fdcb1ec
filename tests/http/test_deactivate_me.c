#include <string.h>

#include <criterion/criterion.h>

#include "tests/http/db.h"
#include "tests/http/person.h"

/* DELETE /users/me: gone for its owner, kept for the administrators. */

static struct answer *
leave(const struct person *p, const char *query, const char *json)
{
	return CLIENT_ASK(.method = "DELETE", .path = client_print("/users/me%s", query),
	    .token = p->access, .json = json);
}

/* HT-19: RFC 9110 §9.3.5 gives a body of DELETE no meaning, so there is a way without. */
Test(deactivate_me, wants_it_confirmed_in_the_body_or_in_the_query)
{
	static const struct {
		const char *query, *json;
	} ways[] = {{"", "{\"confirm\":true}"}, {"?confirm=true", NULL}, {"?confirm=true", "{}"},
	    {"?confirm=true", "{\"confirm\":true}"}};

	for (size_t i = 0; i < sizeof(ways) / sizeof(*ways); i++) {
		struct person p = person_new();
		struct answer *a = leave(&p, ways[i].query, ways[i].json);

		ANSWER_IS(a, 200, "");
		cr_assert_str_eq(answer_text(a, "message"), "Account deactivated successfully");
		ANSWER_IS(person_me(p.access), 403, "ACCOUNT_DISABLED");
	}
}

Test(deactivate_me, anything_else_is_no_confirmation)
{
	static const struct {
		const char *query, *json;
		int status;
		const char *code;
	} cases[] = {
	    {"", NULL, 400, "CONFIRMATION_REQUIRED"},
	    {"", "{}", 400, "CONFIRMATION_REQUIRED"},
	    {"", "{\"confirm\":false}", 400, "CONFIRMATION_REQUIRED"},
	    {"?confirm=false", NULL, 400, "CONFIRMATION_REQUIRED"},
	    {"?confirm=false", "{\"confirm\":true}", 400, "CONFIRMATION_REQUIRED"},
	    {"?confirm=true", "{\"confirm\":false}", 400, "CONFIRMATION_REQUIRED"},
	    {"?Confirm=true", NULL, 400, "CONFIRMATION_REQUIRED"},
	    {"", "{\"confirm\":\"true\"}", 422, "VALIDATION_ERROR"},
	    {"", "{\"confirm\":1}", 422, "VALIDATION_ERROR"},
	    {"", "{\"confirm\":null}", 422, "VALIDATION_ERROR"},
	    {"?confirm=yes!", "{\"confirm\":true}", 422, "VALIDATION_ERROR"},
	    {"?confirm=true", "{", 422, "VALIDATION_ERROR"},
	};
	struct person p = person_new();

	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct answer *a = leave(&p, cases[i].query, cases[i].json);

		cr_assert(
		    a->status == cases[i].status && strcmp(answer_code(a), cases[i].code) == 0,
		    "%zu: expected %s, got %s", i, cases[i].code, a->body);
	}
	cr_assert(answer_is(person_me(p.access), "is_active"));
}

/* AU-08: every path that a disabled account could still take. */
Test(deactivate_me, is_the_end_on_every_path)
{
	struct person p = person_new(), other = p;

	(void)person_login(&other);
	ANSWER_IS(leave(&p, "?confirm=true", NULL), 200, "");
	ANSWER_IS(person_me(other.access), 403, "ACCOUNT_DISABLED");
	ANSWER_IS(person_refresh_with(p.refresh), 401, "REFRESH_TOKEN_INVALID");
	ANSWER_IS(person_refresh_with(other.refresh), 401, "REFRESH_TOKEN_INVALID");
	ANSWER_IS(CLIENT_ASK(.path = "/auth/login", .form = person_form(p.email, p.password)), 403,
	    "ACCOUNT_DISABLED");
	ANSWER_IS(leave(&p, "?confirm=true", NULL), 403, "ACCOUNT_DISABLED");
	ANSWER_IS(
	    CLIENT_ASK(.path = "/users/me/sessions", .token = p.access), 403, "ACCOUNT_DISABLED");
	cr_assert_eq(
	    DB_INT("SELECT count(*) FROM sessions WHERE user_id = $1::text::uuid", p.id), 0);
}

Test(deactivate_me, the_address_stays_taken)
{
	struct person p = person_new();

	ANSWER_IS(leave(&p, "?confirm=true", NULL), 200, "");
	ANSWER_IS(CLIENT_ASK(.path = "/auth/register", .json = person_json(&p)), 409,
	    "EMAIL_ALREADY_REGISTERED");
}

Test(deactivate_me, with_if_match_only_what_was_read)
{
	struct person p = person_new();
	const char *old = answer_header(person_me(p.access), "ETag");
	struct ask ask = {.method = "DELETE",
	    .path = "/users/me?confirm=true",
	    .token = p.access,
	    .header = {client_print("If-Match: %s", old)}};

	ANSWER_IS(CLIENT_ASK(.method = "PATCH", .path = "/users/me", .token = p.access,
		      .json = "{\"full_name\":\"Moved On\"}"),
	    200, "");
	ANSWER_IS(client_ask(&ask), 412, "PRECONDITION_FAILED");
	ask.path = "/users/me"; /* the precondition comes before the confirmation */
	ANSWER_IS(client_ask(&ask), 412, "PRECONDITION_FAILED");
	ask.path = "/users/me?confirm=true";
	ask.header[0] = client_print("If-Match: %s", answer_header(person_me(p.access), "ETag"));
	ANSWER_IS(client_ask(&ask), 200, "");
}

Test(deactivate_me, happens_once)
{
	struct person p = person_new();
	struct ask asks[6];
	struct answer **answers;
	size_t done = 0;

	for (size_t i = 0; i < 6; i++)
		asks[i] = (struct ask){
		    .method = "DELETE", .path = "/users/me?confirm=true", .token = p.access};
	answers = client_ask_all(asks, 6);
	for (size_t i = 0; i < 6; i++) {
		done += answers[i]->status == 200;
		if (answers[i]->status != 200)
			ANSWER_IS(answers[i], 403, "ACCOUNT_DISABLED");
	}
	cr_assert_eq(done, 1);
	cr_assert_eq(DB_INT("SELECT count(*) FROM audit WHERE action = 'user.deactivate'"
			    " AND target_id = $1::text::uuid",
			 p.id),
	    1);
}

/* One admin of many may go; who is the last one is another story (tests/proc/test_last_admin.py). */
Test(deactivate_me, an_admin_may_go_while_others_stay)
{
	struct person stays = person_admin(), goes = person_admin();

	ANSWER_IS(leave(&goes, "?confirm=true", NULL), 200, "");
	ANSWER_IS(CLIENT_ASK(.path = "/users", .token = goes.access), 403, "ACCOUNT_DISABLED");
	ANSWER_IS(CLIENT_ASK(.path = "/users", .token = stays.access), 200, "");
}
