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
	    .changes_schema = pg_bool(&rows, 0, 5)};
	return NULL;
}
