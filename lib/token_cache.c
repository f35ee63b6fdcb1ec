#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "lib/token_cache.h"

/* A power of two: 0.7 MB once all are taken, and pages of it only as they are. */
enum { ROWS = 4096 };

struct row {
	unsigned char digest[SECRET_DIGEST_BYTES]; /* all zero: free */
	struct token_claims claims;
};

struct token_cache {
	struct row rows[ROWS];
};

struct token_cache *
token_cache_new(void)
{
	return calloc(1, sizeof(struct token_cache));
}

void
token_cache_free(struct token_cache **c)
{
	if (*c == NULL)
		return;
	secret_wipe(*c, sizeof(**c));
	free(*c);
	*c = NULL;
}

/* Nobody can choose where a token goes without being able to sign it. */
static size_t
place(const unsigned char digest[SECRET_DIGEST_BYTES])
{
	uint32_t n;

	memcpy(&n, digest, sizeof(n));
	return n % ROWS;
}

bool
token_cache_find(const struct token_cache *c, const unsigned char digest[SECRET_DIGEST_BYTES],
    struct token_claims *claims_r)
{
	const struct row *row = &c->rows[place(digest)];

	if (!secret_equal(row->digest, digest, SECRET_DIGEST_BYTES))
		return false;
	*claims_r = row->claims;
	return true;
}

void
token_cache_keep(struct token_cache *c, const unsigned char digest[SECRET_DIGEST_BYTES],
    const struct token_claims *claims)
{
	struct row *row = &c->rows[place(digest)];

	memcpy(row->digest, digest, SECRET_DIGEST_BYTES);
	row->claims = *claims;
}
