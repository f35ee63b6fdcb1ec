#ifndef APP_SERVICES_GUESS_H
#define APP_SERVICES_GUESS_H

/*
 * Guessing slows down (AU-03…AU-09). A try is counted before the hash is computed, so that of any number
 * that come together no more are evaluated than may be (AU-05); who was right gets it back.
 *
 * Counted are the account from this network, the network, and the account from everywhere. The last leaves out
 * networks that the account has live sessions from: a crowd that guesses keeps the owner neither out of
 * where he is known nor, since sessions, refresh and reset are no guesses, out of what he has (AU-07). A name
 * that nobody has is counted like one that somebody has (AU-01).
 */

#include <stdbool.h>
#include <stddef.h>

#include "lib/error.h"
#include "lib/secret.h"

#include "app/store/limits.h"

struct service;

/* What one try is counted as. */
struct guess {
	struct limits_counter counters[LIMITS_KEYS_MAX];
	size_t counted; /* the first so many of them; none where limits are off */
	size_t n;
};

/*
 * guess_begin(s, user_id, name, guess): of the password of ${user_id}, or, where that is NULL, of whoever might
 * be called ${name}, folded; both NULL: of a secret that could be anybody's (SK-02).
 */
const struct error *guess_begin(struct service *, const char *user_id, const char *name,
    struct guess *) __attribute__((warn_unused_result));

/* guess_look(s, guess): error_rate_limited if it would not be taken now; nothing is counted. */
const struct error *
guess_look(struct service *, const struct guess *) __attribute__((warn_unused_result));

/* guess_take(s, guess): counted, or error_rate_limited. Then one of: nothing, when it was wrong;
 * guess_right(s, guess); guess_void(s, guess), when nobody knows. Never within a transaction. */
const struct error *
guess_take(struct service *, const struct guess *) __attribute__((warn_unused_result));
const struct error *
guess_right(struct service *, const struct guess *) __attribute__((warn_unused_result));
const struct error *
guess_void(struct service *, const struct guess *) __attribute__((warn_unused_result));

/*
 * guess_judge(s, guess, password, hash, wrong): what was taken is a password: is it that of ${hash}? ${wrong} when
 * not, error_overloaded when that could not be computed.
 */
const struct error *guess_judge(struct service *, const struct guess *, struct secret password,
    const char *hash, const struct error *wrong) __attribute__((warn_unused_result));

#endif
