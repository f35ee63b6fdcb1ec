#ifndef APP_STORE_DOCUMENTS_H
#define APP_STORE_DOCUMENTS_H

/*
 * Statements and row readers of documents. Each names the owner (AZ-03, DV-01) and runs in a transaction on his
 * behalf, since row-level security shows nothing outside of one.
 */

#include "lib/error.h"

#include "app/document.h"
#include "app/page.h"
#include "app/store/store.h"

struct arena;
struct pg;
struct pg_rows;

/* documents_insert(pg, a, user_id, ids, new, n): and counted, in one statement. */
const struct error *
documents_insert(struct pg *, struct arena *, const char *user_id, const char *const *ids,
    const struct document_new *, size_t n) __attribute__((warn_unused_result));

/* documents_read(pg, a, user_id, id, with_embedding, d): err_document_not_found also for somebody else's. */
const struct error *documents_read(struct pg *, struct arena *, const char *user_id, const char *id,
    bool with_embedding, struct document *) __attribute__((warn_unused_result));

/* documents_update(), documents_delete(): ${version} is what the row still has to have, 0: any; else
 * err_precondition. */
const struct error *
documents_update(struct pg *, struct arena *, const char *user_id, const char *id, int64_t version,
    const struct document_change *, struct document *) __attribute__((warn_unused_result));
const struct error *documents_delete(struct pg *, struct arena *, const char *user_id,
    const char *id, int64_t version) __attribute__((warn_unused_result));

/* documents_page(): newest first, and counted as ${ask} wants it. */
const struct error *documents_page(struct pg *, struct arena *, const char *user_id,
    bool with_embedding, const struct page_ask *, struct document **documents_r, struct page_got *)
    __attribute__((warn_unused_result));

/* DOCUMENT_COLUMNS and the embedding or NULL behind them: what documents_row() reads from ${column} on. */
#define DOCUMENT_COLUMNS                                                               \
	"d.id, d.title, d.content, d.metadata, d.embedding IS NOT NULL, d.created_at," \
	" d.updated_at, d.row_version"
enum { DOCUMENT_COLUMNS_N = 8 };
void documents_row(struct arena *, const struct pg_rows *, int row, struct document *);

#endif
