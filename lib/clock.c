#include <stdio.h>
#include <time.h>

#include "lib/clock.h"

static int64_t shift_us;

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
	return read_us(CLOCK_REALTIME) + shift_us;
}

void
clock_shift_us(int64_t us)
{
	shift_us = us;
}

int64_t
clock_mono_us(void)
{
	return read_us(CLOCK_MONOTONIC);
}

void
clock_text(int64_t us, char text_r[CLOCK_TEXT_SIZE])
{
	int64_t fraction = us % CLOCK_US_PER_S;
	time_t seconds = (time_t)(us / CLOCK_US_PER_S);
	struct tm tm;
	size_t n;

	if (fraction < 0) {
		fraction += CLOCK_US_PER_S;
		seconds--;
	}
	(void)gmtime_r(&seconds, &tm); /* fails only for years beyond int */
	n = strftime(text_r, CLOCK_TEXT_SIZE, "%Y-%m-%dT%H:%M:%S", &tm);
	(void)snprintf(text_r + n, CLOCK_TEXT_SIZE - n, ".%06dZ", (int)fraction);
}
