#ifndef APP_API_FORMATS_H
#define APP_API_FORMATS_H

/* Named formats: one object is both the validator and the word in the document. */

#include "lib/model.h"

extern const struct format format_email, format_username, format_name, format_uuid, format_password,
    format_date, format_search, format_password_hash, format_digest, format_text;

#endif
