#include <criterion/criterion.h>
#include <string.h>

#include "lib/arena.h"
#include "lib/ident.h"
#include "lib/str.h"

#define N(x) (sizeof(x) / sizeof((x)[0]))

#define A10 "aaaaaaaaaa"
#define A60 A10 A10 A10 A10 A10 A10
#define L63 A60 "aaa"

static void
takes(const char *(*check)(const char *), const char *const *fine, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		const char *why = check(fine[i]);

		cr_expect_null(why, "case %zu: %s: %s", i, fine[i], why);
	}
}

static void
refuses(const char *(*check)(const char *), const char *const *bad, size_t n)
{
	for (size_t i = 0; i < n; i++)
		cr_expect_not_null(check(bad[i]), "case %zu: %s", i, bad[i]);
}

Test(ident, takes_addresses)
{
	static const char *const fine[] = {"a@b.c", "ada@example.org", "Ada.Lovelace@Example.ORG",
	    "a+b@example.org", "a_b-c@sub.example.co.uk", "1@2.c3",
	    "!#$%&'*+-/?=^_`{|}~@example.org", "x@xn--bcher-kva.example", "x@a-b.c-d", "x@1.2.3a",
	    "x@12.ab", L63 "a@example.org", "x@" L63 ".org", "x@a--b.org",
	    /* 64 + 1 + 189 = 254 */
	    L63 "a@" L63 "." L63 "." A60 "a"};

	takes(ident_email, fine, N(fine));
	cr_assert_eq(strlen(fine[N(fine) - 1]), IDENT_EMAIL_MAX);
}

Test(ident, refuses_what_is_no_address)
{
	static const char *const bad[] = {"", "@", "a", "a@", "@b.c", "a@b", "a@@b.c", "a@b@c.d",
	    "a.b.c", "a @b.c", " a@b.c", "a@b.c ", "a@b .c", "a@b.c\n", "a@b.c\r\nRCPT TO:<x>",
	    "a\tb@c.d", "a\x01@b.c", "a\x7f@b.c", ".a@b.c", "a.@b.c", "a..b@c.d", ".@b.c",
	    "\"a\"@b.c", "\"a b\"@b.c", "a(c)@b.c", "(c)a@b.c", "a<b>@c.d", "<a@b.c>", "A <a@b.c>",
	    "a,b@c.d", "a;b@c.d", "a:b@c.d", "a\\b@c.d", "a[b]@c.d", "a@[127.0.0.1]",
	    "a@[IPv6:::1]", "a@127.0.0.1", "a@b.1", "a@b.123", "a@.b.c", "a@b.c.", "a@b..c", "a@.",
	    "a@-b.c", "a@b-.c", "a@b.-c", "a@b.c-", "a@b_c.d", "a@b!c.d", "a@b/c.d", "a@b.c/d",
	    "a@b.c:25", "a@b.c?d", "a@b.c,d", "\xc3\xa9@b.c", "a@b\xc3\xbc.c", "a@b.\xe2\x84\xaa",
	    "a\xc4\xb1@b.c", "=?utf-8?q?eve=40evil.example?=@b.c", "=?x?q?=40=3e?=@b.c", "a=?@b.c",
	    "a\xef\xbc\xa0"
	    "b.c",
	    "a\xe2\x80\xae@b.c", L63 "aa@example.org", "x@" L63 "a.org", "x@org." L63 "a",
	    L63 "a@" L63 "." L63 "." A60 "aa"};

	refuses(ident_email, bad, N(bad));
	cr_assert_eq(strlen(bad[N(bad) - 1]), IDENT_EMAIL_MAX + 1);
}

Test(ident, takes_usernames)
{
	static const char *const fine[] = {"abc", "Ada", "007", "a.b", "a_b", "a-b", "a..",
	    "1.2-3_4", "testuser", "admin1", "rooty", "mee", "user1", "statsman",
	    A10 A10 A10 A10 A10};

	takes(ident_username, fine, N(fine));
}

Test(ident, refuses_usernames)
{
	static const char *const bad[] = {"", "a", "ab", A10 A10 A10 A10 A10 "a", "_ab", ".ab",
	    "-ab", "a b", " abc", "abc ", "abc\n", "a@b", "a@b.c", "a+b", "a/b", "a%b", "a\\b",
	    "a'b", "a\"b", "a,b", "a:b", "a;b", "a<b", "caf\xc3\xa9", "\xd0\xb0\xd0\xb1\xd1\x81",
	    "ab\xe2\x80\x8b", "ab\xe2\x80\xae", "ab\xe2\x84\xaa", "admin", "ADMIN", "aDmIn", "root",
	    "Root", "me", "stats", "bulk", "system", "support", "administrator", "postmaster",
	    "null", "users", "api", "reset-password"};

	refuses(ident_username, bad, N(bad));
}

