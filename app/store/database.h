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
	bool has_vector;              /* pgvector is in this database */
	bool old_vector;              /* before 0.8.2: CVE-2026-3172, in parallel index builds */
	int64_t dimensions;  /* of embeddings; 0 before their migration, -1: they are gone */
	bool changes_schema; /* the role may create or drop things */
};

const struct error *
database_read(struct pg *, struct arena *, struct database *) __attribute__((warn_unused_result));

/*
 * database_dimensions_fault(a, d, wanted): a sentence where the embeddings in the database have another number of
 * dimensions than EMBEDDING_DIMENSIONS says, or went with the extension; NULL where they agree, or there is no
 * table yet.
 */
const char *database_dimensions_fault(struct arena *, const struct database *, int64_t wanted);

/* database_vector_fault(d): a sentence where the extension is not there yet; NULL where it is. */
const char *database_vector_fault(const struct database *);

/*
 * database_dimensions_set(pg, a, d, wanted, &why): what they shall have, as the owner: for the migration that
 * is to come, or of a table that has no embedding yet. False, with a sentence, where it has.
 */
bool database_dimensions_set(struct pg *, struct arena *, const struct database *, int64_t wanted,
    const char **why_r) __attribute__((warn_unused_result));

#endif
