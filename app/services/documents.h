#ifndef APP_SERVICES_DOCUMENTS_H
#define APP_SERVICES_DOCUMENTS_H

/* Documents of the one who asks, in the transaction of the route: nobody else's are ever there. */

#include "lib/error.h"

#include "app/document.h"
#include "app/page.h"

struct service;

/*
 * documents_embedding_fault(s, at, n): why these numbers are no embedding here, a sentence in the request's memory;
 * NULL when they are. EMBEDDING_DIMENSIONS of them, not all zero, and not so small or large that a
 * distance could not be told (V3, DV-03).
 */
const char *documents_embedding_fault(struct service *, const float *, size_t n);

/* documents_create(s, new, n, ids): all or none; ids_r[i] is that of new[i]. */
const struct error *documents_create(struct service *, const struct document_new *, size_t n,
    const char **ids_r) __attribute__((warn_unused_result));

/* documents_add(s, new, d): one, and as it is then. */
const struct error *documents_add(struct service *, const struct document_new *, struct document *)
    __attribute__((warn_unused_result));

const struct error *documents_get(struct service *, const char *id, bool with_embedding,
    struct document *) __attribute__((warn_unused_result));

/* documents_change(), documents_remove(): ${if_version} as precondition() gives it. */
const struct error *documents_change(struct service *, const char *id, int64_t if_version,
    const struct document_change *, struct document *) __attribute__((warn_unused_result));
const struct error *documents_remove(struct service *, const char *id, int64_t if_version)
    __attribute__((warn_unused_result));

const struct error *documents_list(struct service *, bool with_embedding, const struct page_ask *,
    struct document **documents_r, struct page_got *) __attribute__((warn_unused_result));

/* documents_search(s, question, hits, &n): the nearest first, ${limit} whenever so many match. */
const struct error *documents_search(struct service *, const struct document_question *,
    struct document_hit **hits_r, size_t *n_r) __attribute__((warn_unused_result));

/* documents_score(metric, distance): more is nearer. */
double documents_score(enum document_metric, double distance);

#endif
