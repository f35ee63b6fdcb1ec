#include "app/api/words.h"

#include "app/api/models.h"

static const char *const grant_password[] = {"password", NULL};
static const char *const scopes[] = {"others", "all", NULL};

static const struct field login_fields[] = {
    FIELD(struct LoginIn, username, .flags = REQUIRED, .doc = "E-mail address or username.",
	.example = EMAIL_EXAMPLE),
    FIELD(struct LoginIn, password, .flags = REQUIRED | HASHED, .doc = "The password.",
	.example = PASSWORD_EXAMPLE),
    FIELD(struct LoginIn, grant_type, .choices = grant_password, .doc = "\"password\", or absent.",
	.example = "password"),
    /* OAuth2 clients send these along; they have no meaning here (first-party clients are public). */
    FIELD(struct LoginIn, scope, .doc = "Ignored.", .example = "openid"),
    FIELD(struct LoginIn, client_id, .doc = "Ignored.", .example = "app"),
    FIELD(struct LoginIn, client_secret, .doc = "Ignored.", .example = "none"), {0}};

const struct model login_in =
    MODEL(LoginIn, login_fields, .doc = "The OAuth2 password form (RFC 6749 §4.3.2).");

static const struct field token_fields[] = {
    FIELD(struct TokenIn, user_secret, .doc = "Alone: is exchanged for an access token.",
	.example = "ghs_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"),
    FIELD(struct TokenIn, grant_type,
	.doc = "\"password\", \"refresh_token\" or \"client_credentials\"; absent beside a "
	       "user_secret.",
	.example = "password"),
    FIELD(struct TokenIn, username, .doc = "E-mail address or username, for \"password\".",
	.example = EMAIL_EXAMPLE),
    FIELD(struct TokenIn, password, .flags = HASHED, .doc = "The password, for \"password\".",
	.example = PASSWORD_EXAMPLE),
    FIELD(struct TokenIn, refresh_token, .doc = "For \"refresh_token\".", .example = "ghr_AAAA"),
    FIELD(struct TokenIn, client_id,
	.doc = "For \"client_credentials\", unless HTTP Basic says it: username, e-mail address or "
	       "user id. Else ignored.",
	.example = "ada"),
    FIELD(struct TokenIn, client_secret,
	.doc = "For \"client_credentials\", unless HTTP Basic says it: the user secret. Else "
	       "ignored.",
	.example = "ghs_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"),
    FIELD(struct TokenIn, scope, .doc = "Ignored.", .example = "openid"), {0}};

const struct model token_in = MODEL(TokenIn, token_fields,
    .doc = "A user secret alone, or a token request (RFC 6749 §4.3.2, §4.4.2, §6).");

static const struct field refresh_fields[] = {
    FIELD(struct RefreshIn, refresh_token, .flags = REQUIRED,
	.doc = "The newest one of the session.", .example = "ghr_AAAA"),
    {0}};

const struct model refresh_in =
    MODEL(RefreshIn, refresh_fields, .doc = "A refresh token to exchange.");

static const struct field logout_fields[] = {
    FIELD(struct LogoutIn, refresh_token, .doc = "Names the session when there is no access token.",
	.example = "ghr_AAAA"),
    {0}};

const struct model logout_in = MODEL(LogoutIn, logout_fields, .doc = "Which session to end.");

static const struct field logout_query_fields[] = {
    FIELD(struct LogoutQuery, scope, .choices = scopes,
	.doc = "\"others\": every other session of the user. \"all\": this one too.",
	.example = "all"),
    {0}};

const struct model logout_query = MODEL(LogoutQuery, logout_query_fields, .doc = "How far.");

static const struct field verify_query_fields[] = {
    FIELD(struct VerifyQuery, role, .choices = words_roles, .doc = "Demand this role.",
	.example = "admin"),
    {0}};

const struct model verify_query =
    MODEL(VerifyQuery, verify_query_fields, .doc = "What is demanded.");

static const struct field token_out_fields[] = {
    FIELD(struct Token, access_token, .flags = REQUIRED, .doc = "A JWT for Authorization: Bearer."),
    FIELD(struct Token, refresh_token, .flags = REQUIRED, .doc = "Opaque; good for one exchange."),
    FIELD(struct Token, token_type, .flags = REQUIRED, .doc = "\"bearer\"."),
    FIELD(struct Token, expires_in, .flags = REQUIRED, .doc = "Seconds the access token lives."),
    {0}};

const struct model token_out = MODEL(Token, token_out_fields, .doc = "Tokens (RFC 6749 §5.1).");

static const struct field access_token_fields[] = {
    FIELD(struct AccessToken, access_token, .flags = REQUIRED, .doc = "A JWT without a session."),
    FIELD(struct AccessToken, token_type, .flags = REQUIRED, .doc = "\"bearer\"."),
    FIELD(struct AccessToken, expires_in, .flags = REQUIRED, .doc = "Seconds it lives."), {0}};

const struct model access_token_out = MODEL(AccessToken, access_token_fields,
    .doc = "What a user secret is exchanged for: no refresh token, the secret is good again.");
