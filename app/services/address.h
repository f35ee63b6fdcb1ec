#ifndef APP_SERVICES_ADDRESS_H
#define APP_SERVICES_ADDRESS_H

/* What follows from an account's e-mail address, in the transaction that writes it; and proving it. */

#include "lib/error.h"
#include "lib/secret.h"

struct service;
struct user;

/* address_new(s, user): a new account's; where SEND_VERIFICATION_EMAILS says so, it is asked to confirm it. */
const struct error *
address_new(struct service *, const struct user *) __attribute__((warn_unused_result));

/*
 * address_changed(s, had, has): nothing when it is the same in another spelling. Links that were sent to the old
 * one are void (OT-10), the new one is asked to confirm itself like that of a new account, and the old one
 * is told, with a link that undoes it (OT-15).
 */
const struct error *address_changed(struct service *, const struct user *had,
    const struct user *has) __attribute__((warn_unused_result));

/* address_request(s, email): a link for whoever has this address and has not confirmed it. */
const struct error *
address_request(struct service *, const char *email) __attribute__((warn_unused_result));

/* address_confirm(s, token): in the caller's transaction; err_link_invalid. */
const struct error *
address_confirm(struct service *, struct secret token) __attribute__((warn_unused_result));

/*
 * address_undo(s, token): in the caller's transaction; err_link_invalid. Whoever reads the old address has the account
 * back: with that address, confirmed, and without whatever the one who changed it may have: sessions,
 * tokens, the password, the secret, younger links. A link to choose a new password is on its way.
 */
const struct error *
address_undo(struct service *, struct secret token) __attribute__((warn_unused_result));

#endif
