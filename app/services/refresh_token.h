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

/* Derived from SECRET_KEY, and from SECRET_KEY_PREVIOUS where there is one: it still proves. */
struct refresh_keys {
	unsigned char now[SECRET_DIGEST_BYTES], previous[SECRET_DIGEST_BYTES];
	bool has_previous;
};

struct refresh_token {
	char session_id[37];
	int64_t generation;
	unsigned char mac[SECRET_DIGEST_BYTES];
};

/* refresh_token_parse(text, t): the shape only; nothing is proven yet. */
bool
refresh_token_parse(struct secret text, struct refresh_token *) __attribute__((warn_unused_result));

/* refresh_token_keys(now, previous, keys): ${previous} may be "". */
void refresh_token_keys(const char *now, const char *previous, struct refresh_keys *);

/* refresh_token_proven(t, keys, seed): made by us for this session, in constant time. */
bool refresh_token_proven(const struct refresh_token *, const struct refresh_keys *,
    const unsigned char seed[32]) __attribute__((warn_unused_result));

/* refresh_token_make(session_id, generation, keys, seed, text) */
void refresh_token_make(const char *session_id, int64_t generation, const struct refresh_keys *,
    const unsigned char seed[32], char text_r[REFRESH_TOKEN_SIZE]);

#endif
