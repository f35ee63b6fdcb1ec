#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <criterion/criterion.h>

#include "lib/str.h"

#include "tests/http/db.h"
#include "tests/http/forge.h"
#include "tests/http/machine.h"
#include "tests/http/person.h"

/* User secrets: shown once, exchanged and never used as a token, ended at once (SK-01 … SK-06). */

static const char unknown[] = "ghs_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";

static int64_t
audited(const char *action, const char *id)
{
	return DB_INT("SELECT count(*) FROM audit WHERE action = $1 AND target_id = $2::text::uuid"
		      " AND result = 'success' AND request_id IS NOT NULL AND ip IS NOT NULL",
	    action, id);
}

static void
is_refused(const struct answer *a)
{
	ANSWER_IS(a, 401, "INVALID_CREDENTIALS");
	cr_assert_str_eq(answer_text(a, "error"), "invalid_client");
	cr_assert(str_starts(answer_header(a, "WWW-Authenticate"), "Bearer realm=\""));
}

Test(secret, is_shown_once_by_each_name_of_register)
{
	static const char *const paths[] = {"/auth/register", "/auth/signup", "/users/register"};

	for (size_t i = 0; i < 3; i++) {
		struct person p = person_stranger();
		const char *json = client_print("{\"username\":\"%s\"}", p.username);
		struct answer *a = CLIENT_ASK(.path = paths[i], .json = json);
		const char *secret = answer_text(a, "user_secret");

		ANSWER_IS(a, 201, "");
		cr_assert(str_starts(secret, "ghs_") && strlen(secret) == 47, "%s", secret);
		cr_assert_eq(cJSON_GetArraySize(a->json), 3, "%s", a->body);
		cr_assert_str_eq(answer_header(a, "Cache-Control"), "no-store");
		ANSWER_IS(machine_exchange(secret), 200, "");
		ANSWER_IS(
		    CLIENT_ASK(.path = paths[i], .json = json), 409, "USERNAME_ALREADY_REGISTERED");
		ANSWER_IS(machine_exchange(secret), 200, "");
	}
}

Test(secret, is_kept_as_a_digest_alone)
{
	struct machine m = machine_new();
	const char *row = DB_TEXT("SELECT u::text FROM users u WHERE id = $1::text::uuid", m.id);

	cr_assert_null(strstr(row, m.secret + 4));
	cr_assert_eq(DB_INT("SELECT count(*) FROM users WHERE id = $1::text::uuid"
			    " AND secret_digest = sha256($2::text::bytea)",
			 m.id, m.secret),
	    1);
	cr_assert_eq(audited("user.register", m.id), 1);
	cr_assert_eq(
	    DB_INT("SELECT count(*) FROM audit a WHERE target_id = $1::text::uuid AND a::text LIKE"
		   " '%' || $2 || '%'",
		m.id, m.secret),
	    0);
}

/* An e-mail address and a password, or a username and neither of them: all faults of both at once. */
Test(secret, registers_with_a_username_alone_or_with_a_pair)
{
	static const struct {
		const char *members, *missing, *other;
		size_t faults;
	} cases[] = {
	    {"\"email\":\"a@b.example\"", "password", NULL, 1},
	    {"\"email\":\"a@b.example\",\"username\":\"abc\"", "password", NULL, 1},
	    {"\"password\":\"Secure-pass-1\"", "email", NULL, 1},
	    {"\"password\":\"Secure-pass-1\",\"username\":\"abc\"", "email", NULL, 1},
	    {"\"full_name\":\"Ada\"", "email", "password", 2},
	    {"\"username\":null", "email", "password", 2},
	    {"\"username\":\"abc\",\"email\":null", "password", "email", 2},
	    {"\"username\":\"a!\",\"email\":\"no\"", "password", "username", 3},
	    {"\"username\":\"a!\"", "username", NULL, 1},
	    {"\"username\":\"admin\"", "username", NULL, 1},
	    {"\"username\":7", "username", NULL, 1},
	    {"\"user_secret\":\"x\",\"username\":\"!\"", "username", "user_secret", 2},
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct answer *a = CLIENT_ASK(.path = "/auth/register",
		    .json = client_print("{%s}", cases[i].members));

		cr_assert_eq(a->status, 422, "%zu: %s", i, a->body);
		cr_assert_eq(answer_faults(a), cases[i].faults, "%zu: %s", i, a->body);
		cr_assert_not_null(
		    answer_fault(a, client_print("[\"body\",\"%s\"]", cases[i].missing)), "%zu: %s",
		    i, a->body);
		cr_assert(cases[i].other == NULL ||
			answer_fault(a, client_print("[\"body\",\"%s\"]", cases[i].other)) != NULL,
		    "%zu: %s", i, a->body);
	}
}

