#include "app/api/errors.h"
#include "app/api/models.h"
#include "app/handlers/handlers.h"

#include "app/api/routes.h"

/*
 * Rows that several paths or methods share are written once, as a macro of path and operationId. Each
 * path still has its own row: no reader has to know about aliases.
 */

#define REGISTER(p, name)                                                                         \
	{                                                                                         \
		.method = METHOD_POST, .path = p, .id = name, .tag = "auth",                      \
		.summary = "Register",                                                            \
		.doc = "Makes an account with the role \"user\". A taken address or username is " \
		       "409.",                                                                    \
		.body_in = &register_in, .media = MEDIA_JSON, .ok = 201, .out = &user_out,        \
		.headers = HEADERS("ETag"),                                                       \
		.errors = ERRORS(&err_email_taken, &err_username_taken, &err_weak_password),      \
		.tx = TX_OWN, .handle = account_create                                            \
	}

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

const struct route routes[] = {
    /* auth */
    REGISTER("/auth/register", "register"),
    REGISTER("/auth/signup", "signup"),
    REGISTER("/users/register", "users_register"),
    {.method = METHOD_POST,
	.path = "/auth/login",
	.id = "login",
	.tag = "auth",
	.summary = "Log in",
	.doc = "The OAuth2 password form, or the same as JSON. An unknown name and a wrong "
	       "password get the "
	       "same answer in the same time.",
	.body_in = &login_in,
	.media = MEDIA_FORM | MEDIA_JSON,
	.ok = 200,
	.out = &token_out,
	.errors = ERRORS(&err_invalid_credentials, &err_account_disabled),
	.tx = TX_OWN,
	.handle = login},
    {.method = METHOD_POST,
	.path = "/auth/token",
	.id = "token",
	.tag = "auth",
	.summary = "OAuth2 token endpoint",
	.doc = "RFC 6749 with the grants password and refresh_token, for stock OAuth2 clients; "
	       "errors have "
	       "the form of §5.2.",
	.flags = ROUTE_OAUTH,
	.body_in = &token_in,
	.media = MEDIA_FORM,
	.ok = 200,
	.out = &token_out,
	.errors = ERRORS(&err_invalid_credentials, &err_account_disabled, &err_refresh_invalid,
	    &err_refresh_reused, &err_grant_unsupported),
	.tx = TX_OWN,
	.handle = token},
    {.method = METHOD_POST,
	.path = "/auth/refresh",
	.id = "refresh",
	.tag = "auth",
	.summary = "Refresh",
	.doc = "Exchanges a refresh token for a new pair. The previous token gets the same "
	       "successor for "
	       "10 seconds; any other replay ends the session.",
	.body_in = &refresh_in,
	.media = MEDIA_JSON,
	.ok = 200,
	.out = &token_out,
	.errors = ERRORS(&err_refresh_invalid, &err_refresh_reused),
	.tx = TX_OWN,
	.handle = refresh},
    {.method = METHOD_POST,
	.path = "/auth/logout",
	.id = "logout",
	.tag = "auth",
	.summary = "Log out",
	.doc =
	    "Ends the session of the bearer token or of the refresh token. Repeating it is fine.",
	.flags = ROUTE_BODYLESS,
	.query_in = &logout_query,
	.body_in = &logout_in,
	.media = MEDIA_JSON,
	.ok = 204,
	.tx = TX_OWN,
	.handle = logout},
    ME_READ("/auth/me", "auth_me_read"),
    ME_UPDATE(METHOD_PATCH, "/auth/me", "auth_me_patch"),
    ME_UPDATE(METHOD_PUT, "/auth/me", "auth_me_put"),
    {.method = METHOD_GET,
	.path = "/auth/verify",
	.id = "verify",
	.tag = "auth",
	.summary = "Check a token",
	.doc = "For nginx auth_request: who it is, in X-User-Id, X-User-Email and X-User-Role.",
	.access = ACCESS_USER,
	.flags = ROUTE_FAST,
	.query_in = &verify_query,
	.ok = 204,
	.headers = HEADERS("X-User-Id", "X-User-Email", "X-User-Role"),
	.errors = ERRORS(&err_admin_required),
	.handle = verify},

    /* me */
    ME_READ("/users/me", "me_read"),
    ME_UPDATE(METHOD_PATCH, "/users/me", "me_patch"),
    ME_UPDATE(METHOD_PUT, "/users/me", "me_put"),

    /* users */
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

    /* service */
    {.method = METHOD_GET,
	.path = "/health",
	.id = "health",
	.tag = "service",
	.summary = "Is the program alive?",
	.doc = "Asks nobody else.",
	.flags = ROUTE_ROOT | ROUTE_FAST,
	.ok = 200,
	.out = &health_out,
	.handle = health},
    {.method = METHOD_GET,
	.path = "/health/db",
	.id = "health_db",
	.tag = "service",
	.summary = "Can it do its work?",
	.doc = "Asks the database, and whether all migrations are applied.",
	.flags = ROUTE_ROOT,
	.ok = 200,
	.out = &health_db_out,
	.errors = ERRORS(&err_migrations_pending),
	.tx = TX_OWN,
	.handle = health_db},
    {.method = METHOD_GET,
	.path = "/openapi.json",
	.id = "openapi",
	.tag = "service",
	.summary = "This document",
	.flags = ROUTE_ROOT | ROUTE_FAST | ROUTE_HIDDEN,
	.ok = 200,
	.handle = openapi_document},
    {.method = METHOD_GET,
	.path = "/docs",
	.id = "docs",
	.tag = "service",
	.summary = "Interactive documentation",
	.flags = ROUTE_ROOT | ROUTE_FAST | ROUTE_HIDDEN,
	.ok = 200,
	.handle = docs_page},
    {.method = METHOD_GET,
	.path = "/docs/{file}",
	.id = "docs_file",
	.tag = "service",
	.summary = "A file of the interactive documentation",
	.flags = ROUTE_ROOT | ROUTE_FAST | ROUTE_HIDDEN,
	.path_in = &docs_path,
	.ok = 200,
	.errors = ERRORS(&error_not_found),
	.handle = docs_file},
    {0},
};
