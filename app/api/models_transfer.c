#include "lib/password.h"

#include "app/api/formats.h"
#include "app/api/words.h"

#include "app/api/models.h"

/* What is exported can be imported, so where a route has no null there is one here. */
static const struct field user_line_fields[] = {
    FIELD(struct UserLine, id, .flags = NULLABLE, .format = &format_uuid,
	.doc = "Kept; without one a new one is made."),
    FIELD(struct UserLine, email, .flags = NULLABLE, EMAIL_RULES,
	.doc = "This or username, or both."),
    FIELD(struct UserLine, username, .flags = NULLABLE, USERNAME_RULES, .doc = "Logs in too."),
    FIELD(struct UserLine, full_name, .alias = "name", .flags = NULLABLE, NAME_RULES,
	.doc = "Display name."),
    FIELD(struct UserLine, role, .choices = words_roles, .fallback = "user",
	.doc = "What the user may do."),
    FIELD(struct UserLine, is_active, .fallback = "true", .doc = "May log in."),
    FIELD(struct UserLine, is_verified, .fallback = "false",
	.doc = "The e-mail address was confirmed."),
    FIELD(struct UserLine, created_at, .flags = NULLABLE, .doc = "Now, where it is absent."),
    FIELD(struct UserLine, password, .flags = NULLABLE | HASHED, PASSWORD_RULES,
	.doc = "In plain, hashed here: 40 ms each."),
    FIELD(struct UserLine, password_hash, .flags = NULLABLE, .max = PASSWORD_HASH_SIZE - 1,
	.format = &format_password_hash, .doc = "As another system stored it."),
    FIELD(struct UserLine, secret_digest, .flags = NULLABLE, .format = &format_digest,
	.doc = "Of the user secret, from an export."),
    {0}};

const struct model user_line = MODEL(UserLine, user_line_fields, .doc = "One line of an import.");

#define USER_LINE_FIELDS                                                                           \
	FIELD(struct UserLineOut, id, .flags = REQUIRED, .format = &format_uuid,                   \
	    .doc = "For good."),                                                                   \
	    FIELD(struct UserLineOut, email, .flags = REQUIRED | NULLABLE, .doc = "As typed."),    \
	    FIELD(struct UserLineOut, username, .flags = REQUIRED | NULLABLE, .doc = "As typed."), \
	    FIELD(struct UserLineOut, full_name, .flags = REQUIRED | NULLABLE,                     \
		.doc = "Display name."),                                                           \
	    FIELD(struct UserLineOut, role, .flags = REQUIRED, .choices = words_roles,             \
		.doc = "What the user may do."),                                                   \
	    FIELD(struct UserLineOut, is_active, .flags = REQUIRED, .doc = "May log in."),         \
	    FIELD(struct UserLineOut, is_verified, .flags = REQUIRED,                              \
		.doc = "The e-mail address was confirmed."),                                       \
	    FIELD(struct UserLineOut, created_at, .flags = REQUIRED,                               \
		.doc = "When the account was made.")

static const struct field user_line_out_fields[] = {USER_LINE_FIELDS, {0}};

const struct model user_line_out =
    MODEL(UserLineOut, user_line_out_fields, .doc = "One line of an export.");

/* Only the command line has a way here, and only when it is asked to (PW-13). */
static const struct field user_line_out_secrets_fields[] = {USER_LINE_FIELDS,
    FIELD(struct UserLineOut, password_hash, .flags = REQUIRED | NULLABLE, .doc = "As stored."),
    FIELD(struct UserLineOut, secret_digest, .flags = REQUIRED | NULLABLE, .doc = "In hex."), {0}};

const struct model user_line_out_secrets =
    MODEL(UserLineOut, user_line_out_secrets_fields, .doc = "One line of an export --with-hashes.");
