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

const struct error *
documents_create(struct service *s, const struct document_new *new, size_t n, const char **ids_r)
{
	for (size_t i = 0; i < n; i++) {
		char *id = arena_alloc(s->arena, sizeof("00000000-0000-0000-0000-000000000000"));

		secret_uuid(id);
		ids_r[i] = id;
	}
	pg_deadline(s->pg, clock_mono_us() + WRITE_US);
	return documents_insert(s->pg, s->arena, s->actor_id, ids_r, new, n);
}

const struct error *
documents_add(struct service *s, const struct document_new *new, struct document *d)
{
	const char *id;
	const struct error *e = documents_create(s, new, 1, &id);

	return e != NULL ? e : documents_get(s, id, false, d);
}

const struct error *
documents_get(struct service *s, const char *id, bool with_embedding, struct document *d)
{
	return documents_read(s->pg, s->arena, s->actor_id, id, with_embedding, d);
}

const struct error *
documents_change(struct service *s, const char *id, int64_t if_version,
    const struct document_change *change, struct document *d)
{
	/* Nothing to change moves nothing. */
	if (change->title == NULL && change->content == NULL && change->metadata == NULL &&
	    !change->embedding_set)
		return documents_get(s, id, false, d);
	return documents_update(s->pg, s->arena, s->actor_id, id, if_version, change, d);
}

const struct error *
documents_remove(struct service *s, const char *id, int64_t if_version)
{
	return documents_delete(s->pg, s->arena, s->actor_id, id, if_version);
}

const struct error *
documents_list(struct service *s, bool with_embedding, const struct page_ask *ask,
    struct document **documents_r, struct page_got *got)
{
	return documents_page(s->pg, s->arena, s->actor_id, with_embedding, ask, documents_r, got);
}

const struct error *
documents_search(
    struct service *s, const struct document_question *q, struct document_hit **hits_r, size_t *n_r)
{
	int64_t from = q->metric == DOCUMENT_COSINE ? DOCUMENT_INDEX_FROM : INT64_MAX;
	bool indexed;
	const struct error *e = document_search_begin(s->pg, s->arena, s->actor_id, from, &indexed);

	*n_r = 0;
	if (e == NULL && indexed)
		e = document_search_near(s->pg, s->arena, s->actor_id, q, hits_r, n_r);
	if (e != NULL || (int64_t)*n_r == q->limit)
		return e;
	return document_search_exact(s->pg, s->arena, s->actor_id, q, hits_r, n_r);
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