Test(secret, a_user_of_a_username_and_a_secret)
{
	struct machine m = machine_new();
	struct answer *a = person_me(machine_token(m.secret));

	ANSWER_IS(a, 200, "");
	cr_assert(answer_is(a, "has_secret") && !answer_is(a, "has_password"), "%s", a->body);
	cr_assert(answer_text(a, "email") == NULL && !answer_is(a, "is_verified"), "%s", a->body);
	cr_assert_str_eq(answer_text(a, "role"), "user");
}

Test(secret, gives_an_access_token_and_no_session)
{
	struct machine m = machine_new();
	struct answer *a = machine_exchange(m.secret);
	const char *token = answer_text(a, "access_token");

	ANSWER_IS(a, 200, "");
	cr_assert_eq(cJSON_GetArraySize(a->json), 3, "%s", a->body);
	cr_assert_str_eq(answer_text(a, "token_type"), "bearer");
	cr_assert_eq(answer_number(a, "expires_in"), 1800);
	cr_assert_str_eq(answer_header(a, "Cache-Control"), "no-store");
	cr_assert_str_eq(answer_header(a, "Pragma"), "no-cache");
	cr_assert_null(forge_claim(token, "sid"));
	cr_assert_eq(
	    DB_INT("SELECT count(*) FROM sessions WHERE user_id = $1::text::uuid", m.id), 0);
	a = person_me(token);
	cr_assert_eq(answer_number(a, "login_count"), 1);
	cr_assert_eq(answer_number(a, "active_session_count"), 0);
	cr_assert_not_null(answer_text(a, "last_login_at"));
	/* It names no session to end, and goes on. */
	ANSWER_IS(CLIENT_ASK(.method = "POST", .path = "/auth/logout", .token = token), 204, "");
	ANSWER_IS(person_me(token), 200, "");
}

Test(secret, whatever_is_none_gets_the_same_answer)
{
	struct machine m = machine_new();
	struct person p = person_new();
	const char *const wrong[] = {unknown, "ghs_", "x", client_print("%sA", m.secret),
	    client_print("%.46s", m.secret), client_print(" %s", m.secret),
	    client_print("%s=", m.secret), client_print("GHS_%s", m.secret + 4), m.secret + 4,
	    p.refresh, p.access, p.password};

	for (size_t i = 0; i < sizeof(wrong) / sizeof(*wrong); i++)
		is_refused(machine_exchange(wrong[i]));
	ANSWER_IS(machine_exchange(m.secret), 200, "");
}

Test(secret, is_no_token_and_no_refresh_token)
{
	struct machine m = machine_new();

	ANSWER_IS(person_me(m.secret), 401, "TOKEN_INVALID");
	ANSWER_IS(person_refresh_with(m.secret), 401, "REFRESH_TOKEN_INVALID");
	ANSWER_IS(person_refresh_with(machine_token(m.secret)), 401, "REFRESH_TOKEN_INVALID");
}

Test(secret, replacing_it_ends_its_tokens_and_no_session)
{
	struct person p = person_new();
	struct answer *a = machine_rotate(p.access);
	const char *first = answer_text(a, "user_secret"), *token, *second;

	ANSWER_IS(a, 201, "");
	cr_assert_eq(cJSON_GetArraySize(a->json), 1, "%s", a->body);
	cr_assert_str_eq(answer_header(a, "Cache-Control"), "no-store");
	token = machine_token(first);
	a = machine_rotate(p.access);
	ANSWER_IS(a, 201, "");
	second = answer_text(a, "user_secret");
	is_refused(machine_exchange(first));
	ANSWER_IS(person_me(token), 401, "SESSION_ENDED");
	ANSWER_IS(person_me(p.access), 200, "");
	(void)person_refresh(&p);
	ANSWER_IS(person_me(machine_token(second)), 200, "");
	cr_assert_eq(audited("secret.create", p.id), 1);
	cr_assert_eq(audited("secret.rotate", p.id), 1);
	cr_assert_eq(DB_INT("SELECT count(*) FROM audit WHERE target_id = $1::text::uuid AND"
			    " action LIKE 'secret.%' AND actor_id = target_id AND session_id ="
			    " $2::text::uuid",
			 p.id, person_session(&p)),
	    2);
}

Test(secret, its_own_token_may_replace_it)
{
	struct machine m = machine_new();
	const char *token = machine_token(m.secret);
	struct answer *a = machine_rotate(token);

	ANSWER_IS(a, 201, "");
	ANSWER_IS(person_me(token), 401, "SESSION_ENDED");
	ANSWER_IS(person_me(machine_token(answer_text(a, "user_secret"))), 200, "");
	is_refused(machine_exchange(m.secret));
}

