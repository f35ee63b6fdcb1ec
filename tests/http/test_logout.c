#include <criterion/criterion.h>

#include "tests/http/db.h"
#include "tests/http/forge.h"
#include "tests/http/person.h"

/* Three sessions of one user: a logout must end exactly those that were meant. */
struct three {
	struct person p[3];
};

static struct three
three_sessions(void)
{
	struct three t = {.p = {person_new()}};

	t.p[1] = t.p[2] = t.p[0];
	(void)person_login(&t.p[1]);
	(void)person_login(&t.p[2]);
	return t;
}

static void
lives(const struct three *t, bool first, bool second, bool third)
{
	const bool want[] = {first, second, third};

	for (size_t i = 0; i < 3; i++) {
		struct answer *a = person_me(t->p[i].access);

		if (want[i])
			ANSWER_IS(a, 200, "");
		else
			ANSWER_IS(a, 401, "SESSION_ENDED");
	}
}

static struct answer *
logout(const char *query, const char *access)
{
	return CLIENT_ASK(.method = "POST", .path = client_print("/auth/logout%s", query),
	    .token = access);
}

static struct answer *
logout_by(const char *query, const char *refresh)
{
	return CLIENT_ASK(.path = client_print("/auth/logout%s", query),
	    .json = client_print("{\"refresh_token\":\"%s\"}", refresh));
}

Test(logout, ends_this_session)
{
	struct three t = three_sessions();

	ANSWER_IS(logout("", t.p[0].access), 204, "");
	lives(&t, false, true, true);
	ANSWER_IS(person_refresh_with(t.p[0].refresh), 401, "REFRESH_TOKEN_INVALID");
}

Test(logout, ends_the_others)
{
	struct three t = three_sessions();

	ANSWER_IS(logout("?scope=others", t.p[1].access), 204, "");
	lives(&t, false, true, false);
}

Test(logout, ends_all)
{
	struct three t = three_sessions();

	ANSWER_IS(logout("?scope=all", t.p[2].access), 204, "");
	lives(&t, false, false, false);
}

Test(logout, works_by_refresh_token)
{
	struct three t = three_sessions();

	ANSWER_IS(logout_by("", t.p[0].refresh), 204, "");
	lives(&t, false, true, true);
	ANSWER_IS(logout_by("?scope=others", t.p[1].refresh), 204, "");
	lives(&t, false, true, false);
	ANSWER_IS(logout_by("?scope=all", t.p[1].refresh), 204, "");
	lives(&t, false, false, false);
}

Test(logout, can_be_repeated)
{
	struct person p = person_new();

	for (int i = 0; i < 3; i++) {
		ANSWER_IS(logout("", p.access), 204, "");
		ANSWER_IS(logout_by("", p.refresh), 204, "");
	}
}

Test(logout, of_nothing_is_fine)
{
	struct person p = person_new();

	ANSWER_IS(logout("", NULL), 204, "");
	ANSWER_IS(logout("", "garbage"), 204, "");
	ANSWER_IS(logout_by("?scope=all", "garbage"), 204, "");
	ANSWER_IS(logout("?scope=all", p.refresh), 204, "");
	ANSWER_IS(logout_by("?scope=all", p.access), 204, "");
	ANSWER_IS(CLIENT_ASK(.path = "/auth/logout", .json = "{}"), 204, "");
	ANSWER_IS(person_me(p.access), 200, "");
}

/* A token stolen before a logout must not be good for ending the owner's later sessions. */
Test(logout, an_ended_session_ends_no_other)
{
	struct three t = three_sessions();

	ANSWER_IS(logout("", t.p[0].access), 204, "");
	ANSWER_IS(logout("?scope=all", t.p[0].access), 204, "");
	ANSWER_IS(logout_by("?scope=all", t.p[0].refresh), 204, "");
	lives(&t, false, true, true);
}

Test(logout, is_of_one_user)
{
	struct person p = person_new(), other = person_new();

	ANSWER_IS(logout("?scope=all", p.access), 204, "");
	ANSWER_IS(person_me(other.access), 200, "");
}

Test(logout, refuses_an_unknown_scope_and_does_nothing)
{
	struct person p = person_new();
	struct answer *a = logout("?scope=every", p.access);

	ANSWER_IS(a, 422, "VALIDATION_ERROR");
	cr_assert_str_eq(answer_fault_type(a, "[\"query\",\"scope\"]"), "enum");
	ANSWER_IS(logout("?scope=all&scope=all", p.access), 422, "VALIDATION_ERROR");
	ANSWER_IS(person_me(p.access), 200, "");
}

Test(logout, its_answer_may_not_be_kept)
{
	struct person p = person_new();

	cr_assert_str_eq(answer_header(logout("", p.access), "Cache-Control"), "no-store");
}

/* Each would lock its own session and then wait for the other's: a deadlock a second long. */
Test(logout, all_at_once_from_every_session_never_waits_in_a_circle)
{
	for (size_t round = 0; round < 8; round++) {
		struct three t = three_sessions();
		struct ask asks[3];
		struct answer **answers;

		for (size_t i = 0; i < 3; i++)
			asks[i] = (struct ask){.method = "POST",
			    .path = "/auth/logout?scope=all",
			    .token = t.p[i].access};
		answers = client_ask_all(asks, 3);
		for (size_t i = 0; i < 3; i++)
			ANSWER_IS(answers[i], 204, "");
		lives(&t, false, false, false);
	}
}

/* Whoever holds a spent token may have stolen it: it ends the session it is of and no other. */
Test(logout, by_a_spent_refresh_token_ends_no_other_session)
{
	struct three t = three_sessions();
	const char *spent = t.p[0].refresh;

	(void)person_refresh(&t.p[0]);
	ANSWER_IS(logout_by("?scope=all", spent), 204, "");
	lives(&t, false, true, true);
}

Test(logout, looks_at_the_bearer_also_beside_a_refresh_token_that_is_none)
{
	struct person p = person_new();

	ANSWER_IS(CLIENT_ASK(.path = "/auth/logout", .token = p.access,
		      .json = "{\"refresh_token\":\"ghr_typo\"}"),
	    204, "");
	ANSWER_IS(person_me(p.access), 401, "SESSION_ENDED");
}

/* Otherwise the refresh token would live on although its owner was told that he is out. */
Test(logout, by_an_expired_access_token_ends_its_session_too)
{
	struct person p = person_new();

	ANSWER_IS(logout("", forge_expired(p.access)), 204, "");
	ANSWER_IS(person_me(p.access), 401, "SESSION_ENDED");
	ANSWER_IS(person_refresh_with(p.refresh), 401, "REFRESH_TOKEN_INVALID");
}
