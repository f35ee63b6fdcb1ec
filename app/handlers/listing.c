#include <assert.h>
#include <inttypes.h>
#include <string.h>

#include "lib/arena.h"
#include "lib/buf.h"
#include "lib/clock.h"
#include "lib/cursor.h"
#include "lib/form.h"
#include "lib/reply.h"

#include "app/config.h"
#include "app/request.h"

#include "app/handlers/listing.h"

/* The value of a filter as a query string has it, escaped. */
static void
value_text(struct buf *b, const struct field *f, const void *query)
{
	const void *p = (const char *)query + f->at;
	char time[CLOCK_TEXT_SIZE];

	switch (f->kind) {
	case KIND_STR:
		form_escape(b, *(const char *const *)p);
		return;
	case KIND_OPT_BOOL:
		buf_puts(b, ((const struct opt_bool *)p)->v ? "true" : "false");
		return;
	case KIND_OPT_INT:
		buf_printf(b, "%" PRId64, ((const struct opt_int *)p)->v);
		return;
	case KIND_INSTANT:
		clock_text(((const struct instant *)p)->us, time);
		form_escape(b, time);
		return;
	case KIND_SECRET:
	case KIND_OPT_STR:
	case KIND_BOOL:
	case KIND_INT:
	case KIND_NUM:
	case KIND_OPT_NUM:
	case KIND_LIST:
	case KIND_NUMBERS:
	case KIND_JSON:
	case KIND_MODEL:
		break;
	}
	assert(!"a filter of a kind that cannot be absent");
}

static bool
is_default(const struct field *f, const void *query)
{
	const char *const *text = (const void *)((const char *)query + f->at);

	if (!model_present(f, query))
		return true;
	return f->kind == KIND_STR && f->fallback != NULL && strcmp(*text, f->fallback) == 0;
}

/* "&role=admin&sort_by=email": what is asked beyond the defaults and the paging, in the order of the rows. */
static const char *
filters_text(struct request *rq)
{
	struct buf b;

	buf_init(&b, rq->turn->arena);
	for (const struct field *f = rq->route->query_in->fields; f->name != NULL; f++) {
		if (f->at < sizeof(struct ListingQuery) || is_default(f, rq->query))
			continue;
		buf_printf(&b, "&%s=", f->name);
		value_text(&b, f, rq->query);
	}
	return b.at;
}

/* What a cursor is bound to. */
static const char *
question(struct request *rq, const struct listing *l)
{
	return arena_printf(rq->turn->arena, "%s?%s", rq->route->id, l->filters);
}

static void
refuse(struct request *rq, const char *name, const char *why)
{
	fault_value(&rq->faults, IN_QUERY, name, why);
}

static void
refuse_both(struct request *rq, bool one, const char *name, bool other, const char *other_name)
{
	if (one && other)
		refuse(rq, name,
		    arena_printf(rq->turn->arena, "given together with '%s'", other_name));
}

static void
take_cursor(struct request *rq, bool by_time, struct listing *l)
{
	const struct ListingQuery *q = rq->query;
	struct cursor c;
	int64_t us;

	/* Whoever makes one up may know the binding, but what is no time must not reach the database. */
	if (!cursor_read(rq->turn->arena, question(rq, l), q->cursor, &c) ||
	    (by_time && !clock_parse(c.key, &us))) {
		refuse(rq, "cursor", "it is not one of this order and these filters");
		return;
	}
	l->ask.after_key = c.key;
	l->ask.after_id = c.id;
}

static enum page_count
count_of(const char *word)
{
	if (strcmp(word, "exact") == 0)
		return PAGE_COUNT_EXACT;
	return strcmp(word, "none") == 0 ? PAGE_COUNT_NONE : PAGE_COUNT_CAPPED;
}

