#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

#include "lib/secret.h"
#include "lib/str.h"

#define N(x) (sizeof(x) / sizeof((x)[0]))

static const char *
hex(const unsigned char *p)
{
	static char text[2 * SECRET_DIGEST_BYTES + 1];

	for (size_t i = 0; i < SECRET_DIGEST_BYTES; i++)
		(void)snprintf(text + 2 * i, 3, "%02x", p[i]);
	return text;
}

/* FIPS 180-4 and RFC 4231 test vectors. */
Test(secret, digests_as_published)
{
	unsigned char out[SECRET_DIGEST_BYTES], key[131];

	secret_digest("", 0, out);
	cr_assert_str_eq(
	    hex(out), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
	secret_digest("abc", 3, out);
	cr_assert_str_eq(
	    hex(out), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
	secret_mac("Jefe", 4, "what do ya want for nothing?", 28, out);
	cr_assert_str_eq(
	    hex(out), "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
	memset(key, 0xaa, sizeof(key));
	secret_mac(
	    key, sizeof(key), "Test Using Larger Than Block-Size Key - Hash Key First", 54, out);
	cr_assert_str_eq(
	    hex(out), "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54");
}

Test(secret, derives_a_key_for_each_purpose)
{
	unsigned char one[SECRET_DIGEST_BYTES], two[SECRET_DIGEST_BYTES],
	    again[SECRET_DIGEST_BYTES];

	secret_derive("key", 3, "access", one);
	secret_derive("key", 3, "cursor", two);
	secret_derive("key", 3, "access", again);
	cr_assert(secret_equal(one, again, sizeof(one)));
	cr_assert_not(secret_equal(one, two, sizeof(one)));
}

Test(secret, same_is_the_same_text)
{
	static const struct {
		const char *a, *b;
		bool same;
	} cases[] = {{"", "", true}, {"word", "word", true}, {NULL, NULL, true}, {"", NULL, false},
	    {NULL, "word", false}, {"word", "Word", false}, {"word", "wor", false},
	    {"wor", "word", false}, {"word", "worD", false}};

	for (size_t i = 0; i < N(cases); i++)
		cr_assert_eq(secret_same((struct secret){cases[i].a}, (struct secret){cases[i].b}),
		    cases[i].same, "%zu", i);
}

Test(secret, compares_every_byte)
{
	unsigned char a[32] = {0}, b[32] = {0};

	cr_assert(secret_equal(a, b, sizeof(a)));
	for (size_t i = 0; i < sizeof(a); i++) {
		b[i] = 0x80;
		cr_assert_not(secret_equal(a, b, sizeof(a)), "byte %zu", i);
		b[i] = 0;
	}
	cr_assert(secret_equal(a, b, 0));
}

Test(secret, makes_version_4_uuids_that_differ)
{
	char one[37], two[37];

	for (int i = 0; i < 1000; i++) {
		secret_uuid(one);
		secret_uuid(two);
		cr_assert(str_uuid(one));
		cr_assert_eq(one[14], '4');
		cr_assert_not_null(strchr("89ab", one[19]));
		cr_assert_str_neq(one, two);
	}
}

Test(secret, fills_all_bytes_with_randomness)
{
	unsigned char seen[600] = {0}, now[600];

	for (int i = 0; i < 20; i++) {
		memset(now, 0, sizeof(now));
		secret_random(now, sizeof(now));
		for (size_t j = 0; j < sizeof(now); j++)
			seen[j] |= now[j];
	}
	for (size_t j = 0; j < sizeof(seen); j++) /* all zero 20 times: 256^-20 */
		cr_assert_neq(seen[j], 0, "byte %zu", j);
}

Test(secret, wipes)
{
	char s[] = "password";

	secret_wipe(s, sizeof(s));
	for (size_t i = 0; i < sizeof(s); i++)
		cr_assert_eq(s[i], 0, "byte %zu", i);
}

/* RFC 4648 §10, without the padding. */
Test(secret, encodes_base64url)
{
	static const struct {
		const char *raw, *text;
	} cases[] = {{"", ""}, {"f", "Zg"}, {"fo", "Zm8"}, {"foo", "Zm9v"}, {"foob", "Zm9vYg"},
	    {"fooba", "Zm9vYmE"}, {"foobar", "Zm9vYmFy"}, {"\xfb\xff\xbf", "-_-_"}};
	char text[SECRET_TEXT_SIZE(8)];
	unsigned char raw[8];
	size_t n;

	for (size_t i = 0; i < N(cases); i++) {
		secret_encode(cases[i].raw, strlen(cases[i].raw), text);
		cr_assert_str_eq(text, cases[i].text, "case %zu", i);
		cr_assert(secret_decode(text, strlen(text), raw, sizeof(raw), &n), "case %zu", i);
		cr_assert_eq(n, strlen(cases[i].raw), "case %zu", i);
		cr_assert_eq(memcmp(raw, cases[i].raw, n), 0, "case %zu", i);
	}
}

Test(secret, decodes_only_the_one_spelling)
{
	static const char *const bad[] = {"Z", "A", "Zm9vA", "Zg==", "Zg=", "Zh", "Zm9", "Zm9v ",
	    " Zm9v", "Zm+v", "Zm/v", "Zm9v\n", "Zm9vY", "Zé"};
	unsigned char raw[8];
	size_t n = 99;

	for (size_t i = 0; i < N(bad); i++)
		cr_assert_not(
		    secret_decode(bad[i], strlen(bad[i]), raw, sizeof(raw), &n), "bad %zu", i);
	cr_assert_not(secret_decode("Zm9v\0", 5, raw, sizeof(raw), &n), "a NUL is no digit");
	cr_assert_not(secret_decode("Zm9v", 4, raw, 2, &n), "longer than the room");
	cr_assert_eq(n, 99);
	cr_assert(secret_decode("Zm9v", 4, raw, 3, &n));
}
