#include "lib/arena.h"
#include "lib/reply.h"

#include "app/api/models.h"
#include "app/handlers/listing.h"
#include "app/request.h"
#include "app/services/delivery.h"

#include "app/handlers/handlers.h"

static struct Mail
shown(const struct mail_entry *m)
{
	return (struct Mail){.id = m->id,
	    .kind = m->kind,
	    .recipient = m->recipient,
	    .state = m->state,
	    .tries = m->tries,
	    .last_error = m->last_error,
	    .created_at = {m->created_us},
	    .next_try_at = {m->next_try_us},
	    .sent_at = {m->sent_us}};
}

const struct error *
mail_list(struct request *rq)
{
	const struct MailQuery *q = rq->query;
	const struct mail_filter filter = {.state = q->state};
	struct listing l;
	struct mail_entry *entries;
	struct Mail *items;
	const struct error *e = listing_begin(rq, true, &l);

	if (e == NULL)
		e = delivery_page(&rq->service, &filter, &l.ask, &entries, &l.got);
	if (e != NULL)
		return e;
	items = arena_array(rq->turn->arena, l.got.n, sizeof(*items));
	for (size_t i = 0; i < l.got.n; i++)
		items[i] = shown(&entries[i]);
	listing_reply(rq, &l, items);
	return NULL;
}

const struct error *
mail_retry(struct request *rq)
{
	const struct MailPath *in = rq->path;
	struct mail_entry entry;
	struct Mail out;
	const struct error *e = delivery_retry(&rq->service, in->id, &entry);

	if (e != NULL)
		return e;
	out = shown(&entry);
	reply_model(&rq->turn->reply, 200, &mail_out, &out);
	return NULL;
}
