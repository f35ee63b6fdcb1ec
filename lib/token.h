#ifndef LIB_TOKEN_H
#define LIB_TOKEN_H

/*
 * Access tokens: JWT (RFC 7519) through libjwt, with everything around it that libjwt does not check
 * (pitfalls J1–J12; security.md JW-01…JW-18). The algorithm is pinned by us, never by the token.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { TOKEN_CHARS_MAX = 4096, TOKEN_TEXT_SIZE = 1024, TOKEN_KEY_BYTES_MIN = 32 };

struct
    token_keys; /* the signing key, and optionally the previous one that still verifies (JW-15) */

struct token_claims {
	char sub[37]; /* user id */
	char sid[37]; /* session id, "" for none */
	char jti[37];
	int64_t ver; /* the user's token version */
	int64_t iat_s, exp_s;
};

enum token_result { TOKEN_OK, TOKEN_EXPIRED, TOKEN_INVALID };

/*
 * token_keys_new(algorithm, key, previous, iss, aud, &why): ${algorithm} is "HS256", "HS384" or
 * "HS512"; ${previous} may be NULL. Keys are the bytes of their text as they stand, TOKEN_KEY_BYTES_MIN
 * to 4096 of them; ${iss} and ${aud} have 1 to 128 bytes of UTF-8
 * (and fit: quotes count twice, controls six times). All are copied. Runs a known-answer
 * test (sign, verify, refuse alg none and a flipped bit). NULL with a sentence on any failure.
 * kid is the first 8 base64url characters of a digest of the key (derived for this purpose alone).
 */
struct token_keys *token_keys_new(const char *algorithm, const char *key, const char *previous,
    const char *iss, const char *aud, const char **why_r);
void token_keys_free(struct token_keys **);

/* token_keys_remember(k): what token_verify() has found good it finds again in a token_cache.h, once and for
 * all; false without memory. */
bool token_keys_remember(struct token_keys *) __attribute__((warn_unused_result));

/*
 * token_sign(k, claims, text): false only when libjwt failed. iss, aud and type "access" are added.
 * ${claims} has UUIDs in sub and jti, one or "" in sid, no negative number, and exp after iat.
 */
bool token_sign(const struct token_keys *, const struct token_claims *,
    char text_r[TOKEN_TEXT_SIZE]) __attribute__((warn_unused_result));

/*
 * token_verify(k, text, now_s, claims): the compact form is checked before libjwt sees a byte: length,
 * three parts of strict base64url, a header of exactly alg, typ and kid (no crit, jwk, jku, …), no
 * duplicate members, alg equal to ours. Then the signature, then typed claims: iss, aud (a string or
 * a list holding ours), type "access", sub/jti UUIDs, sid a UUID or absent, integers exp, iat, ver,
 * nbf if present, none negative or written as a fraction; leeway 30 s for iat and nbf, none for exp.
 * TOKEN_EXPIRED: nothing else was wrong with it. ${claims} is zeroed on TOKEN_INVALID; on
 * TOKEN_EXPIRED it tells whose token it was, which a log-out wants to know.
 */
enum token_result token_verify(struct token_keys *, const char *text, int64_t now_s,
    struct token_claims *claims_r) __attribute__((warn_unused_result));

#endif
