#ifndef APP_SERVICES_AUTHORITY_H
#define APP_SERVICES_AUTHORITY_H

/* May who asks do that? Asked of every request, and again where a lock may have been waited for. */

#include <stdbool.h>
#include <stdint.h>

#include "lib/error.h"

struct principal;
struct service;
struct user;

/*
 * authority_refuses(principal, session_id, token_version, admin): what is answered to who brings a token of
 * that session, NULL for none, and that version; NULL when he is let in. ${admin}: only an administrator is.
 */
const struct error *authority_refuses(
    const struct principal *, const char *session_id, int64_t token_version, bool admin);

/*
 * authority_take(s): in the caller's transaction, before any row of users is locked. From here to its end
 * nobody else administers, and who asks is still an active administrator: another one may have removed
 * him while he waited (AZ-08, AZ-10). Otherwise what he would be told a moment later. The command line
 * asks as nobody, which is its owner's right.
 */
const struct error *authority_take(struct service *) __attribute__((warn_unused_result));

/* authority_over(s, id, user): authority_take(), then the account ${id} as it is now, its row locked;
 * err_user_not_found. */
const struct error *authority_over(struct service *, const char *id, struct user *now_r)
    __attribute__((warn_unused_result));

/* authority_remains(s, had): after a change of ${had} that may have taken an administrator away: err_last_admin
 * where none remains (AZ-08). */
const struct error *
authority_remains(struct service *, const struct user *had) __attribute__((warn_unused_result));

/*
 * authority_own(s, now): in the caller's transaction, the account of who asks as it is now, its row locked. A
 * deactivation, a new password or the end of the session may have come since the request was let in; then
 * what he would be told a moment later.
 */
const struct error *
authority_own(struct service *, struct user *now_r) __attribute__((warn_unused_result));

#endif
