#ifndef APP_HANDLERS_SHOW_H
#define APP_HANDLERS_SHOW_H

/* From stored users to the models that may be seen. */

#include "app/api/models.h"
#include "app/user.h"

struct request;

struct User show_user(const struct user *);
struct UserWithStats show_user_with_stats(const struct user *);

/* show_weak(rq, why): the password's fault as a 422 detail, without the password. */
void show_weak(struct request *, const char *why);

#endif
