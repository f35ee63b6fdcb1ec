#ifndef APP_HANDLERS_SHOW_H
#define APP_HANDLERS_SHOW_H

/* From stored users and new tokens to the models that may be seen. */

#include "app/api/models.h"
#include "app/session.h"
#include "app/user.h"

struct error;
struct request;
struct tokens;

struct User show_user(const struct user *);

/* show_account(rq, status, user), show_account_with_stats(rq, user): the reply, with its ETag; show_message(rq, sentence): a 200. NULL. */
const struct error *show_account(struct request *, int status, const struct user *);
const struct error *show_account_with_stats(struct request *, const struct user *);
const struct error *show_message(struct request *, const char *sentence);

/* show_sessions(rq, sessions, n): the reply; the session of the request's own token is the current one. */
void show_sessions(struct request *, const struct session_seen *, size_t n);

/* show_nameless(rq): the fault of a username that may not go, as a 422 detail. */
void show_nameless(struct request *);

/* show_weak(rq, name, why): the fault of the password in member ${name} as a 422 detail, without it. */
void show_weak(struct request *, const char *name, const char *why);

/* show_tokens(rq, error, tokens): ${error} again, or without one the reply: with a refresh token where there
 * is one. */
const struct error *show_tokens(struct request *, const struct error *, const struct tokens *);

#endif
