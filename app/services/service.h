#ifndef APP_SERVICES_SERVICE_H
#define APP_SERVICES_SERVICE_H

/* What a service may use for one request: no HTTP, no table, no reply. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/error.h"

struct arena;
struct config;
struct depot;
struct password;
struct pg;
struct refresh_keys;
struct token_keys;

/* Beside error_rate_limited: of what there was too much, and when it will not be. */
struct limited {
	int64_t retry_after_s, count, seconds;
};

struct service {
	struct arena *arena;
	struct pg *pg;
	const struct config *config;
	struct password *password; /* NULL where nothing is hashed */
	const struct token_keys *tokens;
	const struct refresh_keys *refresh_keys;
	const char *client_ip, *user_agent, *request_id; /* NULL where nobody asked over HTTP */
	const char *actor_id, *session_id; /* who asks, where a bearer token told; else NULL */
	int64_t token_version;             /* that the token was made with */
	const unsigned char *limit_key;    /* digests whom limits count */
	struct limited limited;
	struct depot *depot; /* NULL where no files are kept */
};

/*
 * service_hashed(s): a hash was computed, which may take long on a busy machine and is no fault of the
 * database: what follows has the whole time for its statements again.
 */
void service_hashed(struct service *);

/* What the audit log keeps of one act. */
struct act {
	const char *action;      /* "user.create" */
	const char *target_type; /* "user", "session" … */
	const char *const *targets;
	size_t targets_n;    /* one row each */
	const char *details; /* a JSON object; NULL: {} */
	bool failed;         /* committed although it was refused: a replayed token */
};

/*
 * service_audit(s, act): its rows in the caller's transaction, so that there is no act without a row
 * and no row without an act; a failure is the failure of the act (AZ-12, ASVS 16.3.2).
 */
const struct error *
service_audit(struct service *, const struct act *) __attribute__((warn_unused_result));

/* service_audit_user(s, user_id, action, details): one act upon one account. */
const struct error *service_audit_user(struct service *, const char *user_id, const char *action,
    const char *details) __attribute__((warn_unused_result));

/*
 * Sessions that somebody ended: one; all of a user, or with ${others} all but the one he asks from. What a
 * log-in, a refresh or the expiry does is not written down row by row: it would be the largest table by
 * far, and the sessions themselves and the log of requests have it.
 */
const struct error *
service_audit_session(struct service *, const char *id) __attribute__((warn_unused_result));
const struct error *service_audit_sessions(struct service *, const char *user_id, bool others)
    __attribute__((warn_unused_result));

#endif
