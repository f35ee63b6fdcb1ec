#include <criterion/criterion.h>
#include <string.h>

#include "lib/str.h"

#define N(x) (sizeof(x) / sizeof((x)[0]))

Test(str, parses_whole_integers)
{
	static const struct {
		const char *s;
		int64_t n;
	} good[] = {
	    {"0", 0},
	    {"7", 7},
	    {"-1", -1},
	    {"10", 10},
	    {"9223372036854775807", INT64_MAX},
	    {"-9223372036854775808", INT64_MIN},
	};
	static const char *const bad[] = {"", "-", "+1", "-0", "01", "00", "-01", " 1", "1 ", "1.0",
	    "1e3", "0x1", "1_0", "9223372036854775808", "-9223372036854775809",
	    "99999999999999999999999", "١"};
	int64_t n;

	for (size_t i = 0; i < N(good); i++) {
		cr_assert(str_int(good[i].s, INT64_MIN, INT64_MAX, &n), "good %zu", i);
		cr_assert_eq(n, good[i].n, "good %zu", i);
	}
	for (size_t i = 0; i < N(bad); i++)
		cr_assert_not(str_int(bad[i], INT64_MIN, INT64_MAX, &n), "bad %zu", i);
}

Test(str, holds_integers_to_their_bounds)
{
	int64_t n = 0;

	cr_assert(str_int("1", 1, 100, &n));
	cr_assert(str_int("100", 1, 100, &n));
	cr_assert_eq(n, 100);
	cr_assert_not(str_int("0", 1, 100, &n));
	cr_assert_not(str_int("101", 1, 100, &n));
	cr_assert_eq(n, 100, "untouched by a refusal");
}

Test(str, knows_utf8)
{
	static const struct {
		const char *s;
		size_t n;
	} good[] =
	    {
		{"", 0},
		{"abc", 3},
		{"\x7f", 1},
		{"\xc2\x80", 2},
		{"\xdf\xbf", 2},
		{"\xe0\xa0\x80", 3},
		{"\xed\x9f\xbf", 3},
		{"\xee\x80\x80", 3},
		{"\xef\xbf\xbf", 3},
		{"\xf0\x90\x80\x80", 4},
		{"\xf4\x8f\xbf\xbf", 4},
	    },
	  bad[] = {
	      {"\0", 1},
	      {"a\0b", 3},
	      {"\x80", 1},
	      {"\xff", 1},
	      {"\xc0\xaf", 2}, /* overlong slash */
	      {"\xc1\xbf", 2},
	      {"\xe0\x9f\xbf", 3},
	      {"\xed\xa0\x80", 3}, /* surrogate */
	      {"\xed\xbf\xbf", 3},
	      {"\xf0\x8f\xbf\xbf", 4},
	      {"\xf4\x90\x80\x80", 4}, /* beyond U+10FFFF */
	      {"\xf5\x80\x80\x80", 4},
	      {"\xc3", 1}, /* cut */
	      {"\xe2\x82", 2},
	      {"\xf0\x9f\x98", 3},
	      {"\xc3(", 2},
	      {"\xe2(\xa1", 3},
	  };

	for (size_t i = 0; i < N(good); i++)
		cr_assert(str_utf8(good[i].s, good[i].n), "good %zu", i);
	for (size_t i = 0; i < N(bad); i++)
		cr_assert_not(str_utf8(bad[i].s, bad[i].n), "bad %zu", i);
}

/* Every code point, encoded by this test and not by the code under test. */
Test(str, measures_the_sequence_at_hand)
{
	static const struct {
		const char *bytes;
		size_t n, sequence;
	} cases[] = {{"ab", 2, 1}, {"\xc3\xab", 2, 2}, {"\xc3\xab", 1, 0}, {"\xe2\x82\xac!", 4, 3},
	    {"\xf0\x9f\x98\x80", 4, 4}, {"\xf0\x9f\x98\x80", 3, 0}, {"", 1, 0}, {"a", 0, 0},
	    {"\xab", 1, 0}, {"\xc0\xaf", 2, 0}, {"\xed\xa0\x80", 3, 0}, {"\xff", 1, 0}};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		cr_assert_eq(
		    str_sequence(cases[i].bytes, cases[i].n), cases[i].sequence, "case %zu", i);
}

