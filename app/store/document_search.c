#include "lib/arena.h"

#include "app/store/document_indexes.h"
#include "app/store/documents.h"
#include "app/store/embeddings.h"
#include "app/store/store.h"

#include "app/store/document_search.h"

/* Whose they are, and what they have to hold; $3 is how many. */
#define OWN                                                                  \
	" FROM documents d WHERE d.user_id = $1 AND d.embedding IS NOT NULL" \
	" AND ($4::jsonb IS NULL OR d.metadata @> $4::jsonb) ORDER BY "

/*
 * Only ids and distances are sorted; the rest is fetched for those that are shown. Adding 0 keeps an exact search
 * off an index: the planner would not know that it finds fewer (V1, V2).
 */
#define EXACT(name_, operator)                                                          \
	{                                                                               \
		.name = "document_search_" name_,                                       \
		.sql = "SELECT " DOCUMENT_COLUMNS ", NULL::text, near.distance FROM"    \
		       " (SELECT d.id, (d.embedding "                                   \
		       operator" (SELECT $2::real[]::vector)) + 0 AS distance" OWN      \
			       "2, 1 LIMIT $3::bigint) near"                            \
			       " JOIN documents d ON d.id = near.id AND d.user_id = $1" \
			       " ORDER BY near.distance, d.id",                         \
		.params = 4, .binary = 2                                                \
	}

/*
 * Of the settings, for both ways: to compile a plan, or to start a process that helps, takes longer than most
 * searches, and is done where the average owner, not this one, is large. For an exact search: one plan
 * serves all owners, so that the indexes others have are not looked at each time, and reads nobody's rows but
 * theirs, however few they are. For a near one: an index over one owner's rows is seen to serve only where that
 * owner is a constant of the plan, and goes on by itself until enough match the filter; not for long, since
 * comparing all is faster than walking through all.
 */
const struct error *
document_search_begin(
    struct pg *pg, struct arena *a, const char *user_id, int64_t from, bool *indexed_r)
{
	static const struct pg_statement begin = {.name = "document_search_begin",
	    .sql = "SELECT indexed,"
		   " set_config('enable_seqscan', 'off', true),"
		   " set_config('enable_hashjoin', 'off', true),"
		   " set_config('enable_mergejoin', 'off', true),"
		   " set_config('plan_cache_mode', CASE WHEN indexed"
		   " THEN 'force_custom_plan' ELSE 'force_generic_plan' END, true),"
		   " set_config('hnsw.iterative_scan', 'strict_order', true),"
		   " set_config('hnsw.ef_search', '100', true),"
		   " set_config('hnsw.max_scan_tuples', '2000', true)"
		   " FROM (SELECT EXISTS (SELECT FROM user_stats WHERE user_id = $1::uuid"
		   " AND document_count > $2::bigint) AND EXISTS (SELECT FROM pg_index"
		   " WHERE indisvalid AND indexrelid = to_regclass(" DOCUMENT_INDEX_NAME "))"
		   " AS indexed) AS state",
	    .params = 2};
	struct pg_rows rows;
	const struct error *e = STORE_QUERY(pg, a, &begin, &rows, user_id, store_int(a, from));

	if (e == NULL)
		*indexed_r = pg_bool(&rows, 0, 0);
	return e;
}

static const struct error *
run(struct pg *pg, struct arena *a, const struct pg_statement *statement, const char *user_id,
    const struct document_question *q, struct document_hit **hits_r, size_t *n_r)
{
	struct pg_rows rows;
	const struct error *e = STORE_QUERY(pg, a, statement, &rows, user_id,
	    embeddings_value(a, &q->embedding, 1), store_int(a, q->limit), q->filter);

	if (e != NULL)
		return e;
	*n_r = (size_t)rows.n;
	*hits_r = arena_array(a, *n_r, sizeof(**hits_r));
	for (int i = 0; i < rows.n; i++) {
		documents_row(a, &rows, i, &(*hits_r)[i].document);
		(*hits_r)[i].distance = pg_num(&rows, i, DOCUMENT_COLUMNS_N + 1);
	}
	return NULL;
}

const struct error *
document_search_exact(struct pg *pg, struct arena *a, const char *user_id,
    const struct document_question *q, struct document_hit **hits_r, size_t *n_r)
{
	static const struct pg_statement exact[] = {[DOCUMENT_COSINE] = EXACT("cosine", "<=>"),
	    [DOCUMENT_L2] = EXACT("l2", "<->"),
	    [DOCUMENT_INNER_PRODUCT] = EXACT("inner_product", "<#>")};

	return run(pg, a, &exact[q->metric], user_id, q, hits_r, n_r);
}

const struct error *
document_search_near(struct pg *pg, struct arena *a, const char *user_id,
    const struct document_question *q, struct document_hit **hits_r, size_t *n_r)
{
	static const struct pg_statement near = {.name = "document_search_near",
	    .sql = "SELECT " DOCUMENT_COLUMNS ", NULL::text, d.embedding <=> $2::real[]::vector" OWN
		   "d.embedding <=> $2::real[]::vector LIMIT $3::bigint",
	    .params = 4,
	    .binary = 2};

	return run(pg, a, &near, user_id, q, hits_r, n_r);
}
