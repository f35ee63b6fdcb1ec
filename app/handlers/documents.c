#include <string.h>

#include "lib/arena.h"
#include "lib/reply.h"

#include "app/api/errors.h"
#include "app/api/models.h"
#include "app/handlers/listing.h"
#include "app/precondition.h"
#include "app/request.h"
#include "app/services/documents.h"

#include "app/handlers/handlers.h"

static struct Document
shown(const struct document *d)
{
	return (struct Document){.id = d->id,
	    .title = d->title,
	    .content = d->content,
	    .metadata = {d->metadata},
	    .has_embedding = d->has_embedding,
	    .created_at = {d->created_us},
	    .updated_at = {d->updated_us},
	    .embedding = {.text = d->embedding}};
}

static const struct error *
reply_document(struct request *rq, const struct model *m, const struct document *d)
{
	struct Document out = shown(d);

	reply_model(&rq->turn->reply, rq->route->ok, m, &out);
	reply_etag(&rq->turn->reply, d->row_version);
	return NULL;
}

/* ${loc}: where the numbers stand. How many there must be is a setting, which no row knows. */
static void
check_embedding(struct request *rq, const struct numbers *e, const char *loc)
{
	const char *why =
	    e->at == NULL ? NULL : documents_embedding_fault(&rq->service, e->at, e->n);

	if (why != NULL)
		fault_value_at(&rq->faults, loc, why);
}

static const struct error *
refused(const struct request *rq)
{
	return rq->faults.n == 0 ? NULL : &error_validation;
}

static struct document_new
new_of(const struct DocumentIn *in)
{
	return (struct document_new){.title = in->title,
	    .content = in->content,
	    .metadata = in->metadata.s,
	    .embedding = {in->embedding.at, in->embedding.n}};
}

const struct error *
documents_post(struct request *rq)
{
	const struct DocumentIn *in = rq->body;
	const struct document_new new = new_of(in);
	struct document d;
	const struct error *e;

	check_embedding(rq, &in->embedding, "[\"body\",\"embedding\"]");
	e = refused(rq);
	if (e == NULL)
		e = documents_add(&rq->service, &new, &d);
	return e != NULL ? e : reply_document(rq, &document_out, &d);
}

const struct error *
documents_post_batch(struct request *rq)
{
	const struct DocumentBatch *in = rq->body;
	const struct DocumentIn *items = in->documents.at;
	size_t n = in->documents.n;
	struct document_new *new = arena_array(rq->turn->arena, n, sizeof(*new));
	const char **ids = arena_array(rq->turn->arena, n, sizeof(*ids));
	struct DocumentsMade out = {.created = (int64_t)n, .ids = {ids, n}};
	const struct error *e;

	for (size_t i = 0; i < n; i++) {
		new[i] = new_of(&items[i]);
		check_embedding(rq, &items[i].embedding,
		    arena_printf(rq->turn->arena, "[\"body\",\"documents\",%zu,\"embedding\"]", i));
	}
	e = refused(rq);
	if (e == NULL)
		e = documents_create(&rq->service, new, n, ids);
	if (e == NULL)
		reply_model(&rq->turn->reply, 201, &documents_made, &out);
	return e;
}

const struct error *
documents_get_list(struct request *rq)
{
	const struct DocumentListQuery *q = rq->query;
	struct listing l;
	struct document *documents;
	struct Document *items;
	const struct error *e = listing_begin(rq, true, &l);

	if (e == NULL)
		e = documents_list(&rq->service, q->include != NULL, &l.ask, &documents, &l.got);
	if (e != NULL)
		return e;
	if (q->include != NULL)
		l.out = &document_full_list;
	items = arena_array(rq->turn->arena, l.got.n, sizeof(*items));
	for (size_t i = 0; i < l.got.n; i++)
		items[i] = shown(&documents[i]);
	listing_reply(rq, &l, items);
	return NULL;
}

const struct error *
documents_get_one(struct request *rq)
{
	const struct DocumentPath *path = rq->path;
	const struct DocumentQuery *q = rq->query;
	bool full = q->include != NULL;
	struct document d;
	const struct error *e = documents_get(&rq->service, path->id, full, &d);

	return e != NULL ? e : reply_document(rq, full ? &document_full : &document_out, &d);
}

/* The version that If-Match, where there is one, has to name. */
static const struct error *
version_of(struct request *rq, const char *id, int64_t *if_version_r)
{
	struct document now;
	const struct error *e;

	*if_version_r = 0;
	if (*rq->turn->http.if_match == '\0')
		return NULL;
	e = documents_get(&rq->service, id, false, &now);
	return e != NULL ? e : precondition(rq, now.row_version, if_version_r);
}

const struct error *
documents_patch_one(struct request *rq)
{
	const struct DocumentPath *path = rq->path;
	const struct DocumentIn *in = rq->body;
	const struct document_change change = {.title = in->title,
	    .content = in->content,
	    .metadata = in->metadata.s,
	    .embedding = {in->embedding.at, in->embedding.n},
	    .embedding_set = in->embedding.set};
	int64_t if_version;
	struct document d;
	const struct error *e;

	check_embedding(rq, &in->embedding, "[\"body\",\"embedding\"]");
	e = refused(rq);
	if (e == NULL)
		e = version_of(rq, path->id, &if_version);
	if (e == NULL)
		e = documents_change(&rq->service, path->id, if_version, &change, &d);
	return e != NULL ? e : reply_document(rq, &document_out, &d);
}

const struct error *
documents_delete_one(struct request *rq)
{
	const struct DocumentPath *path = rq->path;
	int64_t if_version;
	const struct error *e = version_of(rq, path->id, &if_version);

	if (e == NULL)
		e = documents_remove(&rq->service, path->id, if_version);
	if (e == NULL)
		reply_empty(&rq->turn->reply, 204);
	return e;
}

/* The field row lets only these names through. */
static enum document_metric
metric_of(const char *name)
{
	enum document_metric m = DOCUMENT_COSINE;

	while (m < DOCUMENT_INNER_PRODUCT && strcmp(document_metrics[m], name) != 0)
		m++;
	return m;
}

/* They come nearest first: behind one whose score is too low there is none that has it. */
static struct DocumentHits
hits_of(
    struct request *rq, const struct DocumentSearch *in, const struct document_hit *hits, size_t n)
{
	struct DocumentHit *items = arena_array(rq->turn->arena, n, sizeof(*items));
	enum document_metric metric = metric_of(in->metric);
	struct DocumentHits out = {.items = {items, 0}};

	for (size_t i = 0; i < n; i++) {
		double score = documents_score(metric, hits[i].distance);

		if (in->min_score.set && score < in->min_score.v)
			break;
		items[i] = (struct DocumentHit){.document = shown(&hits[i].document),
		    .distance = hits[i].distance,
		    .score = score};
		out.items.n++;
	}
	return out;
}

const struct error *
documents_post_search(struct request *rq)
{
	const struct DocumentSearch *in = rq->body;
	const struct document_question q = {.embedding = {in->embedding.at, in->embedding.n},
	    .metric = metric_of(in->metric),
	    .limit = in->limit,
	    .filter = in->filter.s};
	struct document_hit *hits;
	struct DocumentHits out;
	size_t n;
	const struct error *e;

	check_embedding(rq, &in->embedding, "[\"body\",\"embedding\"]");
	e = refused(rq);
	if (e == NULL)
		e = documents_search(&rq->service, &q, &hits, &n);
	if (e != NULL)
		return e;
	out = hits_of(rq, in, hits, n);
	reply_model(&rq->turn->reply, 200, &document_hits, &out);
	return NULL;
}
