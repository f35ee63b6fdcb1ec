#ifndef APP_SERVICES_CHANGES_H
#define APP_SERVICES_CHANGES_H

/* From what is wanted to what differs, and to the words of the audit log for it. */

#include <stdbool.h>

#include "lib/error.h"

struct arena;
struct service;
struct user;
struct user_change;

/* .set tells what changes; NULL values remove. */
struct changes {
	const char *email; /* NULL: stays */
	bool username_set, full_name_set;
	const char *username, *full_name;
	const char *role;                    /* NULL: stays */
	const bool *is_active, *is_verified; /* NULL: stays */
};

/* changes_find(a, want, have, change): only what is not there already; false when nothing is left. */
bool changes_find(struct arena *, const struct changes *want, const struct user *have,
    struct user_change *change_r);

/* changes_nameless(want, have): would the account have neither an e-mail address nor a username? */
bool changes_nameless(const struct changes *want, const struct user *have);

/*
 * changes_apply(s, have, change, user): in a transaction that has locked the account, and before it the
 * administrators where a role or is_active changes: the change and all that follows from it. A deactivation
 * and a new password end what lets somebody in; addresses are told; err_last_admin.
 *
 * The audit log gets user.update with the names of the members that change, not the values: it is kept
 * longer than people keep their names. What an account may do is told in full, and each by an action of
 * its own besides: user.role_change, user.activate, user.deactivate.
 */
const struct error *changes_apply(struct service *, const struct user *have,
    const struct user_change *, struct user *user_r) __attribute__((warn_unused_result));

#endif
