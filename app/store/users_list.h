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

/*
 * users_list_page(pg, a, filter, ask, users, got): a page, and the count as ${ask} wants it. In a transaction
 * of the caller's, so that several statements see one state where it matters to him.
 */
const struct error *
users_list_page(struct pg *, struct arena *, const struct user_filter *, const struct page_ask *,
    struct user **users_r, struct page_got *) __attribute__((warn_unused_result));

#endif
