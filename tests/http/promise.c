#include <string.h>

#include <criterion/criterion.h>

#include "lib/arena.h"
#include "lib/form.h"
#include "lib/str.h"

#include "tests/http/client.h"
#include "tests/http/contract.h"

#include "tests/http/promise.h"

/* Shorter ones, as "password", are words that an answer may well hold. */
enum { SECRETS_MAX = 512, SECRET_BYTES_MIN = 9, ECHO_MAX = 512 };

/* crypt(5) prefixes; no answer has a reason to hold one. */
static const char *const hashes[] = {"$y$", "$2b$", "$2a$", "$2y$", "$argon2"};
static const char *const secret_members[] = {"password", "current_password", "new_password",
    "refresh_token", "client_secret", "user_secret"};

static const char *secrets[SECRETS_MAX];
static size_t secrets_n;

void
promise_secret(const char *text)
{
	if (text == NULL || strlen(text) < SECRET_BYTES_MIN)
		return;
	for (size_t i = 0; i < secrets_n; i++) {
		if (strcmp(secrets[i], text) == 0)
			return;
	}
	cr_assert_lt(secrets_n, (size_t)SECRETS_MAX);
	secrets[secrets_n++] = arena_strdup(client_arena(), text);
}

static void
learn_form(const char *form, size_t n)
{
	struct pairs pairs;
	const char *why;

	if (!form_decode(client_arena(), form, n, &pairs, &why))
		return;
	for (size_t i = 0; i < pairs.n; i++) {
		for (size_t k = 0; k < sizeof(secret_members) / sizeof(*secret_members); k++) {
			if (strcmp(pairs.at[i].name, secret_members[k]) == 0)
				promise_secret(pairs.at[i].value);
		}
	}
}

static void
learn_json(const char *text, size_t n)
{
	cJSON *json = cJSON_ParseWithLength(text, n);

	for (size_t k = 0; k < sizeof(secret_members) / sizeof(*secret_members); k++)
		promise_secret(cJSON_GetStringValue(
		    cJSON_GetObjectItemCaseSensitive(json, secret_members[k])));
	cJSON_Delete(json);
}

static void
learn(const struct ask *ask)
{
	if (ask->json != NULL)
		learn_json(ask->json, ask->body_bytes != 0 ? ask->body_bytes : strlen(ask->json));
	if (ask->form != NULL)
		learn_form(ask->form, ask->body_bytes != 0 ? ask->body_bytes : strlen(ask->form));
}

static size_t
count(const char *text, const char *word)
{
	size_t n = 0;

	for (; (text = strstr(text, word)) != NULL; text += strlen(word))
		n++;
	return n;
}

/* PW-13, RT-01, SK-01. A refresh token or user secret may stand once, as the member that gives it out. */
static void
keeps_secrets(const struct answer *a)
{
	const char *own = answer_text(a, "refresh_token");

	if (own == NULL)
		own = answer_text(a, "user_secret");

	for (size_t i = 0; i < sizeof(hashes) / sizeof(*hashes); i++)
		cr_assert_null(strstr(a->body, hashes[i]), "a hash in the answer: %s", a->body);
	for (size_t i = 0; i < secrets_n; i++) {
		size_t may = own != NULL && strcmp(own, secrets[i]) == 0;

		cr_assert_leq(
		    count(a->body, secrets[i]), may, "a secret in the answer: %s", a->body);
		cr_assert_null(strstr(a->headers, secrets[i]), "a secret in the headers");
	}
	promise_secret(own);
}

static void
has_header(const struct answer *a, const char *name, const char *value)
{
	const char *have = answer_header(a, name);

	cr_assert_eq(answer_headers(a, name), 1, "%ld: %s stands %zu times\n%s", a->status, name,
	    answer_headers(a, name), a->headers);
	cr_assert(
	    value == NULL || strcmp(have, value) == 0, "%ld: %s is \"%s\"", a->status, name, have);
}

/* HT-06, HT-20, LG-*: on every answer, also of nginx itself. */
static void
has_common_headers(const struct answer *a)
{
	const char *server = answer_header(a, "Server");

	has_header(a, "X-Request-Id", NULL);
	has_header(a, "X-Content-Type-Options", "nosniff");
	has_header(a, "Referrer-Policy", "no-referrer");
	has_header(a, "Content-Security-Policy", NULL);
	cr_assert(server == NULL || strchr(server, '/') == NULL, "Server: %s", server);
	cr_assert_null(answer_header(a, "X-Powered-By"));
	cr_assert_null(answer_header(a, "X-Accel-Redirect"));
	cr_assert_null(answer_header(a, "Status"));
}

/* nginx cannot escape JSON and says "" for a path it will not repeat. */
static bool
is_path(const char *said, const char *asked)
{
	size_t n = strcspn(asked, "?#");

	return *said == '\0' || strncmp(said, asked, n < ECHO_MAX ? n : ECHO_MAX - 3) == 0;
}

static void
has_error_shape(const struct answer *a, const char *path)
{
	const char *id = answer_text(a, "request_id"), *at = answer_text(a, "timestamp"),
		   *said = answer_text(a, "path");

	has_header(a, "Content-Type", "application/json");
	has_header(a, "Cache-Control", "no-store");
	cr_assert(cJSON_IsObject(a->json), "%ld: no JSON object: %s", a->status, a->body);
	cr_assert(str_utf8(a->body, a->body_bytes));
	cr_assert_not_null(id, "%s", a->body);
	cr_assert_str_eq(id, answer_header(a, "X-Request-Id"));
	cr_assert(at != NULL && strlen(at) >= 20 && at[10] == 'T' && at[strlen(at) - 1] == 'Z',
	    "%s", a->body);
	cr_assert(said != NULL && is_path(said, path), "asked %s: %s", path, a->body);
	cr_assert(answer_has(a, "detail") && *answer_code(a) != '\0', "%s", a->body);
	cr_assert((a->status == 422) ==
		    (strcmp(answer_code(a), "VALIDATION_ERROR") == 0 ||
			strcmp(answer_code(a), "WEAK_PASSWORD") == 0) ||
		a->status == 400,
	    "%s", a->body);
	cr_assert(a->status != 422 || answer_faults(a) > 0, "%s", a->body);
}

static void
has_error_headers(const struct answer *a)
{
	if (a->status == 401) {
		has_header(a, "WWW-Authenticate", NULL);
		cr_assert(str_starts(answer_header(a, "WWW-Authenticate"), "Bearer realm=\"") ||
		    str_starts(answer_header(a, "WWW-Authenticate"), "Basic realm=\""));
	}
	if (a->status == 405)
		has_header(a, "Allow", NULL);
	if (a->status == 429 || a->status == 503)
		has_header(a, "Retry-After", NULL);
}

void
promise_check(const char *method, const char *path, const struct ask *ask, const struct answer *a)
{
	learn(ask);
	keeps_secrets(a);
	has_common_headers(a);
	has_error_headers(a);
	if (strcmp(method, "HEAD") == 0 || a->status == 204)
		cr_assert_eq(a->body_bytes, 0);
	else if (a->status >= 400)
		has_error_shape(a, path);
	contract_note(method, path, a);
}
