#include "lib/arena.h"

#include "app/api/errors.h"
#include "app/store/query.h"
#include "app/store/store.h"

#include "app/store/files.h"

#define FILE_COLUMNS "f.id, f.name, f.size, f.content_type, f.created_at, f.row_version"

static void
file_row(struct arena *a, const struct pg_rows *rows, int row, struct file *f)
{
	*f = (struct file){.id = pg_uuid(a, rows, row, 0),
	    .name = pg_str(rows, row, 1),
	    .size = pg_int(rows, row, 2),
	    .content_type = pg_str(rows, row, 3),
	    .created_us = pg_time(rows, row, 4),
	    .row_version = pg_int(rows, row, 5)};
}

const struct error *
files_usage(
    struct pg *pg, struct arena *a, const char *user_id, bool lock, struct file_usage *usage)
{
	static const struct pg_statement look = {.name = "files_usage",
	    .sql = "SELECT file_count, total_file_size FROM user_stats WHERE user_id = $1",
	    .params = 1};
	static const struct pg_statement locked = {.name = "files_usage_locked",
	    .sql = "SELECT file_count, total_file_size FROM user_stats WHERE user_id = $1"
		   " FOR NO KEY UPDATE",
	    .params = 1,
	    .writes = true};
	struct pg_rows rows;
	const struct error *e = STORE_QUERY(pg, a, lock ? &locked : &look, &rows, user_id);

	if (e != NULL)
		return e;
	/* Purged since who asks was read. */
	if (rows.n == 0)
		return &err_token_invalid;
	*usage = (struct file_usage){pg_int(&rows, 0, 0), pg_int(&rows, 0, 1)};
	return NULL;
}

const struct error *
files_named(struct pg *pg, struct arena *a, const char *user_id, const char *name, bool *found_r,
    struct file *f)
{
	static const struct pg_statement named = {.name = "files_named",
	    .sql = "SELECT " FILE_COLUMNS " FROM files f WHERE f.user_id = $1 AND f.name = $2",
	    .params = 2};
	struct pg_rows rows;
	const struct error *e = STORE_QUERY(pg, a, &named, &rows, user_id, name);

	*found_r = e == NULL && rows.n > 0;
	if (*found_r)
		file_row(a, &rows, 0, f);
	return e;
}

const struct error *
files_insert(struct pg *pg, struct arena *a, const char *user_id, const struct file_new *new,
    int64_t version, struct file *f)
{
	static const struct pg_statement insert = {.name = "files_insert",
	    .sql =
		"WITH f AS (INSERT INTO files (user_id, id, name, size, content_type, row_version)"
		" VALUES ($1, $2, $3, $4, $5, $6) RETURNING *),"
		" counted AS (UPDATE user_stats SET file_count = file_count + 1,"
		" total_file_size = total_file_size + $4 WHERE user_id = $1)"
		" SELECT " FILE_COLUMNS " FROM f",
	    .params = 6,
	    .writes = true};
	struct pg_rows rows;
	const struct error *e = STORE_QUERY(pg, a, &insert, &rows, user_id, new->id, new->name,
	    store_int(a, new->size), new->content_type, store_int(a, version));

	if (e == NULL)
		file_row(a, &rows, 0, f);
	return e;
}

const struct error *
files_read(struct pg *pg, struct arena *a, const char *user_id, const char *id, struct file *f)
{
	static const struct pg_statement read = {.name = "files_read",
	    .sql = "SELECT " FILE_COLUMNS " FROM files f WHERE f.user_id = $1 AND f.id = $2",
	    .params = 2};
	struct pg_rows rows;
	const struct error *e = STORE_QUERY(pg, a, &read, &rows, user_id, id);

	if (e != NULL)
		return e;
	if (rows.n == 0)
		return &err_file_not_found;
	file_row(a, &rows, 0, f);
	return NULL;
}

const struct error *
files_delete(struct pg *pg, struct arena *a, const char *user_id, const char *id, int64_t version)
{
	static const struct pg_statement remove = {.name = "files_delete",
	    .sql = "WITH gone AS (DELETE FROM files"
		   " WHERE user_id = $1 AND id = $2 AND $3::bigint IN (0, row_version)"
		   " RETURNING size)"
		   " UPDATE user_stats SET file_count = file_count - 1,"
		   " total_file_size = total_file_size - gone.size"
		   " FROM gone WHERE user_id = $1",
	    .params = 3,
	    .writes = true};
	struct pg_rows rows;
	struct file f;
	const struct error *e =
	    STORE_QUERY(pg, a, &remove, &rows, user_id, id, store_int(a, version));

	if (e != NULL || rows.n > 0)
		return e;
	e = files_read(pg, a, user_id, id, &f);
	return e != NULL ? e : &err_precondition;
}

const struct error *
files_page(struct pg *pg, struct arena *a, const char *user_id, const struct page_ask *ask,
    struct file **files_r, struct page_got *got)
{
	static const struct query_list newest = {.name = "files_page",
	    .columns = FILE_COLUMNS,
	    .order = {.key = "f.created_at", .is_time = true, .id = "f.id"},
	    .key = 4,
	    .id = 0};
	struct pg_rows rows;
	struct query from;
	const struct error *e;

	query_init(&from, a);
	QUERY_VALUE(&from, " FROM files f WHERE f.user_id = ?::uuid", user_id);
	e = query_list(pg, &newest, &from, ask, &rows, got);
	if (e != NULL)
		return e;
	*files_r = arena_array(a, got->n, sizeof(**files_r));
	for (size_t i = 0; i < got->n; i++)
		file_row(a, &rows, (int)i, &(*files_r)[i]);
	return NULL;
}

const struct error *
files_unknown(struct pg *pg, struct arena *a, const char *const *ids, size_t n,
    const char ***orphans_r, size_t *orphans_n_r)
{
	static const struct pg_statement unknown = {.name = "files_unknown",
	    .sql =
		"SELECT id FROM unnest($1::uuid[]) AS k(id) EXCEPT SELECT files_known($1::uuid[])",
	    .params = 1};
	struct pg_rows rows;
	const struct error *e = STORE_QUERY(pg, a, &unknown, &rows, store_array(a, ids, n));

	if (e != NULL)
		return e;
	*orphans_n_r = (size_t)rows.n;
	*orphans_r = arena_array(a, *orphans_n_r, sizeof(const char *));
	for (int i = 0; i < rows.n; i++)
		(*orphans_r)[i] = pg_uuid(a, &rows, i, 0);
	return NULL;
}
