#include "lib/arena.h"
#include "lib/clock.h"

#include "app/store/store.h"

#include "app/store/document_indexes.h"

#define CHANGE_US (INT64_C(3600) * CLOCK_US_PER_S)

const struct error *
document_indexes_read(struct pg *pg, struct arena *a, int64_t from, struct document_index_faults *f)
{
	static const struct pg_statement read = {.name = "document_indexes_read",
	    .sql = "WITH large AS (SELECT s.user_id, s.document_count AS n"
		   " FROM users u JOIN user_stats s ON s.user_id = u.id"
		   " WHERE u.deleted_at IS NULL AND s.document_count > $1::bigint / 2),"
		   " made AS MATERIALIZED (SELECT i.indisvalid AS valid,"
		   " replace(c.relname, '" DOCUMENT_INDEX_PREFIX "', '')::uuid AS user_id"
		   " FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid"
		   " WHERE i.indrelid = 'documents'::regclass"
		   " AND c.relname ~ '^" DOCUMENT_INDEX_PREFIX "[0-9a-f]{32}$')"
		   " SELECT user_id, coalesce(n, 0), CASE WHEN n IS NULL THEN 2"
		   " WHEN valid IS NULL THEN 0 WHEN NOT valid THEN 1 ELSE -1 END AS state"
		   " FROM large FULL JOIN made USING (user_id)"
		   " WHERE valid IS NOT NULL OR n > $1::bigint ORDER BY n DESC NULLS LAST, user_id",
	    .params = 1};
	struct pg_rows rows;
	const struct error *e = STORE_QUERY(pg, a, &read, &rows, store_int(a, from));

	if (e != NULL)
		return e;
	*f = (struct document_index_faults){.at = arena_array(a, (size_t)rows.n, sizeof(*f->at))};
	for (int i = 0; i < rows.n; i++) {
		if (pg_int(&rows, i, 2) < 0)
			f->good++;
		else
			f->at[f->n++] = (struct document_index_fault){pg_uuid(a, &rows, i, 0),
			    pg_int(&rows, i, 1), (enum document_index_state)pg_int(&rows, i, 2)};
	}
	return NULL;
}

const struct error *
document_indexes_claim(struct pg *pg, struct arena *a, bool *alone_r)
{
	/* Not waited for: who makes an index waits for the end of every older statement, this one too. */
	static const struct pg_statement claim = {.name = "document_indexes_claim",
	    .sql = "SELECT pg_try_advisory_lock(7237112482205363712)", /* "documen" in ASCII */
	    .params = 0};
	/* A graph that does not fit into the memory is made many times slower; it takes only what it needs. */
	static const struct pg_statement settle = {.name = "document_indexes_settle",
	    .sql =
		"SELECT set_config('lock_timeout', '0', false),"
		" set_config('maintenance_work_mem', greatest(1048576,"
		" pg_size_bytes(current_setting('maintenance_work_mem')) / 1024) || 'kB', false),"
		" set_config('max_parallel_maintenance_workers', CASE WHEN EXISTS"
		" (SELECT FROM pg_extension WHERE extname = 'vector'"
		" AND string_to_array(extversion, '.')::int[] < ARRAY[0, 8, 2])" /* CVE-2026-3172 */
		" THEN '0' ELSE current_setting('max_parallel_maintenance_workers') END, false)",
	    .params = 0};
	struct pg_rows rows;
	const struct error *e = store_exec(pg, a, &claim, NULL, &rows);

	if (e != NULL)
		return e;
	*alone_r = pg_bool(&rows, 0, 0);
	return store_exec(pg, a, &settle, NULL, NULL);
}

/* In two steps, since a statement that names what it makes takes no parameters. ${make} has places for the
 * index's name and the owner's id, for format(). */
static const struct error *
change(struct pg *pg, struct arena *a, const char *user_id, const char *statement, const char *make)
{
	static const struct pg_statement format = {.name = "document_indexes_format",
	    .sql = "SELECT format($2::text, " DOCUMENT_INDEX_NAME ", $1::uuid)",
	    .params = 2};
	struct pg_rows rows;
	const struct error *e = STORE_QUERY(pg, a, &format, &rows, user_id, make);

	if (e != NULL)
		return e;
	pg_deadline(pg, clock_mono_us() + CHANGE_US);
	return store_error(pg, pg_script(pg, pg_str(&rows, 0, 0)), statement);
}

const struct error *
document_indexes_make(struct pg *pg, struct arena *a, const char *user_id)
{
	return change(pg, a, user_id, "document_indexes_make",
	    "CREATE INDEX CONCURRENTLY %1$I ON documents"
	    " USING hnsw (embedding vector_cosine_ops) WHERE user_id = %2$L");
}

const struct error *
document_indexes_drop(struct pg *pg, struct arena *a, const char *user_id)
{
	return change(
	    pg, a, user_id, "document_indexes_drop", "DROP INDEX CONCURRENTLY IF EXISTS %1$I");
}
