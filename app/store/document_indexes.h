#ifndef APP_STORE_DOCUMENT_INDEXES_H
#define APP_STORE_DOCUMENT_INDEXES_H

/*
 * Who has many documents has an index (HNSW) over his own embeddings and nobody else's: in a shared one, what
 * others keep near a question changes who is found and how long it takes (DV-02). For the command line, as
 * the owner of the tables: the app role changes no structure.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/error.h"

struct arena;
struct pg;

/* In SQL, what the index of the owner $1 is called. */
#define DOCUMENT_INDEX_PREFIX "documents_near_"
#define DOCUMENT_INDEX_NAME   "'" DOCUMENT_INDEX_PREFIX "' || replace($1::uuid::text, '-', '')"

enum document_index_state {
	DOCUMENT_INDEX_MISSING,
	DOCUMENT_INDEX_INVALID,     /* its making was interrupted: it costs and serves nothing */
	DOCUMENT_INDEX_SUPERFLUOUS, /* the owner is gone, or has far fewer than he had */
	DOCUMENT_INDEX__MAX
};

struct document_index_fault {
	const char *user_id;
	int64_t documents; /* as counted in user_stats */
	enum document_index_state state;
};

struct document_index_faults {
	struct document_index_fault *at; /* who has most comes first */
	size_t n;
	int64_t good; /* indexes that are as they should be */
};

/*
 * document_indexes_read(pg, a, from, faults): who has more than ${from} documents should have one; who has
 * more than half as many keeps it, so that none is made and dropped again from day to day.
 */
const struct error *document_indexes_read(struct pg *, struct arena *, int64_t from,
    struct document_index_faults *) __attribute__((warn_unused_result));

/* document_indexes_claim(pg, a, &alone): the right to make and drop, to the end of the session; only one
 * has it. Then the session has the memory for it, too. */
const struct error *document_indexes_claim(struct pg *, struct arena *, bool *alone_r)
    __attribute__((warn_unused_result));

/* document_indexes_make(), document_indexes_drop(pg, a, user_id): outside of a transaction, while documents are
 * read and written. Minutes. */
const struct error *document_indexes_make(struct pg *, struct arena *, const char *user_id)
    __attribute__((warn_unused_result));
const struct error *document_indexes_drop(struct pg *, struct arena *, const char *user_id)
    __attribute__((warn_unused_result));

#endif
