#include "lib/ident.h"

#include "app/api/formats.h"
#include "app/api/words.h"

#include "app/api/models.h"

/* Ours have 43 characters; whatever else comes is no link of ours. */
enum { TOKEN_MAX = 256 };

#define TOKEN_EXAMPLE "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"

static const struct field link_request_fields[] = {
    FIELD(struct LinkRequest, email, .flags = REQUIRED, .max = IDENT_EMAIL_MAX,
	.format = &format_email, .doc = "Whose.", .example = EMAIL_EXAMPLE),
    {0}};

const struct model link_request_in =
    MODEL(LinkRequest, link_request_fields, .doc = "A link is wanted for this address.");

static const struct field link_confirm_fields[] = {
    FIELD(struct LinkConfirm, token, .flags = REQUIRED, .max = TOKEN_MAX,
	.doc = "What stands behind #token= in the link.", .example = TOKEN_EXAMPLE),
    {0}};

const struct model link_confirm_in =
    MODEL(LinkConfirm, link_confirm_fields, .doc = "The token of a link.");

static const struct field password_reset_fields[] = {
    FIELD(struct PasswordReset, token, .flags = REQUIRED, .max = TOKEN_MAX,
	.doc = "What stands behind #token= in the link.", .example = TOKEN_EXAMPLE),
    FIELD(struct PasswordReset, new_password, .flags = REQUIRED | HASHED, .min = 8, .max = 128,
	.format = &format_password, .doc = PASSWORD_DOC, .example = PASSWORD_EXAMPLE),
    {0}};

const struct model password_reset =
    MODEL(PasswordReset, password_reset_fields, .doc = "A new password, by a link.");
