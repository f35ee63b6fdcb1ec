#include <string.h>

#include <criterion/criterion.h>

#include "lib/str.h"

#include "tests/http/db.h"
#include "tests/http/machine.h"
#include "tests/http/person.h"

/* RFC 6749 §4.4 (client_credentials) with the client of §2.3.1: in the body, or as HTTP Basic. */

static const char grant[] = "grant_type=client_credentials";

static struct answer *
ask_basic(const char *form, const char *header)
{
	return CLIENT_ASK(.path = "/auth/token", .form = form, .header = {header});
}

static struct answer *
ask_body(const char *id, const char *secret)
{
	return CLIENT_ASK(.path = "/auth/token",
	    .form = client_print("%s&client_id=%s&client_secret=%s", grant, client_escape(id),
		client_escape(secret)));
}

static void
is_granted(const struct answer *a)
{
	ANSWER_IS(a, 200, "");
	cr_assert_eq(cJSON_GetArraySize(a->json), 3, "%s", a->body);
	cr_assert_str_eq(answer_header(a, "Cache-Control"), "no-store");
	ANSWER_IS(person_me(answer_text(a, "access_token")), 200, "");
}

/* §5.2: 401 with the scheme that the endpoint takes. */
static void
is_refused(const struct answer *a, const char *what)
{
	cr_assert_eq(a->status, 401, "%s: %s", what, a->body);
	cr_assert_str_eq(answer_code(a), "INVALID_CREDENTIALS", "%s: %s", what, a->body);
	cr_assert_str_eq(answer_text(a, "error"), "invalid_client", "%s: %s", what, a->body);
	cr_assert(str_starts(answer_header(a, "WWW-Authenticate"), "Basic realm=\""), "%s: %s",
	    what, a->headers);
}

static void
is_invalid_request(const struct answer *a, const char *what)
{
	cr_assert_eq(a->status, 400, "%s: %s", what, a->body);
	cr_assert_str_eq(answer_text(a, "error"), "invalid_request", "%s: %s", what, a->body);
}

Test(secret_client, goes_by_username_address_or_id)
{
	struct person p = person_new();
	const char *secret = answer_text(machine_rotate(p.access), "user_secret");
	const char *const names[] = {p.username, p.email, p.id, client_print("U%s", p.username + 1),
	    client_print("%%75%s", p.username + 1)};

	for (size_t i = 0; i < 5; i++) {
		if (i < 4)
			is_granted(ask_body(names[i], secret));
		is_granted(ask_basic(grant, machine_basic(names[i], secret)));
	}
}

/* RFC 6749 §2.3.1 wants %2B; who writes the plus as it is means it too. */
Test(secret_client, takes_a_plus_both_ways)
{
	struct person p = person_stranger();
	const char *secret;

	p.email = client_print("a+b%s", p.email);
	ANSWER_IS(CLIENT_ASK(.path = "/auth/register", .json = person_json(&p)), 201, "");
	(void)person_login(&p);
	secret = answer_text(machine_rotate(p.access), "user_secret");
	is_granted(ask_body(p.email, secret));
	is_granted(ask_basic(grant, machine_basic(p.email, secret)));
	is_granted(ask_basic(grant, machine_basic(client_escape(p.email), secret)));
}

Test(secret_client, goes_as_json_too)
{
	struct machine m = machine_new();

	is_granted(CLIENT_ASK(.path = "/auth/token",
	    .json = client_print("{\"grant_type\":\"client_credentials\",\"client_id\":\"%s\","
				 "\"client_secret\":\"%s\"}",
		m.username, m.secret)));
	is_granted(
	    CLIENT_ASK(.path = "/auth/token", .form = client_print("user_secret=%s", m.secret)));
}

Test(secret_client, ignores_the_scope_and_allows_its_own_id_beside_basic)
{
	struct machine m = machine_new();
	const char *basic = machine_basic(m.username, m.secret);

	is_granted(ask_basic(client_print("%s&scope=a+b", grant), basic));
	is_granted(ask_basic(client_print("%s&client_id=%s", grant, m.username), basic));
	is_granted(ask_basic(client_print("%s&client_secret=", grant), basic));
}

Test(secret_client, that_fails_is_refused_alike)
{
	struct machine m = machine_new(), other = machine_new();
	struct person p = person_new();

	is_refused(ask_body(m.username, other.secret), "another's secret");
	is_refused(ask_body(m.username, "x"), "no secret");
	is_refused(ask_body("nobody-here", m.secret), "another name");
	is_refused(ask_body(p.username, p.password), "a password");
	is_refused(CLIENT_ASK(.path = "/auth/token", .form = grant), "no client");
	is_refused(CLIENT_ASK(.path = "/auth/token",
		       .form = client_print("%s&client_id=%s", grant, m.username)),
	    "no secret");
	is_refused(CLIENT_ASK(.path = "/auth/token", .form = grant, .token = m.secret), "bearer");
	is_refused(ask_basic(grant, machine_basic(m.username, other.secret)), "another's, basic");
	is_refused(ask_basic(grant, machine_basic(m.username, "")), "empty secret");
	is_refused(ask_basic(grant, machine_basic("", m.secret)), "empty name");
	is_refused(ask_basic(grant, machine_basic("%zz", m.secret)), "a bad escape");
	is_refused(ask_basic(grant, "Authorization: Basic"), "nothing");
	is_refused(ask_basic(grant, "Authorization: Basic !!!!"), "no base64");
	is_refused(ask_basic(grant, "Authorization: Basic YWRh"), "no colon");
}

Test(secret_client, is_named_in_one_way_only)
{
	struct machine m = machine_new(), other = machine_new();
	const char *basic = machine_basic(m.username, m.secret);

	is_invalid_request(
	    ask_basic(client_print("%s&client_id=%s&client_secret=%s", grant, m.username, m.secret),
		basic),
	    "both");
	is_invalid_request(
	    ask_basic(client_print("%s&client_secret=%s", grant, m.secret), basic), "two secrets");
	is_invalid_request(
	    ask_basic(client_print("%s&client_id=%s", grant, other.username), basic), "two ids");
	is_invalid_request(CLIENT_ASK(.path = "/auth/token",
			       .form = client_print("%s&client_secret=%s", grant, m.secret)),
	    "no id");
	is_invalid_request(CLIENT_ASK(.path = "/auth/token",
			       .form = client_print("%s&user_secret=%s", grant, m.secret)),
	    "a grant and a user secret");
	is_invalid_request(CLIENT_ASK(.path = "/auth/token", .json = "{}"), "nothing");
}

Test(secret_client, of_a_deactivated_user_has_no_grant)
{
	struct machine m = machine_new();
	struct answer *a;

	cr_assert_eq(
	    DB_DO("UPDATE users SET is_active = false WHERE id = $1::text::uuid", m.id), 1);
	a = ask_basic(grant, machine_basic(m.username, m.secret));
	ANSWER_IS(a, 400, "ACCOUNT_DISABLED");
	cr_assert_str_eq(answer_text(a, "error"), "invalid_grant");
}

/* Browsers' and older clients' Basic beside the other grants means nothing here. */
Test(secret_client, does_not_matter_to_the_other_grants)
{
	struct person p = person_registered();
	struct answer *a = ask_basic(person_form(p.email, p.password), "Authorization: Basic !!!!");

	ANSWER_IS(a, 200, "");
	cr_assert_not_null(answer_text(a, "refresh_token"));
}
