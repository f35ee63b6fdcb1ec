#ifndef LIB_MIGRATE_FILE_H
#define LIB_MIGRATE_FILE_H

/* One migration file, taken apart; for lib/migrate.c. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/migrate.h"

struct migrate_file {
	const char *name;
	int64_t version;
	const char *checksum; /* of the bytes of the up section */
	const char *up,
	    *down;     /* scripts; what is before them is blank lines, so that line numbers fit */
	bool undoable; /* the down section holds more than blanks and comments */
};

/*
 * migrate_file_parse(a, migration, file, &why): strictly: a name of digits_words.sql with a version
 * of 1 or more; only comments and blank lines before "-- migrate:up"; one up section that is not
 * empty and one "-- migrate:down" after it; no options; UTF-8 without NUL.
 */
bool migrate_file_parse(struct arena *, const struct migration *, struct migrate_file *,
    const char **why_r) __attribute__((warn_unused_result));

/* migrate_file_parse_all(a, set, n, &why): the whole set, its versions ascending; NULL on a fault. */
struct migrate_file *
migrate_file_parse_all(struct arena *, const struct migration *, size_t n, const char **why_r);

#endif
