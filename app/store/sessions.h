#ifndef APP_STORE_SESSIONS_H
#define APP_STORE_SESSIONS_H

/* Statements and row readers of sessions. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/error.h"

#include "app/session.h"

struct arena;
struct pg;

enum { SESSION_SEED_BYTES = 32 };

struct session_new {
	const char *id, *user_id, *ip, *user_agent;
	const unsigned char *seed;
	int64_t idle_s, max_s;
	int64_t keep; /* sessions of this user that stay, this one included; the idlest go */
};

/* A session locked for its refresh, with what decides it. */
struct session {
	bool found;
	const char *user_id, *user_email;
	unsigned char seed[SESSION_SEED_BYTES];
	int64_t generation, token_version;
	bool is_alive; /* not expired, the user active and not deleted */
	bool in_grace; /* the last rotation is at most ${grace_s} old */
};

const struct error *session_insert(struct pg *, struct arena *, const struct session_new *)
    __attribute__((warn_unused_result));

/* session_lock(pg, a, id, grace_s, session): the row stays locked until the transaction ends. */
const struct error *session_lock(struct pg *, struct arena *, const char *id, int64_t grace_s,
    struct session *) __attribute__((warn_unused_result));

/*
 * session_owner(pg, a, id, session): the same without the lock of the session, but with one of its user: who
 * ends several sessions takes it first, as log-ins and password changes do, so that no two of them wait
 * for each other's rows.
 */
const struct error *session_owner(struct pg *, struct arena *, const char *id, struct session *)
    __attribute__((warn_unused_result));

/* session_rotate(pg, a, id, idle_s): the next generation; the idle end moves, the absolute does not,
 * and its user has been active. */
const struct error *session_rotate(struct pg *, struct arena *, const char *id, int64_t idle_s)
    __attribute__((warn_unused_result));

/* Ends: one; all of a user but one (NULL: all). Ending what is gone is fine. */
const struct error *
session_end(struct pg *, struct arena *, const char *id) __attribute__((warn_unused_result));
const struct error *sessions_end(struct pg *, struct arena *, const char *user_id,
    const char *except_id) __attribute__((warn_unused_result));

/* sessions_end_all(pg, a, user_ids, n): all of all of them, whose rows of users are locked. */
const struct error *sessions_end_all(struct pg *, struct arena *, const char *const *user_ids,
    size_t n) __attribute__((warn_unused_result));

/* session_end_of(pg, a, user_id, id, &ended): the same, but only a live one of this user. */
const struct error *session_end_of(struct pg *, struct arena *, const char *user_id, const char *id,
    bool *ended_r) __attribute__((warn_unused_result));

/* sessions_of(pg, a, user_id, sessions, &n): those that are alive, the last used first. */
const struct error *sessions_of(struct pg *, struct arena *, const char *user_id,
    struct session_seen **sessions_r, size_t *n_r) __attribute__((warn_unused_result));

/* sessions_from(pg, a, user_id, network, &any): has the user one that was begun from there? ${user_id} may
 * be NULL. */
const struct error *sessions_from(struct pg *, struct arena *, const char *user_id,
    const char *network, bool *any_r) __attribute__((warn_unused_result));

/* sessions_expire(pg, a, limit, &n): delete at most ${limit} that are over. */
const struct error *sessions_expire(struct pg *, struct arena *, int64_t limit, int64_t *n_r)
    __attribute__((warn_unused_result));

#endif
