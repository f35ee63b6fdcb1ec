#include "app/api/errors.h"
#include "app/api/models.h"
#include "app/handlers/handlers.h"

#include "app/api/routes.h"

const struct route routes_users[] = {
    {.method = METHOD_GET,
	.path = "/users",
	.id = "users_list",
	.tag = "users",
	.summary = "List users",
	.doc = "Newest first. Pages reach to row 10 000.",
	.access = ACCESS_ADMIN,
	.query_in = &user_list_query,
	.ok = 200,
	.out = &user_list,
	.headers = HEADERS("Link"),
	.tx = TX_READ,
	.handle = users_list},
    {0},
};
