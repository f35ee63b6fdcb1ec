#ifndef TESTS_HTTP_LINK_H
#define TESTS_HTTP_LINK_H

/* Links of mails, put behind the interface as the program keeps them: their tokens are known here. */

#include "tests/http/person.h"

/* link_made(p, purpose, email): the token of a live one, sent to ${email}. */
const char *link_made(const struct person *, const char *purpose, const char *email);

/* link_alter(token, "expires_at = now()"): its row, by SET words of SQL. */
void link_alter(const char *token, const char *set);

/* link_confirm(path, token): POST it; reset-password gets a good password besides. */
struct answer *link_confirm(const char *path, const char *token);

/* link_live(p, purpose): how many there are that are neither over nor void. */
int64_t link_live(const struct person *, const char *purpose);

#define LINK_VERIFY "/users/verify-email/confirm"
#define LINK_RESET  "/users/reset-password/confirm"
#define LINK_UNDO   "/users/undo-email-change/confirm"

#endif
