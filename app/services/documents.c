#include <inttypes.h>

#include "lib/arena.h"
#include "lib/clock.h"
#include "lib/pg.h"
#include "lib/secret.h"

#include "app/config.h"
#include "app/services/service.h"
#include "app/store/document_search.h"
#include "app/store/documents.h"

#include "app/services/documents.h"

/*
 * Up to so many documents an owner's search compares them all: it misses none, and neither its time nor
 * its result tells what others have (DV-02).
 */
enum { EXACT_MAX = 10000 };

/* A full batch writes 500 entries of an index that is searched for each; a client waits 5 s. */
#define WRITE_US (4 * CLOCK_US_PER_S)

/* Of the sum of squares. pgvector adds in single precision, and adds up differences, too. */
static const double square_min = 1e-36, square_max = 1e36;

const char *
documents_embedding_fault(struct service *s, const float *at, size_t n)
{
	double square = 0;

	if ((int64_t)n != s->config->embedding_dimensions)
		return arena_printf(s->arena, "an embedding has %" PRId64 " numbers here, not %zu",
		    s->config->embedding_dimensions, n);
	for (size_t i = 0; i < n; i++)
		square += (double)at[i] * (double)at[i];
	if (square < square_min)
		return "an embedding of zeros has no direction";
	return square > square_max ? "the numbers are too large" : NULL;
}

/* One piece of work on behalf of who asks. */
struct working {
	struct service *s;
	const char *id;
	int64_t if_version;
	const struct document_new *new;
	size_t n;
	const char **ids;
	const struct document_change *change;
	bool with_embedding;
	struct document *document;
	const struct page_ask *ask;
	struct document **documents;
	struct page_got *got;
	const struct document_question *question;
	struct document_hit **hits;
	size_t *hits_n;
};

static const struct error *
own(struct working *w, bool writing, store_work *work)
{
	return documents_transaction(w->s->pg, w->s->actor_id, writing, work, w);
}

static const struct error *
create_in_transaction(void *cookie)
{
	struct working *w = cookie;
	struct service *s = w->s;
	const struct error *e =
	    documents_insert(s->pg, s->arena, s->actor_id, w->ids, w->new, w->n);

	if (e != NULL || w->document == NULL)
		return e;
	return documents_read(s->pg, s->arena, s->actor_id, w->ids[0], false, w->document);
}

static const struct error *
create(struct working *w)
{
	for (size_t i = 0; i < w->n; i++) {
		char *id = arena_alloc(w->s->arena, sizeof("00000000-0000-0000-0000-000000000000"));

		secret_uuid(id);
		w->ids[i] = id;
	}
	pg_deadline(w->s->pg, clock_mono_us() + WRITE_US);
	return own(w, true, create_in_transaction);
}

const struct error *
documents_create(struct service *s, const struct document_new *new, size_t n, const char **ids_r)
{
	struct working w = {.s = s, .new = new, .n = n, .ids = ids_r};

	return create(&w);
}

const struct error *
documents_add(struct service *s, const struct document_new *new, struct document *d)
{
	const char *id;
	struct working w = {.s = s, .new = new, .n = 1, .ids = &id, .document = d};

	return create(&w);
}

static const struct error *
read_in_transaction(void *cookie)
{
	struct working *w = cookie;
	struct service *s = w->s;

	return documents_read(s->pg, s->arena, s->actor_id, w->id, w->with_embedding, w->document);
}

const struct error *
documents_get(struct service *s, const char *id, bool with_embedding, struct document *d)
{
	struct working w = {.s = s, .id = id, .with_embedding = with_embedding, .document = d};

	return own(&w, false, read_in_transaction);
}

static const struct error *
change_in_transaction(void *cookie)
{
	struct working *w = cookie;
	struct service *s = w->s;

	return documents_update(
	    s->pg, s->arena, s->actor_id, w->id, w->if_version, w->change, w->document);
}

const struct error *
documents_change(struct service *s, const char *id, int64_t if_version,
    const struct document_change *change, struct document *d)
{
	struct working w = {
	    .s = s, .id = id, .if_version = if_version, .change = change, .document = d};

	/* Nothing to change moves nothing. */
	if (change->title == NULL && change->content == NULL && change->metadata == NULL &&
	    !change->embedding_set)
		return own(&w, false, read_in_transaction);
	return own(&w, true, change_in_transaction);
}

static const struct error *
remove_in_transaction(void *cookie)
{
	struct working *w = cookie;
	struct service *s = w->s;

	return documents_delete(s->pg, s->arena, s->actor_id, w->id, w->if_version);
}

const struct error *
documents_remove(struct service *s, const char *id, int64_t if_version)
{
	struct working w = {.s = s, .id = id, .if_version = if_version};

	return own(&w, true, remove_in_transaction);
}

static const struct error *
list_in_transaction(void *cookie)
{
	struct working *w = cookie;
	struct service *s = w->s;

	return documents_page(
	    s->pg, s->arena, s->actor_id, w->with_embedding, w->ask, w->documents, w->got);
}

const struct error *
documents_list(struct service *s, bool with_embedding, const struct page_ask *ask,
    struct document **documents_r, struct page_got *got)
{
	struct working w = {.s = s,
	    .with_embedding = with_embedding,
	    .ask = ask,
	    .documents = documents_r,
	    .got = got};

	return own(&w, false, list_in_transaction);
}

static const struct error *
search_in_transaction(void *cookie)
{
	struct working *w = cookie;
	struct service *s = w->s;
	const struct document_question *q = w->question;
	int64_t owned = 0;
	const struct error *e = documents_owned(s->pg, s->arena, s->actor_id, &owned);

	*w->hits_n = 0;
	if (e == NULL && q->metric == DOCUMENT_COSINE && owned > EXACT_MAX)
		e = document_search_near(s->pg, s->arena, s->actor_id, q, w->hits, w->hits_n);
	if (e != NULL || (int64_t)*w->hits_n == q->limit)
		return e;
	return document_search_exact(s->pg, s->arena, s->actor_id, q, w->hits, w->hits_n);
}

const struct error *
documents_search(
    struct service *s, const struct document_question *q, struct document_hit **hits_r, size_t *n_r)
{
	struct working w = {.s = s, .question = q, .hits = hits_r, .hits_n = n_r};

	return own(&w, false, search_in_transaction);
}

double
documents_score(enum document_metric metric, double distance)
{
	switch (metric) {
	case DOCUMENT_COSINE:
		return 1 - distance;
	case DOCUMENT_L2:
		return 1 / (1 + distance);
	case DOCUMENT_INNER_PRODUCT:
		break;
	}
	return -distance; /* pgvector gives it negated, so that less is nearer */
}
