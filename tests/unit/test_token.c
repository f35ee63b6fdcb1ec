#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "lib/secret.h"
#include "lib/token.h"

#include "forge.h"

#define N(x) (sizeof(x) / sizeof((x)[0]))

static struct token_keys *keys;
static const char *header; /* FORGE_HEADER with the right key id */

static void
setup(void)
{
	keys = forge_keys("HS256", FORGE_KEY, NULL);
	header = forge_edit(FORGE_HEADER, "KID", forge_kid(keys));
}

static void
teardown(void)
{
	token_keys_free(&keys);
}

TestSuite(token, .init = setup, .fini = teardown);

static enum token_result
verify(const char *text)
{
	struct token_claims c;
	enum token_result result = token_verify(keys, text, FORGE_NOW, &c);

	if (result == TOKEN_INVALID)
		cr_assert_eq(c.sub[0], '\0', "claims of a refused token were handed out");
	return result;
}

Test(token, verifies_what_it_signed)
{
	static const char *const algorithms[] = {"HS256", "HS384", "HS512"};
	static const char *const sids[] = {FORGE_SID, ""};

	for (size_t i = 0; i < N(algorithms) * N(sids); i++) {
		struct token_keys *k = forge_keys(algorithms[i / 2], FORGE_KEY, NULL);
		struct token_claims in = forge_claims(), out;
		char text[TOKEN_TEXT_SIZE];

		(void)snprintf(in.sid, sizeof(in.sid), "%s", sids[i % 2]);
		cr_assert(token_sign(k, &in, text), "case %zu", i);
		cr_assert_eq(token_verify(k, text, FORGE_NOW, &out), TOKEN_OK, "case %zu", i);
		cr_assert_str_eq(out.sub, FORGE_SUB, "case %zu", i);
		cr_assert_str_eq(out.sid, sids[i % 2], "case %zu", i);
		cr_assert_str_eq(out.jti, FORGE_JTI, "case %zu", i);
		cr_assert_eq(out.ver, 7, "case %zu", i);
		cr_assert_eq(out.iat_s, FORGE_NOW, "case %zu", i);
		cr_assert_eq(out.exp_s, FORGE_NOW + 1800, "case %zu", i);
		token_keys_free(&k);
	}
}

/* The forger of these tests is right when it is honest: everything below depends on it. */
Test(token, verifies_what_another_library_signed)
{
	cr_assert_eq(verify(forge(header, FORGE_CLAIMS, 256, FORGE_KEY)), TOKEN_OK);
}

Test(token, carries_nothing_but_the_listed_claims)
{
	struct token_claims c = forge_claims();
	char text[TOKEN_TEXT_SIZE], json[TOKEN_TEXT_SIZE] = "";
	const char *payload;
	size_t n;

	cr_assert(token_sign(keys, &c, text));
	payload = strchr(text, '.') + 1;
	cr_assert(secret_decode(payload, strcspn(payload, "."), json, sizeof(json) - 1, &n));
	cr_assert_str_eq(json,
	    "{\"aud\":\"api\",\"exp\":1700001800,\"iat\":1700000000,\"iss\":\"gatehouse\","
	    "\"jti\":\"" FORGE_JTI "\",\"sid\":\"" FORGE_SID "\",\"sub\":\"" FORGE_SUB
	    "\",\"type\":\"access\",\"ver\":7}");
}

