#ifndef APP_SERVICES_SIGNIN_H
#define APP_SERVICES_SIGNIN_H

/* From a password, or a refresh token, to tokens; and back to nothing. Own transactions. */

#include <stdint.h>

#include "lib/error.h"
#include "lib/secret.h"

struct service;

enum { SIGNIN_GRACE_S = 10, SIGNIN_SESSIONS_MAX = 50 };

struct tokens {
	const char *access_token, *refresh_token; /* no refresh token without a session: NULL */
	int64_t expires_in_s;
};

/*
 * signin_password(s, login, password, tokens): ${login} is an e-mail address or a username, any case.
 * err_invalid_credentials alike, in bytes and in time, for a name nobody has, a wrong password, and
 * a wrong password of a deactivated account (AU-01, AU-02); err_account_disabled and, under
 * REQUIRE_VERIFIED_EMAIL, err_email_not_verified only to who knows the password; error_rate_limited after
 * too many wrong ones; error_overloaded when crypt failed (never a wrong password, PW-12). An outdated hash is
 * replaced on the way (PW-10).
 */
const struct error *signin_password(struct service *, const char *login, struct secret password,
    struct tokens *) __attribute__((warn_unused_result));

/* signin_look(s, login): error_rate_limited if a password for this name would not be looked at now. */
const struct error *
signin_look(struct service *, const char *login) __attribute__((warn_unused_result));

/*
 * signin_refresh(s, refresh_token, tokens): the next pair. The previous token, within SIGNIN_GRACE_S
 * of the rotation, gets the same successor again (a lost answer must not cost a session); any other
 * replay ends the session, which is committed although err_refresh_reused is answered (RT-02…RT-05).
 * err_refresh_invalid for everything else that is not a live token.
 */
const struct error *signin_refresh(struct service *, struct secret refresh_token, struct tokens *)
    __attribute__((warn_unused_result));

enum signout { SIGNOUT_THIS, SIGNOUT_OTHERS, SIGNOUT_ALL };

/* signin_out(s, session_id, which): of the session an access token proved. Ending what has ended is fine
 * and ends nothing else. */
const struct error *signin_out(struct service *, const char *session_id, enum signout)
    __attribute__((warn_unused_result));

/* signin_out_refresh(s, refresh_token, which): the same for the session that the token is of; a
 * token that is none does nothing (RFC 7009 §2.2). */
const struct error *signin_out_refresh(struct service *, struct secret refresh_token, enum signout)
    __attribute__((warn_unused_result));

#endif
