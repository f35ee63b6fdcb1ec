#include "app/api/errors.h"
#include "app/api/models.h"
#include "app/handlers/handlers.h"

#include "app/api/routes.h"

const struct route routes_mail[] = {
    {.method = METHOD_GET,
	.path = "/mail",
	.id = "mail_list",
	.tag = "mail",
	.summary = "The outbox",
	.doc = "Newest first. Mails that were sent, or given up, are kept for a week.",
	.access = ACCESS_ADMIN,
	.query_in = &mail_query,
	.ok = 200,
	.out = &mail_page_out,
	.headers = HEADERS("Link"),
	.tx = TX_READ,
	.handle = mail_list},
    {.method = METHOD_POST,
	.path = "/mail/{id}/retry",
	.id = "mail_retry",
	.tag = "mail",
	.summary = "Try a mail again now",
	.doc = "Also one that was given up, with all its tries before it.",
	.access = ACCESS_ADMIN,
	.path_in = &mail_path,
	.ok = 200,
	.out = &mail_out,
	.errors = ERRORS(&err_mail_not_found, &err_mail_over),
	.tx = TX_WRITE,
	.handle = mail_retry},
    {0},
};
