#ifndef APP_SERVICES_ACCESS_H
#define APP_SERVICES_ACCESS_H

/* What lets somebody into an account beside the password, and the end of it. */

#include <stddef.h>

#include "lib/error.h"

struct service;

/* access_end(s, user_ids, n): in a transaction that has raised their token_version: their sessions, and their
 * links but those that undo a change of address. */
const struct error *access_end(struct service *, const char *const *user_ids, size_t n)
    __attribute__((warn_unused_result));

#endif
