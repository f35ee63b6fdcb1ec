#include <string.h>

#include <criterion/criterion.h>

#include "tests/http/db.h"
#include "tests/http/machine.h"
#include "tests/http/person.h"

/* What somebody sees of his own sessions, and ends. */

static struct answer *
list(const struct person *p)
{
	return CLIENT_ASK(.path = "/users/me/sessions", .token = p->access);
}

static struct answer *
end(const struct person *p, const char *id)
{
	return CLIENT_ASK(.method = "DELETE", .path = client_print("/users/me/sessions/%s", id),
	    .token = p->access);
}

static const cJSON *
item(const struct answer *a, int i)
{
	return cJSON_GetArrayItem(cJSON_GetObjectItemCaseSensitive(a->json, "items"), i);
}

static const char *
text_of(const cJSON *session, const char *name)
{
	return cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(session, name));
}

Test(own_sessions, are_listed_with_the_current_one_marked)
{
	struct person p = person_new(), again = p;
	struct answer *a;
	int current = 0;

	(void)person_login(&again);
	a = list(&again);
	ANSWER_IS(a, 200, "");
	cr_assert_eq(answer_number(a, "total"), 2);
	for (int i = 0; i < 2; i++) {
		const cJSON *s = item(a, i);
		bool is = cJSON_IsTrue(cJSON_GetObjectItemCaseSensitive(s, "current"));

		current += is;
		cr_assert_eq(is, strcmp(text_of(s, "id"), person_session(&again)) == 0);
		cr_assert(is || strcmp(text_of(s, "id"), person_session(&p)) == 0);
		cr_assert_str_eq(text_of(s, "ip"), "127.0.0.1");
		cr_assert(text_of(s, "created_at") != NULL && text_of(s, "last_used_at") != NULL);
		cr_assert_eq(cJSON_GetArraySize(s), 6, "%s", a->body);
	}
	cr_assert_eq(current, 1);
}

Test(own_sessions, say_where_they_are_from_and_when_they_were_used)
{
	struct person p = person_registered();
	struct answer *a = CLIENT_ASK(.path = "/auth/login",
	    .form = person_form(p.email, p.password), .header = {"User-Agent: Phone/1.0"});

	ANSWER_IS(a, 200, "");
	p.access = answer_text(a, "access_token");
	p.refresh = answer_text(a, "refresh_token");
	DB_DO("UPDATE sessions SET created_at = now() - interval '1 hour',"
	      " last_used_at = now() - interval '1 hour' WHERE id = $1::text::uuid",
	    person_session(&p));
	(void)person_refresh(&p);
	a = list(&p);
	cr_assert_str_eq(text_of(item(a, 0), "user_agent"), "Phone/1.0");
	cr_assert_gt(strcmp(text_of(item(a, 0), "last_used_at"), text_of(item(a, 0), "created_at")),
	    0, "%s", a->body);
}

Test(own_sessions, the_last_used_comes_first_and_the_expired_not_at_all)
{
	struct person p = person_registered(), each[3];
	struct answer *a;

	for (size_t i = 0; i < 3; i++) {
		(void)person_login(&p);
		each[i] = p;
	}
	DB_DO("UPDATE sessions SET last_used_at = now() + interval '1 second' WHERE id ="
	      " $1::text::uuid",
	    person_session(&each[1]));
	DB_DO("UPDATE sessions SET expires_at = now() - interval '1 second' WHERE id ="
	      " $1::text::uuid",
	    person_session(&each[0]));
	a = list(&p);
	cr_assert_eq(answer_number(a, "total"), 2);
	cr_assert_str_eq(text_of(item(a, 0), "id"), person_session(&each[1]));
	cr_assert_str_eq(text_of(item(a, 1), "id"), person_session(&each[2]));
	ANSWER_IS(end(&p, person_session(&each[0])), 404, "NOT_FOUND");
}

/* Nothing of a session makes a token. */
Test(own_sessions, show_no_seed)
{
	struct person p = person_new();
	struct answer *a = list(&p);

	cr_assert_null(strstr(a->body, "seed"));
	cr_assert_null(strstr(a->body,
	    DB_TEXT("SELECT encode(seed, 'hex') FROM sessions WHERE id = $1::text::uuid",
		person_session(&p))));
}