const struct error *
listing_begin(struct request *rq, bool by_time, struct listing *l)
{
	const struct ListingQuery *q = rq->query;

	*l = (struct listing){
	    .filters = filters_text(rq), .by_skip = q->skip.set, .by_cursor = q->cursor != NULL};
	l->ask.count = count_of(q->count);
	l->ask.size = q->size.set ? q->size.v : q->limit.set ? q->limit.v : LISTING_SIZE;
	if (q->skip.set)
		l->ask.skip = q->skip.v;
	else if (q->page.set)
		l->ask.skip = (q->page.v - 1) * l->ask.size;
	refuse_both(rq, q->skip.set, "skip", q->page.set, "page");
	refuse_both(rq, q->limit.set, "limit", q->size.set, "size");
	refuse_both(rq, l->by_cursor, "cursor", q->page.set, "page");
	refuse_both(rq, l->by_cursor, "cursor", q->skip.set, "skip");
	if (l->ask.skip >= PAGE_REACH)
		refuse(rq, q->skip.set ? "skip" : "page",
		    "pages reach to row 10000; use cursor to go on");
	if (rq->faults.n == 0 && l->by_cursor)
		take_cursor(rq, by_time, l);
	return rq->faults.n == 0 ? NULL : &error_validation;
}

static void
link_open(struct request *rq, struct buf *b)
{
	const struct config *c = rq->worker->config;

	buf_printf(
	    b, "%s<%s%s%s?", b->bytes == 0 ? "" : ", ", c->public_url, c->prefix, rq->route->path);
}

static void
link_close(struct request *rq, const struct listing *l, struct buf *b, const char *rel)
{
	const struct ListingQuery *q = rq->query;

	buf_printf(b, "%s%s%s>; rel=\"%s\"", l->filters,
	    l->ask.count == PAGE_COUNT_CAPPED ? "" : "&count=",
	    l->ask.count == PAGE_COUNT_CAPPED ? "" : q->count, rel);
}

/* The page that begins behind ${skip} rows, in the words that this one was asked for with. */
static void
link_skip(struct request *rq, const struct listing *l, struct buf *b, const char *rel, int64_t skip)
{
	link_open(rq, b);
	if (l->by_skip)
		buf_printf(b, "skip=%" PRId64 "&limit=%" PRId64, skip, l->ask.size);
	else
		buf_printf(
		    b, "page=%" PRId64 "&size=%" PRId64, skip / l->ask.size + 1, l->ask.size);
	link_close(rq, l, b, rel);
}

static void
link_next(struct request *rq, const struct listing *l, struct buf *b, const char *cursor)
{
	int64_t next = l->ask.skip + l->ask.size;

	if (cursor == NULL)
		return;
	if (!l->by_cursor && next < PAGE_REACH) {
		link_skip(rq, l, b, "next", next);
		return;
	}
	link_open(rq, b);
	buf_printf(b, "cursor=%s&size=%" PRId64, cursor, l->ask.size);
	link_close(rq, l, b, "next");
}

/* -1 where there is none, or none that can be skipped to. */
static int64_t
last_skip(const struct listing *l)
{
	int64_t last;

	if (l->by_cursor || !l->got.counted || !l->got.exact || l->got.total == 0)
		return -1;
	last = (l->got.total - 1) / l->ask.size * l->ask.size;
	return last < PAGE_REACH ? last : -1;
}

static void
reply_links(struct request *rq, const struct listing *l, const char *cursor)
{
	int64_t skip = l->ask.skip, last = last_skip(l);
	struct buf b;

	buf_init(&b, rq->turn->arena);
	link_skip(rq, l, &b, "first", 0);
	if (skip > 0)
		link_skip(rq, l, &b, "prev", skip > l->ask.size ? skip - l->ask.size : 0);
	link_next(rq, l, &b, cursor);
	if (last >= 0)
		link_skip(rq, l, &b, "last", last);
	reply_header(&rq->turn->reply, "Link", "%s", b.at);
}

void
listing_reply(struct request *rq, const struct listing *l, const void *items)
{
	const struct page_got *got = &l->got;
	bool by_page = !l->by_skip && !l->by_cursor;
	struct Listing out = {.items = {items, got->n},
	    .total = {got->total, got->counted},
	    .total_exact = got->counted && got->exact,
	    .page = {l->ask.skip / l->ask.size + 1, by_page},
	    .size = l->ask.size};

	out.pages = (struct opt_int){
	    (got->total + l->ask.size - 1) / l->ask.size, by_page && out.total_exact};
	if (got->more)
		out.next_cursor = cursor_text(rq->turn->arena, question(rq, l),
		    &(struct cursor){.key = got->last_key, .id = got->last_id});
	reply_model(
	    &rq->turn->reply, rq->route->ok, l->out != NULL ? l->out : rq->route->out, &out);
	reply_links(rq, l, out.next_cursor);
}
