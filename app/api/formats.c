#include <string.h>

#include "lib/ident.h"
#include "lib/password.h"

#include "app/api/formats.h"

/* libxcrypt refuses a longer phrase; 128 four-byte characters would be 512 (PW-03). */
static const char *
password_bytes(const char *s)
{
	return strlen(s) > PASSWORD_BYTES_MAX ? "at most 511 bytes" : NULL;
}

const struct format format_email = {.name = "email", .check = ident_email};
const struct format format_username = {.name = "username", .check = ident_username};
const struct format format_name = {.name = "display-name", .check = ident_name};
const struct format format_uuid = {.name = "uuid", .check = ident_uuid, .type = "uuid_parsing"};
/* Goes out only: nothing is checked against it. */
const struct format format_date = {.name = "date"};
const struct format format_password = {.name = "password", .check = password_bytes};
