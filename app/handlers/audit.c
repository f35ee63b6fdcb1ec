#include "lib/arena.h"

#include "app/api/models.h"
#include "app/handlers/listing.h"
#include "app/request.h"
#include "app/services/history.h"

#include "app/handlers/handlers.h"

static struct AuditEntry
shown(const struct audit_entry *e)
{
	return (struct AuditEntry){.id = e->id,
	    .at = {e->at_us},
	    .action = e->action,
	    .actor_id = e->actor_id,
	    .target_type = e->target_type,
	    .target_id = e->target_id,
	    .result = e->result,
	    .ip = e->ip,
	    .user_agent = e->user_agent,
	    .request_id = e->request_id,
	    .session_id = e->session_id,
	    .details = {e->details}};
}

const struct error *
audit_list(struct request *rq)
{
	const struct AuditQuery *q = rq->query;
	const struct audit_filter filter = {.actor = q->actor,
	    .target = q->target,
	    .action = q->action,
	    .from_us = q->from.us,
	    .to_us = q->to.us};
	struct listing l;
	struct audit_entry *entries;
	struct AuditEntry *items;
	const struct error *e = listing_begin(rq, true, &l);

	if (e == NULL)
		e = history_page(&rq->service, &filter, &l.ask, &entries, &l.got);
	if (e != NULL)
		return e;
	items = arena_array(rq->turn->arena, l.got.n, sizeof(*items));
	for (size_t i = 0; i < l.got.n; i++)
		items[i] = shown(&entries[i]);
	listing_reply(rq, &l, items);
	return NULL;
}
