#ifndef TESTS_UNIT_SAMPLE_API_H
#define TESTS_UNIT_SAMPLE_API_H

/* A small interface that uses everything a table can say; router, openapi and selfcheck are tested on it. */

#include "lib/model.h"

extern const struct api sample_api;

enum { SAMPLE_ROUTES = 12 }; /* without the last, empty row */

extern const struct error sample_taken, sample_credentials, sample_client, sample_token_invalid;
extern const struct error sample_busy;
extern const struct model sample_thing, sample_thing_in, sample_thing_path;

/* sample_row(id): the number of the row with that operationId. */
size_t sample_row(const char *id);

#endif
