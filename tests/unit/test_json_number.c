/* lib/json_number: the same float as strtof(), whatever the number. */

#include <criterion/criterion.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/json_number.h"

#define N(x) (sizeof(x) / sizeof((x)[0]))

static uint32_t
bits(float f)
{
	uint32_t n;

	memcpy(&n, &f, sizeof(n));
	return n;
}

static void
is_same(const char *text)
{
	const char *p = text;
	float got = json_number_float(&p);

	cr_assert_eq(bits(got), bits(strtof(text, NULL)), "%s: %a", text, (double)got);
	cr_assert_eq(*p, '\0', "%s: up to %s", text, p);
}

Test(json_number, reads_every_form)
{
	static const char *const cases[] = {"0", "-0", "0.0", "-0.0e9", "0e999999999999", "1", "-1",
	    "10", "0.1", "-0.25", "1e2", "1E+2", "1e-2", "1.50e01", "123456789", "3.14159274",
	    "0.12345679104328156", "-0.00012345678901234567", "0.000000000000000000012345",
	    "9223372036854775807", "9223372036854775808", "18446744073709551615",
	    "99999999999999999999", "10000000000000000000000", "123456789012345678901234567890",
	    "0.1234567890123456789012345678901234567890", "1e22", "1e23", "1e-22", "1e-23", "1e38",
	    "3.4028234663852886e38", "3.4028235677973366e38", "3.4028235677973365e38",
	    "3.40282356779733661637539395458142568447e38", "-1e39", "1e300", "1.17549435e-38",
	    "1.17549428e-38", "1e-45", "7.0064923216240853e-46", "7.0064923216240854e-46", "1e-46",
	    "1e-300", "1e-99999999999999999999"};

	for (size_t i = 0; i < N(cases); i++)
		is_same(cases[i]);
}

Test(json_number, stops_behind_the_number)
{
	const char *p = "1.5e1,2 ]";
	float f;

	f = json_number_float(&p);
	cr_assert_float_eq(f, 15, 0);
	cr_assert_str_eq(p, ",2 ]");
	p = "-7]";
	f = json_number_float(&p);
	cr_assert_float_eq(f, -7, 0);
	cr_assert_str_eq(p, "]");
}

/* Where two roundings, to a double and then to a float, are not one. */
Test(json_number, rounds_once_beside_the_middle_of_two_floats)
{
	static const char *const tails[] = {"", "0", "00000000000000000001", "1"};
	char text[128];

	for (uint32_t n = 1; n < 2000; n += 7) {
		float low, high;
		uint32_t at = 0x2b800000U + n * 0x34567U;

		memcpy(&low, &at, sizeof(low));
		at++;
		memcpy(&high, &at, sizeof(high));
		for (size_t i = 0; i < N(tails); i++) {
			(void)snprintf(text, sizeof(text), "%.40f%s",
			    ((double)low + (double)high) / 2, tails[i]);
			is_same(text);
			(void)snprintf(text, sizeof(text), "%.17g",
			    ((double)low + (double)high) / 2 * (i % 2 == 0 ? 1 : 1 + 2.3e-16));
			is_same(text);
		}
	}
	is_same("16777217");
	is_same("16777217.0000000001");
	is_same("16777216.9999999999");
	is_same("1.00000005960464477539");
	is_same("1.000000059604644775");
}

/* xorshift64: the same numbers in each run. */
static uint64_t
next(uint64_t *state)
{
	*state ^= *state << 13;
	*state ^= *state >> 7;
	*state ^= *state << 17;
	return *state;
}

Test(json_number, reads_what_was_a_float_or_a_double)
{
	static const double scales[] = {1, 1, 1e-30, 1e-38, 1e15, 1e38};
	uint64_t state = 88172645463325252U;
	char text[64];

	for (int i = 0; i < 200000; i++) {
		double d =
		    (double)(int64_t)next(&state) / 0x1p63 * scales[next(&state) % N(scales)];

		(void)snprintf(text, sizeof(text), "%.*g", (int)(next(&state) % 21), d);
		is_same(text);
		if (strchr(text, 'e') != NULL)
			continue;
		(void)snprintf(text, sizeof(text), "%.*f", (int)(next(&state) % 21), d);
		is_same(text);
	}
}
