#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

#include "lib/arena.h"
#include "lib/common_passwords.h"
#include "lib/policy.h"
#include "lib/policy_common.h"

#define N(x) (sizeof(x) / sizeof((x)[0]))

static struct arena *arena;

static void
setup(void)
{
	arena = arena_new();
}

static void
teardown(void)
{
	arena_free(&arena);
}

TestSuite(policy, .init = setup, .fini = teardown);

/* The sentence or "". */
static const char *
refuse(enum policy policy, const char *phrase)
{
	const char *why = policy_refuse(
	    arena, policy, (struct secret){phrase}, "test@example.com", "somebody", 511);

	return why == NULL ? "" : why;
}

static const char *
times(const char *s, size_t n)
{
	char *text = arena_alloc(arena, strlen(s) * n + 1);

	for (size_t i = 0; i < n; i++)
		memcpy(text + i * strlen(s), s, strlen(s));
	return text;
}

static const char *
join(const char *a, const char *b)
{
	return arena_printf(arena, "%s%s", a, b);
}

Test(policy, knows_its_names)
{
	cr_assert_eq(policy_parse("composition"), POLICY_COMPOSITION);
	cr_assert_eq(policy_parse("length"), POLICY_LENGTH);
	cr_assert_eq(policy_parse("nist"), POLICY_NIST);
	cr_assert_eq(policy_parse(""), POLICY__MAX);
	cr_assert_eq(policy_parse("Length"), POLICY__MAX);
	cr_assert_eq(policy_parse("length "), POLICY__MAX);
}

/* What documents and examples use has to work, whatever the list grows to. */
Test(policy, takes_the_passwords_of_the_examples)
{
	static const char *const fine[] = {"SecurePass123!", "SecurePassword123!", "StrongPass1!",
	    "Test123!@#", "TestPassword123!", "NewPassword456!", "NewPassword123!",
	    "AnotherPass123!", "NewSecurePass456!", "Aa1!Aa1!", "Aa1 aaaa"};

	for (size_t i = 0; i < N(fine); i++) {
		cr_expect_str_empty(
		    refuse(POLICY_COMPOSITION, fine[i]), "case %zu: %s", i, fine[i]);
		cr_expect_str_empty(refuse(POLICY_LENGTH, fine[i]), "case %zu: %s", i, fine[i]);
	}
	cr_expect_str_empty(refuse(POLICY_LENGTH, "WrongPassword!"));
	cr_expect_str_empty(refuse(POLICY_NIST, "correct horse battery staple"));
	cr_expect_str_empty(refuse(POLICY_NIST, "84729104857261930475"));
	cr_expect_str_empty(refuse(POLICY_NIST, "                    a b c"));
}

Test(policy, says_all_that_is_missing)
{
	static const struct {
		enum policy policy;
		const char *phrase, *why;
	} cases[] = {
	    {POLICY_COMPOSITION, "securepass123!",
		"Password must contain at least one uppercase letter"},
	    {POLICY_COMPOSITION, "SECUREPASS123!",
		"Password must contain at least one lowercase letter"},
	    {POLICY_COMPOSITION, "SecurePass!", "Password must contain at least one digit"},
	    {POLICY_COMPOSITION, "SecurePass123",
		"Password must contain at least one special character"},
	    {POLICY_COMPOSITION, "SecurePass123\xc3\xa9",
		"Password must contain at least one special character"},
	    {POLICY_COMPOSITION, "Sp123!", "Password must have at least 8 characters"},
	    {POLICY_COMPOSITION, "secp\t",
		"Password must have at least 8 characters, contain at least one uppercase letter, "
		"contain at least one digit, contain at least one special character and "
		"not contain control characters"},
	    {POLICY_COMPOSITION, "PASSWORD1",
		"Password must contain at least one lowercase letter, contain at least one special "
		"character and not be a common password"},
	    {POLICY_LENGTH, "abcdxyz", "Password must have at least 8 characters"},
	    {POLICY_LENGTH, "", "Password must have at least 8 characters"},
	    {POLICY_LENGTH, "\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9",
		"Password must have at least 8 characters"},
	    {POLICY_LENGTH, "abc\x01xyzq", "Password must not contain control characters"},
	    {POLICY_LENGTH, "abc\x7fxyzq", "Password must not contain control characters"},
	    {POLICY_LENGTH, "abc\xc2\x85xyzq", "Password must not contain control characters"},
	    {POLICY_LENGTH, "password", "Password must not be a common password"},
	    {POLICY_NIST, "SecurePass123!", "Password must have at least 15 characters"},
	    {POLICY_NIST, "passwordpassword", "Password must not be a common password"},
	};

	for (size_t i = 0; i < N(cases); i++)
		cr_expect_str_eq(
		    refuse(cases[i].policy, cases[i].phrase), cases[i].why, "case %zu", i);
}

Test(policy, counts_code_points_and_bytes)
{
	static const char euro[] = "\xe2\x82\xac", smile[] = "\xf0\x9f\x98\x80";
	const struct {
		const char *phrase;
		int max_bytes;
		const char *why;
	} cases[] = {
	    {times(euro, 7), 511, "at least 8 characters"},
	    {times(euro, 8), 511, NULL},
	    {times("a ", 64), 511, NULL},
	    {join(times("a ", 64), "b"), 511, "at most 128 characters"},
	    {times(smile, 127), 511, NULL},
	    {times(smile, 128), 511, "at most 511 bytes"},
	    {join(times(smile, 127), "abc"), 511, "at most 128 characters"},
	    {times("a ", 36), 72, NULL},
	    {join(times("a ", 36), "b"), 72, "at most 72 bytes"},
	    {times(euro, 24), 72, NULL},
	    {times(euro, 25), 72, "at most 72 bytes"},
	};

	for (size_t i = 0; i < N(cases); i++) {
		const char *why = policy_refuse(arena, POLICY_LENGTH,
		    (struct secret){cases[i].phrase}, NULL, NULL, cases[i].max_bytes);

		if (cases[i].why == NULL)
			cr_expect_null(why, "case %zu: %s", i, why);
		else
			cr_expect(why != NULL && strstr(why, cases[i].why) != NULL, "case %zu: %s",
			    i, why);
	}
}

