#include <inttypes.h>

#include "lib/arena.h"
#include "lib/buf.h"
#include "lib/reply.h"

#include "app/api/errors.h"
#include "app/api/models.h"
#include "app/config.h"
#include "app/handlers/show.h"
#include "app/request.h"
#include "app/services/directory.h"

#include "app/handlers/handlers.h"

static void
link_add(struct request *rq, struct buf *b, const char *rel, int64_t page, int64_t size)
{
	const struct config *c = rq->worker->config;

	buf_printf(b, "%s<%s%s/users?page=%" PRId64 "&size=%" PRId64 ">; rel=\"%s\"",
	    b->bytes == 0 ? "" : ", ", c->public_url, c->prefix, page, size, rel);
}

/* RFC 8288, built from PUBLIC_URL and never from a Host header (HT-16). */
static void
reply_links(struct request *rq, const struct directory_page *p, int64_t page, int64_t size)
{
	struct buf b;

	buf_init(&b, rq->turn->arena);
	link_add(rq, &b, "first", 1, size);
	if (page > 1)
		link_add(rq, &b, "prev", page - 1, size);
	if (p->has_next)
		link_add(rq, &b, "next", page + 1, size);
	if (p->total_exact && p->pages > 0)
		link_add(rq, &b, "last", p->pages, size);
	reply_header(&rq->turn->reply, "Link", "%s", b.at);
}

const struct error *
users_list(struct request *rq)
{
	const struct UserListQuery *q = rq->query;
	struct directory_page p;
	struct User *items;
	struct UserList out;
	const struct error *e;

	if (!directory_reaches(q->page, q->size)) {
		fault_value(&rq->faults, IN_QUERY, "page", "pages reach to row 10000");
		return &error_validation;
	}
	e = directory_page(&rq->service, q->page, q->size, &p);
	if (e != NULL)
		return e;
	items = arena_array(rq->turn->arena, p.n, sizeof(*items));
	for (size_t i = 0; i < p.n; i++)
		items[i] = show_user(&p.users[i]);
	out = (struct UserList){.items = {items, p.n},
	    .total = {p.total, true},
	    .total_exact = p.total_exact,
	    .page = q->page,
	    .size = q->size,
	    .pages = {p.pages, p.total_exact}};
	reply_model(&rq->turn->reply, 200, &user_list, &out);
	reply_links(rq, &p, q->page, q->size);
	return NULL;
}
