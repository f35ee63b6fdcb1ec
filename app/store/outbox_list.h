#ifndef APP_STORE_OUTBOX_LIST_H
#define APP_STORE_OUTBOX_LIST_H

/* What an administrator sees of the outbox. */

#include "lib/error.h"

#include "app/mail_entry.h"
#include "app/page.h"

struct arena;
struct pg;

/* outbox_list_page(pg, a, filter, ask, entries, got): newest first. */
const struct error *
outbox_list_page(struct pg *, struct arena *, const struct mail_filter *, const struct page_ask *,
    struct mail_entry **entries_r, struct page_got *) __attribute__((warn_unused_result));

/* outbox_list_retry(pg, a, id, entry): due now, with all its tries before it. err_mail_not_found, or
 * err_mail_over where it was sent or its link has expired. */
const struct error *outbox_list_retry(struct pg *, struct arena *, const char *id,
    struct mail_entry *) __attribute__((warn_unused_result));

#endif
