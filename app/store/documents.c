#include "lib/arena.h"

#include "app/api/errors.h"
#include "app/store/embeddings.h"
#include "app/store/query.h"

#include "app/store/documents.h"

const struct error *
documents_insert(struct pg *pg, struct arena *a, const char *user_id, const char *const *ids,
    const struct document_new *new, size_t n)
{
	static const struct pg_statement insert = {.name = "documents_insert",
	    .sql = "WITH made AS (INSERT INTO documents"
		   " (user_id, id, title, content, metadata, embedding)"
		   " SELECT $1, q.id, q.title, q.content, coalesce(q.metadata, '{}')::jsonb,"
		   " ($6::real[])[q.first : q.last]::vector"
		   " FROM unnest($2::uuid[], $3::text[], $4::text[], $5::text[], $7::int[],"
		   " $8::int[]) AS q(id, title, content, metadata, first, last) RETURNING id)"
		   " UPDATE user_stats"
		   " SET document_count = document_count + (SELECT count(*) FROM made)"
		   " WHERE user_id = $1",
	    .params = 8,
	    .writes = true,
	    .binary = 6};
	struct embedding *embeddings = arena_array(a, n, sizeof(*embeddings));
	const char **columns[5];
	int64_t numbers = 0;

	for (size_t c = 0; c < 5; c++)
		columns[c] = arena_array(a, n, sizeof(const char *));
	for (size_t i = 0; i < n; i++) {
		columns[0][i] = new[i].title;
		columns[1][i] = new[i].content;
		columns[2][i] = new[i].metadata;
		embeddings[i] = new[i].embedding;
		if (embeddings[i].at == NULL)
			continue; /* between NULL and NULL is NULL */
		columns[3][i] = store_int(a, numbers + 1);
		numbers += (int64_t)embeddings[i].n;
		columns[4][i] = store_int(a, numbers);
	}
	return STORE_QUERY(pg, a, &insert, NULL, user_id, store_array(a, ids, n),
	    store_texts(a, columns[0], n), store_texts(a, columns[1], n),
	    store_texts(a, columns[2], n), embeddings_value(a, embeddings, n),
	    store_array(a, columns[3], n), store_array(a, columns[4], n));
}

void
documents_row(struct arena *a, const struct pg_rows *rows, int row, struct document *d)
{
	*d = (struct document){.id = pg_uuid(a, rows, row, 0),
	    .title = pg_str(rows, row, 1),
	    .content = pg_str(rows, row, 2),
	    .metadata = pg_str(rows, row, 3),
	    .has_embedding = pg_bool(rows, row, 4),
	    .created_us = pg_time(rows, row, 5),
	    .updated_us = pg_time(rows, row, 6),
	    .row_version = pg_int(rows, row, 7),
	    .embedding = pg_str(rows, row, DOCUMENT_COLUMNS_N)};
}

const struct error *
documents_read(struct pg *pg, struct arena *a, const char *user_id, const char *id,
    bool with_embedding, struct document *d)
{
	static const struct pg_statement read = {.name = "documents_read",
	    .sql = "SELECT " DOCUMENT_COLUMNS ", CASE WHEN $3::boolean THEN d.embedding::text END"
		   " FROM documents d WHERE d.user_id = $1 AND d.id = $2",
	    .params = 3};
	struct pg_rows rows;
	const struct error *e =
	    STORE_QUERY(pg, a, &read, &rows, user_id, id, with_embedding ? "t" : "f");

	if (e != NULL)
		return e;
	if (rows.n == 0)
		return &err_document_not_found;
	documents_row(a, &rows, 0, d);
	return NULL;
}

/* No row was changed: is it not there, or not in that version? */
static const struct error *
why_not(struct pg *pg, struct arena *a, const char *user_id, const char *id)
{
	struct document d;
	const struct error *e = documents_read(pg, a, user_id, id, false, &d);

	return e != NULL ? e : &err_precondition;
}

