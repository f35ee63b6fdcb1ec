#include "app/api/errors.h"
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

#define ME_UPDATE(verb, p, name)                                                                  \
	{                                                                                         \
		.method = verb, .path = p, .id = name, .tag = "me", .summary = "Change yourself", \
		.doc =                                                                            \
		    "Members that are absent stay. With If-Match the change is made only while "  \
		    "the ETag "                                                                   \
		    "still holds. A new password needs current_password and ends every session.", \
		.access = ACCESS_USER, .body_in = &me_update, .media = MEDIA_JSON, .ok = 200,     \
		.out = &user_with_stats, .headers = HEADERS("ETag"),                              \
		.errors = ERRORS(&err_own_role, &err_precondition, &err_email_taken,              \
		    &err_username_taken, &err_weak_password, &err_incorrect_password,             \
		    &err_same_password),                                                          \
		.tx = TX_OWN, .handle = me_update_own                                             \
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
	.errors = ERRORS(&err_session_ended),
	.tx = TX_OWN,
	.handle = me_secret_put},
    {.method = METHOD_DELETE,
	.path = "/users/me/secret",
	.id = "me_secret_drop",
	.tag = "me",
	.summary = "Drop your user secret",
	.doc = "It ends at once, and the access tokens made from it. Fine where there is none.",
	.access = ACCESS_USER,
	.ok = 204,
	.errors = ERRORS(&err_session_ended),
	.tx = TX_OWN,
	.handle = me_secret_drop},
    {0},
};
