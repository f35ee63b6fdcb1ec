#include <time.h>

#include "lib/clock.h"

static int64_t
read_us(clockid_t id)
{
	struct timespec t;

	(void)clock_gettime(id, &t); /* cannot fail for these two clocks */
	return t.tv_sec * CLOCK_US_PER_S + t.tv_nsec / 1000;
}

int64_t
clock_now_us(void)
{
	return read_us(CLOCK_REALTIME);
}

int64_t
clock_mono_us(void)
{
	return read_us(CLOCK_MONOTONIC);
}

/* RFC 3339 years have four digits: from the start of 0 to the end of 9999. */
static const int64_t text_min_us = INT64_C(-62167219200000000),
		     text_max_us = INT64_C(253402300799999999);

/* ${n} digits of ${value} and what stands after them; the end of it all. */
static char *
put(char *at, int value, int n, char next)
{
	for (int i = n; i > 0; value /= 10)
		at[--i] = (char)('0' + value % 10);
	at[n] = next;
	return at + n + 1;
}

void
clock_text(int64_t us, char text_r[CLOCK_TEXT_SIZE])
{
	char *at = text_r;
	int64_t fraction;
	time_t seconds;
	struct tm tm;

	us = us < text_min_us ? text_min_us : us > text_max_us ? text_max_us : us;
	fraction = us % CLOCK_US_PER_S;
	seconds = (time_t)(us / CLOCK_US_PER_S);
	if (fraction < 0) {
		fraction += CLOCK_US_PER_S;
		seconds--;
	}
	(void)gmtime_r(&seconds, &tm); /* fails only for years beyond int */
	/* By hand: strftime() does not pad its year, and an answer or log line has up to four of these. */
	at = put(at, tm.tm_year + 1900, 4, '-');
	at = put(at, tm.tm_mon + 1, 2, '-');
	at = put(at, tm.tm_mday, 2, 'T');
	at = put(at, tm.tm_hour, 2, ':');
	at = put(at, tm.tm_min, 2, ':');
	at = put(at, tm.tm_sec, 2, '.');
	*put(at, (int)fraction, 6, 'Z') = '\0';
}

/* ${n} digits at *p, or -1. */
static int
digits(const char **p, int n)
{
	int value = 0;

	for (; n > 0; n--, (*p)++) {
		if (**p < '0' || **p > '9')
			return -1;
		value = value * 10 + (**p - '0');
	}
	return value;
}

static bool
skip(const char **p, char c)
{
	if (**p != c && !(c >= 'A' && c <= 'Z' && **p == c - 'A' + 'a'))
		return false;
	(*p)++;
	return true;
}

/* ".123456789": microseconds, the rest is cut. -1 where there is a point but no digit. */
static int
fraction_us(const char **p)
{
	int us = 0, unit = 100000;

	if (!skip(p, '.'))
		return 0;
	if (**p < '0' || **p > '9')
		return -1;
	for (; **p >= '0' && **p <= '9'; (*p)++, unit /= 10)
		us += unit * (**p - '0');
	return us;
}

/* "Z", "+02:00": seconds east of UTC. False for anything else. */
static bool
offset_s(const char **p, int *s_r)
{
	int sign = **p == '-' ? -1 : 1, hours, minutes;

	*s_r = 0;
	if (skip(p, 'Z'))
		return true;
	if (!skip(p, '+') && !skip(p, '-'))
		return false;
	hours = digits(p, 2);
	if (hours < 0 || hours > 23 || !skip(p, ':'))
		return false;
	minutes = digits(p, 2);
	*s_r = sign * (hours * 3600 + minutes * 60);
	return minutes >= 0 && minutes <= 59;
}

bool
clock_parse(const char *text, int64_t *us_r)
{
	struct tm tm = {0};
	const char *p = text;
	int year, month, day, hour, minute, second, us, east;
	time_t t;

	if ((year = digits(&p, 4)) < 0 || !skip(&p, '-') || (month = digits(&p, 2)) < 0 ||
	    !skip(&p, '-') || (day = digits(&p, 2)) < 0 || !skip(&p, 'T') ||
	    (hour = digits(&p, 2)) < 0 || !skip(&p, ':') || (minute = digits(&p, 2)) < 0 ||
	    !skip(&p, ':') || (second = digits(&p, 2)) < 0 || (us = fraction_us(&p)) < 0 ||
	    !offset_s(&p, &east) || *p != '\0')
		return false;
	if (month < 1 || month > 12 || day < 1 || hour > 23 || minute > 59 || second > 60)
		return false;
	tm.tm_year = year - 1900;
	tm.tm_mon = month - 1;
	tm.tm_mday = day;
	tm.tm_hour = hour;
	tm.tm_min = minute;
	t = timegm(&tm);
	if (tm.tm_mday != day)
		return false; /* normalised: there is no such day in that month */
	*us_r = ((int64_t)t + second - east) * CLOCK_US_PER_S + us;
	return true;
}
