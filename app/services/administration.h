#ifndef APP_SERVICES_ADMINISTRATION_H
#define APP_SERVICES_ADMINISTRATION_H

/*
 * What an administrator does to one account. Each call that changes something is one transaction under
 * authority_take(), with whose errors it may end; err_user_not_found for an account that is not there.
 * On himself nobody deletes, deactivates or demotes (AZ-05), so over HTTP the last administrator, who
 * asks, always remains; the command line is told err_last_admin (AZ-08).
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/error.h"
#include "lib/secret.h"

#include "app/services/changes.h"

struct service;
struct session_seen;
struct user;

struct account_new {
	const char *email, *username, *full_name, *role;
	struct secret password; /* .s NULL: has none yet */
	bool is_active, is_verified;
};

/* administration_create(s, new, user, &weak): err_weak_password with the reasons, the uniqueness errors. */
const struct error *administration_create(struct service *, const struct account_new *,
    struct user *, const char **weak_r) __attribute__((warn_unused_result));

/* administration_read(s, id, user): one statement. */
const struct error *administration_read(struct service *, const char *id, struct user *)
    __attribute__((warn_unused_result));

/* What may happen only to the version that was seen: > 0, err_precondition for another. */
struct target {
	const char *id;
	int64_t if_version;
};

/*
 * administration_change(s, target, changes, user, &nameless): what is there already is no change. A new
 * role ends no session: it is read with each request, and holds from the next one on. Deactivation ends
 * all sessions and every token. error_validation with *nameless_r when neither an e-mail address nor a
 * username would be left; err_demote_self, err_deactivate_self; the uniqueness errors.
 */
const struct error *administration_change(struct service *, const struct target *,
    const struct changes *, struct user *, bool *nameless_r) __attribute__((warn_unused_result));

/* administration_activate(s, id, active, user): the same for this one member; idempotent. */
const struct error *administration_activate(struct service *, const char *id, bool active,
    struct user *) __attribute__((warn_unused_result));

/* administration_unlock(s, id, user): nothing was tried on the account or by it: its pause is over, and
 * its limits begin anew; those of networks stay. */
const struct error *administration_unlock(struct service *, const char *id, struct user *)
    __attribute__((warn_unused_result));

/* administration_delete(s, target): for good. Gone for every reader at once, its names free again; what
 * belonged to it is purged in the background. err_delete_self. */
const struct error *
administration_delete(struct service *, const struct target *) __attribute__((warn_unused_result));

/* administration_sessions(s, id, sessions, &n): those alive, in the caller's transaction.
 * administration_end_sessions(s, id): all of them. */
const struct error *administration_sessions(struct service *, const char *id,
    struct session_seen **sessions_r, size_t *n_r) __attribute__((warn_unused_result));
const struct error *
administration_end_sessions(struct service *, const char *id) __attribute__((warn_unused_result));

#endif
