#include "app/services/service.h"
#include "app/store/audit.h"

#include "app/services/history.h"

const struct error *
history_page(struct service *s, const struct audit_filter *f, const struct page_ask *ask,
    struct audit_entry **entries_r, struct page_got *got)
{
	return audit_page(s->pg, s->arena, f, ask, entries_r, got);
}
