#ifndef APP_SERVICES_NOTICE_H
#define APP_SERVICES_NOTICE_H

/* Mails that ask for nothing: what happened to an account, in the transaction in which it does. */

#include <stddef.h>

#include "lib/error.h"

struct service;

/* notice_password(s, user_id, email): another password. notice_reuse(): a spent refresh token was shown, which is
 * in the audit log already as NOTICE_REUSED: of an account NOTICE_HOURLY times in an hour. */
enum { NOTICE_HOURLY = 3 };
#define NOTICE_REUSED "refresh_token.reused"
const struct error *notice_password(struct service *, const char *user_id, const char *email)
    __attribute__((warn_unused_result));
const struct error *notice_reuse(struct service *, const char *user_id, const char *email)
    __attribute__((warn_unused_result));

/* notice_admins(s, user_ids, n): they have just become administrators. Each is told, and so are the others
 * there are, of up to NOTICE_NEW_ADMINS of them. */
enum { NOTICE_NEW_ADMINS = 5, NOTICE_ADMINS = 20 };
const struct error *notice_admins(struct service *, const char *const *user_ids, size_t n)
    __attribute__((warn_unused_result));

#endif
