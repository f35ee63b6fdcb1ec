#include <string.h>

#include <criterion/criterion.h>

#include "tests/http/db.h"
#include "tests/http/person.h"

/* "User feature module": register, login, refresh, me; e-mail unique; the password never returned. */

static const char *const never[] = {"password", "hashed_password", "password_hash", "is_superuser",
    "secret_digest", "token_version"};

static void
is_public(const struct answer *a, const struct person *p)
{
	cr_assert_str_eq(answer_text(a, "email"), p->email);
	cr_assert_str_eq(answer_text(a, "full_name"), p->full_name);
	cr_assert(answer_is(a, "is_active"));
	for (size_t i = 0; i < sizeof(never) / sizeof(*never); i++)
		cr_assert_not(answer_has(a, never[i]), "%s", never[i]);
}

Test(seed_000, registers)
{
	struct person p = person_stranger();
	struct answer *a = CLIENT_ASK(.path = "/auth/register",
	    .json = client_print("{\"email\":\"%s\",\"full_name\":\"%s\",\"password\":\"%s\"}",
		p.email, p.full_name, p.password));

	ANSWER_IS(a, 201, "");
	is_public(a, &p);
	cr_assert_eq(strlen(answer_text(a, "id")), 36);
}

Test(seed_000, full_name_is_optional_and_null_then)
{
	struct person p = person_stranger();
	struct answer *a = CLIENT_ASK(.path = "/auth/register",
	    .json = client_print("{\"email\":\"%s\",\"password\":\"%s\"}", p.email, p.password));

	ANSWER_IS(a, 201, "");
	cr_assert(answer_has(a, "full_name"));
	cr_assert_null(answer_text(a, "full_name"));
}

Test(seed_000, refuses_a_duplicate_email)
{
	struct person p = person_registered();
	struct answer *a = CLIENT_ASK(.path = "/auth/register",
	    .json = client_print("{\"email\":\"%s\",\"password\":\"%s\"}", p.email, p.password));

	ANSWER_IS(a, 409, "EMAIL_ALREADY_REGISTERED");
	cr_assert_str_eq(answer_text(a, "detail"), "Email already registered");
	cr_assert_eq(DB_INT("SELECT count(*) FROM users WHERE email_key = $1", p.email), 1);
}

Test(seed_000, logs_in)
{
	struct person p = person_registered();
	struct answer *a = person_login(&p);

	cr_assert_str_eq(answer_text(a, "token_type"), "bearer");
	cr_assert_eq(answer_number(a, "expires_in"), 1800);
}

Test(seed_000, refuses_wrong_password_and_wrong_email_alike)
{
	struct person p = person_registered(), nobody = person_stranger();
	struct answer *a[2] = {
	    CLIENT_ASK(.path = "/auth/login", .form = person_form(p.email, "Wrong-pass-1")),
	    CLIENT_ASK(.path = "/auth/login", .form = person_form(nobody.email, p.password))};

	for (size_t i = 0; i < 2; i++) {
		ANSWER_IS(a[i], 401, "INVALID_CREDENTIALS");
		cr_assert_str_eq(
		    answer_text(a[i], "detail"), "Incorrect email or password", "%zu", i);
	}
}

Test(seed_000, refreshes)
{
	struct person p = person_new();
	const char *old = p.refresh;

	(void)person_refresh(&p);
	cr_assert_str_neq(p.refresh, old);
	ANSWER_IS(person_me(p.access), 200, "");
}

Test(seed_000, refuses_an_invalid_refresh_token)
{
	struct answer *a = person_refresh_with("invalid.token.here");

	ANSWER_IS(a, 401, "REFRESH_TOKEN_INVALID");
	cr_assert_str_eq(answer_text(a, "detail"), "Invalid refresh token");
}

Test(seed_000, shows_me_who_is_logged_in)
{
	struct person p = person_new();
	struct answer *a = CLIENT_ASK(.path = "/auth/me", .token = p.access);

	ANSWER_IS(a, 200, "");
	is_public(a, &p);
	cr_assert_str_eq(answer_text(a, "id"), p.id);
}

Test(seed_000, shows_nobody_without_a_token)
{
	ANSWER_IS(CLIENT_ASK(.path = "/auth/me"), 401, "NOT_AUTHENTICATED");
}

/* The acceptance criteria by hand, one after the other. */
Test(seed_000, whole_path)
{
	struct person p = person_registered();

	(void)person_login(&p);
	ANSWER_IS(person_me(p.access), 200, "");
	(void)person_refresh(&p);
	ANSWER_IS(person_me(p.access), 200, "");
	ANSWER_IS(CLIENT_ASK(.method = "POST", .path = "/auth/logout", .token = p.access), 204, "");
	ANSWER_IS(person_me(p.access), 401, "SESSION_ENDED");
	ANSWER_IS(person_refresh_with(p.refresh), 401, "REFRESH_TOKEN_INVALID");
}
