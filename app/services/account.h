#ifndef APP_SERVICES_ACCOUNT_H
#define APP_SERVICES_ACCOUNT_H

/* Accounts: making one, and what its owner may change. Each call is one transaction of its own. */

#include <stdbool.h>
#include <stdint.h>

#include "lib/error.h"
#include "lib/secret.h"

struct service;
struct user;

struct registration {
	const char *email, *username, *full_name;
	struct secret password;     /* .s NULL: a user secret instead */
	bool is_admin, is_verified; /* only the command line and FIRST_SUPERUSER say so */
};

/*
 * account_register(s, registration, user, &secret, &weak): without a password the account gets a user secret,
 * which goes to *secret_r and is shown once; else NULL. err_weak_password with the reasons in *weak_r,
 * err_email_taken, err_username_taken, error_overloaded when the hash could not be computed, or a fault.
 * A taken address costs a hash like a free one: neither answer comes sooner.
 */
const struct error *account_register(struct service *, const struct registration *, struct user *,
    const char **secret_r, const char **weak_r) __attribute__((warn_unused_result));

/* What the owner changes; .set tells what, NULL values remove. */
struct account_change {
	const char *email; /* NULL: stays */
	bool username_set, full_name_set;
	const char *username, *full_name;
	struct secret password, current_password; /* .s NULL: stays */
	int64_t if_version;                       /* > 0: If-Match */
};

/*
 * account_change(s, me, change, user, &weak): a new password needs the current one, which is
 * checked whenever it is given (err_incorrect_password), must differ (err_same_password) and ends
 * every session. A new e-mail address is not verified. err_precondition when if_version no longer holds.
 */
const struct error *
account_change(struct service *, const struct user *me, const struct account_change *,
    struct user *user_r, const char **weak_r) __attribute__((warn_unused_result));

/* account_set_password(s, user, password, &weak): by an operator; ends every session. */
const struct error *account_set_password(struct service *, const struct user *,
    struct secret password, const char **weak_r) __attribute__((warn_unused_result));

/* account_deactivate(s, user): no log-in, no refresh, no answer but 403 from now on. */
const struct error *
account_deactivate(struct service *, const struct user *) __attribute__((warn_unused_result));

/* account_first_admin(s, &made): FIRST_SUPERUSER, when it is set and no active admin exists. Its
 * password is the operator's own: only the length rules hold for it. */
const struct error *
account_first_admin(struct service *, bool *made_r) __attribute__((warn_unused_result));

#endif
