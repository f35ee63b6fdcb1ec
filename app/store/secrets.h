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

/* secrets_put(pg, a, id, digest): instead of the one before, if any; NULL: none. Raises secret_version. */
const struct error *secrets_put(struct pg *, struct arena *, const char *id,
    const unsigned char *digest) __attribute__((warn_unused_result));

#endif
