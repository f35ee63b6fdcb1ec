#include "app/api/errors.h"
#include "app/api/models.h"
#include "app/handlers/handlers.h"

#include "app/api/routes.h"

const struct route routes_users[] = {
    {.method = METHOD_GET,
	.path = "/users/stats",
	.id = "users_stats",
	.tag = "users",
	.summary = "Numbers about all users",
	.doc = "Counted in the background, at most a minute ago.",
	.access = ACCESS_ADMIN,
	.ok = 200,
	.out = &user_statistics,
	.tx = TX_OWN,
	.handle = users_stats},
    {.method = METHOD_GET,
	.path = "/users",
	.id = "users_list",
	.tag = "users",
	.summary = "List users",
	.doc =
	    "Newest first, unless asked otherwise. Pages reach to row 10 000, cursors to the end: "
	    "follow next_cursor, or the link to the next page.",
	.access = ACCESS_ADMIN,
	.query_in = &user_list_query,
	.ok = 200,
	.out = &user_list,
	.headers = HEADERS("Link"),
	.tx = TX_READ,
	.handle = users_list},
    {0},
};
