#include "app/api/errors.h"
#include "app/api/limits.h"
#include "app/api/models.h"
#include "app/handlers/handlers.h"

#include "app/api/routes.h"

#define REGISTER(p, name)                                                                         \
	{                                                                                         \
		.method = METHOD_POST, .path = p, .id = name, .tag = "auth",                      \
		.summary = "Register",                                                            \
		.doc = "Makes an account with the role \"user\": with an e-mail address and a "   \
		       "password, answered with the User; or with a username alone, answered "    \
		       "with a user secret that is shown this once. A taken address or username " \
		       "is 409.",                                                                 \
		.body_in = &register_in, .media = MEDIA_JSON, .ok = 201, .out = &user_out,        \
		.out_or = &registered_secret, .headers = HEADERS("ETag"),                         \
		.errors = ERRORS(&err_email_taken, &err_username_taken, &err_weak_password),      \
		.tx = TX_OWN, .limit = &limit_registration, .handle = account_create              \
	}

const struct route routes_auth[] = {
    REGISTER("/auth/register", "register"),
    REGISTER("/auth/signup", "signup"),
    REGISTER("/users/register", "users_register"),
    {.method = METHOD_POST,
	.path = "/auth/login",
	.id = "login",
	.tag = "auth",
	.summary = "Log in",
	.doc =
	    "The OAuth2 password form, or the same as JSON. An unknown name and a wrong "
	    "password get the "
	    "same answer in the same time. Where addresses must be confirmed, one that is not is "
	    "told only to who knows the password.",
	.body_in = &login_in,
	.media = MEDIA_FORM | MEDIA_JSON,
	.ok = 200,
	.out = &token_out,
	.errors = ERRORS(&err_invalid_credentials, &err_account_disabled, &err_email_not_verified),
	.tx = TX_OWN,
	.admit = login_admit,
	.handle = login},
    {.method = METHOD_POST,
	.path = "/auth/token",
	.id = "token",
	.tag = "auth",
	.summary = "OAuth2 token endpoint",
	.doc =
	    "A user secret alone, or RFC 6749 for stock OAuth2 clients: the grants password, "
	    "refresh_token and client_credentials, the last with username and user secret in the "
	    "form or as HTTP Basic (§2.3.1). Form or JSON; errors have the form of §5.2. A user "
	    "secret gives an access token without a session and without a refresh token. It may "
	    "do what the user may do, an administrator's too, and ends with the secret, a new "
	    "password, or the account.",
	.flags = ROUTE_OAUTH,
	.body_in = &token_in,
	.media = MEDIA_FORM | MEDIA_JSON,
	.ok = 200,
	.out = &token_out,
	.out_or = &access_token_out,
	.errors = ERRORS(&err_invalid_credentials, &err_account_disabled, &err_email_not_verified,
	    &err_refresh_invalid, &err_refresh_reused, &err_grant_unsupported, &err_secret_invalid,
	    &err_client_invalid, &err_client_twice),
	.tx = TX_OWN,
	.admit = token_admit,
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
    {0},
};
