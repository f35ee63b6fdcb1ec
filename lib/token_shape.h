#ifndef LIB_TOKEN_SHAPE_H
#define LIB_TOKEN_SHAPE_H

/*
 * The form of a compact JWS (RFC 7515 §7.1), checked before a JWT library sees a byte: such a library
 * copies a token of any length to the stack, takes junk inside the signature, believes "crit" and
 * "jwk", and lets the last of two equal claims win. Nothing here is authenticated yet.
 */

#include <stdbool.h>
#include <stddef.h>

struct arena;
struct cJSON;

struct token_shape {
	const char *alg, *kid;
	const struct cJSON *claims; /* an object without duplicate names */
};

/*
 * token_shape_parse(a, text, mac_bytes, &shape): true for at most TOKEN_CHARS_MAX characters, three
 * parts of strict base64url, a header of exactly the strings alg, typ ("JWT") and kid, a payload that
 * is a JSON object, and a signature of exactly ${mac_bytes} bytes. What it fills lives in the arena.
 */
bool token_shape_parse(struct arena *, const char *text, size_t mac_bytes,
    struct token_shape *shape_r) __attribute__((warn_unused_result));

#endif
