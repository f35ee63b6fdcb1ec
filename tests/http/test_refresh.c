#include <string.h>

#include <criterion/criterion.h>

#include "lib/arena.h"

#include "tests/http/db.h"
#include "tests/http/person.h"

enum { PARALLEL = 32 };

static int64_t
sessions_of(const struct person *p)
{
	return DB_INT("SELECT count(*) FROM sessions WHERE user_id = $1::text::uuid", p->id);
}

static void
end_grace(const struct person *p)
{
	cr_assert_eq(DB_DO("UPDATE sessions SET rotated_at = rotated_at - interval '11 seconds' "
			   "WHERE id = $1::text::uuid",
			 person_session(p)),
	    1);
}

Test(refresh, rotates)
{
	struct person p = person_new();
	const char *session = person_session(&p), *old = p.refresh;

	for (int i = 0; i < 3; i++) {
		struct answer *a = person_refresh(&p);

		cr_assert_str_neq(p.refresh, old);
		cr_assert_str_eq(answer_header(a, "Cache-Control"), "no-store");
		cr_assert_str_eq(person_session(&p), session);
		ANSWER_IS(person_me(p.access), 200, "");
		old = p.refresh;
	}
	cr_assert_eq(sessions_of(&p), 1);
}

Test(refresh, the_previous_token_gets_the_same_successor_for_a_while)
{
	struct person p = person_new();
	const char *lost = p.refresh;
	struct answer *again;

	(void)person_refresh(&p);
	again = person_refresh_with(lost);
	ANSWER_IS(again, 200, "");
	cr_assert_str_eq(answer_text(again, "refresh_token"), p.refresh);
	(void)person_refresh(&p);
}

Test(refresh, after_the_grace_a_replay_ends_the_session_for_good)
{
	struct person p = person_new();
	const char *spent = p.refresh;

	(void)person_refresh(&p);
	end_grace(&p);
	ANSWER_IS(person_refresh_with(spent), 401, "REFRESH_TOKEN_REUSED");
	cr_assert_eq(sessions_of(&p), 0, "the end was not committed");
	ANSWER_IS(person_refresh_with(p.refresh), 401, "REFRESH_TOKEN_INVALID");
	ANSWER_IS(person_me(p.access), 401, "SESSION_ENDED");
}

Test(refresh, an_older_token_ends_the_session_at_once)
{
	struct person p = person_new();
	const char *spent = p.refresh;

	(void)person_refresh(&p);
	(void)person_refresh(&p);
	ANSWER_IS(person_refresh_with(spent), 401, "REFRESH_TOKEN_REUSED");
	ANSWER_IS(person_refresh_with(p.refresh), 401, "REFRESH_TOKEN_INVALID");
}

/* The address of an account may be a stranger's. */
Test(refresh, replays_fill_no_mailbox)
{
	struct person p = person_registered();

	for (int i = 0; i < 5; i++) {
		const char *spent;

		(void)person_login(&p);
		spent = p.refresh;
		(void)person_refresh(&p);
		(void)person_refresh(&p);
		ANSWER_IS(person_refresh_with(spent), 401, "REFRESH_TOKEN_REUSED");
	}
	cr_assert_eq(DB_INT("SELECT count(*) FROM audit WHERE action = 'refresh_token.reused' AND"
			    " target_id = $1::text::uuid",
			 p.id),
	    5);
	cr_assert_eq(DB_INT("SELECT count(*) FROM mail WHERE kind = 'refresh_token_reused' AND"
			    " recipient = $1",
			 p.email),
	    3);
}

Test(refresh, a_replay_ends_that_session_only)
{
	struct person p = person_new(), other = p;
	const char *spent = p.refresh;

	(void)person_login(&other);
	(void)person_refresh(&p);
	end_grace(&p);
	ANSWER_IS(person_refresh_with(spent), 401, "REFRESH_TOKEN_REUSED");
	ANSWER_IS(person_me(other.access), 200, "");
	(void)person_refresh(&other);
}

Test(refresh, each_kind_of_token_is_good_for_one_thing)
{
	struct person p = person_new();

	ANSWER_IS(person_refresh_with(p.access), 401, "REFRESH_TOKEN_INVALID");
	ANSWER_IS(person_me(p.refresh), 401, "TOKEN_INVALID");
	ANSWER_IS(person_me(p.access), 200, "");
	(void)person_refresh(&p);
}

Test(refresh, one_token_used_32_times_at_once_has_one_successor)
{
	struct person p = person_new();
	const char *json = client_print("{\"refresh_token\":\"%s\"}", p.refresh);
	struct ask asks[PARALLEL];
	struct answer **answers;

	for (size_t i = 0; i < PARALLEL; i++)
		asks[i] = (struct ask){.path = "/auth/refresh", .json = json};
	answers = client_ask_all(asks, PARALLEL);
	for (size_t i = 0; i < PARALLEL; i++) {
		cr_assert_eq(answers[i]->status, 200, "%zu: %s", i, answers[i]->body);
		cr_assert_str_eq(answer_text(answers[i], "refresh_token"),
		    answer_text(answers[0], "refresh_token"), "%zu", i);
	}
	cr_assert_eq(
	    DB_INT("SELECT generation FROM sessions WHERE id = $1::text::uuid", person_session(&p)),
	    1);
	cr_assert_eq(sessions_of(&p), 1);
}