/* FORGE_HEADER has one member replaced; signed with the right key and SHA-2 of ${bits}. */
static const struct {
	const char *from, *to;
	int bits;
} headers[] = {
    {"HS256", "none", 256},
    {"HS256", "None", 256},
    {"HS256", "NONE", 256},
    {"HS256", "nOnE", 256},
    {"HS256", "", 256},
    {"HS256", "hs256", 256},
    {"HS256", "Hs256", 256},
    {"HS256", "HS256 ", 256},
    {"HS256", "HS384", 384},
    {"HS256", "HS512", 512},
    {"HS256", "HS384", 256},
    {"HS256", "HS512", 256},
    {"HS256", "HS256", 384},
    {"HS256", "HS256", 512},
    {"HS256", "RS256", 256},
    {"HS256", "ES256", 256},
    {"HS256", "PS256", 256},
    {"HS256", "EdDSA", 256},
    {"\"HS256\"", "null", 256},
    {"\"HS256\"", "256", 256},
    {"\"HS256\"", "[\"HS256\"]", 256},
    {"\"alg\":\"HS256\",", "", 256},
    {"\"alg\"", "\"ALG\"", 256},
    {"{", "{\"alg\":\"HS256\",", 256},
    {"{", "{\"alg\":\"none\",", 256},
    {"{", "{\"al\\u0067\":\"HS256\",", 256},
    {"}", ",\"alg\":\"none\"}", 256},
    {"\"JWT\"", "\"jwt\"", 256},
    {"\"JWT\"", "\"at+jwt\"", 256},
    {"\"JWT\"", "null", 256},
    {"\"typ\":\"JWT\",", "", 256},
    {"\"typ\"", "\"cty\"", 256},
    {"}", ",\"crit\":[\"exp\"]}", 256},
    {"}", ",\"crit\":[]}", 256},
    {"}", ",\"jwk\":{\"kty\":\"oct\",\"k\":\"AAAA\"}}", 256},
    {"}", ",\"jku\":\"http://example.org/k\"}", 256},
    {"}", ",\"x5u\":\"http://example.org\"}", 256},
    {"}", ",\"x5c\":[]}", 256},
    {"}", ",\"zip\":\"DEF\"}", 256},
    {"}", ",\"b64\":false}", 256},
    {"}", ",\"a\":1}", 256},
    {"\"KID\"", "\"\"", 256},
    {"\"KID\"", "\"../../etc/passwd\"", 256},
    {"\"KID\"", "\"' or 1=1 --\"", 256},
    {"\"KID\"", "null", 256},
    {"\"KID\"", "0", 256},
    {"\"KID\"", "[\"KID\"]", 256},
    {"\"KID\"", "\"KID \"", 256},
    {"\"KID\"", "\"KI\"", 256},
    {"\"KID\"", "\"KID\\u0000\"", 256},
    {",\"kid\":\"KID\"", "", 256},
    {"}", "} ", 256 + 1},
    {"}", "}x", 256},
    {"{", "[{", 256},
    {"}", "", 256},
    {"{\"alg\"", "\xff{\"alg\"", 256},
};

Test(token, refuses_other_headers)
{
	const char *kid = forge_kid(keys);

	for (size_t i = 0; i < N(headers); i++) {
		const char *h = forge_edit(FORGE_HEADER, headers[i].from, headers[i].to);
		bool blank_after = headers[i].bits == 257; /* JSON allows it, so it is fine */

		if (strstr(h, "KID") != NULL)
			h = forge_edit(h, "KID", kid);
		cr_assert_eq(verify(forge(h, FORGE_CLAIMS, headers[i].bits, FORGE_KEY)),
		    blank_after ? TOKEN_OK : TOKEN_INVALID, "case %zu: %s", i, h);
	}
}

Test(token, refuses_a_huge_key_id)
{
	static char kid[10001];

	memset(kid, 'A', sizeof(kid) - 1);
	cr_assert_eq(
	    verify(forge(forge_edit(FORGE_HEADER, "KID", kid), FORGE_CLAIMS, 256, FORGE_KEY)),
	    TOKEN_INVALID);
}