Test(secret, dropping_it_ends_it_and_its_tokens)
{
	struct person p = person_new();
	const char *secret = answer_text(machine_rotate(p.access), "user_secret"),
		   *token = machine_token(secret);

	cr_assert(answer_is(person_me(p.access), "has_secret"));
	ANSWER_IS(machine_drop(p.access), 204, "");
	cr_assert_not(answer_is(person_me(p.access), "has_secret"));
	is_refused(machine_exchange(secret));
	ANSWER_IS(person_me(token), 401, "SESSION_ENDED");
	cr_assert_eq(audited("secret.drop", p.id), 1);
}

Test(secret, dropping_none_changes_nothing)
{
	struct person p = person_new();
	const char *before = answer_header(person_me(p.access), "ETag");

	ANSWER_IS(machine_drop(p.access), 204, "");
	cr_assert_str_eq(answer_header(person_me(p.access), "ETag"), before);
	cr_assert_eq(audited("secret.drop", p.id), 0);
}

Test(secret, after_dropping_and_making_one_the_old_tokens_stay_dead)
{
	struct person p = person_new();
	const char *token = machine_token(answer_text(machine_rotate(p.access), "user_secret"));

	ANSWER_IS(machine_drop(p.access), 204, "");
	ANSWER_IS(machine_rotate(p.access), 201, "");
	ANSWER_IS(person_me(token), 401, "SESSION_ENDED");
}

Test(secret, a_new_password_ends_it_and_its_tokens)
{
	struct person p = person_new();
	const char *secret = answer_text(machine_rotate(p.access), "user_secret"),
		   *token = machine_token(secret), *old = p.password;

	p.password = "Quite-another-1";
	ANSWER_IS(CLIENT_ASK(.method = "PATCH", .path = "/users/me", .token = p.access,
		      .json = client_print(
			  "{\"password\":\"%s\",\"current_password\":\"%s\"}", p.password, old)),
	    200, "");
	is_refused(machine_exchange(secret));
	ANSWER_IS(person_me(token), 401, "SESSION_ENDED");
	(void)person_login(&p);
	cr_assert_not(answer_is(person_me(p.access), "has_secret"));
}

Test(secret, other_changes_leave_it)
{
	struct machine m = machine_new();
	const char *token = machine_token(m.secret);

	ANSWER_IS(CLIENT_ASK(.method = "PATCH", .path = "/users/me", .token = token,
		      .json = "{\"full_name\":\"Cron\"}"),
	    200, "");
	ANSWER_IS(person_me(token), 200, "");
	ANSWER_IS(machine_exchange(m.secret), 200, "");
}

Test(secret, of_a_deactivated_user_gives_nothing)
{
	struct machine m = machine_new();
	const char *token = machine_token(m.secret);
	struct answer *a;

	cr_assert_eq(DB_DO("UPDATE users SET is_active = false, token_version = token_version + 1"
			   " WHERE id = $1::text::uuid",
			 m.id),
	    1);
	a = machine_exchange(m.secret);
	ANSWER_IS(a, 400, "ACCOUNT_DISABLED");
	cr_assert_str_eq(answer_text(a, "error"), "invalid_grant");
	ANSWER_IS(person_me(token), 403, "ACCOUNT_DISABLED");
	is_refused(machine_exchange(unknown));
	cr_assert_eq(DB_DO("UPDATE users SET is_active = true WHERE id = $1::text::uuid", m.id), 1);
	ANSWER_IS(person_me(token), 401, "SESSION_ENDED");
	ANSWER_IS(person_me(machine_token(m.secret)), 200, "");
}

Test(secret, of_a_deleted_user_is_none)
{
	struct machine m = machine_new();

	cr_assert_eq(
	    DB_DO("UPDATE users SET deleted_at = now() WHERE id = $1::text::uuid", m.id), 1);
	is_refused(machine_exchange(m.secret));
}

/* The role is the user's, read on every request (JW-13): what an admin's secret may do, is said. */
Test(secret, its_token_has_the_role_of_its_user)
{
	struct person p = person_admin();
	const char *secret = answer_text(machine_rotate(p.access), "user_secret"),
		   *token = machine_token(secret);

	ANSWER_IS(CLIENT_ASK(.path = "/users?size=1", .token = token), 200, "");
	cr_assert_eq(DB_DO("UPDATE users SET role = 'user' WHERE id = $1::text::uuid", p.id), 1);
	ANSWER_IS(CLIENT_ASK(.path = "/users?size=1", .token = token), 403, "ADMIN_REQUIRED");
}

