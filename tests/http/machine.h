#ifndef TESTS_HTTP_MACHINE_H
#define TESTS_HTTP_MACHINE_H

/* Somebody without a password: a username and a user secret. */

#include "tests/http/client.h"

struct machine {
	const char *id, *username, *secret;
};

/* machine_new(): registered by a username of its own. */
struct machine machine_new(void);

/* machine_exchange(secret): POST /auth/token with it, whatever comes. machine_token(secret): the access token. */
struct answer *machine_exchange(const char *secret);
const char *machine_token(const char *secret);

/* machine_rotate(token), machine_drop(token): POST and DELETE /users/me/secret, whatever comes. */
struct answer *machine_rotate(const char *token);
struct answer *machine_drop(const char *token);

/* machine_basic(id, secret): the whole header line. */
const char *machine_basic(const char *id, const char *secret);

#endif
