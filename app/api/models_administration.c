#include "app/api/formats.h"
#include "app/api/words.h"

#include "app/api/models.h"

#define ID_EXAMPLE "123e4567-e89b-12d3-a456-426614174000"

enum { BULK_MAX = 1000 };

static const char *const operations[] = {"activate", "deactivate", "delete", "update_role", NULL};
static const char *const statuses[] = {"updated", "unchanged", "not_found", "refused", NULL};

static const struct field user_path_fields[] = {
    FIELD(struct UserPath, id, .flags = REQUIRED, .format = &format_uuid, .doc = "The user.",
	.example = ID_EXAMPLE),
    {0}};

const struct model user_path = MODEL(UserPath, user_path_fields, .doc = "One user.");

static const struct field user_create_fields[] = {
    FIELD(struct UserCreate, email, .flags = REQUIRED, EMAIL_RULES,
	.doc = "Unique without regard to case; logs in.", .example = EMAIL_EXAMPLE),
    FIELD(struct UserCreate, password, .flags = HASHED, PASSWORD_RULES,
	.doc = "Without one the account has none yet, and nobody logs in with a "
	       "password. " PASSWORD_DOC,
	.example = PASSWORD_EXAMPLE),
    FIELD(struct UserCreate, full_name, .alias = "name", .flags = NULLABLE, NAME_RULES,
	.doc = "Display name.", .example = "Ada Lovelace"),
    FIELD(struct UserCreate, username, .flags = NULLABLE, USERNAME_RULES,
	.doc = "Unique without regard to case; logs in too.", .example = "ada"),
    FIELD(struct UserCreate, role, .choices = words_roles, .fallback = "user",
	.doc = "What the user may do.", .example = "user"),
    FIELD(
	struct UserCreate, is_active, .fallback = "true", .doc = "May log in.", .example = "true"),
    FIELD(struct UserCreate, is_verified, .fallback = "false",
	.doc = "The e-mail address needs no confirmation.", .example = "true"),
    {0}};

const struct model user_create =
    MODEL(UserCreate, user_create_fields, .doc = "A new account, made by an administrator.");

static const struct field user_update_fields[] = {
    FIELD(struct UserUpdate, full_name, .alias = "name", .flags = NULLABLE, NAME_RULES,
	.doc = "Display name; null removes it.", .example = "Ada King"),
    FIELD(struct UserUpdate, email, EMAIL_RULES,
	.doc = "Another address is not verified, unless is_verified is given.",
	.example = EMAIL_EXAMPLE),
    FIELD(struct UserUpdate, username, .flags = NULLABLE, USERNAME_RULES,
	.doc = "null removes it, where there is an e-mail address.", .example = "ada"),
    FIELD(struct UserUpdate, role, .choices = words_roles,
	.doc = "Holds from the next request on, also for tokens that are out.", .example = "user"),
    FIELD(struct UserUpdate, is_active, .doc = "false ends every session and every token at once.",
	.example = "true"),
    FIELD(struct UserUpdate, is_verified, .doc = "The e-mail address needs no confirmation.",
	.example = "true"),
    {0}};

const struct model user_update =
    MODEL(UserUpdate, user_update_fields, .doc = "What changes; the rest stays.");

static const struct field bulk_data_fields[] = {
    FIELD(struct BulkData, role, .choices = words_roles,
	.doc = "Of update_role, which needs it; refused with the others.", .example = "user"),
    {0}};

static const struct model bulk_data =
    MODEL(BulkData, bulk_data_fields, .doc = "What an operation needs besides.");

static const struct field bulk_operation_fields[] = {
    FIELD(struct BulkOperation, user_ids, .flags = REQUIRED, .min = 1, .max = BULK_MAX,
	.format = &format_uuid, .doc = "Whom. Each counts once, however often it stands here.",
	.example = ID_EXAMPLE),
    FIELD(struct BulkOperation, operation, .flags = REQUIRED, .choices = operations,
	.doc = "\"delete\" is soft: the same as \"deactivate\".", .example = "update_role"),
    FIELD(struct BulkOperation, data, .of = &bulk_data, .doc = "What the operation needs besides."),
    {0}};

const struct model bulk_operation =
    MODEL(BulkOperation, bulk_operation_fields, .doc = "One operation on many accounts.");

static const struct field bulk_item_fields[] = {
    FIELD(struct BulkItem, user_id, .flags = REQUIRED, .format = &format_uuid, .doc = "Whose."),
    FIELD(struct BulkItem, status, .flags = REQUIRED, .choices = statuses,
	.doc =
	    "\"unchanged\": it was so already. \"refused\" is kept for rules of single accounts, "
	    "of which there is none now."),
    FIELD(struct BulkItem, error_code, .flags = NULLABLE, .doc = "Why it failed."), {0}};

static const struct model bulk_item =
    MODEL(BulkItem, bulk_item_fields, .doc = "What became of one account.");

static const struct field bulk_result_fields[] = {
    FIELD(struct BulkResult, operation, .flags = REQUIRED, .choices = operations,
	.doc = "As it was ordered."),
    FIELD(struct BulkResult, requested, .flags = REQUIRED, .doc = "Different ids."),
    FIELD(struct BulkResult, succeeded, .flags = REQUIRED, .doc = "Updated or unchanged."),
    FIELD(struct BulkResult, failed, .flags = REQUIRED, .doc = "The others."),
    FIELD(struct BulkResult, results, .flags = REQUIRED, .of = &bulk_item,
	.doc = "In the order of user_ids."),
    {0}};

const struct model bulk_result = MODEL(BulkResult, bulk_result_fields, .doc = "What was done.");