Test(secret, without_a_password_no_password_is_right)
{
	struct machine m = machine_new();
	const char *const words[] = {m.secret, "Wrong-pass-1", unknown};

	for (size_t i = 0; i < 3; i++) {
		struct answer *a =
		    CLIENT_ASK(.path = "/auth/login", .form = person_form(m.username, words[i]));

		ANSWER_IS(a, 401, "INVALID_CREDENTIALS");
		cr_assert_str_eq(answer_text(a, "detail"), "Incorrect email or password");
	}
	ANSWER_IS(
	    CLIENT_ASK(.method = "PATCH", .path = "/users/me", .token = machine_token(m.secret),
		.json = "{\"password\":\"Quite-another-1\",\"current_password\":\"x\"}"),
	    400, "INCORRECT_PASSWORD");
}

/* Of many at the same moment one secret is left: the last. */
Test(secret, of_16_made_at_once_one_is_good)
{
	struct person p = person_new();
	struct ask asks[16];
	struct answer **answers;
	size_t good = 0;

	for (size_t i = 0; i < 16; i++)
		asks[i] =
		    (struct ask){.method = "POST", .path = "/users/me/secret", .token = p.access};
	answers = client_ask_all(asks, 16);
	for (size_t i = 0; i < 16; i++) {
		ANSWER_IS(answers[i], 201, "");
		good += machine_exchange(answer_text(answers[i], "user_secret"))->status == 200;
	}
	cr_assert_eq(good, (size_t)1);
	cr_assert_eq(audited("secret.create", p.id), 1);
	cr_assert_eq(audited("secret.rotate", p.id), 15);
}

Test(secret, usernames_are_taken_once_of_32_at_the_same_moment)
{
	const char *json = client_print("{\"username\":\"%s\"}", person_stranger().username);
	struct ask asks[32];
	struct answer **answers;
	size_t made = 0, taken = 0;

	for (size_t i = 0; i < 32; i++)
		asks[i] = (struct ask){.path = "/auth/register", .json = json};
	answers = client_ask_all(asks, 32);
	for (size_t i = 0; i < 32; i++) {
		made += answers[i]->status == 201;
		taken += answers[i]->status == 409;
	}
	cr_assert(made == 1 && taken == 31, "%zu made, %zu taken", made, taken);
}

/*
 * Whatever the order in which they come: one made before is taken away by the new password, one made
 * after it was asked for with a session that has ended. None survives.
 */
Test(secret, none_made_beside_a_new_password_survives_it)
{
	for (int round = 0; round < 4; round++) {
		struct person p = person_new();
		struct ask asks[8] = {{.method = "PATCH",
		    .path = "/users/me",
		    .token = p.access,
		    .json = client_print(
			"{\"password\":\"Quite-another-1\",\"current_password\":\"%s\"}",
			p.password)}};
		struct answer **answers;

		for (size_t i = 1; i < 8; i++)
			asks[i] = (struct ask){
			    .method = "POST", .path = "/users/me/secret", .token = p.access};
		answers = client_ask_all(asks, 8);
		ANSWER_IS(answers[0], 200, "");
		for (size_t i = 1; i < 8; i++) {
			if (answers[i]->status == 201)
				is_refused(
				    machine_exchange(answer_text(answers[i], "user_secret")));
			else
				ANSWER_IS(answers[i], 401, "SESSION_ENDED");
		}
	}
}

/* His sessions are ended, in a transaction that takes half a second under the lock of his row. */
static pid_t
thrown_out_slowly(const struct person *p)
{
	const char *sql =
	    client_print("WITH o AS MATERIALIZED (SELECT id FROM users WHERE id = '%s' FOR"
			 " NO KEY UPDATE), slow AS MATERIALIZED (SELECT pg_sleep(0.5) FROM o)"
			 " DELETE FROM sessions USING slow WHERE user_id = '%s'",
		p->id, p->id);
	pid_t pid = fork();
	time_t end = time(NULL) + 10;

	if (pid == 0) {
		execlp("psql", "psql", "-Xqc", sql, client_env("DATABASE_URL"), NULL);
		_exit(127);
	}
	while (time(NULL) < end &&
	    DB_INT(
		"SELECT count(*) FROM pg_stat_activity WHERE query = $1 AND wait_event = 'PgSleep'",
		sql) == 0)
		;
	return pid;
}

/* Whoever had got in must not leave a secret behind by asking for it in the moment he is thrown out (SK-05). */
Test(secret, none_is_made_by_a_session_that_ends_meanwhile)
{
	struct person p = person_new();
	pid_t owner = thrown_out_slowly(&p);
	struct answer *a =
	    CLIENT_ASK(.method = "POST", .path = "/users/me/secret", .token = p.access);

	cr_assert_eq(waitpid(owner, NULL, 0), owner);
	ANSWER_IS(a, 401, "SESSION_ENDED");
	cr_assert_geq(a->seconds, 0.1, "it has not waited");
	cr_assert_eq(audited("secret.create", p.id), 0);
}