const struct error *
documents_update(struct pg *pg, struct arena *a, const char *user_id, const char *id,
    int64_t version, const struct document_change *c, struct document *d)
{
	static const struct pg_statement update = {.name = "documents_update",
	    .sql = "UPDATE documents d SET title = coalesce($4, title), content = coalesce($5, "
		   "content),"
		   " metadata = coalesce($6::jsonb, metadata),"
		   " embedding = CASE WHEN $7::boolean THEN $8::real[]::vector ELSE embedding END,"
		   " updated_at = clock_timestamp(), row_version = row_version + 1"
		   " WHERE d.user_id = $1 AND d.id = $2 AND $3::bigint IN (0, d.row_version)"
		   " RETURNING " DOCUMENT_COLUMNS ", NULL::text",
	    .params = 8,
	    .writes = true,
	    .binary = 8};
	struct pg_rows rows;
	const struct error *e = STORE_QUERY(pg, a, &update, &rows, user_id, id,
	    store_int(a, version), c->title, c->content, c->metadata, c->embedding_set ? "t" : "f",
	    embeddings_value(a, &c->embedding, 1));

	if (e != NULL)
		return e;
	if (rows.n == 0)
		return why_not(pg, a, user_id, id);
	documents_row(a, &rows, 0, d);
	return NULL;
}

const struct error *
documents_delete(
    struct pg *pg, struct arena *a, const char *user_id, const char *id, int64_t version)
{
	static const struct pg_statement remove = {.name = "documents_delete",
	    .sql =
		"WITH gone AS (DELETE FROM documents"
		" WHERE user_id = $1 AND id = $2 AND $3::bigint IN (0, row_version) RETURNING id)"
		" UPDATE user_stats SET document_count = document_count - 1"
		" WHERE user_id = $1 AND EXISTS (SELECT FROM gone)",
	    .params = 3,
	    .writes = true};
	struct pg_rows rows;
	const struct error *e =
	    STORE_QUERY(pg, a, &remove, &rows, user_id, id, store_int(a, version));

	if (e != NULL)
		return e;
	return rows.n == 0 ? why_not(pg, a, user_id, id) : NULL;
}

static const struct query_order newest = {.key = "d.created_at", .is_time = true, .id = "d.id"};

static const struct error *
count(struct pg *pg, struct arena *a, const char *user_id, const struct page_ask *ask,
    struct page_got *got)
{
	static const struct pg_statement counted = {.name = "documents_count",
	    .sql = "SELECT count(*) FROM (SELECT FROM documents WHERE user_id = $1"
		   " LIMIT $2::bigint) AS capped",
	    .params = 2};
	const char *cap = query_count_cap(a, ask, got);
	struct pg_rows rows;
	const struct error *e;

	if (cap == NULL)
		return NULL;
	e = STORE_QUERY(pg, a, &counted, &rows, user_id, cap);
	if (e == NULL)
		query_counted(ask, pg_int(&rows, 0, 0), got);
	return e;
}

const struct error *
documents_page(struct pg *pg, struct arena *a, const char *user_id, bool with_embedding,
    const struct page_ask *ask, struct document **documents_r, struct page_got *got)
{
	struct pg_rows rows;
	struct query q;
	const struct error *e;

	query_init(&q, a);
	QUERY(&q, "SELECT " DOCUMENT_COLUMNS);
	query_add(&q, with_embedding ? ", d.embedding::text" : ", NULL::text");
	QUERY_VALUE(&q, " FROM documents d WHERE d.user_id = ?::uuid", user_id);
	query_after(&q, &newest, ask);
	query_sorted(&q, &newest);
	query_limited(&q, ask);
	e = query_run(pg, &q, "documents_page", &rows);
	if (e != NULL)
		return e;
	query_page(a, &newest, ask, &rows, 5, 0, got);
	*documents_r = arena_array(a, got->n, sizeof(**documents_r));
	for (size_t i = 0; i < got->n; i++)
		documents_row(a, &rows, (int)i, &(*documents_r)[i]);
	return count(pg, a, user_id, ask, got);
}
