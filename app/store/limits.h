#ifndef APP_STORE_LIMITS_H
#define APP_STORE_LIMITS_H

/*
 * Counters of what was tried. Each call is a transaction of its own and must not stand in another:
 * what was counted stays counted whatever becomes of the request. Whatever cannot be asked is
 * error_unavailable or error_overloaded: nothing was done (RL-05).
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/error.h"

struct arena;
struct pg;

enum { LIMITS_HALF = 16, LIMITS_KEYS_MAX = 3 };

/* Digests of whom, then of what. */
struct limits_key {
	unsigned char whom[LIMITS_HALF], what[LIMITS_HALF];
};

/* One counter and its numbers, which are as in struct limit. */
struct limits_counter {
	struct limits_key key;
	int64_t count, seconds;
	bool grows;
};

/*
 * limits_take(pg, a, counter, &taken): one more, if there may be one. Of any number that come together
 * exactly as many are taken as may be: the row's lock lines them up.
 */
const struct error *limits_take(struct pg *, struct arena *, const struct limits_counter *,
    bool *taken_r) __attribute__((warn_unused_result));

/* limits_wait(pg, a, counters, n, waits): seconds until each of ${n} may be taken, 0 for now. */
const struct error *limits_wait(struct pg *, struct arena *, const struct limits_counter *,
    size_t n, int64_t waits_r[LIMITS_KEYS_MAX]) __attribute__((warn_unused_result));

/* limits_return(pg, a, counter): one that was taken was none. limits_clear(): none ever was. */
const struct error *limits_return(struct pg *, struct arena *, const struct limits_counter *)
    __attribute__((warn_unused_result));
const struct error *limits_clear(struct pg *, struct arena *, const struct limits_counter *)
    __attribute__((warn_unused_result));

/* limits_forget(pg, a, whom): all of one; this one may stand in a transaction. */
const struct error *limits_forget(struct pg *, struct arena *,
    const unsigned char whom[LIMITS_HALF]) __attribute__((warn_unused_result));

/*
 * limits_expire(pg, a, limit, &n): delete at most ${limit} that are over. limits_trim(pg, a, cap, limit, &n):
 * the same of those beyond ${cap} rows, the least harmful first: that refuse nobody, of few tries, soon over.
 */
const struct error *limits_expire(struct pg *, struct arena *, int64_t limit, int64_t *n_r)
    __attribute__((warn_unused_result));
const struct error *limits_trim(struct pg *, struct arena *, int64_t cap, int64_t limit,
    int64_t *n_r) __attribute__((warn_unused_result));

#endif
