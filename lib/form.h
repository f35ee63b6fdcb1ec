#ifndef LIB_FORM_H
#define LIB_FORM_H

/* application/x-www-form-urlencoded, of bodies and of query strings (WHATWG URL §5.1), strictly. */

#include <stdbool.h>
#include <stddef.h>

#include "lib/http.h"

struct arena;
struct buf;

enum { FORM_PAIRS_MAX = 64 };

/*
 * form_decode(a, text, bytes, &pairs, &why): decode '+' and %XX once. Duplicates are kept, in order:
 * bind refuses them where they matter. False, with a constant reason in *why_r, for a bad escape,
 * %00, invalid UTF-8, an empty name, or more than FORM_PAIRS_MAX pairs. "" gives no pairs.
 */
bool form_decode(struct arena *, const char *text, size_t bytes, struct pairs *, const char **why_r)
    __attribute__((warn_unused_result));

/* form_percent(a, text, n): %XX decoded once, '+' stays; NULL for a bad escape, %00, invalid UTF-8. */
const char *form_percent(struct arena *, const char *text, size_t n);

/* form_unescape(a, text, n): the same for a path segment: NULL for %2F as well. */
const char *form_unescape(struct arena *, const char *text, size_t n);

/* form_escape(b, text): append it, with what is not unreserved (RFC 3986 §2.3) as %XX. */
void form_escape(struct buf *, const char *text);

#endif
