#ifndef APP_SERVICES_SECRET_TEXT_H
#define APP_SERVICES_SECRET_TEXT_H

/*
 * A user secret as text: "ghs_" and base64url of 256 random bits. The prefix is for people and scanners
 * that find it where it should not be. Nobody guesses 256 bits, so a plain SHA-256 of the text is enough to
 * keep (SK-01), and good for looking it up.
 */

#include <stdbool.h>

#include "lib/secret.h"

enum { SECRET_TEXT_CHARS = 48 };

/* secret_text_make(text, digest): a new one, and what is kept of it. */
void secret_text_make(char text_r[SECRET_TEXT_CHARS], unsigned char digest_r[SECRET_DIGEST_BYTES]);

/* secret_text_parse(text, digest): false for what none of ours looks like; nothing is proven yet. */
bool secret_text_parse(struct secret text, unsigned char digest_r[SECRET_DIGEST_BYTES])
    __attribute__((warn_unused_result));

#endif