Test(ident, takes_names)
{
	static const char *const fine[] = {"A", "Ada Lovelace", "O'Brien", "Jean-Luc", "<b>",
	    "a\\\"b", "Jos\xc3\xa9", "\xe5\xbc\xa0\xe4\xbc\x9f", "\xd7\x90\xd7\x91",
	    "\xd8\xb9\xd9\x84\xd9\x8a",
	    "\xe0\xa4\x95\xe0\xa5\x8d\xe2\x80\x8d\xe0\xa4\xb7" /* a joiner belongs to the script */,
	    " a ",
	    "\xc2\xa0"
	    "a",
	    "\xf0\x9f\x98\x80", "\xef\xbf\xbd" /* U+FFFD is a character */, "\xf0\x90\x80\x80",
	    "e\xcc\x81"};

	takes(ident_name, fine, N(fine));
}

Test(ident, refuses_names)
{
	static const char *const bad[] = {"", " ", "   ", "\xc2\xa0", "\xe3\x80\x80",
	    "\xe2\x80\x8b", "\xe2\x80\x8d \xe2\x80\x8c", "\xef\xbb\xbf", "\xe3\x85\xa4",
	    "\xe2\xa0\x80", "\xc2\xad", "\xf3\xa0\x80\xa0", "a\tb", "a\nb", "a\rb", "a\x01",
	    "a\x1f", "a\x7f", "a\xc2\x80", "a\xc2\x85", "a\xc2\x9f", "a\xd8\x9c", "a\xe2\x80\x8e",
	    "a\xe2\x80\x8f", "a\xe2\x80\xa8", "a\xe2\x80\xa9", "a\xe2\x80\xaa", "a\xe2\x80\xab",
	    "a\xe2\x80\xac", "a\xe2\x80\xad", "a\xe2\x80\xae", "a\xe2\x81\xa6", "a\xe2\x81\xa7",
	    "a\xe2\x81\xa8", "a\xe2\x81\xa9", "a\xef\xb7\x90", "a\xef\xb7\xaf", "a\xef\xbf\xbe",
	    "a\xef\xbf\xbf", "a\xf0\x9f\xbf\xbe", "a\xf4\x8f\xbf\xbf"};

	refuses(ident_name, bad, N(bad));
}

Test(ident, knows_uuids)
{
	static const char *const fine[] = {"11111111-2222-4333-8444-555555555555",
	    "ABCDEFAB-CDEF-4ABC-8DEF-ABCDEFABCDEF", "00000000-0000-0000-0000-000000000000"};
	static const char *const bad[] = {"", "1", "11111111-2222-4333-8444-55555555555",
	    "11111111-2222-4333-8444-5555555555555", "11111111222243338444555555555555",
	    "{11111111-2222-4333-8444-555555555555}", "11111111-2222-4333-8444-55555555555g",
	    "11111111-2222-4333-8444 555555555555", " 11111111-2222-4333-8444-555555555555"};

	takes(ident_uuid, fine, N(fine));
	refuses(ident_uuid, bad, N(bad));
}

Test(ident, folds_ascii_only)
{
	static const struct {
		const char *in, *out;
	} cases[] = {{"", ""}, {"Ada@Example.ORG", "ada@example.org"}, {"AZ[@`az", "az[@`az"},
	    {"\xc3\x84", "\xc3\x84"}, {"\xe2\x84\xaa", "\xe2\x84\xaa"} /* KELVIN SIGN is no k */,
	    {"I\xc4\xb0", "i\xc4\xb0"}};

	for (size_t i = 0; i < N(cases); i++) {
		char text[64];

		strcpy(text, cases[i].in);
		ident_fold(text);
		cr_assert_str_eq(text, cases[i].out, "case %zu", i);
		ident_fold(text);
		cr_assert_str_eq(text, cases[i].out, "case %zu, twice", i);
	}
}

Test(ident, a_key_is_a_folded_copy)
{
	struct arena *a = arena_new();
	static const char name[] = "Ada@Example.ORG";

	cr_assert_str_eq(ident_key(a, name), "ada@example.org");
	cr_assert_str_eq(name, "Ada@Example.ORG");
	cr_assert_null(ident_key(a, NULL));
	arena_free(&a);
}

/* Whatever byte stands anywhere in an address: what is let through is an address in plain ASCII. */
Test(ident, no_byte_slips_into_an_address)
{
	for (int byte = 1; byte < 256; byte++) {
		for (size_t at = 0; at < 9; at++) {
			char text[] = "ada@b.org";

			text[at] = (char)byte;
			if (ident_email(text) != NULL)
				continue;
			cr_assert(byte > ' ' && byte < 0x7f, "byte %d at %zu", byte, at);
			cr_assert_null(strpbrk(text, "<>()[],;:\\\" "), "byte %d at %zu", byte, at);
		}
	}
}
