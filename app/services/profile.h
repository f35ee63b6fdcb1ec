#ifndef APP_SERVICES_PROFILE_H
#define APP_SERVICES_PROFILE_H

/* What the owner of an account changes in it. */

#include <stdbool.h>
#include <stdint.h>

#include "lib/error.h"
#include "lib/secret.h"

#include "app/services/changes.h"

struct service;
struct user;

struct profile_change {
	struct changes names;                     /* of which nobody changes his own role */
	struct secret password, current_password; /* .s NULL: stays */
	int64_t if_version;                       /* > 0: If-Match */
};

/*
 * profile_change(s, me, change, user, &weak): one transaction. A new password needs the current one, which
 * is checked whenever it is given, and ends every session (RT-10). What the policy refuses is told first
 * (err_weak_password), then err_incorrect_password, then err_same_password; of two who prove the same old
 * password one gets err_session_ended. A new e-mail address is not verified. What is already there is no
 * change: neither the ETag nor updated_at moves. err_precondition when the version no longer holds; the
 * uniqueness errors; those of authority_own().
 */
const struct error *
profile_change(struct service *, const struct user *me, const struct profile_change *,
    struct user *user_r, const char **weak_r) __attribute__((warn_unused_result));

/* profile_deactivate(s, if_version): no log-in, no refresh, no answer but 403 from now on; the address stays
 * taken. > 0: If-Match. err_last_admin, err_precondition, and the errors of authority_own(). */
const struct error *
profile_deactivate(struct service *, int64_t if_version) __attribute__((warn_unused_result));

#endif
