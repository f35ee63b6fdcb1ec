#ifndef APP_STORE_DATABASE_H
#define APP_STORE_DATABASE_H

/* What the database itself is, for the command line: no rows of anybody. */

#include <stdbool.h>
#include <stdint.h>

#include "lib/error.h"

struct arena;
struct pg;

/* Strings live as long as the arena. */
struct database {
	const char *role;             /* the current one, quoted as SQL wants it */
	const char *encoding, *ctype; /* "UTF8", "C.UTF-8" */
	int64_t connections;          /* that ordinary roles may have together */
	bool old_vector;     /* pgvector before 0.8.2: CVE-2026-3172, in parallel index builds */
	bool changes_schema; /* the role may create or drop things */
};

const struct error *
database_read(struct pg *, struct arena *, struct database *) __attribute__((warn_unused_result));

#endif
