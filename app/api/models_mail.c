#include <assert.h>

#include "app/api/formats.h"

#include "app/api/models.h"

static const char *const states[] = {"queued", "sent", "parked", NULL};

static const struct field mail_fields[] = {
    FIELD(struct Mail, id, .flags = REQUIRED, .format = &format_uuid, .doc = "Of the mail."),
    FIELD(struct Mail, kind, .flags = REQUIRED, .doc = "What it is about: \"reset_password\"."),
    FIELD(struct Mail, recipient, .flags = REQUIRED, .doc = "Where it goes."),
    FIELD(struct Mail, state, .flags = REQUIRED, .choices = states,
	.doc =
	    "A parked one was refused, failed too often, or held a link that has expired; nothing "
	    "more happens to it by itself."),
    FIELD(struct Mail, tries, .flags = REQUIRED, .doc = "How often it was handed to the server."),
    FIELD(struct Mail, last_error, .flags = REQUIRED | NULLABLE,
	.doc = "What the server said, or why it was not reached."),
    FIELD(struct Mail, created_at, .flags = REQUIRED, .doc = "When it was queued."),
    FIELD(struct Mail, next_try_at, .flags = REQUIRED | NULLABLE,
	.doc = "When it is tried (again); null where it is not."),
    FIELD(struct Mail, sent_at, .flags = REQUIRED | NULLABLE, .doc = "When the server took it."),
    {0}};

const struct model mail_out =
    MODEL(Mail, mail_fields, .doc = "A mail on its way; what it says is not shown.");

static_assert(offsetof(struct MailQuery, list) == 0, "LISTING_QUERY_FIELDS has its offsets");

static const struct field mail_query_fields[] = {LISTING_QUERY_FIELDS,
    FIELD(struct MailQuery, state, .choices = states, .doc = "Only those.", .example = "parked"),
    {0}};

const struct model mail_query =
    MODEL(MailQuery, mail_query_fields, .doc = "Which mails, which page.");

static const struct field mail_page_fields[] = {
    LISTING_FIELDS(&mail_out, "The page, newest first."), {0}};

const struct model mail_page_out =
    LISTING_MODEL(MailPage, mail_page_fields, "A page of the outbox.");

static const struct field mail_path_fields[] = {
    FIELD(struct MailPath, id, .flags = REQUIRED, .format = &format_uuid, .doc = "Of the mail.",
	.example = "6d0ba7a1-4a5c-4b43-9a5c-0b1e3c8ae2f4"),
    {0}};

const struct model mail_path = MODEL(MailPath, mail_path_fields, .doc = "Which mail.");
