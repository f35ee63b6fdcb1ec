#ifndef APP_SERVICES_USER_SECRET_H
#define APP_SERVICES_USER_SECRET_H

/*
 * A user secret stands for its user where no person types a password. It is exchanged for an access token
 * and never is one itself (SK-04); the exchange makes no session and no refresh token. The token may do
 * what the user may do, an administrator's too: the role is read from the database on every request.
 * What ends the secret's tokens: another secret, dropping it, a new password, deactivation. A new password
 * drops the secret as well (SK-05): whoever had got in may have made it.
 */

#include "lib/error.h"
#include "lib/secret.h"

struct service;
struct tokens;

/*
 * user_secret_put(s, &text): another secret from now on for who asks; ${text} is shown once and kept nowhere.
 * user_secret_drop(s): none any more; fine where there was none. Own transactions; the errors of
 * authority_own(): who was thrown out meanwhile leaves no way back in.
 */
const struct error *
user_secret_put(struct service *, const char **text_r) __attribute__((warn_unused_result));
const struct error *user_secret_drop(struct service *) __attribute__((warn_unused_result));

/*
 * user_secret_exchange(s, name, secret, tokens): an access token alone; counts as a log-in. ${name} is the
 * username, the e-mail address or the id of whose secret it must be, NULL: anybody's.
 * err_secret_invalid alike for all that is not a live secret of that user (SK-02); err_account_disabled
 * only to who knows it; error_rate_limited after too many wrong ones from one network.
 */
const struct error *user_secret_exchange(struct service *, const char *name, struct secret,
    struct tokens *) __attribute__((warn_unused_result));

#endif
