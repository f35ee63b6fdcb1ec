#ifndef TESTS_HTTP_ANSWER_H
#define TESTS_HTTP_ANSWER_H

/* What came back, and looking into it. Everything lives as long as the test's process. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cjson/cJSON.h>

struct answer {
	long status;
	const char *headers; /* lines as they came, without the status line */
	const char *body;    /* terminated after body_bytes */
	size_t body_bytes;
	const cJSON *json; /* NULL where the body is no JSON */
	double seconds;
};

/* answer_header(answer, name): its value, NULL without it. answer_headers(): how often it is there. */
const char *answer_header(const struct answer *, const char *name);
size_t answer_headers(const struct answer *, const char *name);

/* answer_text(answer, name): a string member of the JSON body; NULL for none, null and other types.
 * answer_number(): -1 for none. answer_is(): true only where it is true. */
const char *answer_text(const struct answer *, const char *name);
int64_t answer_number(const struct answer *, const char *name);
bool answer_is(const struct answer *, const char *name);
bool answer_has(const struct answer *, const char *name);

/* answer_fault(answer, loc): the fault of a 422 with ${loc} as printed ("[\"body\",\"email\"]"), NULL
 * without; answer_fault_type(answer, loc): its type, "" without. answer_faults(answer): how many. */
const cJSON *answer_fault(const struct answer *, const char *loc);
const char *answer_fault_type(const struct answer *, const char *loc);
size_t answer_faults(const struct answer *);

/* answer_code(answer): error_code, "" without. */
const char *answer_code(const struct answer *);

/* An answer as it must be: status, and error_code ("" for success); says what came instead. */
#define ANSWER_IS(got_, status_, code_)                                                      \
	do {                                                                                 \
		const struct answer *x_ = (got_);                                            \
		cr_assert(x_->status == (status_) && strcmp(answer_code(x_), (code_)) == 0,  \
		    "expected %d %s, got %ld %s", (status_), (code_), x_->status, x_->body); \
	} while (0)

#endif
