#ifndef APP_STORE_AUDIT_H
#define APP_STORE_AUDIT_H

/* Statements and row readers of the audit log, which only grows. */

#include <stddef.h>
#include <stdint.h>

#include "lib/error.h"

#include "app/audit.h"
#include "app/page.h"

struct arena;
struct pg;

/* NULL where there is none. ${details} is a JSON object, ${ip} whatever nginx said. */
struct audit_new {
	const char *action, *actor_id, *target_type, *result, *ip, *user_agent, *request_id,
	    *session_id, *details;
};

/* audit_insert(pg, a, new, targets, targets_n): one row for each of the ids of what was acted upon; a
 * NULL id is an act upon nothing. */
const struct error *audit_insert(struct pg *, struct arena *, const struct audit_new *,
    const char *const *targets, size_t targets_n) __attribute__((warn_unused_result));

/* audit_last_hour(pg, a, action, target_id, n): how often that was done to it, this transaction included. */
const struct error *audit_last_hour(struct pg *, struct arena *, const char *action,
    const char *target_id, int64_t *n_r) __attribute__((warn_unused_result));

/* audit_page(pg, a, filter, ask, entries, got): newest first. */
const struct error *
audit_page(struct pg *, struct arena *, const struct audit_filter *, const struct page_ask *,
    struct audit_entry **entries_r, struct page_got *) __attribute__((warn_unused_result));

#endif
