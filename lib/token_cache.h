#ifndef LIB_TOKEN_CACHE_H
#define LIB_TOKEN_CACHE_H

/*
 * Tokens that were found good lately, by the digest of their text. A client sends the same token
 * hundreds of times, and checking it from scratch costs a third of what a worker spends on a read.
 * Nothing is believed that was not verified with this process's keys, and whatever depends on the
 * time is looked at each time
 * (a token with nbf, which is none of ours, is not kept); whether the session still lives is the database's to say.
 */

#include <stdbool.h>

#include "lib/secret.h"
#include "lib/token.h"

struct token_cache;

/* token_cache_new(): NULL when there is no memory. token_cache_free() wipes. */
struct token_cache *token_cache_new(void);
void token_cache_free(struct token_cache **);

/* token_cache_find(c, digest, claims): false, and nothing written, when it is not known. */
bool token_cache_find(const struct token_cache *, const unsigned char digest[SECRET_DIGEST_BYTES],
    struct token_claims *claims_r) __attribute__((warn_unused_result));

/* token_cache_keep(c, digest, claims): remember; of more than a few of the same place the oldest is forgotten. */
void token_cache_keep(struct token_cache *, const unsigned char digest[SECRET_DIGEST_BYTES],
    const struct token_claims *);

#endif
