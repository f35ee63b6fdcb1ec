#ifndef APP_STORE_DOCUMENT_SEARCH_H
#define APP_STORE_DOCUMENT_SEARCH_H

/* The nearest documents of one owner, in a transaction of documents_transaction(). */

#include <stddef.h>

#include "lib/error.h"

#include "app/document.h"

struct arena;
struct pg;

/* document_search_exact(pg, a, user_id, question, hits, &n): every document of the owner is compared. */
const struct error *document_search_exact(struct pg *, struct arena *, const char *user_id,
    const struct document_question *, struct document_hit **hits_r, size_t *n_r)
    __attribute__((warn_unused_result));

/* document_search_near(): the same for DOCUMENT_COSINE by the index over everybody's documents. May find fewer
 * than there are; the settings it makes last to the end of the transaction and do not disturb the other. */
const struct error *document_search_near(struct pg *, struct arena *, const char *user_id,
    const struct document_question *, struct document_hit **hits_r, size_t *n_r)
    __attribute__((warn_unused_result));

#endif
