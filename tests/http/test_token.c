#include <string.h>

#include <criterion/criterion.h>

#include "tests/http/db.h"
#include "tests/http/person.h"

/* RFC 6749: §4.3 (password), §6 (refresh_token), §5.1 and §5.2 (answers). */

static struct answer *
token(const char *form)
{
	return CLIENT_ASK(.path = "/auth/token", .form = form);
}

static void
is_oauth_error(const struct answer *a, const char *error, size_t i)
{
	cr_assert_eq(a->status, 400, "%zu: %s", i, a->body);
	cr_assert_str_eq(answer_text(a, "error"), error, "%zu: %s", i, a->body);
	cr_assert_not_null(answer_text(a, "error_description"), "%zu: %s", i, a->body);
	cr_assert_str_eq(answer_header(a, "Cache-Control"), "no-store");
	cr_assert_null(answer_header(a, "WWW-Authenticate"), "%zu", i);
}

Test(token, password_grant)
{
	struct person p = person_registered();
	struct answer *a = token(person_form(p.email, p.password));

	ANSWER_IS(a, 200, "");
	cr_assert_str_eq(answer_text(a, "token_type"), "bearer");
	cr_assert_eq(answer_number(a, "expires_in"), 1800);
	cr_assert_str_eq(answer_header(a, "Cache-Control"), "no-store");
	cr_assert_str_eq(answer_header(a, "Pragma"), "no-cache");
	ANSWER_IS(person_me(answer_text(a, "access_token")), 200, "");
}

Test(token, refresh_grant_rotates)
{
	struct person p = person_new();
	struct answer *a =
	    token(client_print("grant_type=refresh_token&refresh_token=%s", p.refresh));

	ANSWER_IS(a, 200, "");
	cr_assert_str_neq(answer_text(a, "refresh_token"), p.refresh);
	ANSWER_IS(person_me(answer_text(a, "access_token")), 200, "");
	ANSWER_IS(person_refresh_with(answer_text(a, "refresh_token")), 200, "");
}

Test(token, ignores_the_client_and_the_scope)
{
	struct person p = person_registered();
	struct answer *a = token(client_print("%s&client_id=any&client_secret=none-of-it&scope=a+b",
	    person_form(p.email, p.password)));

	ANSWER_IS(a, 200, "");
	a = CLIENT_ASK(.path = "/auth/token", .form = person_form(p.email, p.password),
	    .header = {"Authorization: Basic YW55Om5vbmU="});
	ANSWER_IS(a, 200, "");
	a = token(client_print("grant_type=refresh_token&client_id=any&scope=&refresh_token=%s",
	    answer_text(a, "refresh_token")));
	ANSWER_IS(a, 200, "");
}

Test(token, errors_have_the_words_of_the_rfc)
{
	struct person p = person_registered();
	const struct {
		const char *form, *error;
	} cases[] = {
	    {"", "invalid_request"},
	    {"username=x&password=y", "invalid_request"},
	    {"grant_type=", "invalid_request"},
	    {"grant_type=password&username=x", "invalid_request"},
	    {"grant_type=password&password=x", "invalid_request"},
	    {"grant_type=password&username=&password=x", "invalid_request"},
	    {"grant_type=refresh_token", "invalid_request"},
	    {"grant_type=password&grant_type=password&username=x&password=y", "invalid_request"},
	    {"grant_type=password&username=x&username=x&password=y", "invalid_request"},
	    {"grant_type=pass%00word&username=x&password=y", "invalid_request"},
	    {"grant_type=pass%zzword", "invalid_request"},
	    {"grant_type=authorization_code&code=x", "unsupported_grant_type"},
	    {"grant_type=PASSWORD&username=x&password=y", "unsupported_grant_type"},
	    {"grant_type=urn:ietf:params:oauth:grant-type:device_code", "unsupported_grant_type"},
	    {"grant_type=refresh_token&refresh_token=nonsense", "invalid_grant"},
	    {"grant_type=password&username=nobody@test.example&password=y", "invalid_grant"},
	    {person_form(p.email, "Wrong-pass-1"), "invalid_grant"},
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++)
		is_oauth_error(token(cases[i].form), cases[i].error, i);
}

Test(token, an_inactive_account_is_no_grant)
{
	struct person p = person_registered();
	struct answer *a;

	person_deactivate(&p);
	a = token(person_form(p.email, p.password));
	is_oauth_error(a, "invalid_grant", 0);
	cr_assert_str_eq(answer_code(a), "ACCOUNT_DISABLED");
}

Test(token, a_replay_ends_the_session_here_too)
{
	struct person p = person_new();
	const char *spent = p.refresh;
	struct answer *a;

	(void)person_refresh(&p);
	(void)person_refresh(&p);
	a = token(client_print("grant_type=refresh_token&refresh_token=%s", spent));
	is_oauth_error(a, "invalid_grant", 0);
	cr_assert_str_eq(answer_code(a), "REFRESH_TOKEN_REUSED");
	ANSWER_IS(person_me(p.access), 401, "SESSION_ENDED");
}

Test(token, takes_json_as_well_and_nothing_else)
{
	struct person p = person_registered();
	struct answer *a = CLIENT_ASK(.path = "/auth/token",
	    .json = client_print(
		"{\"grant_type\":\"password\",\"username\":\"%s\",\"password\":\"%s\"}", p.email,
		p.password));

	ANSWER_IS(a, 200, "");
	cr_assert_not_null(answer_text(a, "refresh_token"));
	a = CLIENT_ASK(.path = "/auth/token", .form = "grant_type=password", .type = "text/plain");
	is_oauth_error(a, "invalid_request", 0);
	cr_assert_str_eq(answer_code(a), "UNSUPPORTED_MEDIA_TYPE");
}
