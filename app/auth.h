#ifndef APP_AUTH_H
#define APP_AUTH_H

/* From an Authorization header to a principal, and what a principal may call. */

#include <stddef.h>

#include "lib/error.h"

struct request;

/*
 * auth_bearer(rq): read "Bearer <token>" (RFC 6750 §2.1; the scheme in any case, nothing but the header
 * counts) into rq->claims. err_not_authenticated without one, err_token_invalid, err_token_expired.
 */
const struct error *auth_bearer(struct request *) __attribute__((warn_unused_result));

/*
 * auth_load(requests, n): the principals of all of them with one statement (the caller saw to it that
 * each has claims). A fault of the database is everybody's answer, never a 401.
 */
const struct error *
auth_load(struct request *const *, size_t n) __attribute__((warn_unused_result));

/*
 * auth_allows(rq): exists and unchanged (err_token_invalid), active (err_account_disabled), session alive
 * (err_session_ended), role (err_admin_required): checked on every request, against the database, so
 * that a logout or a demotion acts at once (JW-12, JW-13).
 */
const struct error *auth_allows(const struct request *) __attribute__((warn_unused_result));

#endif
