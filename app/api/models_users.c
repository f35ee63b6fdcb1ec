#include <assert.h>

#include "lib/ident.h"

#include "app/api/formats.h"
#include "app/api/words.h"

#include "app/api/models.h"

static const char *const role_user[] = {"user", NULL};

static const struct field register_fields[] = {
    FIELD(struct RegisterIn, email, .flags = REQUIRED, .unless = "username", EMAIL_RULES,
	.doc = "Unique without regard to case; logs in.", .example = EMAIL_EXAMPLE),
    FIELD(struct RegisterIn, password, .flags = REQUIRED | HASHED, .unless = "username",
	PASSWORD_RULES, .doc = PASSWORD_DOC, .example = PASSWORD_EXAMPLE),
    FIELD(struct RegisterIn, full_name, .alias = "name", .flags = NULLABLE, NAME_RULES,
	.doc = "Display name.", .example = "Ada Lovelace"),
    FIELD(struct RegisterIn, username, .flags = NULLABLE, USERNAME_RULES,
	.doc =
	    "Letters, digits, dot, underscore, hyphen. Unique without regard to case; logs in too. "
	    "Without e-mail address and password the account gets a user secret instead.",
	.example = "ada"),
    FIELD(struct RegisterIn, role, .choices = role_user,
	.doc = "Nobody makes an administrator of himself: only \"user\" is taken.",
	.example = "user"),
    {0}};

const struct model register_in = MODEL(RegisterIn, register_fields,
    .doc = "A new account: an e-mail address with a password, or a username alone.");

#define SECRET_DOC \
	"The user secret, shown this once. POST /auth/token exchanges it for an access token."

static const struct field registered_secret_fields[] = {
    FIELD(
	struct RegisteredSecret, id, .flags = REQUIRED, .format = &format_uuid, .doc = "For good."),
    FIELD(struct RegisteredSecret, username, .flags = REQUIRED, .doc = "As it was typed."),
    FIELD(struct RegisteredSecret, user_secret, .flags = REQUIRED, .doc = SECRET_DOC), {0}};

const struct model registered_secret = MODEL(RegisteredSecret, registered_secret_fields,
    .doc = "An account of a username and a user secret.");

static const struct field user_secret_fields[] = {
    FIELD(struct UserSecret, user_secret, .flags = REQUIRED, .doc = SECRET_DOC), {0}};

const struct model user_secret_out =
    MODEL(UserSecret, user_secret_fields, .doc = "A new user secret.");

/* One list for both: struct User is the first member of struct UserWithStats. */
#define USER_FIELDS                                                                                \
	FIELD(struct User, id, .flags = REQUIRED, .format = &format_uuid, .doc = "For good."),     \
	    FIELD(struct User, email, .flags = REQUIRED | NULLABLE, .doc = "As it was typed."),    \
	    FIELD(struct User, username, .flags = REQUIRED | NULLABLE, .doc = "As it was typed."), \
	    FIELD(struct User, full_name, .flags = REQUIRED | NULLABLE, .doc = "Display name."),   \
	    FIELD(struct User, role, .flags = REQUIRED, .choices = words_roles,                    \
		.doc = "What the user may do."),                                                   \
	    FIELD(struct User, is_admin, .flags = REQUIRED, .doc = "The role is \"admin\"."),      \
	    FIELD(struct User, is_active, .flags = REQUIRED, .doc = "May log in."),                \
	    FIELD(struct User, is_verified, .flags = REQUIRED,                                     \
		.doc = "The e-mail address was confirmed."),                                       \
	    FIELD(struct User, has_password, .flags = REQUIRED,                                    \
		.doc = "Can log in with a password."),                                             \
	    FIELD(struct User, has_secret, .flags = REQUIRED, .doc = "Has a user secret."),        \
	    FIELD(                                                                                 \
		struct User, created_at, .flags = REQUIRED, .doc = "When the account was made."),  \
	    FIELD(struct User, updated_at, .flags = REQUIRED,                                      \
		.doc = "When something in this record changed; log-ins do not count."),            \
	    FIELD(struct User, last_login_at, .flags = REQUIRED | NULLABLE,                        \
		.doc = "The last log-in.")

static const struct field user_fields[] = {USER_FIELDS, {0}};

const struct model user_out = MODEL(User, user_fields, .doc = "An account, as it may be seen.");

static_assert(
    offsetof(struct UserWithStats, user) == 0, "USER_FIELDS has the offsets of struct User");

static const struct field user_with_stats_fields[] = {USER_FIELDS,
    FIELD(struct UserWithStats, file_count, .flags = REQUIRED, .doc = "Files kept."),
    FIELD(struct UserWithStats, total_file_size, .flags = REQUIRED, .doc = "Their bytes."),
    FIELD(struct UserWithStats, document_count, .flags = REQUIRED, .doc = "Documents kept."),
    FIELD(struct UserWithStats, login_count, .flags = REQUIRED, .doc = "Log-ins so far."),
    FIELD(struct UserWithStats, active_session_count, .flags = REQUIRED,
	.doc = "Sessions alive now."),
    FIELD(struct UserWithStats, account_age_days, .flags = REQUIRED,
	.doc = "Whole days since created_at."),
    {0}};

const struct model user_with_stats =
    MODEL(UserWithStats, user_with_stats_fields, .doc = "An account with what it has and does.");

static const char *const user_sorts[] = {
    "created_at", "updated_at", "email", "username", "full_name", "role", NULL};
static const char *const sort_orders[] = {"asc", "desc", NULL};

static_assert(offsetof(struct UserListQuery, list) == 0, "LISTING_QUERY_FIELDS has its offsets");

static const struct field user_list_query_fields[] = {LISTING_QUERY_FIELDS,
    FIELD(struct UserListQuery, query, .max = IDENT_NAME_MAX, .format = &format_search,
	.doc =
	    "Only those who have this in their e-mail address, username or full name; fewer than "
	    "3 characters: whose one begins with it. Without regard to case, and literally.",
	.example = "ada"),
    FIELD(struct UserListQuery, role, .choices = words_roles, .doc = "Only those.",
	.example = "user"),
    FIELD(struct UserListQuery, is_active, .doc = "Only those who may log in, or may not.",
	.example = "true"),
    FIELD(struct UserListQuery, is_verified,
	.doc = "Only those whose e-mail address was confirmed, or was not.", .example = "true"),
    FIELD(struct UserListQuery, created_after, .doc = "Only those made later than that.",
	.example = "2026-01-01T00:00:00Z"),
    FIELD(struct UserListQuery, created_before, .doc = "Only those made earlier than that.",
	.example = "2027-01-01T00:00:00Z"),
    FIELD(struct UserListQuery, sort_by, .choices = user_sorts, .fallback = "created_at",
	.doc = "Texts without regard to case, missing ones as empty. Ties by id.",
	.example = "email"),
    FIELD(struct UserListQuery, sort_order, .choices = sort_orders, .fallback = "desc",
	.doc = "Of the key and of the id.", .example = "asc"),
    {0}};

const struct model user_list_query =
    MODEL(UserListQuery, user_list_query_fields, .doc = "Which users, in which order, which page.");

static const struct field user_list_fields[] = {
    LISTING_FIELDS(&user_out, "The page, in the order that was asked for."), {0}};

const struct model user_list = LISTING_MODEL(UserList, user_list_fields, "A page of accounts.");
