#ifndef LIB_CLOCK_H
#define LIB_CLOCK_H

/* Time in microseconds. Wall time for what is written down, monotonic time for every wait. */

#include <stdbool.h>
#include <stdint.h>

#define CLOCK_US_PER_S INT64_C(1000000)

/* clock_now_us(): wall time since 1970-01-01 UTC. */
int64_t clock_now_us(void);

/* clock_mono_us(): CLOCK_MONOTONIC; only differences mean anything, and no jump reaches it. */
int64_t clock_mono_us(void);

/* clock_text(us, text): RFC 3339 UTC with microseconds and Z, 27 characters and NUL. What lies before
 * year 0 or after 9999, which has no such text, gets the nearest that does. */
enum { CLOCK_TEXT_SIZE = 32 };
void clock_text(int64_t us, char text_r[CLOCK_TEXT_SIZE]);

/*
 * clock_parse(text, &us): all of ${text} is an RFC 3339 §5.6 date-time with "T", seconds and an offset;
 * digits beyond microseconds are cut, second 60 is the next minute's 0. False for anything else.
 */
bool clock_parse(const char *text, int64_t *us_r) __attribute__((warn_unused_result));

#endif
