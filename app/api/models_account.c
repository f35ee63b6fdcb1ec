#include "app/api/formats.h"
#include "app/api/words.h"

#include "app/api/models.h"

static const struct field me_update_fields[] = {
    FIELD(struct MeUpdate, full_name, .alias = "name", .flags = NULLABLE, NAME_RULES,
	.doc = "Display name; null removes it.", .example = "Ada King"),
    FIELD(struct MeUpdate, email, EMAIL_RULES, .doc = "A new address is not verified.",
	.example = EMAIL_EXAMPLE),
    FIELD(struct MeUpdate, username, .flags = NULLABLE, USERNAME_RULES,
	.doc = "null removes it, where there is an e-mail address.", .example = "ada"),
    FIELD(struct MeUpdate, password, .flags = HASHED, PASSWORD_RULES,
	.doc = "The new password; needs current_password and ends every session. " PASSWORD_DOC,
	.example = PASSWORD_EXAMPLE),
    FIELD(struct MeUpdate, current_password, .flags = HASHED, .doc = "The password until now.",
	.example = PASSWORD_EXAMPLE),
    FIELD(struct MeUpdate, role, .flags = NULLABLE,
	.doc = "Refused with 403, null too: nobody changes his own role.", .example = "user"),
    {0}};

const struct model me_update =
    MODEL(MeUpdate, me_update_fields, .doc = "What changes; the rest stays.");

static const struct field password_change_fields[] = {
    FIELD(struct PasswordChange, current_password, .flags = REQUIRED | HASHED,
	.doc = "The password until now.", .example = PASSWORD_EXAMPLE),
    FIELD(struct PasswordChange, new_password, .flags = REQUIRED | HASHED, PASSWORD_RULES,
	.doc = PASSWORD_DOC, .example = "Another-Pass-456"),
    FIELD(struct PasswordChange, confirm_password,
	.doc = "The new one once more, for clients that ask for it twice.",
	.example = "Another-Pass-456"),
    {0}};

const struct model password_change =
    MODEL(PasswordChange, password_change_fields, .doc = "From one password to another.");

static const struct field confirmation_fields[] = {
    FIELD(struct Confirmation, confirm, .doc = "true: it is meant.", .example = "true"), {0}};

const struct model confirmation =
    MODEL(Confirmation, confirmation_fields, .doc = "That it is meant; in the body or the query.");

static const struct field message_fields[] = {
    FIELD(struct Message, message, .flags = REQUIRED, .doc = "What was done."), {0}};

const struct model message_out = MODEL(Message, message_fields, .doc = "A sentence for people.");

static const struct field session_path_fields[] = {
    FIELD(struct SessionPath, id, .flags = REQUIRED, .format = &format_uuid, .doc = "The session.",
	.example = "6f1ed002-ab5d-4f0a-9c0e-2f3f8e5b7a10"),
    {0}};

const struct model session_path = MODEL(SessionPath, session_path_fields, .doc = "One session.");

static const struct field session_fields[] = {
    FIELD(struct Session, id, .flags = REQUIRED, .format = &format_uuid,
	.doc = "The sid of its access tokens."),
    FIELD(struct Session, created_at, .flags = REQUIRED, .doc = "The log-in."),
    FIELD(struct Session, last_used_at, .flags = REQUIRED, .doc = "The log-in or last refresh."),
    FIELD(struct Session, ip, .flags = REQUIRED | NULLABLE, .doc = "Where the log-in came from."),
    FIELD(struct Session, user_agent, .flags = REQUIRED | NULLABLE,
	.doc = "What the client called itself at the log-in."),
    FIELD(struct Session, current, .flags = REQUIRED,
	.doc = "It is the one that this request's token is of."),
    {0}};

static const struct model session_out =
    MODEL(Session, session_fields, .doc = "A log-in that lasts.");

static const struct field session_list_fields[] = {
    FIELD(struct SessionList, items, .flags = REQUIRED, .of = &session_out,
	.doc = "All that are alive, the last used first. A user has at most 50: no pages."),
    FIELD(struct SessionList, total, .flags = REQUIRED, .doc = "How many."), {0}};

const struct model session_list = MODEL(SessionList, session_list_fields, .doc = "Sessions.");
