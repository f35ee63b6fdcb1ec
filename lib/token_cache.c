#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "lib/token_cache.h"

/*
 * 0.7 MB. Tokens fall into the sets by chance: with four ways, 2000 of them met a full set so often that every
 * seventh read verified its token anew.
 */
enum { SETS = 256, WAYS = 16 };

struct row {
	unsigned char digest[SECRET_DIGEST_BYTES]; /* all zero: free */
	struct token_claims claims;
};

struct set {
	struct row rows[WAYS];
	size_t next; /* the oldest, to be written over */
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

/* How long it takes to compare these tells of a digest, not of a token. */
static uint64_t
head(const unsigned char digest[SECRET_DIGEST_BYTES])
{
	uint64_t n;

	memcpy(&n, digest, sizeof(n));
	return n;
}

/* Nobody can choose where a token goes without being able to sign it. */
static size_t
place(const unsigned char digest[SECRET_DIGEST_BYTES])
{
	return head(digest) % SETS;
}

bool
token_cache_find(const struct token_cache *c, const unsigned char digest[SECRET_DIGEST_BYTES],
    struct token_claims *claims_r)
{
	const struct set *set = &c->sets[place(digest)];

	for (const struct row *row = set->rows; row < set->rows + WAYS; row++) {
		if (head(row->digest) != head(digest) ||
		    !secret_equal(row->digest, digest, SECRET_DIGEST_BYTES))
			continue;
		*claims_r = row->claims;
		return true;
	}
	return false;
}

void
token_cache_keep(struct token_cache *c, const unsigned char digest[SECRET_DIGEST_BYTES],
    const struct token_claims *claims)
{
	struct set *set = &c->sets[place(digest)];
	struct row *row = &set->rows[set->next++ % WAYS];

	memcpy(row->digest, digest, SECRET_DIGEST_BYTES);
	row->claims = *claims;
}
