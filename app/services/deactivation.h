#ifndef APP_SERVICES_DEACTIVATION_H
#define APP_SERVICES_DEACTIVATION_H

/* No log-in, no refresh, no answer but 403 from now on; the address stays taken. */

#include <stddef.h>
#include <stdint.h>

#include "lib/error.h"

struct service;
struct user;

/* deactivation_own(s, if_version): one's own account; > 0: err_precondition unless it is still that
 * version. err_last_admin, and the errors of authority_own(). */
const struct error *
deactivation_own(struct service *, int64_t if_version) __attribute__((warn_unused_result));

/* deactivation_ends(s, ids, n): in a transaction that deactivates them: their sessions, and links but those
 * that undo a change of address (which are good again with the account). */
const struct error *deactivation_ends(struct service *, const char *const *ids, size_t n)
    __attribute__((warn_unused_result));

#endif