/* FORGE_CLAIMS has one piece replaced, and the signature is right. */
static const struct claim_case {
	const char *from, *to;
	enum token_result want;
} claim_cases[] = {
    {"1700001800", "1700000001", TOKEN_OK},
    {"1700001800", "1700000000", TOKEN_EXPIRED},
    {"1700001800", "1699999999", TOKEN_EXPIRED},
    {"1700001800", "0", TOKEN_EXPIRED},
    {"1700001800", "-1", TOKEN_INVALID},
    {"1700001800", "-1700001800", TOKEN_INVALID},
    {"1700001800", "\"1700001800\"", TOKEN_INVALID},
    {"1700001800", "1700001800.5", TOKEN_INVALID},
    {"1700001800", "1700001800.0", TOKEN_INVALID},
    {"1700001800", "1.7000018e9", TOKEN_INVALID},
    {"1700001800", "1e30", TOKEN_INVALID},
    {"1700001800", "1e999", TOKEN_INVALID},
    {"1700001800", "9007199254740991", TOKEN_OK},
    {"1700001800", "9007199254740992", TOKEN_INVALID},
    {"1700001800", "9223372036854775807", TOKEN_INVALID},
    {"1700001800", "9223372036854775808", TOKEN_INVALID},
    {"1700001800", "18446744073709551616", TOKEN_INVALID},
    {"1700001800", "null", TOKEN_INVALID},
    {"1700001800", "true", TOKEN_INVALID},
    {"1700001800", "[1700001800]", TOKEN_INVALID},
    {"1700001800", "NaN", TOKEN_INVALID},
    {"1700001800", "01700001800", TOKEN_INVALID},
    {",\"exp\":1700001800", "", TOKEN_INVALID},
    {"\"exp\"", "\"EXP\"", TOKEN_INVALID},
    {"\"iat\":1700000000", "\"iat\":1700000030", TOKEN_OK},
    {"\"iat\":1700000000", "\"iat\":1700000031", TOKEN_INVALID},
    {"\"iat\":1700000000", "\"iat\":\"1700000000\"", TOKEN_INVALID},
    {"\"iat\":1700000000", "\"iat\":-1", TOKEN_INVALID},
    {"\"iat\":1700000000,", "", TOKEN_INVALID},
    {"\"iat\"", "\"nbf\":1700000030,\"iat\"", TOKEN_OK},
    {"\"iat\"", "\"nbf\":1700000031,\"iat\"", TOKEN_INVALID},
    {"\"iat\"", "\"nbf\":\"1\",\"iat\"", TOKEN_INVALID},
    {"\"iat\"", "\"nbf\":null,\"iat\"", TOKEN_INVALID},
    {"\"ver\":7", "\"ver\":\"7\"", TOKEN_INVALID},
    {"\"ver\":7", "\"ver\":7.5", TOKEN_INVALID},
    {"\"ver\":7", "\"ver\":-7", TOKEN_INVALID},
    {"\"ver\":7", "\"ver\":0", TOKEN_OK},
    {"\"ver\":7,", "", TOKEN_INVALID},
    {"\"gatehouse\"", "\"Gatehouse\"", TOKEN_INVALID},
    {"\"gatehouse\"", "\"gatehouse/\"", TOKEN_INVALID},
    {"\"gatehouse\"", "[\"gatehouse\"]", TOKEN_INVALID},
    {"\"gatehouse\"", "null", TOKEN_INVALID},
    {"\"iss\":\"gatehouse\",", "", TOKEN_INVALID},
    {"\"api\"", "[\"api\"]", TOKEN_OK},
    {"\"api\"", "[\"other\",\"api\"]", TOKEN_OK},
    {"\"api\"", "[\"other\"]", TOKEN_INVALID},
    {"\"api\"", "[]", TOKEN_INVALID},
    {"\"api\"", "[\"api\",1]", TOKEN_INVALID},
    {"\"api\"", "[[\"api\"]]", TOKEN_INVALID},
    {"\"api\"", "{\"api\":\"api\"}", TOKEN_INVALID},
    {"\"api\"", "\"other\"", TOKEN_INVALID},
    {"\"api\"", "\"\"", TOKEN_INVALID},
    {"\"api\"", "null", TOKEN_INVALID},
    {"\"aud\":\"api\",", "", TOKEN_INVALID},
    {"\"access\"", "\"refresh\"", TOKEN_INVALID},
    {"\"access\"", "\"ACCESS\"", TOKEN_INVALID},
    {"\"access\"", "null", TOKEN_INVALID},
    {"\"type\":\"access\",", "", TOKEN_INVALID},
    {"\"" FORGE_SUB "\"", "1", TOKEN_INVALID},
    {"\"" FORGE_SUB "\"", "\"1\"", TOKEN_INVALID},
    {"\"" FORGE_SUB "\"", "null", TOKEN_INVALID},
    {"\"" FORGE_SUB "\"", "\"\"", TOKEN_INVALID},
    {"\"" FORGE_SUB "\"", "\"" FORGE_SUB "x\"", TOKEN_INVALID},
    {"\"sub\":\"" FORGE_SUB "\",", "", TOKEN_INVALID},
    {"\"" FORGE_SID "\"", "\"\"", TOKEN_INVALID},
    {"\"" FORGE_SID "\"", "null", TOKEN_INVALID},
    {"\"sid\":\"" FORGE_SID "\",", "", TOKEN_OK},
    {"\"" FORGE_JTI "\"", "7", TOKEN_INVALID},
    {"\"jti\":\"" FORGE_JTI "\",", "", TOKEN_INVALID},
    {"{", "{\"sub\":\"" FORGE_JTI "\",", TOKEN_INVALID}, /* twice */
    {"}", ",\"sub\":\"" FORGE_JTI "\"}", TOKEN_INVALID}, /* twice */
    {"}", ",\"s\\u0075b\":\"" FORGE_JTI "\"}", TOKEN_INVALID},
    {"}", ",\"exp\":1700001800}", TOKEN_INVALID},
    {"}", ",\"more\":{\"a\":[1]}}", TOKEN_OK},
    {"}", ",\"more\":\"\\u0000\"}", TOKEN_INVALID},
    {"}", ",\"more\":\"\xff\"}", TOKEN_INVALID},
    {"}", "}}", TOKEN_INVALID},
    {"{", "[{", TOKEN_INVALID},
    {"{", "", TOKEN_INVALID},
};

