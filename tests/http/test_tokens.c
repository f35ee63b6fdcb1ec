#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <criterion/criterion.h>

#include "lib/arena.h"

#include "tests/http/db.h"
#include "tests/http/forge.h"
#include "tests/http/person.h"

/*
 * Access tokens as an attacker would make them who had the key, or found a library's weakness:
 * one change at a time to a token that is good, signed again. JW-01 to JW-18.
 */

enum part { HEADER, PAYLOAD };

/* raw NULL: the member is dropped. "@n": now + n seconds. code NULL: any 401. */
struct change {
	enum part part;
	const char *member, *raw, *digest, *code;
};

#define SESSION "SESSION_ENDED"
#define INVALID "TOKEN_INVALID"
#define EXPIRED "TOKEN_EXPIRED"

static const struct change changes[] = {
    /* Unchanged and signed again: good, or nothing below would prove anything. */
    {HEADER, "typ", "\"JWT\"", "SHA256", ""},
    /* JW-01, JW-02: the algorithm is ours to choose. */
    {HEADER, "alg", "\"HS384\"", "SHA256", INVALID},
    {HEADER, "alg", "\"HS384\"", "SHA384", INVALID},
    {HEADER, "alg", "\"HS512\"", "SHA512", INVALID},
    {HEADER, "alg", "\"HS256\"", "SHA384", INVALID},
    {HEADER, "alg", "\"hs256\"", "SHA256", INVALID},
    {HEADER, "alg", "\"none\"", "SHA256", INVALID},
    {HEADER, "alg", "\"RS256\"", "SHA256", INVALID},
    {HEADER, "alg", "\"\"", "SHA256", INVALID},
    {HEADER, "alg", "null", "SHA256", INVALID},
    {HEADER, "alg", "256", "SHA256", INVALID},
    {HEADER, "alg", "[\"HS256\"]", "SHA256", INVALID},
    {HEADER, "alg", NULL, "SHA256", INVALID},
    /* JW-07, JW-08: nothing in the header but what we wrote there. */
    {HEADER, "typ", "\"at+jwt\"", "SHA256", INVALID},
    {HEADER, "typ", NULL, "SHA256", INVALID},
    {HEADER, "crit", "[\"exp\"]", "SHA256", INVALID},
    {HEADER, "jwk", "{\"kty\":\"oct\",\"k\":\"AA\"}", "SHA256", INVALID},
    {HEADER, "jku", "\"https://evil.example/k\"", "SHA256", INVALID},
    {HEADER, "x5u", "\"https://evil.example/k\"", "SHA256", INVALID},
    {HEADER, "x5c", "[\"AA\"]", "SHA256", INVALID},
    {HEADER, "zip", "\"DEF\"", "SHA256", INVALID},
    {HEADER, "b64", "false", "SHA256", INVALID},
    {HEADER, "cty", "\"JWT\"", "SHA256", INVALID},
    /* JW-09 */
    {HEADER, "kid", "\"../../../../etc/passwd\"", "SHA256", INVALID},
    {HEADER, "kid", "\"' or 1=1 --\"", "SHA256", INVALID},
    {HEADER, "kid", "\"\"", "SHA256", INVALID},
    {HEADER, "kid", "0", "SHA256", INVALID},
    {HEADER, "kid", NULL, "SHA256", INVALID},
    /* JW-05 */
    {PAYLOAD, "exp", NULL, "SHA256", INVALID},
    {PAYLOAD, "exp", "\"@60\"", "SHA256", INVALID},
    {PAYLOAD, "exp", "\"9999999999\"", "SHA256", INVALID},
    {PAYLOAD, "exp", "9999999999.5", "SHA256", INVALID},
    {PAYLOAD, "exp", "1e30", "SHA256", INVALID},
    {PAYLOAD, "exp", "1e999", "SHA256", INVALID},
    {PAYLOAD, "exp", "18446744073709551616", "SHA256", INVALID},
    {PAYLOAD, "exp", "null", "SHA256", INVALID},
    {PAYLOAD, "exp", "true", "SHA256", INVALID},
    {PAYLOAD, "exp", "[9999999999]", "SHA256", INVALID},
    {PAYLOAD, "exp", "-1", "SHA256", NULL},
    {PAYLOAD, "exp", "0", "SHA256", NULL},
    {PAYLOAD, "exp", "@-1", "SHA256", EXPIRED},
    {PAYLOAD, "exp", "@0", "SHA256", EXPIRED},
    {PAYLOAD, "exp", "@60", "SHA256", ""},
    {PAYLOAD, "nbf", "@-60", "SHA256", ""},
    {PAYLOAD, "nbf", "@3600", "SHA256", INVALID},
    {PAYLOAD, "nbf", "\"x\"", "SHA256", INVALID},
    {PAYLOAD, "iat", "@10", "SHA256", ""},
    {PAYLOAD, "iat", "@3600", "SHA256", INVALID},
    {PAYLOAD, "iat", "\"x\"", "SHA256", INVALID},
    {PAYLOAD, "iat", NULL, "SHA256", INVALID},
    /* JW-06 */
    {PAYLOAD, "iss", NULL, "SHA256", INVALID},
    {PAYLOAD, "iss", "\"https://evil.example\"", "SHA256", INVALID},
    {PAYLOAD, "iss", "\"\"", "SHA256", INVALID},
    {PAYLOAD, "iss", "null", "SHA256", INVALID},
    {PAYLOAD, "aud", NULL, "SHA256", INVALID},
    {PAYLOAD, "aud", "\"https://evil.example\"", "SHA256", INVALID},
    {PAYLOAD, "aud", "[]", "SHA256", INVALID},
    {PAYLOAD, "aud", "[\"https://evil.example\"]", "SHA256", INVALID},
    {PAYLOAD, "aud", "{}", "SHA256", INVALID},
    {PAYLOAD, "aud", "5", "SHA256", INVALID},
    /* JW-07 */
    {PAYLOAD, "type", NULL, "SHA256", INVALID},
    {PAYLOAD, "type", "\"refresh\"", "SHA256", INVALID},
    {PAYLOAD, "type", "\"Access\"", "SHA256", INVALID},
    {PAYLOAD, "type", "null", "SHA256", INVALID},
    /* JW-11 */
    {PAYLOAD, "sub", NULL, "SHA256", INVALID},
    {PAYLOAD, "sub", "\"00000000-0000-4000-8000-000000000000\"", "SHA256", INVALID},
    {PAYLOAD, "sub", "\"1\"", "SHA256", INVALID},
    {PAYLOAD, "sub", "1", "SHA256", INVALID},
    {PAYLOAD, "sub", "null", "SHA256", INVALID},
    {PAYLOAD, "sub", "\"'; DROP TABLE users; --xxxxxxxxxxxxxxx\"", "SHA256", INVALID},
    {PAYLOAD, "sub", "\"NULL\"", "SHA256", INVALID},
    {PAYLOAD, "jti", NULL, "SHA256", INVALID},
    {PAYLOAD, "jti", "\"x\"", "SHA256", INVALID},
    {PAYLOAD, "sid", "\"00000000-0000-4000-8000-000000000000\"", "SHA256", SESSION},
    {PAYLOAD, "sid", "\"x\"", "SHA256", INVALID},
    {PAYLOAD, "sid", "\"\"", "SHA256", INVALID},
    {PAYLOAD, "sid", "null", "SHA256", INVALID},
    {PAYLOAD, "sid", "7", "SHA256", INVALID},
    {PAYLOAD, "sid", NULL, "SHA256", ""},
    /* JW-12 */
    {PAYLOAD, "ver", NULL, "SHA256", INVALID},
    {PAYLOAD, "ver", "\"1\"", "SHA256", INVALID},
    {PAYLOAD, "ver", "1.5", "SHA256", INVALID},
    {PAYLOAD, "ver", "null", "SHA256", INVALID},
    {PAYLOAD, "ver", "0", "SHA256", NULL},
    {PAYLOAD, "ver", "2", "SHA256", SESSION},
};

