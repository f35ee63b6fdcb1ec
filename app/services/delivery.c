#include "app/services/service.h"
#include "app/store/outbox_list.h"

#include "app/services/delivery.h"

const struct error *
delivery_page(struct service *s, const struct mail_filter *f, const struct page_ask *ask,
    struct mail_entry **entries_r, struct page_got *got)
{
	return outbox_list_page(s->pg, s->arena, f, ask, entries_r, got);
}

const struct error *
delivery_retry(struct service *s, const char *id, struct mail_entry *entry)
{
	const struct act act = {.action = "mail.retry",
	    .target_type = "mail",
	    .targets = (const char *const[]){id},
	    .targets_n = 1};
	const struct error *e = outbox_list_retry(s->pg, s->arena, id, entry);

	return e == NULL ? service_audit(s, &act) : e;
}
