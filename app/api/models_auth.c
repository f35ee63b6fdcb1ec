#include "app/api/models.h"

static const char *const grant_password[] = {"password", NULL};
static const char *const scopes[] = {"others", "all", NULL};
static const char *const verify_roles[] = {"user", "admin", NULL};

/* OAuth2 clients send these along; they have no meaning here (first-party clients are public). */
#define IGNORED_FIELDS(T)                                             \
	FIELD(T, scope, .doc = "Ignored.", .example = "openid"),      \
	    FIELD(T, client_id, .doc = "Ignored.", .example = "app"), \
	    FIELD(T, client_secret, .doc = "Ignored.", .example = "none")

static const struct field login_fields[] = {
    FIELD(struct LoginIn, username, .flags = REQUIRED, .doc = "E-mail address or username.",
	.example = "ada@example.com"),
    FIELD(struct LoginIn, password, .flags = REQUIRED | HASHED, .doc = "The password.",
	.example = "SecurePass123!"),
    FIELD(struct LoginIn, grant_type, .choices = grant_password, .doc = "\"password\", or absent.",
	.example = "password"),
    IGNORED_FIELDS(struct LoginIn), {0}};

const struct model login_in =
    MODEL(LoginIn, login_fields, .doc = "The OAuth2 password form (RFC 6749 §4.3.2).");

static const struct field token_fields[] = {
    FIELD(struct TokenIn, grant_type, .flags = REQUIRED,
	.doc = "\"password\" or \"refresh_token\".", .example = "password"),
    FIELD(struct TokenIn, username, .doc = "E-mail address or username, for \"password\".",
	.example = "ada@example.com"),
    FIELD(struct TokenIn, password, .flags = HASHED, .doc = "The password, for \"password\".",
	.example = "SecurePass123!"),
    FIELD(struct TokenIn, refresh_token, .doc = "For \"refresh_token\".", .example = "ghr_AAAA"),
    IGNORED_FIELDS(struct TokenIn), {0}};

const struct model token_in =
    MODEL(TokenIn, token_fields, .doc = "A token request (RFC 6749 §4.3.2, §6).");

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
    FIELD(struct VerifyQuery, role, .choices = verify_roles, .doc = "Demand this role.",
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
