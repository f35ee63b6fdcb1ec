#ifndef APP_SERVICES_DIRECTORY_H
#define APP_SERVICES_DIRECTORY_H

/* Looking users up, page by page. */

#include <stdbool.h>

#include "lib/error.h"

#include "app/page.h"
#include "app/user.h"

struct service;

/* directory_by_time(sort_by): is the key of this order a time? */
bool directory_by_time(const char *sort_by);

/* directory_page(s, filter, ask, users, got): in the caller's transaction. */
const struct error *
directory_page(struct service *, const struct user_filter *, const struct page_ask *,
    struct user **users_r, struct page_got *) __attribute__((warn_unused_result));

/* directory_find(s, login, user): whose e-mail address or username it is, any case; err_user_not_found. */
const struct error *directory_find(struct service *, const char *login, struct user *user_r)
    __attribute__((warn_unused_result));

#endif
