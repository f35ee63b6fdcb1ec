#include <criterion/criterion.h>
#include <string.h>

#include "lib/token.h"

#include "forge.h"

#define N(x) (sizeof(x) / sizeof((x)[0]))

Test(token_keys, verifies_with_the_previous_key_and_signs_with_the_new)
{
	const char *new_key = "a new key of at least thirty-two bytes, \xc3\xa9 too";
	struct token_keys *old = forge_keys("HS256", FORGE_KEY, NULL),
			  *both = forge_keys("HS256", new_key, FORGE_KEY),
			  *after = forge_keys("HS256", new_key, NULL);
	struct token_claims in = forge_claims(), out;
	char old_text[TOKEN_TEXT_SIZE], text[TOKEN_TEXT_SIZE];
	const char *header = forge_edit(FORGE_HEADER, "KID", forge_kid(old));

	cr_assert(token_sign(old, &in, old_text));
	cr_assert(token_sign(both, &in, text));
	cr_assert_eq(token_verify(both, old_text, FORGE_NOW, &out), TOKEN_OK);
	cr_assert_eq(token_verify(both, text, FORGE_NOW, &out), TOKEN_OK);
	cr_assert_eq(token_verify(after, text, FORGE_NOW, &out), TOKEN_OK);
	cr_assert_eq(token_verify(after, old_text, FORGE_NOW, &out), TOKEN_INVALID);
	cr_assert_eq(token_verify(old, text, FORGE_NOW, &out), TOKEN_INVALID);
	/* A key id names one key: the other does not help. */
	cr_assert_eq(token_verify(both, forge(header, FORGE_CLAIMS, 256, new_key), FORGE_NOW, &out),
	    TOKEN_INVALID);
	token_keys_free(&old);
	token_keys_free(&both);
	token_keys_free(&after);
}

Test(token_keys, takes_keys_and_parties_of_any_text)
{
	char key[4097], party[129], escaped[129];
	const char *why = NULL;
	struct token_claims in = forge_claims(), out;
	struct token_keys *k;
	char text[TOKEN_TEXT_SIZE];

	for (size_t i = 0; i < sizeof(key) - 1; i++)
		key[i] = (char)(i % 255 + 1);
	key[sizeof(key) - 1] = '\0';
	memset(party, 'i', sizeof(party) - 1);
	party[sizeof(party) - 1] = '\0';
	memset(escaped, '"', sizeof(escaped) - 1); /* JSON doubles it: twice is too much */
	escaped[sizeof(escaped) - 1] = '\0';
	cr_assert_null(token_keys_new("HS512", key, NULL, escaped, escaped, &why));
	cr_assert_not_null(strstr(why, "too long"), "%s", why);
	k = token_keys_new("HS512", key, NULL, party, escaped, &why);
	cr_assert_not_null(k, "%s", why);
	cr_assert(token_sign(k, &in, text));
	cr_assert_eq(token_verify(k, text, FORGE_NOW, &out), TOKEN_OK);
	token_keys_free(&k);
}

Test(token_keys, refuses_to_start_with_unfit_settings)
{
	static const struct {
		const char *algorithm, *key, *previous, *iss, *aud;
	} cases[] = {
	    {"HS256", "", NULL, "i", "a"},
	    {"HS256", "0123456789abcdef0123456789abcde", NULL, "i", "a"},
	    {"HS256", FORGE_KEY, "short", "i", "a"},
	    {"HS256", FORGE_KEY, "", "i", "a"},
	    {"hs256", FORGE_KEY, NULL, "i", "a"},
	    {"none", FORGE_KEY, NULL, "i", "a"},
	    {"RS256", FORGE_KEY, NULL, "i", "a"},
	    {"", FORGE_KEY, NULL, "i", "a"},
	    {"HS256", FORGE_KEY, NULL, "", "a"},
	    {"HS256", FORGE_KEY, NULL, "i", ""},
	    {"HS256", FORGE_KEY, NULL, "\xff", "a"},
	};

	for (size_t i = 0; i < N(cases); i++) {
		const char *why = NULL;
		struct token_keys *k = token_keys_new(cases[i].algorithm, cases[i].key,
		    cases[i].previous, cases[i].iss, cases[i].aud, &why);

		cr_assert_null(k, "case %zu", i);
		cr_assert_not_null(why, "case %zu", i);
		token_keys_free(&k); /* of NULL: nothing */
	}
}
