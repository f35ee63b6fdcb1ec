#include "app/api/models.h"
#include "app/handlers/handlers.h"

#include "app/api/routes.h"

const struct route routes_audit[] = {
    {.method = METHOD_GET,
	.path = "/audit",
	.id = "audit_list",
	.tag = "audit",
	.summary = "Who did what to whom",
	.doc =
	    "Newest first. An entry is written in the transaction of the act itself, and this "
	    "service cannot change or remove it. Follow next_cursor, or the link to the next page.",
	.access = ACCESS_ADMIN,
	.query_in = &audit_query,
	.ok = 200,
	.out = &audit_page_out,
	.headers = HEADERS("Link"),
	.tx = TX_READ,
	.handle = audit_list},
    {0},
};