static const char *
value(const char *raw)
{
	return *raw == '@' ? client_print("%lld", (long long)time(NULL) + atoi(raw + 1)) : raw;
}

static const char *
forged(const char *token, const struct change *c)
{
	cJSON *parts[] = {forge_part(token, 0), forge_part(token, 1)};

	cJSON_DeleteItemFromObjectCaseSensitive(parts[c->part], c->member);
	if (c->raw != NULL)
		cr_assert_not_null(cJSON_AddRawToObject(parts[c->part], c->member, value(c->raw)));
	return forge_sign(forge_text(parts[0]), forge_text(parts[1]), c->digest);
}

Test(tokens, every_change_but_the_harmless_ones_is_refused)
{
	struct person p = person_new();

	for (size_t i = 0; i < sizeof(changes) / sizeof(*changes); i++) {
		const struct change *c = &changes[i];
		struct answer *a = person_me(forged(p.access, c));
		bool good = c->code != NULL && *c->code == '\0';

		cr_assert_eq(a->status, good ? 200 : 401, "%zu %s = %s: %ld %s", i, c->member,
		    c->raw, a->status, a->body);
		if (c->code != NULL)
			cr_assert_str_eq(answer_code(a), c->code, "%zu %s = %s: %s", i, c->member,
			    c->raw, a->body);
	}
	ANSWER_IS(person_me(p.access), 200, "");
}

