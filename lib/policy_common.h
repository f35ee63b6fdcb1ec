#ifndef LIB_POLICY_COMMON_H
#define LIB_POLICY_COMMON_H

/* Is a password one that everybody tries first? */

#include <stdbool.h>

struct arena;

/*
 * policy_common_has(a, phrase): ${phrase} is looked up without ASCII case, as it stands and with one
 * to six digits or punctuation marks taken off its end ("Password123!"), each time also with the usual
 * look-alikes undone ("p@ssw0rd") and as a repetition ("dragon99dragon99" is listed, "passwordpassword"
 * is "password" twice). Words that merely contain a listed one ("SecurePassword123!") are not meant.
 */
bool policy_common_has(struct arena *, const char *phrase);

#endif