Test(policy, refuses_what_is_made_of_the_name)
{
	static const struct {
		const char *phrase, *email, *username;
		bool refused;
	} cases[] = {
	    {"adalovelace", "adalovelace@example.org", NULL, true},
	    {"AdaLovelace", "adalovelace@example.org", NULL, true},
	    {"adalovelace", "AdaLovelace@Example.org", NULL, true},
	    {"adalovelace@example.org", "adalovelace@example.org", NULL, true},
	    {"Adalovelace@example.org!1aX", "adalovelace@example.org", NULL, true},
	    {"adalovelace!1aX", "adalovelace@example.org", NULL, true},
	    {"!1adalovelaceaX", "adalovelace@example.org", NULL, true},
	    {"adalovelace!1aX9", "adalovelace@example.org", NULL, false},
	    {"adalovelace123456", "adalovelace@example.org", NULL, true},
	    {"adalovelace12345678", "adalovelace@example.org", NULL, true},
	    {"adalovelace123456789", "adalovelace@example.org", NULL, false},
	    {"2024adalovelace2024", "adalovelace@example.org", NULL, true},
	    {"adaadaada", "ada@example.org", NULL, true},
	    {"adaxadayada", "ada@example.org", NULL, true},
	    {"ada\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9 ada", "ada@example.org", NULL, false},
	    {"ada\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9"
	     "ada",
		"ada@example.org", NULL, true},
	    {"thecountess", NULL, "TheCountess", true},
	    {"TheCountess1!", NULL, "thecountess", true},
	    {"TheCountess of L", NULL, "thecountess", false},
	    {"TheCountess1!", "x@example.org", "thecountess", true},
	    {"ab 12 cd 34", "ab@example.org", "cd", false},
	    {"example.org 9x", "ada@example.org", NULL, false},
	    {"Test123!@#", "test@example.com", NULL, false},
	    {"SecurePass123!", NULL, NULL, false},
	    {"SecurePass123!", "", "", false},
	};

	for (size_t i = 0; i < N(cases); i++) {
		const char *why = policy_refuse(arena, POLICY_LENGTH,
		    (struct secret){cases[i].phrase}, cases[i].email, cases[i].username, 511);

		cr_expect_eq(why != NULL, cases[i].refused, "case %zu: %s: %s", i, cases[i].phrase,
		    why == NULL ? "fine" : why);
		if (why != NULL)
			cr_expect_not_null(strstr(why, "be made of"), "case %zu: %s", i, why);
	}
}

Test(policy, finds_common_passwords)
{
	static const char *const listed[] = {"password", "PASSWORD", "passWord", "Password1",
	    "Password123!", "Password2024!", "password!!!!!!", "P@ssw0rd", "p@$$w0rd", "Pa55word",
	    "P@ssw0rd2024!", "passwordpassword", "passwordpasswordpassword", "Passwordpassword1!",
	    "12345678", "123456789", "1234567890", "87654321", "00000000", "11111111", "123123123",
	    "qwertyuiop", "Qwerty123!", "1q2w3e4r", "1qaz2wsx", "!QAZ2wsx", "zaq12wsx", "asdfghjkl",
	    "iloveyou", "Sunshine1", "princess!", "football", "Welcome1", "Welcome123!", "letmein1",
	    "trustno1", "Summer2024", "Winter2023!", "admin123", "Admin123!", "dragon123",
	    "monkey123", "michael1", "abcd1234", "aaaaaaaa", "superman", "changeme", "gatehouse",
	    "starwars", "!@#$%^&*"};
	static const char *const others[] = {"", "a", "1", "passwor", "xpassword", "password x",
	    "my password is", "password1234567", "securepassword", "football 8274619351",
	    "qzjvkxwp", "correct horse battery staple", "\xff\xfe", "passw\xc3\xb6rd",
	    "zzzzzzzzzzz", "~~~~~~~~", "         ", "password\xc3\xa9"};

	for (size_t i = 0; i < N(listed); i++)
		cr_expect(policy_common_has(arena, listed[i]), "listed %zu: %s", i, listed[i]);
	for (size_t i = 0; i < N(others); i++)
		cr_expect_not(policy_common_has(arena, others[i]), "other %zu: %s", i, others[i]);
}

/* The look-up needs the order; and every word has to be found by it. */
Test(policy, its_list_is_long_sorted_and_found)
{
	char last[100] = "", word[100];
	size_t n = 0;

	for (size_t row = 0; row < common_passwords_rows_n; row++) {
		const char *at = common_passwords_rows[row];

		while (*at != '\0') {
			size_t chars = strcspn(at, " ");

			cr_assert(chars >= 8 && chars < sizeof(word), "row %zu: %s", row, at);
			memcpy(word, at, chars);
			word[chars] = '\0';
			for (const char *c = word; *c != '\0'; c++)
				cr_assert(
				    *c > ' ' && *c <= '~' && !(*c >= 'A' && *c <= 'Z'), "%s", word);
			cr_assert_lt(strcmp(last, word), 0, "%s, %s", last, word);
			cr_assert(policy_common_has(arena, word), "%s", word);
			strcpy(last, word);
			n++;
			at += chars;
			if (*at == ' ')
				at++;
		}
	}
	cr_assert_geq(n, 3000);
	cr_log_info("%zu common passwords", n);
}
