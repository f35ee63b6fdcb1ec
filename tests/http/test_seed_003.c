#include <string.h>

#include <criterion/criterion.h>

#include "app/api/routes.h"

#include "tests/http/db.h"
#include "tests/http/forge.h"
#include "tests/http/machine.h"
#include "tests/http/person.h"
#include "tests/http/sample.h"

/*
 * "User registration and authentication flow": its list "11. Testing" under its own paths. Decided
 * otherwise: 201 for what is created, and the id is a UUID.
 */

static struct answer *
enrol(const char *username)
{
	return CLIENT_ASK(.at = "/v1/auth/register",
	    .json = client_print("{\"username\": \"%s\"}", username));
}

static struct answer *
exchange(const char *secret)
{
	return CLIENT_ASK(.at = "/v1/auth/token",
	    .json = client_print("{\"user_secret\": \"%s\"}", secret));
}

/* "Test POST /v1/auth/register to ensure it returns id, username, and user_secret." */
Test(seed_003, register_returns_id_username_and_user_secret)
{
	struct person p = person_stranger();
	struct answer *a = enrol(p.username);

	ANSWER_IS(a, 201, "");
	cr_assert_eq(strlen(answer_text(a, "id")), 36);
	cr_assert_str_eq(answer_text(a, "username"), p.username);
	cr_assert_not_null(answer_text(a, "user_secret"));
	cr_assert_eq(cJSON_GetArraySize(a->json), 3, "%s", a->body);
}

/* "username: str = Field(..., min_length=3, max_length=50)", and unique. */
Test(seed_003, register_takes_usernames_of_3_to_50)
{
	static const struct {
		int n;
		long status;
	} cases[] = {{2, 422}, {3, 201}, {50, 201}, {51, 422}};

	for (size_t i = 0; i < 4; i++) {
		const char *one = person_stranger().username, *two = person_stranger().username;
		struct answer *a =
		    enrol(client_print("%.*s", cases[i].n, client_print("%s%s", one + 1, two)));

		/* Three letters may be taken, and then were no fault of their length. */
		cr_assert(a->status == cases[i].status || (cases[i].n == 3 && a->status == 409),
		    "%d: %s", cases[i].n, a->body);
	}
	ANSWER_IS(CLIENT_ASK(.at = "/v1/auth/register", .json = "{}"), 422, "VALIDATION_ERROR");
}

/* "Test POST /v1/auth/token with a valid user_secret to ensure it returns a working JWT." */
Test(seed_003, token_returns_a_working_jwt)
{
	struct answer *made = enrol(person_stranger().username),
		      *a = exchange(answer_text(made, "user_secret")), *me;

	ANSWER_IS(a, 200, "");
	cr_assert_str_eq(answer_text(a, "token_type"), "bearer");
	cr_assert_str_eq(
	    forge_claim(answer_text(a, "access_token"), "sub"), answer_text(made, "id"));
	me = CLIENT_ASK(.at = "/v1/users/me", .token = answer_text(a, "access_token"));
	ANSWER_IS(me, 200, "");
	cr_assert_str_eq(answer_text(me, "id"), answer_text(made, "id"));
	cr_assert_str_eq(answer_text(me, "username"), answer_text(made, "username"));
}

/* "raise HTTPException(status_code=401, detail="Invalid credentials")" */
Test(seed_003, token_refuses_any_other_secret)
{
	struct answer *a = exchange("ghs_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA");

	ANSWER_IS(a, 401, "INVALID_CREDENTIALS");
	cr_assert_str_eq(answer_text(a, "detail"), "Invalid credentials");
}

/*
 * "Test that protected endpoints return 401 if no token or invalid token is provided, and success if a
 * valid token is present": every protected route of the table, not a list that somebody keeps.
 */
Test(seed_003, protected_endpoints_want_a_valid_token)
{
	struct machine m = machine_new();
	const char *token = machine_token(m.secret);
	size_t n = 0;

	for (const struct route *r = routes_all(); r->path != NULL; r++) {
		struct ask ask = {
		    .method = http_method_name(r->method), .path = sample_path(r, NULL)};

		if (r->access == ACCESS_ANYONE)
			continue;
		ANSWER_IS(client_ask(&ask), 401, "NOT_AUTHENTICATED");
		ask.token = "invalid";
		ANSWER_IS(client_ask(&ask), 401, "TOKEN_INVALID");
		ask.token = m.secret;
		ANSWER_IS(client_ask(&ask), 401, "TOKEN_INVALID");
		ask.token = token;
		if (r->access == ACCESS_ADMIN) {
			ANSWER_IS(client_ask(&ask), 403, "ADMIN_REQUIRED");
		} else if (r->method == METHOD_GET && r->path_in == NULL) {
			cr_assert_eq(client_ask(&ask)->status, r->ok, "%s", r->id);
			n++;
		}
	}
	cr_assert_gt(n, (size_t)1);
}
