#ifndef APP_SERVICES_PASSWORDS_H
#define APP_SERVICES_PASSWORDS_H

/* The password of an account: what may be one, proving it, replacing it. Nothing is open while hashing. */

#include "lib/error.h"
#include "lib/password.h"
#include "lib/secret.h"

struct service;
struct user;

/* passwords_refuse(s, password, email, username): why the policy takes none such from somebody of these
 * names; NULL when it does. */
const char *
passwords_refuse(struct service *, struct secret password, const char *email, const char *username);

/* passwords_hash(s, password, hash): error_overloaded when the hash could not be computed. */
const struct error *passwords_hash(struct service *, struct secret password,
    char hash_r[PASSWORD_HASH_SIZE]) __attribute__((warn_unused_result));

/* passwords_prove(s, user, password): err_incorrect_password, for an account without one too;
 * error_rate_limited after too many of them. passwords_look(s, user): that, if one would not be looked at now. */
const struct error *passwords_prove(struct service *, const struct user *, struct secret password)
    __attribute__((warn_unused_result));
const struct error *
passwords_look(struct service *, const struct user *) __attribute__((warn_unused_result));

/* passwords_set(s, user, password, &weak): by an operator; ends every session. */
const struct error *passwords_set(struct service *, const struct user *, struct secret password,
    const char **weak_r) __attribute__((warn_unused_result));

/* What the audit log calls it when nothing else is said. */
#define PASSWORDS_CHANGE "user.password_change"

/* passwords_changed(s, user, action): in a transaction that has stored another hash: every session ends and every link
 * but those that undo a change of address, ${user}'s address is told, and the audit log has it. */
const struct error *passwords_changed(struct service *, const struct user *, const char *action)
    __attribute__((warn_unused_result));

#endif
