#ifndef APP_SERVICES_HISTORY_H
#define APP_SERVICES_HISTORY_H

/* What was done, read from the audit log; service_audit() writes it. */

#include "lib/error.h"

#include "app/audit.h"
#include "app/page.h"

struct service;

/* history_page(s, filter, ask, entries, got): newest first; in the caller's transaction. */
const struct error *
history_page(struct service *, const struct audit_filter *, const struct page_ask *,
    struct audit_entry **entries_r, struct page_got *) __attribute__((warn_unused_result));

#endif
