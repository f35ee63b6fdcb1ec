#ifndef APP_SERVICES_STAND_IN_H
#define APP_SERVICES_STAND_IN_H

/*
 * Whom nobody is. A log-in by a name that nobody has is compared with a hash of a scheme and cost that the names
 * which somebody has might have, too: each such name always with the same, and all of them in the shares of
 * those that are stored. So what an answer takes says nothing about whether there is somebody (AU-02).
 */

#include "lib/error.h"
#include "lib/password.h"

struct service;

/* stand_in_for(s, name, hash): ${name} is folded. *hash_r is "" while no shares are known: then what
 * password_verify() does without a hash will do. */
const struct error *stand_in_for(struct service *, const char *name,
    char hash_r[PASSWORD_HASH_SIZE]) __attribute__((warn_unused_result));

/* stand_in_sample(s): the shares anew; by the background process. */
const struct error *stand_in_sample(struct service *) __attribute__((warn_unused_result));

#endif
