#include "app/api/errors.h"
#include "app/api/limits.h"
#include "app/api/models.h"
#include "app/handlers/handlers.h"

#include "app/api/routes.h"

const struct route routes_links[] = {
    {.method = METHOD_POST,
	.path = "/users/verify-email/request",
	.id = "verify_email_request",
	.tag = "links",
	.summary = "Ask for a link that confirms an address",
	.doc = "The same answer in the same time for every address. Whoever has it, and has not "
	       "confirmed it, is sent a link that is good for 24 hours; at most 3 in an hour.",
	.body_in = &link_request_in,
	.media = MEDIA_JSON,
	.ok = 200,
	.out = &message_out,
	.tx = TX_WRITE,
	.limit = &limit_verification,
	.handle = verify_email_request},
    {.method = METHOD_POST,
	.path = "/users/verify-email/confirm",
	.id = "verify_email_confirm",
	.tag = "links",
	.summary = "Confirm an address",
	.doc = "With the token of the link, which is good once. Nobody is logged in by it.",
	.body_in = &link_confirm_in,
	.media = MEDIA_JSON,
	.ok = 200,
	.out = &message_out,
	.errors = ERRORS(&err_link_invalid),
	.tx = TX_WRITE,
	.limit = &limit_link,
	.handle = verify_email_confirm},
    {.method = METHOD_POST,
	.path = "/users/reset-password/request",
	.id = "reset_password_request",
	.tag = "links",
	.summary = "Ask for a link to choose a new password",
	.doc =
	    "The same answer in the same time for every address. Whoever has it is sent a link "
	    "that is good for an hour; at most 3 in an hour. 503 means that nothing was sent, for "
	    "no address.",
	.body_in = &link_request_in,
	.media = MEDIA_JSON,
	.ok = 200,
	.out = &message_out,
	.tx = TX_WRITE,
	.limit = &limit_password_reset,
	.handle = reset_password_request},
    {.method = METHOD_POST,
	.path = "/users/reset-password/confirm",
	.id = "reset_password_confirm",
	.tag = "links",
	.summary = "Choose a new password",
	.doc =
	    "With the token of the link, which is good once; a password that is refused does not "
	    "use it up. Ends every session, takes the user secret away and voids the other links "
	    "that were sent. Nobody is logged in by it, and a deactivated account stays that. The "
	    "address counts as confirmed, since the link was sent there.",
	.body_in = &password_reset,
	.media = MEDIA_JSON,
	.ok = 200,
	.out = &message_out,
	.errors = ERRORS(&err_link_invalid, &err_weak_password),
	.tx = TX_OWN,
	.limit = &limit_link,
	.handle = reset_password_confirm},
    {.method = METHOD_POST,
	.path = "/users/undo-email-change/confirm",
	.id = "undo_email_change",
	.tag = "links",
	.summary = "Undo a change of address",
	.doc =
	    "With the token of the link that the old address was sent, good once and for 72 "
	    "hours, for which nobody else can register that address. It is the account's again, "
	    "and confirmed. Sessions, password, user secret and younger links end, because "
	    "somebody else may have them; a link to choose a new password is sent to it. Links of "
	    "an address that had never been confirmed end when the new one is.",
	.body_in = &link_confirm_in,
	.media = MEDIA_JSON,
	.ok = 200,
	.out = &message_out,
	.errors = ERRORS(&err_link_invalid),
	.tx = TX_WRITE,
	.limit = &limit_link,
	.handle = undo_email_change},
    {.method = METHOD_POST,
	.path = "/users/{id}/send-reset",
	.id = "users_send_reset",
	.tag = "users",
	.summary = "Send a user a link to choose a password",
	.doc = "For an hour; to who has no password yet, for 72.",
	.access = ACCESS_ADMIN,
	.path_in = &user_path,
	.ok = 200,
	.out = &user_out,
	.headers = HEADERS("ETag"),
	.errors = ERRORS(&err_user_not_found, &err_link_unsent),
	.tx = TX_OWN,
	.handle = users_send_reset},
    {0},
};
