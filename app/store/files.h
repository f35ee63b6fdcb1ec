#ifndef APP_STORE_FILES_H
#define APP_STORE_FILES_H

/*
 * Statements and row readers of files. Each names the owner (AZ-03, DV-01) and runs in a transaction on his
 * behalf, since row-level security shows nothing outside of one; but for files_unknown().
 */

#include <stdbool.h>
#include <stddef.h>

#include "lib/error.h"

#include "app/file.h"
#include "app/page.h"

struct arena;
struct pg;

/* files_usage(pg, a, user_id, lock, usage): ${lock}: nobody else changes it until this transaction ends. */
const struct error *files_usage(struct pg *, struct arena *, const char *user_id, bool lock,
    struct file_usage *) __attribute__((warn_unused_result));

/* files_named(pg, a, user_id, name, &found, f): the one of that name, if there is one. */
const struct error *files_named(struct pg *, struct arena *, const char *user_id, const char *name,
    bool *found_r, struct file *) __attribute__((warn_unused_result));

/* files_insert(pg, a, user_id, new, version, f): and counted; f is as it is then. */
const struct error *files_insert(struct pg *, struct arena *, const char *user_id,
    const struct file_new *, int64_t version, struct file *) __attribute__((warn_unused_result));

/* files_read(pg, a, user_id, id, f): err_file_not_found also for somebody else's. */
const struct error *files_read(struct pg *, struct arena *, const char *user_id, const char *id,
    struct file *) __attribute__((warn_unused_result));

/* files_delete(pg, a, user_id, id, version): and counted; ${version} is what it still has to have, 0: any, else
 * err_precondition. */
const struct error *files_delete(struct pg *, struct arena *, const char *user_id, const char *id,
    int64_t version) __attribute__((warn_unused_result));

/* files_page(): newest first, and counted as ${ask} wants it. */
const struct error *
files_page(struct pg *, struct arena *, const char *user_id, const struct page_ask *,
    struct file **files_r, struct page_got *) __attribute__((warn_unused_result));

/* files_unknown(pg, a, ids, n, orphans, &orphans_n): those of them that no row has. */
const struct error *files_unknown(struct pg *, struct arena *, const char *const *ids, size_t n,
    const char ***orphans_r, size_t *orphans_n_r) __attribute__((warn_unused_result));

#endif
