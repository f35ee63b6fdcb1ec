#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "lib/token_cache.h"

/* 0.7 MB. */
enum { SETS = 1024, WAYS = 4 };

struct row {
	unsigned char digest[SECRET_DIGEST_BYTES]; /* all zero: free */
	struct token_claims claims;
};

/* The newest first. */
struct set {
	struct row rows[WAYS];
};

struct token_cache {
	struct set sets[SETS];
};

struct token_cache *
token_cache_new(void)
{
	struct token_cache *c = malloc(sizeof(*c));

	/* Written to, so that all of it is there from the beginning: a worker must not seem to grow. */
	if (c != NULL)
		secret_wipe(c, sizeof(*c));
	return c;
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
	return n % SETS;
}

bool
token_cache_find(const struct token_cache *c, const unsigned char digest[SECRET_DIGEST_BYTES],
    struct token_claims *claims_r)
{
	const struct set *set = &c->sets[place(digest)];

	for (size_t i = 0; i < WAYS; i++) {
		if (!secret_equal(set->rows[i].digest, digest, SECRET_DIGEST_BYTES))
			continue;
		*claims_r = set->rows[i].claims;
		return true;
	}
	return false;
}

void
token_cache_keep(struct token_cache *c, const unsigned char digest[SECRET_DIGEST_BYTES],
    const struct token_claims *claims)
{
	struct set *set = &c->sets[place(digest)];

	memmove(&set->rows[1], &set->rows[0], (WAYS - 1) * sizeof(struct row));
	memcpy(set->rows[0].digest, digest, SECRET_DIGEST_BYTES);
	set->rows[0].claims = *claims;
}
