#include <criterion/criterion.h>

#include "lib/backoff.h"

enum { SECOND = 1000000 };

Test(backoff, doubles_from_one_second_to_thirty)
{
	static const int64_t steps[] = {1, 2, 4, 8, 16, 30, 30};
	struct backoff b = {.start_us = 0};
	int64_t now = 100;

	for (size_t i = 0; i < sizeof(steps) / sizeof(steps[0]); i++) {
		cr_assert(backoff_failed(&b, now, now), "round %zu", i);
		cr_assert_eq(b.start_us, now + steps[i] * SECOND, "round %zu", i);
		now = b.start_us;
	}
	backoff_ready(&b);
	cr_assert_eq(b.failures, 0);
	cr_assert(backoff_failed(&b, now, now));
	cr_assert_eq(b.start_us, now + SECOND);
}

Test(backoff, counts_rounds_and_not_workers)
{
	struct backoff b = {.start_us = 0};

	cr_assert(backoff_failed(&b, 10, 20));
	cr_assert_not(backoff_failed(&b, 11, 21));
	cr_assert_not(backoff_failed(&b, 12, 22));
	cr_assert_eq(b.failures, 1);
	cr_assert_eq(b.start_us, 20 + SECOND);
}

Test(backoff, replaces_at_once_unless_they_die_young_in_a_row)
{
	struct backoff b = {.start_us = 0};
	int64_t now = 50 * SECOND;

	for (int i = 0; i < 10; i++)
		backoff_died(&b, now - SECOND, now);
	cr_assert_leq(b.start_us, now);
	for (int i = 0; i < 3; i++)
		backoff_died(&b, now - SECOND / 2, now);
	cr_assert_leq(b.start_us, now);
	backoff_died(&b, now - SECOND / 2, now);
	cr_assert_eq(b.start_us, now + SECOND / 5);
	backoff_died(&b, now - SECOND, now);
	cr_assert_eq(b.young, 0);
}
