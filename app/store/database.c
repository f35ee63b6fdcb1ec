#include "lib/arena.h"

#include "app/store/store.h"

#include "app/store/database.h"

const struct error *
database_read(struct pg *pg, struct arena *a, struct database *d)
{
	static const struct pg_statement read = {.name = "database_read",
	    .sql = "SELECT quote_ident(current_user), pg_encoding_to_char(d.encoding)::text, "
		   "d.datctype::text,"
		   " current_setting('max_connections')::bigint"
		   " - current_setting('superuser_reserved_connections')::bigint,"
		   " coalesce((SELECT string_to_array(extversion, '.')::int[] < ARRAY[0, 8, 2]"
		   " FROM pg_extension WHERE extname = 'vector'), false),"
		   " coalesce((SELECT atttypmod::bigint FROM pg_attribute"
		   " WHERE attrelid = to_regclass('documents') AND attname = 'embedding'),"
		   " CASE WHEN to_regclass('documents') IS NULL THEN 0 ELSE -1 END),"
		   " EXISTS (SELECT FROM pg_extension WHERE extname = 'vector'),"
		   " r.rolsuper OR has_schema_privilege('public', 'CREATE')"
		   " FROM pg_database d, pg_roles r"
		   " WHERE d.datname = current_database() AND r.rolname = current_user",
	    .params = 0};
	struct pg_rows rows;
	const struct error *e = store_exec(pg, a, &read, NULL, &rows);

	if (e != NULL)
		return e;
	*d = (struct database){.role = pg_str(&rows, 0, 0),
	    .encoding = pg_str(&rows, 0, 1),
	    .ctype = pg_str(&rows, 0, 2),
	    .connections = pg_int(&rows, 0, 3),
	    .old_vector = pg_bool(&rows, 0, 4),
	    .dimensions = pg_int(&rows, 0, 5),
	    .has_vector = pg_bool(&rows, 0, 6),
	    .changes_schema = pg_bool(&rows, 0, 7)};
	return NULL;
}

const char *
database_dimensions_fault(struct arena *a, const struct database *d, int64_t wanted)
{
	if (d->dimensions == 0 || d->dimensions == wanted)
		return NULL;
	if (d->dimensions < 0)
		return "the documents of this database have lost their embeddings: somebody has "
		       "dropped the extension \"vector\" (pgvector); restore a backup";
	return arena_printf(a,
	    "EMBEDDING_DIMENSIONS is %lld, but the embeddings of this database have %lld; "
	    "gatehouse migrate up changes that as long as no document has one",
	    (long long)wanted, (long long)d->dimensions);
}

const char *
database_vector_fault(const struct database *d)
{
	return d->has_vector ? NULL
			     : "the extension \"vector\" (pgvector) is not in this database; "
			       "gatehouse migrate up makes it, or says who can";
}

static bool
is_empty(struct pg *pg, struct arena *a)
{
	static const struct pg_statement any = {.name = "database_any_embedding",
	    .sql = "SELECT EXISTS (SELECT FROM documents WHERE embedding IS NOT NULL)",
	    .params = 0};
	struct pg_rows rows;

	return pg_exec(pg, a, &any, NULL, &rows) == PG_OK && !pg_bool(&rows, 0, 0);
}

bool
database_dimensions_set(
    struct pg *pg, struct arena *a, const struct database *d, int64_t wanted, const char **why_r)
{
	long long n = wanted;
	const char *sql = arena_printf(a, "SET gatehouse.embedding_dimensions = '%lld'", n);

	*why_r = database_dimensions_fault(a, d, wanted);
	if (*why_r != NULL && (d->dimensions < 0 || !is_empty(pg, a)))
		return false;
	if (*why_r != NULL)
		sql = arena_printf(
		    a, "ALTER TABLE documents ALTER COLUMN embedding TYPE vector(%lld)", n);
	if (pg_script(pg, sql) == PG_OK)
		return true;
	*why_r = pg_why(pg);
	return false;
}
