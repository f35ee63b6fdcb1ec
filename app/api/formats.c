#include <string.h>

#include "lib/ident.h"
#include "lib/password.h"

#include "app/api/formats.h"

/* C0 and DEL. */
#define CONTROLS                                                       \
	"\x01\x02\x03\x04\x05\x06\x07\x08\x09\x0a\x0b\x0c\x0d\x0e\x0f" \
	"\x10\x11\x12\x13\x14\x15\x16\x17\x18\x19\x1a\x1b\x1c\x1d\x1e\x1f\x7f"

/* libxcrypt refuses a longer phrase; 128 four-byte characters would be 512 (PW-03). */
static const char *
password_bytes(const char *s)
{
	return strlen(s) > PASSWORD_BYTES_MAX ? "at most 511 bytes" : NULL;
}

/* No name has them either, and one of them stands between the texts that are searched. */
static const char *
no_controls(const char *s)
{
	return strcspn(s, CONTROLS) == strlen(s) ? NULL : "control characters are not allowed";
}

static const char *
stored_hash(const char *s)
{
	const char *why = NULL;

	return password_acceptable(s, &why) ? NULL : why;
}

static const char *
digest(const char *s)
{
	return strlen(s) == 64 && strspn(s, "0123456789abcdef") == 64 ? NULL
								      : "not 64 hexadecimal digits";
}

const struct format format_email = {.name = "email", .check = ident_email};
const struct format format_username = {.name = "username", .check = ident_username};
const struct format format_name = {.name = "display-name", .check = ident_name};
const struct format format_uuid = {.name = "uuid", .check = ident_uuid, .type = "uuid_parsing"};
/* Goes out only: nothing is checked against it. */
const struct format format_date = {.name = "date"};
const struct format format_password = {.name = "password", .check = password_bytes};
const struct format format_search = {.name = "search", .check = no_controls};
const struct format format_text = {.name = "line", .check = no_controls};
const struct format format_password_hash = {.name = "crypt", .check = stored_hash};
const struct format format_digest = {.name = "hex", .check = digest};