Test(str, walks_every_code_point)
{
	static const uint32_t first[] = {0, 0, 0xc0, 0xe0, 0xf0};

	for (uint32_t c = 1; c <= 0x10ffff; c++) {
		char s[5] = {0};
		const char *p = s;
		size_t n = c < 0x80 ? 1 : c < 0x800 ? 2 : c < 0x10000 ? 3 : 4;
		bool surrogate = c >= 0xd800 && c <= 0xdfff;

		for (size_t i = n - 1; i > 0; i--)
			s[i] = (char)(0x80 | (c >> (6 * (n - 1 - i)) & 0x3f));
		s[0] = (char)(first[n] | c >> (6 * (n - 1)));
		cr_assert_eq(str_utf8(s, n), !surrogate, "U+%04x", c);
		if (surrogate)
			continue;
		cr_assert_eq(str_next(&p), c, "U+%04x", c);
		cr_assert_eq(p, s + n, "U+%04x", c);
		cr_assert_eq(str_points(s), 1, "U+%04x", c);
	}
}

Test(str, counts_points_and_stops_at_the_end)
{
	const char *s = "aé€😀", *end = s + strlen(s);

	cr_assert_eq(str_points(""), 0);
	cr_assert_eq(str_points(s), 4);
	cr_assert_eq(str_next(&s), 'a');
	cr_assert_eq(str_next(&s), 0xe9);
	cr_assert_eq(str_next(&s), 0x20ac);
	cr_assert_eq(str_next(&s), 0x1f600);
	cr_assert_eq(str_next(&s), 0);
	cr_assert_eq(s, end);
}

Test(str, folds_only_ascii)
{
	char s[] = "AZaz@[`{\xc3\x84\xe2\x84\xaa";

	str_lower_all(s);
	cr_assert_str_eq(s, "azaz@[`{\xc3\x84\xe2\x84\xaa");
	cr_assert(str_same_nocase("Bearer", "bEARER"));
	cr_assert(str_same_nocase("", ""));
	cr_assert_not(str_same_nocase("a", "ab"));
	cr_assert_not(str_same_nocase("ab", "a"));
	cr_assert_not(str_same_nocase("k", "\xe2\x84\xaa"), "U+212A is no k");
	cr_assert(str_starts("abc", "ab"));
	cr_assert(str_starts("abc", ""));
	cr_assert_not(str_starts("a", "ab"));
}

Test(str, knows_uuids)
{
	static const char *const good[] = {"00000000-0000-0000-0000-000000000000",
	    "f81d4fae-7dec-11d0-a765-00a0c91e6bf6", "F81D4FAE-7DEC-11D0-A765-00A0C91E6BF6"};
	static const char *const bad[] = {"", "f81d4fae", "f81d4fae-7dec-11d0-a765-00a0c91e6bf",
	    "f81d4fae-7dec-11d0-a765-00a0c91e6bf6 ", "f81d4fae-7dec-11d0-a765-00a0c91e6bf60",
	    "f81d4fae07dec-11d0-a765-00a0c91e6bf6", "g81d4fae-7dec-11d0-a765-00a0c91e6bf6",
	    "{f81d4fae-7dec-11d0-a765-00a0c91e6bf}", "f81d4fae7-dec-11d0-a765-00a0c91e6bf6"};
	static const unsigned char raw[16] = {0xf8, 0x1d, 0x4f, 0xae, 0x7d, 0xec, 0x11, 0xd0, 0xa7,
	    0x65, 0x00, 0xa0, 0xc9, 0x1e, 0x6b, 0xf6};
	char text[STR_UUID_SIZE];

	for (size_t i = 0; i < N(good); i++)
		cr_assert(str_uuid(good[i]), "good %zu", i);
	for (size_t i = 0; i < N(bad); i++)
		cr_assert_not(str_uuid(bad[i]), "bad %zu", i);
	str_uuid_text(raw, text);
	cr_assert_str_eq(text, good[1]);
}
