#include <stdint.h>
#include <string.h>

#include <criterion/criterion.h>

#include "lib/secret.h"
#include "lib/token.h"
#include "lib/token_cache.h"

#include "forge.h"

enum { NOW = 1800000000, LIFE = 1800 };

#define KEY     "an-old-key-of-more-than-32-bytes-0123456789"
#define NEW_KEY "another-key-of-more-than-32-bytes-012345678"
#define ISSUER  "http://localhost:8000"

static struct token_keys *
keys_new(const char *key)
{
	const char *why;
	struct token_keys *k = token_keys_new("HS256", key, NULL, ISSUER, ISSUER, &why);

	cr_assert_not_null(k, "%s", why);
	cr_assert(token_keys_remember(k));
	return k;
}

static void
sign(const struct token_keys *k, char text_r[TOKEN_TEXT_SIZE])
{
	struct token_claims claims = {.ver = 7, .iat_s = NOW, .exp_s = NOW + LIFE};

	secret_uuid(claims.sub);
	secret_uuid(claims.sid);
	secret_uuid(claims.jti);
	cr_assert(token_sign(k, &claims, text_r));
}

Test(token_cache, answers_as_the_first_check_did)
{
	struct token_keys *k = keys_new(KEY);
	struct token_claims first, second;
	char text[TOKEN_TEXT_SIZE];

	sign(k, text);
	cr_assert_eq(token_verify(k, text, NOW, &first), TOKEN_OK);
	cr_assert_eq(token_verify(k, text, NOW + 1, &second), TOKEN_OK);
	cr_assert_str_eq(first.sub, second.sub);
	cr_assert_str_eq(first.sid, second.sid);
	cr_assert_str_eq(first.jti, second.jti);
	cr_assert_eq(second.ver, 7);
	cr_assert_eq(second.iat_s, NOW);
	cr_assert_eq(second.exp_s, NOW + LIFE);
	token_keys_free(&k);
}

Test(token_cache, looks_at_the_clock_each_time)
{
	static const struct {
		int64_t now_s;
		enum token_result result;
	} cases[] = {{NOW, TOKEN_OK}, {NOW + LIFE - 1, TOKEN_OK}, {NOW + LIFE, TOKEN_EXPIRED},
	    {NOW - 31, TOKEN_INVALID}, {NOW - 30, TOKEN_OK}};
	struct token_keys *k = keys_new(KEY);
	struct token_claims claims;
	char text[TOKEN_TEXT_SIZE];

	sign(k, text);
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		cr_assert_eq(
		    token_verify(k, text, cases[i].now_s, &claims), cases[i].result, "case %zu", i);
		cr_assert_eq(claims.ver, cases[i].result == TOKEN_INVALID ? 0 : 7, "case %zu", i);
	}
	token_keys_free(&k);
}

Test(token_cache, looks_at_nbf_each_time)
{
	struct token_keys *k = forge_keys("HS256", FORGE_KEY, NULL);
	const char *claims = forge_edit(FORGE_CLAIMS, "\"iat\"", "\"nbf\":1700000030,\"iat\""),
		   *text =
		       forge(forge_edit(FORGE_HEADER, "KID", forge_kid(k)), claims, 256, FORGE_KEY);
	struct token_claims out;

	cr_assert_eq(token_verify(k, text, FORGE_NOW, &out), TOKEN_OK);
	cr_assert_eq(token_verify(k, text, FORGE_NOW - 1, &out), TOKEN_INVALID);
	cr_assert_eq(token_verify(k, text, FORGE_NOW, &out), TOKEN_OK);
	token_keys_free(&k);
}

Test(token_cache, knows_only_what_was_found_good)
{
	struct token_keys *k = keys_new(KEY), *other = keys_new(NEW_KEY);
	struct token_claims claims;
	char text[TOKEN_TEXT_SIZE], changed[TOKEN_TEXT_SIZE], *at;

	sign(k, text);
	cr_assert_eq(token_verify(k, text, NOW, &claims), TOKEN_OK);
	memcpy(changed, text, sizeof(text));
	at = strrchr(changed, '.') + 1;
	*at = *at == 'A' ? 'B' : 'A';
	for (int i = 0; i < 2; i++) {
		cr_assert_eq(token_verify(other, text, NOW, &claims), TOKEN_INVALID, "time %d", i);
		cr_assert_eq(token_verify(k, changed, NOW, &claims), TOKEN_INVALID, "time %d", i);
	}
	token_keys_free(&other);
	token_keys_free(&k);
}

Test(token_cache, forgets_the_oldest_of_a_place)
{
	enum { TOKENS = 17 }; /* one more than there is room for */
	struct token_cache *c = token_cache_new();
	unsigned char digest[TOKENS][SECRET_DIGEST_BYTES] = {{0}};
	struct token_claims claims;

	for (int i = 0; i < TOKENS; i++) {
		digest[i][SECRET_DIGEST_BYTES - 1] = (unsigned char)(i + 1);
		claims = (struct token_claims){.ver = i};
		cr_assert_not(token_cache_find(c, digest[i], &claims), "token %d", i);
		token_cache_keep(c, digest[i], &claims);
	}
	for (int i = 0; i < TOKENS; i++) {
		cr_assert_eq(token_cache_find(c, digest[i], &claims), i > 0, "token %d", i);
		cr_assert(i == 0 || claims.ver == i, "token %d", i);
	}
	token_cache_free(&c);
	cr_assert_null(c);
}

Test(token_cache, knows_half_of_what_it_could_hold)
{
	enum { TOKENS = 2048 };
	struct token_cache *c = token_cache_new();
	unsigned char digest[SECRET_DIGEST_BYTES];
	struct token_claims claims = {.ver = 1};
	int known = 0;

	for (int pass = 0; pass < 2; pass++) {
		for (int i = 0; i < TOKENS; i++) {
			secret_digest(&i, sizeof(i), digest);
			if (pass == 0)
				token_cache_keep(c, digest, &claims);
			else
				known += token_cache_find(c, digest, &claims);
		}
	}
	cr_assert_geq(known, TOKENS * 98 / 100, "%d of %d", known, TOKENS);
	token_cache_free(&c);
}
