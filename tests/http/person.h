#ifndef TESTS_HTTP_PERSON_H
#define TESTS_HTTP_PERSON_H

/* Somebody who uses the service: an account of this test's own, its password, its tokens. */

#include "tests/http/client.h"

struct person {
	const char *id, *email, *username, *password, *full_name;
	const char *access, *refresh; /* of the last log-in or refresh */
};

/* person_stranger(): names and a password that nobody has yet. */
struct person person_stranger(void);

/* person_registered(): with an account. person_new(): logged in as well. person_admin(): an admin. */
struct person person_registered(void);
struct person person_new(void);
struct person person_admin(void);

/* person_json(p): the registration. person_form(login, password): the OAuth2 form. */
const char *person_json(const struct person *);
const char *person_form(const char *login, const char *password);

/* person_login(p): 200 demanded; the tokens go into ${p}. person_refresh(p): the same by refreshing. */
struct answer *person_login(struct person *);
struct answer *person_refresh(struct person *);

/* person_refresh_with(token): whatever comes. person_me(token): GET /users/me, whatever comes. */
struct answer *person_refresh_with(const char *refresh_token);
struct answer *person_me(const char *access_token);

/* person_session(p): the id of the session that its access token is of. */
const char *person_session(const struct person *);

void person_deactivate(const struct person *);

#endif
