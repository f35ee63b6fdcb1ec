#ifndef APP_SERVICES_RECOVERY_H
#define APP_SERVICES_RECOVERY_H

/* A new password for who cannot prove the old one, but reads the account's mail. */

#include "lib/error.h"
#include "lib/secret.h"

struct service;
struct user;

/* recovery_request(s, email): a link for whoever has this address; alike for an address that nobody has. */
const struct error *
recovery_request(struct service *, const char *email) __attribute__((warn_unused_result));

/*
 * recovery_confirm(s, token, password, &weak): one transaction after the hash is computed. err_weak_password, for
 * which the link is still good, or err_link_invalid. Every session and every other link ends but those that
 * undo a change of address; the address, which was just read, is confirmed. Nobody is logged in by it,
 * and no account activated (OT-11).
 */
const struct error *recovery_confirm(struct service *, struct secret token, struct secret password,
    const char **weak_r) __attribute__((warn_unused_result));

/* recovery_send(s, id, user): by an administrator; to who has no password yet, a link to choose one.
 * err_user_not_found, err_link_unsent, the errors of authority_take(). */
const struct error *
recovery_send(struct service *, const char *id, struct user *) __attribute__((warn_unused_result));

#endif
