#ifndef APP_SERVICES_LIMIT_H
#define APP_SERVICES_LIMIT_H

/*
 * Counting: one more of ${limit} for somebody, or error_rate_limited with what is in s->limited; nothing at
 * all where RATE_LIMITS is off. What is taken stays taken, whatever becomes of the request: refused ones
 * count too. Never within a transaction. A database that is away refuses (RL-05).
 */

#include <stddef.h>

#include "lib/error.h"
#include "lib/model.h"

struct limits_counter;
struct service;

/* limit_client(s, limit): for the network the request came from. limit_account(s, limit, user_id). */
const struct error *
limit_client(struct service *, const struct limit *) __attribute__((warn_unused_result));
const struct error *limit_account(struct service *, const struct limit *, const char *user_id)
    __attribute__((warn_unused_result));

/* limit_forget(s, user_id): none of the account's counters ever counted. May stand in a transaction. */
const struct error *
limit_forget(struct service *, const char *user_id) __attribute__((warn_unused_result));

/* What several counters have in common: see guess.c. */
enum limit_whom { LIMIT_ACCOUNT, LIMIT_NETWORK, LIMIT_NAME };

/*
 * limit_counter(s, limit, whom, text, more): the counter of ${limit} for who is named by (${whom}, ${text}),
 * apart from those with another ${more}; with the numbers that hold here.
 */
struct limits_counter limit_counter(const struct service *, const struct limit *, enum limit_whom,
    const char *text, const char *more);

/* limit_network(s): of the client, as text; "" where it has no address. */
const char *limit_network(const struct service *);

/* limit_take(s, counters, n): one of each, or of none: error_rate_limited. */
const struct error *limit_take(struct service *, const struct limits_counter *, size_t n)
    __attribute__((warn_unused_result));

/* limit_look(s, counters, n): error_rate_limited while one of them refuses, in s->limited the one that does
 * longest: after that all are free. Nothing is taken. */
const struct error *limit_look(struct service *, const struct limits_counter *, size_t n)
    __attribute__((warn_unused_result));

#endif
