#ifndef APP_STORE_DOCUMENT_SEARCH_H
#define APP_STORE_DOCUMENT_SEARCH_H

/* The nearest documents of one owner, in a transaction on his behalf. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/error.h"

#include "app/document.h"

struct arena;
struct pg;

/*
 * document_search_begin(pg, a, user_id, from, &indexed): before either way, whose settings it makes, to the end
 * of the transaction. Has the owner more than ${from} documents, and a valid index over them?
 */
const struct error *document_search_begin(struct pg *, struct arena *, const char *user_id,
    int64_t from, bool *indexed_r) __attribute__((warn_unused_result));

/* document_search_exact(pg, a, user_id, question, hits, &n): every document of the owner is compared. */
const struct error *document_search_exact(struct pg *, struct arena *, const char *user_id,
    const struct document_question *, struct document_hit **hits_r, size_t *n_r)
    __attribute__((warn_unused_result));

/* document_search_near(): the same for DOCUMENT_COSINE and who is indexed. May miss some of the nearest, and find
 * fewer than there are. */
const struct error *document_search_near(struct pg *, struct arena *, const char *user_id,
    const struct document_question *, struct document_hit **hits_r, size_t *n_r)
    __attribute__((warn_unused_result));

#endif
