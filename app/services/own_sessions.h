#ifndef APP_SERVICES_OWN_SESSIONS_H
#define APP_SERVICES_OWN_SESSIONS_H

/* What the owner of an account sees of its sessions, and ends (RT-11). */

#include <stddef.h>

#include "lib/error.h"

struct service;
struct session_seen;
struct user;

/* own_sessions_list(s, me, sessions, &n): in the caller's transaction. */
const struct error *own_sessions_list(struct service *, const struct user *me,
    struct session_seen **sessions_r, size_t *n_r) __attribute__((warn_unused_result));

/* own_sessions_end(s): all of them; a transaction of its own. The errors of authority_own(). */
const struct error *own_sessions_end(struct service *) __attribute__((warn_unused_result));

/* own_sessions_end_one(s, me, id): in the caller's transaction. err_session_not_found for one that has
 * ended, never was, or is somebody else's (AZ-03). */
const struct error *own_sessions_end_one(struct service *, const struct user *me, const char *id)
    __attribute__((warn_unused_result));

#endif
