#include <assert.h>

#include "app/api/formats.h"

#include "app/api/models.h"

static const char *const results[] = {"success", "failure", NULL};

static const struct field audit_entry_fields[] = {
    FIELD(struct AuditEntry, id, .flags = REQUIRED, .format = &format_uuid, .doc = "Of the entry."),
    FIELD(struct AuditEntry, at, .flags = REQUIRED, .doc = "When it was done."),
    FIELD(struct AuditEntry, action, .flags = REQUIRED, .doc = "What was done: \"user.create\"."),
    FIELD(struct AuditEntry, actor_id, .flags = REQUIRED | NULLABLE, .format = &format_uuid,
	.doc = "Who did it; null for the operator and for who had not logged in."),
    FIELD(struct AuditEntry, target_type, .flags = REQUIRED | NULLABLE,
	.doc = "Of what kind it was done to: \"user\"."),
    FIELD(struct AuditEntry, target_id, .flags = REQUIRED | NULLABLE, .format = &format_uuid,
	.doc = "To what or whom; it may be gone by now."),
    FIELD(struct AuditEntry, result, .flags = REQUIRED, .choices = results,
	.doc = "A failure is what was refused and noted all the same."),
    FIELD(struct AuditEntry, ip, .flags = REQUIRED | NULLABLE, .doc = "The client's address."),
    FIELD(struct AuditEntry, user_agent, .flags = REQUIRED | NULLABLE,
	.doc = "What the client called itself."),
    FIELD(struct AuditEntry, request_id, .flags = REQUIRED | NULLABLE,
	.doc = "X-Request-Id of the request; it stands in the logs too."),
    FIELD(struct AuditEntry, session_id, .flags = REQUIRED | NULLABLE, .format = &format_uuid,
	.doc = "The session it was done with."),
    FIELD(struct AuditEntry, details, .flags = REQUIRED, .doc = "More about it, by action."), {0}};

static const struct model audit_entry =
    MODEL(AuditEntry, audit_entry_fields, .doc = "What somebody did.");

static_assert(offsetof(struct AuditQuery, list) == 0, "LISTING_QUERY_FIELDS has its offsets");

#define ID_EXAMPLE "1b4e28ba-2fa1-4d3b-a3f5-ef19b5a7633b"

static const struct field audit_query_fields[] = {LISTING_QUERY_FIELDS,
    FIELD(struct AuditQuery, actor, .format = &format_uuid, .doc = "Only what this user did.",
	.example = ID_EXAMPLE),
    FIELD(struct AuditQuery, target, .format = &format_uuid,
	.doc = "Only what was done to this user, session or other thing.", .example = ID_EXAMPLE),
    FIELD(struct AuditQuery, action, .min = 1, .max = 64, .doc = "Only this, the whole word.",
	.example = "user.create"),
    FIELD(struct AuditQuery, from, .doc = "Only then or later.", .example = "2026-01-01T00:00:00Z"),
    FIELD(
	struct AuditQuery, to, .doc = "Only earlier than that.", .example = "2027-01-01T00:00:00Z"),
    {0}};

const struct model audit_query =
    MODEL(AuditQuery, audit_query_fields, .doc = "Which entries, which page.");

static const struct field audit_page_fields[] = {
    LISTING_FIELDS(&audit_entry, "The page, newest first."), {0}};

const struct model audit_page_out =
    LISTING_MODEL(AuditPage, audit_page_fields, "A page of the audit log.");
