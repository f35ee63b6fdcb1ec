#ifndef APP_API_WORDS_H
#define APP_API_WORDS_H

/* What several models say about the same thing. */

#include "lib/ident.h"

#include "app/api/formats.h"

/* What may be one, wherever it comes in. */
#define EMAIL_RULES .max = IDENT_EMAIL_MAX, .format = &format_email
#define USERNAME_RULES \
	.min = IDENT_USERNAME_MIN, .max = IDENT_USERNAME_MAX, .format = &format_username
#define NAME_RULES     .min = 1, .max = IDENT_NAME_MAX, .format = &format_name
#define PASSWORD_RULES .min = 8, .max = 128, .format = &format_password

extern const char *const words_roles[];

#define EMAIL_EXAMPLE    "ada@example.com"
#define PASSWORD_EXAMPLE "SecurePass123!"
#define PASSWORD_DOC                                                                             \
	"8 to 128 characters, at most 511 bytes. Under the default policy one ASCII upper case " \
	"letter, one lower case letter, one digit and one other printable ASCII character. "     \
	"Common "                                                                                \
	"passwords and those made of the own e-mail address or username are refused."

#endif
