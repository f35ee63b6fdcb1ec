#include "app/api/errors.h"
#include "app/api/limits.h"
#include "app/api/models.h"
#include "app/handlers/handlers.h"

#include "app/api/routes.h"

#define ME_READ(p, name)                                                                        \
	{                                                                                       \
		.method = METHOD_GET, .path = p, .id = name, .tag = "me",                       \
		.summary = "Read yourself", .doc = "Your account with its counters.",           \
		.access = ACCESS_USER, .flags = ROUTE_FAST, .ok = 200, .out = &user_with_stats, \
		.headers = HEADERS("ETag"), .handle = me_read                                   \
	}

#define ME_UPDATE(verb, p, name)                                                                   \
	{                                                                                          \
		.method = verb, .path = p, .id = name, .tag = "me", .summary = "Change yourself",  \
		.doc =                                                                             \
		    "Members that are absent stay, and a value that is already there moves "       \
		    "nothing. With If-Match the change is made only while the ETag still holds. "  \
		    "A new address is not verified: it is sent a link to confirm it, the old one " \
		    "a notice with a link that undoes the change for 72 hours. A new password "    \
		    "needs current_password and ends every session.",                              \
		.access = ACCESS_USER, .flags = ROUTE_LIMIT_HASHED, .body_in = &me_update,         \
		.media = MEDIA_JSON, .ok = 200, .out = &user_with_stats,                           \
		.headers = HEADERS("ETag"),                                                        \
		.errors = ERRORS(&err_own_role, &err_precondition, &err_email_taken,               \
		    &err_username_taken, &err_weak_password, &err_incorrect_password,              \
		    &err_same_password),                                                           \
		.tx = TX_OWN, .limit = &limit_change_password, .admit = me_password_admit,         \
		.handle = me_update_own                                                            \
	}

#define ME_PASSWORD(p, name)                                                                       \
	{                                                                                          \
		.method = METHOD_POST, .path = p, .id = name, .tag = "me",                         \
		.summary = "Change your password",                                                 \
		.doc = "Ends every session, this one too: log in again with the new password. An " \
		       "account without a password has none that would be correct.",               \
		.access = ACCESS_USER, .body_in = &password_change, .media = MEDIA_JSON,           \
		.ok = 200, .out = &message_out,                                                    \
		.errors = ERRORS(&err_incorrect_password, &err_same_password, &err_weak_password), \
		.tx = TX_OWN, .limit = &limit_change_password, .admit = me_password_admit,         \
		.handle = me_change_password                                                       \
	}

const struct route routes_me[] = {
    ME_READ("/auth/me", "auth_me_read"),
    ME_UPDATE(METHOD_PATCH, "/auth/me", "auth_me_patch"),
    ME_UPDATE(METHOD_PUT, "/auth/me", "auth_me_put"),
    ME_READ("/users/me", "me_read"),
    ME_UPDATE(METHOD_PATCH, "/users/me", "me_patch"),
    ME_UPDATE(METHOD_PUT, "/users/me", "me_put"),
    {.method = METHOD_POST,
	.path = "/users/me/secret",
	.id = "me_secret_put",
	.tag = "me",
	.summary = "Make or replace your user secret",
	.doc =
	    "The answer is the only one that shows it. The one before ends at once and the access "
	    "tokens made from it end with it; sessions live on. So does a new password end it.",
	.access = ACCESS_USER,
	.ok = 201,
	.out = &user_secret_out,
	.tx = TX_OWN,
	.handle = me_secret_put},
    {.method = METHOD_DELETE,
	.path = "/users/me/secret",
	.id = "me_secret_drop",
	.tag = "me",
	.summary = "Drop your user secret",
	.doc = "It ends at once, and the access tokens made from it. Fine where there is none. Who "
	       "has "
	       "no password either can then not log in any more.",
	.access = ACCESS_USER,
	.ok = 204,
	.tx = TX_OWN,
	.handle = me_secret_drop},
    {.method = METHOD_DELETE,
	.path = "/users/me",
	.id = "me_deactivate",
	.tag = "me",
	.summary = "Deactivate your account",
	.doc =
	    "Wants confirm=true, in the body or, because bodies of DELETE may get lost on the way "
	    "(RFC 9110 §9.3.5), in the query. Ends every session; nobody logs in until an "
	    "administrator activates the account again. The address stays taken. The last active "
	    "administrator cannot.",
	.access = ACCESS_USER,
	.flags = ROUTE_BODYLESS,
	.query_in = &confirmation,
	.body_in = &confirmation,
	.media = MEDIA_JSON,
	.ok = 200,
	.out = &message_out,
	.errors = ERRORS(&err_precondition, &err_confirmation, &err_last_admin),
	.tx = TX_OWN,
	.handle = me_deactivate},
    ME_PASSWORD("/users/me/change-password", "me_change_password"),
    ME_PASSWORD("/users/me/password", "me_password"),
    ME_PASSWORD("/auth/me/password", "auth_me_password"),
    {.method = METHOD_GET,
	.path = "/users/me/sessions",
	.id = "me_sessions",
	.tag = "me",
	.summary = "List your sessions",
	.doc = "Where you are logged in. At most 50: one more log-in ends the one that was idle "
	       "longest.",
	.access = ACCESS_USER,
	.ok = 200,
	.out = &session_list,
	.tx = TX_READ,
	.handle = me_sessions},
    {.method = METHOD_DELETE,
	.path = "/users/me/sessions",
	.id = "me_sessions_end",
	.tag = "me",
	.summary = "End all your sessions",
	.doc = "This one too. POST /auth/logout?scope=others ends all but this one.",
	.access = ACCESS_USER,
	.ok = 204,
	.tx = TX_OWN,
	.handle = me_sessions_end},
    {.method = METHOD_DELETE,
	.path = "/users/me/sessions/{id}",
	.id = "me_session_end",
	.tag = "me",
	.summary = "End one of your sessions",
	.doc = "Somebody else's is as unknown as one that never was.",
	.access = ACCESS_USER,
	.path_in = &session_path,
	.ok = 204,
	.errors = ERRORS(&err_session_not_found),
	.tx = TX_WRITE,
	.handle = me_session_end},
    {0},
};
