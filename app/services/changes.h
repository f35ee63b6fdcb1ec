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
 * changes_audit(s, have, change): user.update with the names of the members that change, not the values:
 * the log is kept longer than people keep their names. What an account may do is told in full, and each by
 * an action of its own besides, however it was changed: user.role_change, user.activate, user.deactivate.
 */
const struct error *changes_audit(struct service *, const struct user *have,
    const struct user_change *) __attribute__((warn_unused_result));

#endif