Test(token, checks_every_claim_of_a_signed_token)
{
	for (size_t i = 0; i < N(claim_cases); i++) {
		const char *claims =
		    forge_edit(FORGE_CLAIMS, claim_cases[i].from, claim_cases[i].to);

		cr_assert_eq(verify(forge(header, claims, 256, FORGE_KEY)), claim_cases[i].want,
		    "case %zu: %s", i, claims);
	}
}

Test(token, refuses_payloads_that_are_no_object)
{
	static const char *const payloads[] = {
	    "", "[]", "null", "\"\"", "1", "{}", "{", " ", "\xef\xbb\xbf{}"};

	for (size_t i = 0; i < N(payloads); i++)
		cr_assert_eq(verify(forge(header, payloads[i], 256, FORGE_KEY)), TOKEN_INVALID,
		    "case %zu", i);
}

Test(token, refuses_other_keys)
{
	static const char *const others[] = {
	    "0123456789abcdef0123456789abcdeF", "", "0", " " FORGE_KEY, FORGE_KEY FORGE_KEY};

	for (size_t i = 0; i < N(others); i++)
		cr_assert_eq(verify(forge(header, FORGE_CLAIMS, 256, others[i])), TOKEN_INVALID,
		    "case %zu", i);
}

Test(token, refuses_other_spellings)
{
	const char *good = forge(header, FORGE_CLAIMS, 256, FORGE_KEY), *last = strrchr(good, '.');
	const char *const bad[] = {"", ".", "..", "...", "a.b.c", "Bearer",
	    forge_edit(good, ".", ""), forge_edit(good, ".", ".."), forge_edit(good, last, ""),
	    forge_edit(good, last, "."), forge_edit(good, last, ".A"), forge_edit(good, last, ".!"),
	    forge_edit(good, last, forge_edit(last, ".", "..")), forge_edit(good, good + 1, ""),
	    forge_edit(good, last, forge_edit(last, ".", ".A")), forge_edit("x", "x", last),
	    forge_edit("?.", "?", good), forge_edit("?.x", "?", good), forge_edit("?=", "?", good),
	    forge_edit("?==", "?", good), forge_edit("?A", "?", good),
	    forge_edit("?AAAA", "?", good), forge_edit("?!", "?", good),
	    forge_edit("?\n", "?", good), forge_edit("? ", "?", good), forge_edit(" ?", "?", good),
	    forge_edit("=?", "?", good), forge_edit("+?", "?", good), forge_edit("/?", "?", good),
	    forge_edit("Bearer ?", "?", good), forge_edit(".?", "?", good)};

	cr_assert_eq(verify(good), TOKEN_OK);
	for (size_t i = 0; i < N(bad); i++)
		cr_assert_eq(verify(bad[i]), TOKEN_INVALID, "case %zu: %s", i, bad[i]);
}