/* JW-13 */
Test(tokens, a_claimed_role_means_nothing)
{
	struct person p = person_new();
	struct change c = {PAYLOAD, "role", "\"admin\"", "SHA256", NULL};
	long status = CLIENT_ASK(.path = "/users", .token = forged(p.access, &c))->status;

	cr_assert(status == 403 || status == 401, "%ld", status);
}

/* JW-10: one reader takes the first of two, another the last; so neither. */
Test(tokens, duplicate_members_are_refused)
{
	static const struct {
		enum part part;
		const char *add;
	} cases[] = {{HEADER, "\"alg\":\"HS256\""}, {HEADER, "\"\\u0061lg\":\"none\""},
	    {HEADER, "\"typ\":\"JWT\""},
	    {PAYLOAD, "\"sub\":\"00000000-0000-4000-8000-000000000000\""},
	    {PAYLOAD, "\"s\\u0075b\":\"00000000-0000-4000-8000-000000000000\""},
	    {PAYLOAD, "\"exp\":9999999999"}, {PAYLOAD, "\"ver\":1"},
	    {PAYLOAD, "\"type\":\"access\""}};
	struct person p = person_new();

	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		const char *part[] = {
		    forge_text(forge_part(p.access, 0)), forge_text(forge_part(p.access, 1))};
		const char *whole = part[cases[i].part];
		size_t n = strlen(whole);
		struct answer *a;

		part[cases[i].part] = client_print("{%s,%s", cases[i].add, whole + 1);
		a = person_me(forge_sign(part[0], part[1], "SHA256"));
		cr_assert_eq(a->status, 401, "%zu in front: %s", i, a->body);
		part[cases[i].part] = client_print("%.*s,%s}", (int)n - 1, whole, cases[i].add);
		a = person_me(forge_sign(part[0], part[1], "SHA256"));
		cr_assert_eq(a->status, 401, "%zu behind: %s", i, a->body);
	}
}

Test(tokens, our_audience_may_be_one_of_several)
{
	struct person p = person_new();
	const char *ours = forge_claim(p.access, "aud");
	struct change c = {
	    PAYLOAD, "aud", client_print("[\"https://other.example\",\"%s\"]", ours), "SHA256", ""};

	cr_assert_not_null(ours);
	ANSWER_IS(person_me(forged(p.access, &c)), 200, "");
}

/* JW-02 */
Test(tokens, unsigned_tokens_are_refused_in_every_spelling)
{
	static const char *const none[] = {"none", "None", "NONE", "nOnE", "HS256", ""};
	struct person p = person_new();

	for (size_t i = 0; i < sizeof(none) / sizeof(*none); i++) {
		struct change c = {HEADER, "alg", client_print("\"%s\"", none[i]), "SHA256", ""};
		char *token = arena_strdup(client_arena(), forged(p.access, &c));

		strrchr(token, '.')[1] = '\0';
		ANSWER_IS(person_me(token), 401, INVALID);
		*strrchr(token, '.') = '\0';
		ANSWER_IS(person_me(token), 401, INVALID);
	}
}

