#ifndef APP_SERVICES_ACCOUNT_H
#define APP_SERVICES_ACCOUNT_H

/* Making accounts. */

#include <stdbool.h>
#include <stdint.h>

#include "lib/error.h"
#include "lib/secret.h"

struct service;
struct user;
struct user_new;

/* account_insert(s, new, action, user): in the caller's transaction, with its audit row: role, and what logs in.
 * The uniqueness errors. */
const struct error *account_insert(struct service *, const struct user_new *, const char *action,
    struct user *user_r) __attribute__((warn_unused_result));

struct registration {
	const char *email, *username, *full_name;
	struct secret password;     /* .s NULL: a user secret instead */
	bool is_admin, is_verified; /* only the command line and FIRST_SUPERUSER say so */
};

/*
 * account_register(s, registration, user, &secret, &weak): in a transaction of its own. Without a password the account gets a user secret,
 * which goes to *secret_r and is shown once; else NULL. err_weak_password with the reasons in *weak_r,
 * err_email_taken, err_username_taken, error_overloaded when the hash could not be computed, or a fault.
 * A taken address costs a hash like a free one: neither answer comes sooner.
 */
const struct error *account_register(struct service *, const struct registration *, struct user *,
    const char **secret_r, const char **weak_r) __attribute__((warn_unused_result));

/* account_first_admin(s, &made): FIRST_SUPERUSER, when it is set and no active admin exists. Its
 * password is the operator's own: only the length rules hold for it. */
const struct error *
account_first_admin(struct service *, bool *made_r) __attribute__((warn_unused_result));

#endif
