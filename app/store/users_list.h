#ifndef APP_STORE_USERS_LIST_H
#define APP_STORE_USERS_LIST_H

/* Pages of users under filters, in any order. */

#include <stdbool.h>

#include "lib/error.h"

#include "app/page.h"
#include "app/user.h"

struct arena;
struct pg;

/* users_list_by_time(sort_by): is the key of this order a time? */
bool users_list_by_time(const char *sort_by);

/* users_list_page(pg, a, filter, ask, users, got): the count is left to users_list_count(). */
const struct error *
users_list_page(struct pg *, struct arena *, const struct user_filter *, const struct page_ask *,
    struct user **users_r, struct page_got *) __attribute__((warn_unused_result));

/* users_list_count(pg, a, filter, ask, got): what the page did not tell already, as ${ask} wants it. */
const struct error *users_list_count(struct pg *, struct arena *, const struct user_filter *,
    const struct page_ask *, struct page_got *) __attribute__((warn_unused_result));

#endif