/* JW-17: one spelling only, and every character counts, the unused bits of the last one too. */
Test(tokens, no_character_may_change)
{
	struct person p = person_new();
	size_t n = strlen(p.access);
	struct ask *asks = arena_array(client_arena(), n, sizeof(*asks));
	struct answer **answers;

	for (size_t i = 0; i < n; i++) {
		char *token = arena_strdup(client_arena(), p.access);

		/* The neighbour in the alphabet: it differs in the last bit only. */
		token[i] = token[i] == 'A' ? 'B' : token[i] == '.' ? '-' : (char)(token[i] ^ 1);
		if (strchr("@`{/:,[^", token[i]) != NULL)
			token[i] = 'A';
		asks[i] = (struct ask){.path = "/users/me", .token = token};
	}
	for (size_t i = 0; i < n; i += 32) {
		size_t m = n - i < 32 ? n - i : 32;

		answers = client_ask_all(asks + i, m);
		for (size_t k = 0; k < m; k++)
			cr_assert_eq(
			    answers[k]->status, 401, "character %zu: %s", i + k, asks[i + k].token);
	}
}

Test(tokens, other_spellings_are_refused)
{
	struct person p = person_new();
	const char *t = p.access;
	const char *const bad[] = {client_print("%s=", t), client_print("%s.", t),
	    client_print("%s.%s", t, t), client_print(".%s", t), client_print("%s A", t),
	    client_print("%.20s %s", t, t + 20), client_print("%.20s\t%s", t, t + 20),
	    client_print("%.20s+%s", t, t + 21), client_print("%.20s/%s", t, t + 21),
	    client_print("%.20s\xc3\xa4%s", t, t + 21), client_print("\"%s\"", t),
	    client_print("Bearer %s", t), client_print("%s,%s", t, t), "..", ".", "a.b.c", "x",
	    "null", "eyJhbGciOiJub25lIn0.e30.", client_print("%s%05000d", t, 0),
	    client_print("%07000d", 0)};

	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
		struct answer *a = person_me(bad[i]);

		cr_assert_eq(a->status, 401, "%zu %s: %s", i, bad[i], a->body);
		cr_assert_str_eq(answer_code(a), INVALID, "%zu %s: %s", i, bad[i], a->body);
	}
	ANSWER_IS(person_me(t), 200, "");
}

/* JW-16 */
Test(tokens, only_the_authorization_header_counts)
{
	struct person p = person_new();
	const char *cookie = client_print("Cookie: access_token=%s; token=%s", p.access, p.access);
	struct answer *a;

	a = CLIENT_ASK(.path =
			   client_print("/users/me?token=%s&access_token=%s", p.access, p.access));
	ANSWER_IS(a, 401, "NOT_AUTHENTICATED");
	ANSWER_IS(CLIENT_ASK(.path = "/users/me", .header = {cookie}), 401, "NOT_AUTHENTICATED");
	a = CLIENT_ASK(.method = "PATCH", .path = "/users/me",
	    .form = client_print("access_token=%s", p.access));
	ANSWER_IS(a, 401, "NOT_AUTHENTICATED");
	a = CLIENT_ASK(.path = "/users/me",
	    .header = {client_print("X-Access-Token: %s", p.access),
		client_print("Proxy-Authorization: Bearer %s", p.access)});
	ANSWER_IS(a, 401, "NOT_AUTHENTICATED");
}

Test(tokens, the_scheme_is_bearer_in_any_case)
{
	static const struct {
		const char *line;
		long status;
	} cases[] = {{"Bearer %s", 200}, {"bearer %s", 200}, {"BEARER %s", 200}, {"Token %s", 401},
	    {"Basic %s", 401}, {"%s", 401}, {"Bearer%s", 401}, {"Bearer: %s", 401},
	    {"JWT %s", 401}};
	struct person p = person_new();

	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		const char *at = strstr(cases[i].line, "%s");
		const char *line = client_print(
		    "Authorization: %.*s%s", (int)(at - cases[i].line), cases[i].line, p.access);
		struct answer *a = CLIENT_ASK(.path = "/users/me", .header = {line});

		cr_assert_eq(a->status, cases[i].status, "%zu: %s", i, a->body);
	}
}

