#ifndef APP_SERVICES_OWNER_H
#define APP_SERVICES_OWNER_H

#include "lib/error.h"

struct service;
struct user;

/*
 * owner_lock(s, me, now): in the caller's transaction, the account of who asks as it is now, its row
 * locked. ${me} was read before: a deactivation or a new password may have come in between, and then this
 * answers what a request a moment later would be told (err_token_invalid, err_account_disabled,
 * err_session_ended).
 */
const struct error *owner_lock(struct service *, const struct user *me, struct user *now_r)
    __attribute__((warn_unused_result));

#endif
