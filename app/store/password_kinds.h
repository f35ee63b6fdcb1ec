#ifndef APP_STORE_PASSWORD_KINDS_H
#define APP_STORE_PASSWORD_KINDS_H

/* Statements and row readers of password_kinds: of which scheme and cost the stored hashes are. */

#include <stddef.h>
#include <stdint.h>

#include "lib/error.h"

struct arena;
struct pg;

struct password_kind {
	const char *kind; /* as lib/password.h has it */
	int64_t users;
};

/* password_kinds_read(pg, a, kinds, &n): always in the same order. */
const struct error *password_kinds_read(struct pg *, struct arena *, struct password_kind **kinds_r,
    size_t *n_r) __attribute__((warn_unused_result));

/* password_kinds_sample(pg, a, pattern, sample): looked at anew: all hashes while there are at most ${sample}, else
 * about as many, of pages taken by chance. */
const struct error *password_kinds_sample(struct pg *, struct arena *, const char *pattern,
    int64_t sample) __attribute__((warn_unused_result));

#endif
