#ifndef APP_SERVICES_DELIVERY_H
#define APP_SERVICES_DELIVERY_H

/* The outbox as an administrator sees it, who may have a mail tried again; both in the caller's transaction. */

#include "lib/error.h"

#include "app/mail_entry.h"
#include "app/page.h"

struct service;

/* delivery_page(s, filter, ask, entries, got): newest first. */
const struct error *
delivery_page(struct service *, const struct mail_filter *, const struct page_ask *,
    struct mail_entry **entries_r, struct page_got *) __attribute__((warn_unused_result));

/* delivery_retry(s, id, entry): now, also where it had been given up; noted in the audit log.
 * err_mail_not_found, or err_mail_over where it was sent or its link has expired. */
const struct error *delivery_retry(struct service *, const char *id, struct mail_entry *)
    __attribute__((warn_unused_result));

#endif
