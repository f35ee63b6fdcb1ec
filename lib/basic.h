#ifndef LIB_BASIC_H
#define LIB_BASIC_H

/* HTTP Basic (RFC 7617), as OAuth2 clients name themselves in it (RFC 6749 §2.3.1). */

#include "lib/secret.h"

struct arena;

enum basic_result {
	BASIC_NONE, /* no header, or another scheme */
	BASIC_OK,
	BASIC_BAD /* the scheme, and then not what belongs to it */
};

struct basic {
	const char *id;
	struct secret secret;
};

/*
 * basic_parse(a, authorization, basic): the scheme in any case, strict base64 with its padding, a colon,
 * and on both sides of the first one percent-encoded UTF-8 without NUL. '+' stays a plus: many clients
 * do not encode at all, those that do write %2B, and no name or secret here has a blank that could be
 * meant. Both strings live as long as the arena; a secret may be "".
 */
enum basic_result basic_parse(struct arena *, const char *authorization, struct basic *)
    __attribute__((warn_unused_result));

#endif