Test(refresh, refuses_a_deactivated_user)
{
	struct person p = person_new();

	person_deactivate(&p);
	ANSWER_IS(person_refresh_with(p.refresh), 401, "REFRESH_TOKEN_INVALID");
}

Test(refresh, refuses_an_expired_session)
{
	struct person p = person_new();

	DB_DO("UPDATE sessions SET expires_at = now() - interval '1 second' WHERE id = "
	      "$1::text::uuid",
	    person_session(&p));
	ANSWER_IS(person_refresh_with(p.refresh), 401, "REFRESH_TOKEN_INVALID");
	ANSWER_IS(person_me(p.access), 401, "SESSION_ENDED");
}

/* RT-06: the idle end moves with each refresh, the absolute one never. */
Test(refresh, moves_the_idle_end_but_never_beyond_the_absolute_one)
{
	struct person p = person_new();
	const char *session = person_session(&p);

	DB_DO("UPDATE sessions SET expires_at = now() + interval '1 hour' WHERE id = "
	      "$1::text::uuid",
	    session);
	(void)person_refresh(&p);
	cr_assert_eq(
	    DB_INT("SELECT count(*) FROM sessions WHERE id = $1::text::uuid AND expires_at "
		   "> now() + interval '6 days 23 hours' AND expires_at < now() + "
		   "interval '7 days 1 hour'",
		session),
	    1);
	DB_DO("UPDATE sessions SET ends_at = now() + interval '2 hours', expires_at = now() + "
	      "interval '1 hour' WHERE id = $1::text::uuid",
	    session);
	(void)person_refresh(&p);
	cr_assert_eq(
	    DB_INT("SELECT count(*) FROM sessions WHERE id = $1::text::uuid AND expires_at "
		   "= ends_at",
		session),
	    1);
}

/* A made-up token must neither work nor end the session it names. */
Test(refresh, a_forged_token_does_nothing)
{
	struct person p = person_new();
	size_t n = strlen(p.refresh);

	for (size_t i = 0; i < n; i++) {
		char *forged = arena_strdup(client_arena(), p.refresh);
		struct answer *a;

		forged[i] = forged[i] == 'A' ? 'B' : 'A';
		a = person_refresh_with(forged);
		cr_assert_eq(a->status, 401, "byte %zu of %zu: %s", i, n, a->body);
		cr_assert_str_eq(answer_code(a), "REFRESH_TOKEN_INVALID", "byte %zu", i);
	}
	cr_assert_eq(sessions_of(&p), 1);
	(void)person_refresh(&p);
}

Test(refresh, a_token_of_another_session_is_no_token_of_this_one)
{
	struct person p = person_new(), other = person_new();
	/* The first 26 of the characters behind the prefix: the session and most of the generation. */
	const char *mixed = client_print("%.26s%s", p.refresh, other.refresh + 26);

	ANSWER_IS(person_refresh_with(mixed), 401, "REFRESH_TOKEN_INVALID");
	cr_assert_eq(sessions_of(&p) + sessions_of(&other), 2);
}

Test(refresh, refuses_what_is_no_token)
{
	static const char *const bad[] = {"", "ghr_", "ghr_AAAA", "x", "null", "Bearer x", "ghr_*",
	    "GHR_AAAA", "ghr_\u00e4", "ghr_ AAAA"};

	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
		struct answer *a = person_refresh_with(bad[i]);

		cr_assert_eq(a->status, 401, "%zu: %s", i, a->body);
	}
	ANSWER_IS(
	    person_refresh_with(client_print("ghr_%060000d", 0)), 401, "REFRESH_TOKEN_INVALID");
	ANSWER_IS(CLIENT_ASK(.path = "/auth/refresh", .json = "{}"), 422, "VALIDATION_ERROR");
	ANSWER_IS(CLIENT_ASK(.path = "/auth/refresh", .json = "{\"refresh_token\":null}"), 422,
	    "VALIDATION_ERROR");
}

Test(refresh, trailing_bytes_make_another_token)
{
	struct person p = person_new();
	static const char *const tails[] = {"A", "=", " ", "."};

	for (size_t i = 0; i < 4; i++)
		ANSWER_IS(person_refresh_with(client_print("%s%s", p.refresh, tails[i])), 401,
		    "REFRESH_TOKEN_INVALID");
	(void)person_refresh(&p);
}

/* RT-01: neither the row nor any of its columns is the token or a part of it. */
Test(refresh, the_database_holds_no_token)
{
	struct person p = person_new();
	const char *row = DB_TEXT("SELECT concat(s::text, encode(seed, 'base64')) FROM sessions s "
				  "WHERE id = $1::text::uuid",
	    person_session(&p));

	for (size_t i = 4; i + 12 < strlen(p.refresh); i++)
		cr_assert_null(strstr(row, client_print("%.12s", p.refresh + i)));
}