Test(own_sessions, one_is_ended_and_the_others_live)
{
	struct person p = person_new(), other = p;

	(void)person_login(&other);
	ANSWER_IS(end(&p, person_session(&other)), 204, "");
	ANSWER_IS(person_me(other.access), 401, "SESSION_ENDED");
	ANSWER_IS(person_refresh_with(other.refresh), 401, "REFRESH_TOKEN_INVALID");
	ANSWER_IS(person_me(p.access), 200, "");
	ANSWER_IS(end(&p, person_session(&other)), 404, "NOT_FOUND");
	ANSWER_IS(end(&p, person_session(&p)), 204, "");
	ANSWER_IS(person_me(p.access), 401, "SESSION_ENDED");
}

/* AZ-03: not even that it exists. */
Test(own_sessions, of_somebody_else_are_as_unknown_as_none)
{
	struct person p = person_new(), other = person_new(), admin = person_admin();
	struct answer *theirs = end(&other, person_session(&p)),
		      *none = end(&other, "11111111-2222-4333-8444-555555555555");

	ANSWER_IS(theirs, 404, "NOT_FOUND");
	ANSWER_IS(none, 404, "NOT_FOUND");
	cr_assert_str_eq(answer_text(theirs, "detail"), answer_text(none, "detail"));
	ANSWER_IS(end(&admin, person_session(&p)), 404, "NOT_FOUND");
	ANSWER_IS(end(&other, "no-uuid"), 422, "VALIDATION_ERROR");
	ANSWER_IS(person_me(p.access), 200, "");
	cr_assert_null(strstr(list(&other)->body, person_session(&p)));
}

Test(own_sessions, all_end_and_this_one_too)
{
	struct person p = person_new(), other = p, stranger = person_new();

	(void)person_login(&other);
	ANSWER_IS(CLIENT_ASK(.method = "DELETE", .path = "/users/me/sessions", .token = p.access),
	    204, "");
	ANSWER_IS(person_me(p.access), 401, "SESSION_ENDED");
	ANSWER_IS(person_me(other.access), 401, "SESSION_ENDED");
	ANSWER_IS(person_refresh_with(other.refresh), 401, "REFRESH_TOKEN_INVALID");
	ANSWER_IS(person_me(stranger.access), 200, "");
	(void)person_login(&p); /* not the account */
}

/* Two of them end each other at the same instant: nobody waits for ever, and nothing is left. */
Test(own_sessions, can_end_each_other_at_once)
{
	struct person p = person_registered();
	struct ask asks[8];
	struct answer **answers;

	for (size_t i = 0; i < 8; i++) {
		(void)person_login(&p);
		asks[i] = (struct ask){.method = "DELETE",
		    .path = i % 2 == 0 ? "/users/me/sessions" : "/auth/logout?scope=all",
		    .token = p.access};
	}
	for (size_t i = 1; i < 8; i += 2)
		asks[i].method = "POST";
	answers = client_ask_all(asks, 8);
	for (size_t i = 0; i < 8; i++)
		cr_assert(
		    answers[i]->status == 204 || answers[i]->status == 401, "%s", answers[i]->body);
	cr_assert_eq(
	    DB_INT("SELECT count(*) FROM sessions WHERE user_id = $1::text::uuid", p.id), 0);
}

/* A token made from a user secret is of no session, and may still end those that there are. */
Test(own_sessions, a_token_without_a_session_has_no_current_one)
{
	struct person p = person_new(), machine = p;
	struct answer *a =
	    CLIENT_ASK(.method = "POST", .path = "/users/me/secret", .token = p.access);

	ANSWER_IS(a, 201, "");
	machine.access = machine_token(answer_text(a, "user_secret"));
	a = list(&machine);
	cr_assert_eq(answer_number(a, "total"), 1);
	cr_assert_null(strstr(a->body, "\"current\":true"), "%s", a->body);
	ANSWER_IS(
	    CLIENT_ASK(.method = "DELETE", .path = "/users/me/sessions", .token = machine.access),
	    204, "");
	ANSWER_IS(person_me(p.access), 401, "SESSION_ENDED");
	ANSWER_IS(person_me(machine.access), 200, "");
	ANSWER_IS(CLIENT_ASK(.method = "DELETE", .path = "/users/me?confirm=true",
		      .token = machine.access),
	    200, "");
	ANSWER_IS(person_me(machine.access), 403, "ACCOUNT_DISABLED");
}
