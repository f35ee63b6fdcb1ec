#include "lib/clock.h"

#include "lib/backoff.h"

enum { YOUNG_FREE = 3 };

static const int64_t STEP_FIRST_US = CLOCK_US_PER_S, STEP_MAX_US = 30 * CLOCK_US_PER_S;
static const int64_t YOUNG_US = CLOCK_US_PER_S, YOUNG_PAUSE_US = 200 * 1000;

bool
backoff_failed(struct backoff *b, int64_t born_us, int64_t now_us)
{
	if (b->failures > 0 && born_us < b->failed_us)
		return false;
	b->step_us = b->step_us == 0 ? STEP_FIRST_US : b->step_us * 2;
	if (b->step_us > STEP_MAX_US)
		b->step_us = STEP_MAX_US;
	b->failed_us = now_us;
	b->start_us = now_us + b->step_us;
	b->failures++;
	return true;
}

void
backoff_ready(struct backoff *b)
{
	b->step_us = 0;
	b->failures = 0;
}

void
backoff_died(struct backoff *b, int64_t ready_us, int64_t now_us)
{
	b->young = now_us - ready_us < YOUNG_US ? b->young + 1 : 0;
	if (b->young > YOUNG_FREE)
		b->start_us = now_us + YOUNG_PAUSE_US;
}

void
backoff_forgive(struct backoff *b)
{
	*b = (struct backoff){.start_us = 0};
}
