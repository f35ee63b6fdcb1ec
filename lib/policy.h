#ifndef LIB_POLICY_H
#define LIB_POLICY_H

/* What a new password must be. Length bounds are in the field rows; this is the rest. */

#include <stdbool.h>

#include "lib/secret.h"

struct arena;

enum policy { POLICY_COMPOSITION, POLICY_LENGTH, POLICY_NIST, POLICY__MAX };

/* policy_parse(s): "composition", "length", "nist"; POLICY__MAX for anything else. */
enum policy policy_parse(const char *);

/*
 * policy_refuse(a, policy, phrase, email, username, max_bytes): the reasons why ${phrase} is refused,
 * as one sentence in the arena that names all of them, or NULL when it is fine. composition: an
 * ASCII upper, lower, digit, and a printable ASCII that is neither letter nor digit; 8 code points.
 * length: 8. nist: 15. All: at most 128 code points and ${max_bytes} bytes, no control characters,
 * not a common password (looked up as lib/policy_common.h says), and neither equal to nor made of the
 * e-mail, its local part or the username (of 3 characters or more, without ASCII case, any number of
 * times) plus at most 4 other characters, or plus at most 8 digits (PW-07). ${email} and ${username}
 * may be NULL. Invalid UTF-8 never reaches it.
 */
const char *policy_refuse(struct arena *, enum policy, struct secret phrase, const char *email,
    const char *username, int max_bytes);

#endif
