#ifndef TESTS_HTTP_SAMPLE_H
#define TESTS_HTTP_SAMPLE_H

/* Requests made from the rows: what a route takes, with one thing wrong. */

#include "lib/model.h"

/* One field that is not as the row says: absent, given twice, or with another value. */
struct twist {
	const struct field *field; /* NULL: nothing is wrong */
	const char *value;         /* JSON for a JSON body, plain text elsewhere; NULL: absent */
	bool twice;
	bool all; /* the optional ones too, as their examples are */
};

/* sample_path(route, twist): its path without the prefix, captures filled with their examples. The
 * example of an id is one that nothing has. */
const char *sample_path(const struct route *, const struct twist *);

/* sample_json(model, twist): all required fields with their examples, and the twisted one, which may
 * stand in a struct within; NULL twists nothing. sample_pairs(): the same as a form or query,
 * percent-encoded. */
const char *sample_json(const struct model *, const struct twist *);
const char *sample_pairs(const struct model *, const struct twist *);

/* sample_list(f, n): a JSON list of n right elements. */
const char *sample_list(const struct field *, int64_t n);

/* sample_numbers(n): a JSON list of n numbers; n SAMPLE_DIMENSIONS are an embedding. sample_object(n): a JSON
 * object of n bytes, at least 8. */
enum { SAMPLE_DIMENSIONS = 384 };
const char *sample_numbers(int64_t n);
const char *sample_object(int64_t n);

/* sample_letters(f, n): so many letters; others for a secret, which must not come back, than for what
 * may be repeated. sample_quoted(text): as a JSON string. */
const char *sample_letters(const struct field *, int64_t n);
const char *sample_quoted(const char *);

#endif
