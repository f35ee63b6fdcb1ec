#ifndef APP_STORE_SECRETS_H
#define APP_STORE_SECRETS_H

/* Statements and row readers of user secrets: never the secret, only its SHA-256. */

#include <stdbool.h>
#include <stdint.h>

#include "lib/error.h"
#include "lib/secret.h"

struct arena;
struct pg;

/* Whose secret it is, with what decides about it. Strings live as long as the arena. */
struct secret_owner {
	bool found;
	const char *id, *email_key, *username_key; /* the keys NULL where there is none */
	unsigned char digest[SECRET_DIGEST_BYTES]; /* as it is kept, to be compared once more */
	bool is_active;
	int64_t token_version, secret_version;
};

/* secrets_find(pg, a, digest, owner): one look-up in a unique index. */
const struct error *
secrets_find(struct pg *, struct arena *, const unsigned char digest[SECRET_DIGEST_BYTES],
    struct secret_owner *) __attribute__((warn_unused_result));

/* What became of a secret: nothing where the account is not there, or not as it was any more. */
struct secret_change {
	bool done;
	bool had; /* there was one before */
};

/*
 * secrets_put(pg, a, id, token_version, digest, change): instead of the one before, if any; not done where
 * token_version has moved: what ended every token has ended the caller's too. A NULL digest drops, and
 * then nothing is touched where there was none. Raises secret_version.
 */
const struct error *secrets_put(struct pg *, struct arena *, const char *id, int64_t token_version,
    const unsigned char *digest, struct secret_change *) __attribute__((warn_unused_result));

#endif