/* HT-02: the reason is for those who sent a token. */
Test(tokens, challenges_say_no_more_than_they_should)
{
	struct answer *none = person_me(NULL), *bad = person_me("x");

	cr_assert_null(strstr(answer_header(none, "WWW-Authenticate"), "error"));
	cr_assert_not_null(
	    strstr(answer_header(bad, "WWW-Authenticate"), "error=\"invalid_token\""));
}

/* JW-12: whatever ends a token acts on the next request. */
Test(tokens, what_happens_to_the_account_acts_at_once)
{
	static const struct {
		const char *sql, *code;
		long status;
	} cases[] = {
	    {"UPDATE users SET token_version = token_version + 1 WHERE id = $1::text::uuid",
		SESSION, 401},
	    {"DELETE FROM sessions WHERE user_id = $1::text::uuid", SESSION, 401},
	    {"UPDATE sessions SET expires_at = now() WHERE user_id = $1::text::uuid", SESSION, 401},
	    {"UPDATE users SET is_active = false WHERE id = $1::text::uuid", "ACCOUNT_DISABLED",
		403},
	    {"UPDATE users SET deleted_at = now() WHERE id = $1::text::uuid", INVALID, 401},
	    {"DELETE FROM users WHERE id = $1::text::uuid", INVALID, 401},
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct person p = person_new();
		struct answer *a;

		ANSWER_IS(person_me(p.access), 200, "");
		cr_assert_geq(DB_DO(cases[i].sql, p.id), 1);
		a = person_me(p.access);
		cr_assert(
		    a->status == cases[i].status && strcmp(answer_code(a), cases[i].code) == 0,
		    "%zu: %ld %s", i, a->status, a->body);
	}
}

Test(tokens, a_session_is_of_its_user_only)
{
	struct person p = person_new(), other = person_new();
	struct change c = {
	    PAYLOAD, "sid", client_print("\"%s\"", person_session(&other)), "SHA256", ""};

	ANSWER_IS(person_me(forged(p.access, &c)), 401, SESSION);
}

/* JW-18 */
Test(tokens, carry_nothing_but_what_is_needed)
{
	static const char *const may[] = {
	    "iss", "aud", "sub", "sid", "jti", "iat", "exp", "ver", "type"};
	struct person p = person_new();
	const cJSON *claim, *payload = forge_part(p.access, 1);

	cJSON_ArrayForEach(claim, payload)
	{
		bool known = false;

		for (size_t i = 0; i < sizeof(may) / sizeof(*may); i++)
			known = known || strcmp(claim->string, may[i]) == 0;
		cr_assert(known, "%s", claim->string);
	}
	cr_assert_eq(cJSON_GetArraySize(payload), (int)(sizeof(may) / sizeof(*may)));
	cr_assert_eq(cJSON_GetArraySize(forge_part(p.access, 0)), 3);
}

/* Many at once share a turn of a worker: each must get its own answer. */
Test(tokens, many_at_once_are_not_mixed_up)
{
	struct person p[8];
	struct ask asks[64];
	struct answer **answers;

	for (size_t i = 0; i < 8; i++)
		p[i] = person_new();
	for (size_t i = 0; i < 64; i++)
		asks[i] = (struct ask){.path = "/users/me",
		    .token = i % 8 == 7 ? "garbage" : p[i % 8].access,
		    .header = {client_print("X-Request-Id: request-%03zu", i)}};
	answers = client_ask_all(asks, 64);
	for (size_t i = 0; i < 64; i++) {
		cr_assert_eq(answers[i]->status, i % 8 == 7 ? 401 : 200, "%zu", i);
		cr_assert_str_eq(
		    answer_header(answers[i], "X-Request-Id"), client_print("request-%03zu", i));
		if (i % 8 != 7)
			cr_assert_str_eq(answer_text(answers[i], "id"), p[i % 8].id, "%zu", i);
	}
}
