#include <float.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "lib/json_number.h"

/* So many digits fit 64 bits, and so many powers of ten are doubles without rounding. */
enum { DIGITS_MAX = 19, POWER_MAX = 22, EXPONENT_MAX = 100000 };

/* Of a double, the bits that a float has not; half of them is where rounding to it turns. */
#define LOST_BITS UINT64_C(0x1fffffff)
#define LOST_HALF UINT64_C(0x10000000)

static const double powers[POWER_MAX + 1] = {1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10,
    1e11, 1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22};

struct decimal {
	bool minus;
	uint64_t digits; /* wrong where there are more than DIGITS_MAX */
	int n, exponent; /* ${n} of them, from the first that is not 0 */
};

static const char *
read_digits(const char *s, struct decimal *d)
{
	for (; *s >= '0' && *s <= '9'; s++) {
		d->digits = d->digits * 10 + (uint64_t)(*s - '0');
		d->n += d->n > 0 || *s != '0';
	}
	return s;
}

/* ${s} is behind the letter. */
static const char *
read_exponent(const char *s, struct decimal *d)
{
	bool minus = *s == '-';
	int n = 0;

	s += *s == '-' || *s == '+';
	for (; *s >= '0' && *s <= '9'; s++)
		n = n < EXPONENT_MAX ? n * 10 + (*s - '0') : n;
	d->exponent += minus ? -n : n;
	return s;
}

static const char *
read_decimal(const char *s, struct decimal *d)
{
	const char *point;

	*d = (struct decimal){.minus = *s == '-'};
	point = s = read_digits(s + d->minus, d);
	if (*s == '.') {
		s = read_digits(s + 1, d);
		d->exponent = (int)(point + 1 - s);
	}
	return *s == 'e' || *s == 'E' ? read_exponent(s + 1, d) : s;
}

/* Two roundings make it wrong by two units at most: as long as those do not reach the middle between two floats,
 * the nearest one is the same. */
static bool
is_certain(double v)
{
	uint64_t bits;

	if (v < (double)FLT_MIN || v > (double)FLT_MAX)
		return false;
	memcpy(&bits, &v, sizeof(bits));
	return (bits & LOST_BITS) < LOST_HALF - 4 || (bits & LOST_BITS) > LOST_HALF + 4;
}

float
json_number_float(const char **p)
{
	const char *start = *p;
	struct decimal d;
	double v;

	*p = read_decimal(start, &d);
	if (d.n == 0)
		return d.minus ? -0.0F : 0.0F;
	if (d.n > DIGITS_MAX || abs(d.exponent) > POWER_MAX)
		return strtof(start, NULL);
	v = (double)d.digits;
	v = d.exponent < 0 ? v / powers[-d.exponent] : v * powers[d.exponent];
	if (!is_certain(v))
		return strtof(start, NULL);
	return d.minus ? -(float)v : (float)v;
}
