#ifndef APP_SERVICES_REFRESH_TOKEN_H
#define APP_SERVICES_REFRESH_TOKEN_H

/*
 * The refresh token: "ghr_" and base64url of session id (16 bytes), generation (8, big-endian) and
 * HMAC-SHA-256 over both and the session's seed. The key is derived from SECRET_KEY, the seed lies in
 * the database: neither alone makes a token (RT-01), and a successor need not be stored to be given
 * out twice (RT-04).
 */

#include <stdbool.h>
#include <stdint.h>

#include "lib/secret.h"

enum { REFRESH_TOKEN_SIZE = 96 };

struct refresh_token {
	char session_id[37];
	int64_t generation;
	unsigned char mac[SECRET_DIGEST_BYTES];
};

/* refresh_token_parse(text, t): the shape only; nothing is proven yet. */
bool
refresh_token_parse(struct secret text, struct refresh_token *) __attribute__((warn_unused_result));

/* refresh_token_proven(t, key, seed): made by us for this session, in constant time. */
bool refresh_token_proven(const struct refresh_token *, const unsigned char *key,
    const unsigned char seed[32]) __attribute__((warn_unused_result));

/* refresh_token_make(session_id, generation, key, seed, text) */
void refresh_token_make(const char *session_id, int64_t generation, const unsigned char *key,
    const unsigned char seed[32], char text_r[REFRESH_TOKEN_SIZE]);

#endif
