#include <criterion/criterion.h>
#include <stdint.h>
#include <time.h>

#include "lib/clock.h"

#define N(x) (sizeof(x) / sizeof((x)[0]))
#define S    CLOCK_US_PER_S

Test(clock, writes_rfc3339)
{
	static const struct {
		int64_t us;
		const char *text;
	} cases[] = {
	    {0, "1970-01-01T00:00:00.000000Z"},
	    {1, "1970-01-01T00:00:00.000001Z"},
	    {-1, "1969-12-31T23:59:59.999999Z"},
	    {-S, "1969-12-31T23:59:59.000000Z"},
	    {951782400 * S, "2000-02-29T00:00:00.000000Z"},
	    {1709251199 * S + 999999, "2024-02-29T23:59:59.999999Z"},
	    {253402300799 * S, "9999-12-31T23:59:59.000000Z"},
	    {-62135596800 * S, "0001-01-01T00:00:00.000000Z"},
	};
	char text[CLOCK_TEXT_SIZE];
	int64_t us;

	for (size_t i = 0; i < N(cases); i++) {
		clock_text(cases[i].us, text);
		cr_assert_str_eq(text, cases[i].text, "case %zu", i);
		cr_assert(clock_parse(text, &us), "case %zu", i);
		cr_assert_eq(us, cases[i].us, "case %zu", i);
	}
	clock_text(INT64_MIN, text); /* whatever it says, it must fit */
	clock_text(INT64_MAX, text);
}

Test(clock, text_stays_within_four_digits_of_year)
{
	char text[CLOCK_TEXT_SIZE];

	clock_text(INT64_MAX, text);
	cr_assert_str_eq(text, "9999-12-31T23:59:59.999999Z");
	clock_text(INT64_MIN, text);
	cr_assert_str_eq(text, "0000-01-01T00:00:00.000000Z");
}

Test(clock, reads_rfc3339)
{
	static const struct {
		const char *text;
		int64_t us;
	} good[] = {
	    {"1970-01-01T00:00:00Z", 0},
	    {"1970-01-01t00:00:00z", 0},
	    {"1970-01-01T02:00:00+02:00", 0},
	    {"1969-12-31T18:30:00-05:30", 0},
	    {"1970-01-01T00:00:00.5Z", 500000},
	    {"1970-01-01T00:00:00.1234567899Z", 123456},
	    {"2016-12-31T23:59:60Z", 1483228800 * S},
	    {"1970-01-01T00:00:00-00:00", 0},
	};
	static const char *const bad[] = {"", "1970", "1970-01-01", "1970-01-01T00:00Z",
	    "1970-01-01T00:00:00", "1970-01-01 00:00:00Z", "1970-01-01T00:00:00.Z",
	    "1970-1-1T00:00:00Z", "1970-13-01T00:00:00Z", "1970-00-01T00:00:00Z",
	    "1970-01-00T00:00:00Z", "2023-02-29T00:00:00Z", "1970-04-31T00:00:00Z",
	    "1970-01-01T24:00:00Z", "1970-01-01T00:60:00Z", "1970-01-01T00:00:61Z",
	    "1970-01-01T00:00:00+24:00", "1970-01-01T00:00:00+00:60", "1970-01-01T00:00:00+0000",
	    "1970-01-01T00:00:00Z ", " 1970-01-01T00:00:00Z", "+970-01-01T00:00:00Z",
	    "1970-01-01T00:00:00 02:00", "1970-01-01T-1:00:00Z", "now"};
	int64_t us = 7;

	for (size_t i = 0; i < N(good); i++) {
		cr_assert(clock_parse(good[i].text, &us), "good %zu", i);
		cr_assert_eq(us, good[i].us, "good %zu", i);
	}
	us = 7;
	for (size_t i = 0; i < N(bad); i++)
		cr_assert_not(clock_parse(bad[i], &us), "bad %zu", i);
	cr_assert_eq(us, 7);
}

Test(clock, tells_the_wall_time)
{
	int64_t before_s = time(NULL), now_us = clock_now_us();

	cr_assert_geq(now_us, before_s * S);
	cr_assert_leq(now_us, (time(NULL) + 1) * S);
}
