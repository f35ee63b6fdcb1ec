#ifndef LIB_BACKOFF_H
#define LIB_BACKOFF_H

/* When the next worker of a pool may be started. Only arithmetic: the caller has the clock. */

#include <stdbool.h>
#include <stdint.h>

struct backoff {
	int64_t start_us;  /* nobody is started before */
	int64_t step_us;   /* 0: the last start was good */
	int64_t failed_us; /* when step_us was last raised */
	int failures;      /* rounds in a row without a success */
	int young;         /* deaths in a row right after being ready */
};

/*
 * backoff_failed(b, born_us, now_us): one that was started at ${born_us} never got ready: 1 s,
 * doubling to 30 s. False when it belongs to a round that was counted already: four workers that
 * fail together fail once.
 */
bool backoff_failed(struct backoff *, int64_t born_us, int64_t now_us);

/* backoff_ready(b): one got ready; the next failure starts at 1 s again. */
void backoff_ready(struct backoff *);

/*
 * backoff_died(b, ready_us, now_us): one that was ready died and may be replaced at once. From the
 * fourth in a row that lived less than a second on, only after 200 ms: a request that kills whoever
 * takes it neither makes us fork without end nor keeps the pool empty, since meanwhile the others
 * wait in the backlog, which that time does not fill.
 */
void backoff_died(struct backoff *, int64_t ready_us, int64_t now_us);

/* backoff_forgive(b): what was is forgotten (a reload brings another configuration). */
void backoff_forgive(struct backoff *);

#endif