/* Every byte that is not base64url, at every place: nothing in between is passed over. */
Test(token, refuses_junk_anywhere)
{
	const char *good = forge(header, FORGE_CLAIMS, 256, FORGE_KEY);
	static const char junk[] = "=!+/ \t\n\x01\x80\xff";
	size_t chars = strlen(good);
	char *text = calloc(1, chars + 2);

	for (size_t at = 0; at <= chars; at++) {
		for (const char *j = junk; *j != '\0'; j++) {
			memcpy(text, good, at);
			text[at] = *j;
			memcpy(text + at + 1, good + at, chars - at);
			cr_assert_eq(verify(text), TOKEN_INVALID, "%02x at %zu", *j & 0xff, at);
		}
	}
	free(text);
}

Test(token, refuses_every_single_flipped_bit)
{
	static const char *const algorithms[] = {"HS256", "HS384", "HS512"};

	for (size_t a = 0; a < N(algorithms); a++) {
		struct token_keys *k = forge_keys(algorithms[a], FORGE_KEY, NULL);
		struct token_claims c = forge_claims(), out;
		char text[TOKEN_TEXT_SIZE];

		cr_assert(token_sign(k, &c, text));
		for (size_t bit = 0; bit < strlen(text) * 8; bit++) {
			text[bit / 8] = (char)(text[bit / 8] ^ 1 << bit % 8);
			cr_assert_eq(token_verify(k, text, FORGE_NOW, &out), TOKEN_INVALID,
			    "%s, bit %zu", algorithms[a], bit);
			text[bit / 8] = (char)(text[bit / 8] ^ 1 << bit % 8);
		}
		cr_assert_eq(token_verify(k, text, FORGE_NOW, &out), TOKEN_OK);
		token_keys_free(&k);
	}
}

Test(token, refuses_every_shortened_token)
{
	const char *good = forge(header, FORGE_CLAIMS, 256, FORGE_KEY);
	char *text = strdup(good);

	for (size_t n = strlen(good); n-- > 0;) {
		text[n] = '\0';
		cr_assert_eq(verify(text), TOKEN_INVALID, "%zu characters", n);
	}
	free(text);
}

Test(token, takes_at_most_the_stated_length)
{
	static const size_t sizes[] = {4097, 8192, 1 << 20, 9 << 20};
	char more[3000] = ",\"more\":\"";
	const char *long_one;

	memset(more + strlen(more), 'x', 2400);
	long_one = forge(
	    header, forge_edit(FORGE_CLAIMS, "}", forge_edit("?\"}", "?", more)), 256, FORGE_KEY);
	cr_assert_leq(strlen(long_one), TOKEN_CHARS_MAX);
	cr_assert_eq(verify(long_one), TOKEN_OK);
	memset(more + strlen(more), 'x', 500);
	long_one = forge(
	    header, forge_edit(FORGE_CLAIMS, "}", forge_edit("?\"}", "?", more)), 256, FORGE_KEY);
	cr_assert_gt(strlen(long_one), TOKEN_CHARS_MAX);
	cr_assert_eq(verify(long_one), TOKEN_INVALID);
	for (size_t i = 0; i < N(sizes); i++) {
		char *text = malloc(sizes[i] + 1);

		memset(text, 'A', sizes[i]);
		text[sizes[i]] = '\0';
		cr_assert_eq(verify(text), TOKEN_INVALID, "case %zu", i);
		text[60] = text[sizes[i] - 44] = '.';
		cr_assert_eq(verify(text), TOKEN_INVALID, "case %zu", i);
		free(text);
	}
}

Test(token, speed_is_printed)
{
	enum { ROUNDS = 20000 };
	const char *good = forge(header, FORGE_CLAIMS, 256, FORGE_KEY);
	struct timespec from, to;

	cr_assert_eq(clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &from), 0);
	for (int i = 0; i < ROUNDS; i++)
		cr_assert_eq(verify(good), TOKEN_OK);
	cr_assert_eq(clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &to), 0);
	cr_log_info("token_verify: %.1f us of processor time",
	    ((double)(to.tv_sec - from.tv_sec) * 1e6 + (double)(to.tv_nsec - from.tv_nsec) / 1e3) /
		ROUNDS);
}
