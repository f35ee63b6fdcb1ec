/*
 * What is applied, compared with what should be, and the way there. Whoever changes the schema holds
 * one advisory lock on the session; each file and its row are one transaction.
 */

#include <assert.h>
#include <string.h>

#include "lib/arena.h"
#include "lib/clock.h"
#include "lib/pg.h"
#include "lib/migrate_file.h"

#include "lib/migrate.h"

/* An index over a million rows takes minutes; a day-long one is for a human with psql. */
#define MIGRATE_US (INT64_C(3600) * CLOCK_US_PER_S)

/* lock_timeout holds for advisory locks, too: how long to wait for another migration. */
static const char open_sql[] =
    "SET statement_timeout = 0; SET lock_timeout = '120s';"
    "SET client_min_messages = warning;"
    "SELECT pg_advisory_lock(7883946363647714560);" /* "migrate" in ASCII */
    "SET lock_timeout = '5s'";

/* RESET goes back to what the session was started with. */
static const char close_sql[] =
    "SELECT pg_advisory_unlock(7883946363647714560);"
    "RESET statement_timeout; RESET lock_timeout; RESET client_min_messages";

static const char table_sql[] =
    "CREATE TABLE IF NOT EXISTS schema_migrations ("
    "version bigint PRIMARY KEY, name text NOT NULL, checksum text NOT NULL, "
    "applied_at timestamptz NOT NULL DEFAULT now())";

static const struct pg_statement applied_statement = {
    .name = "migrate_applied",
    .sql = "SELECT version, name, checksum FROM schema_migrations ORDER BY version",
};

static const struct pg_statement insert_statement = {
    .name = "migrate_insert",
    .sql = "INSERT INTO schema_migrations (version, name, checksum) VALUES ($1, $2, $3)",
    .params = 3,
    .writes = true,
};

static const struct pg_statement delete_statement = {
    .name = "migrate_delete",
    .sql = "DELETE FROM schema_migrations WHERE version = $1",
    .params = 1,
    .writes = true,
};

/* One version, known here (file), in the database (name), or in both. */
struct row {
	int64_t version;
	const struct migrate_file *file;
	const char *name;
	bool applied, changed;
};

/* Everything known, in order. */
struct plan {
	struct row *rows;
	size_t n;
};

static struct row
merge_row(const struct migrate_file *f, const struct pg_rows *rows, int at)
{
	if (f == NULL)
		return (struct row){
		    .version = pg_int(rows, at, 0), .name = pg_str(rows, at, 1), .applied = true};
	if (at < 0)
		return (struct row){.version = f->version, .file = f, .name = f->name};
	return (struct row){.version = f->version,
	    .file = f,
	    .name = f->name,
	    .applied = true,
	    .changed = strcmp(pg_str(rows, at, 2), f->checksum) != 0};
}

/* Both lists are in order of version. */
static void
merge(struct arena *a, const struct migrate_file *files, size_t n, const struct pg_rows *rows,
    struct plan *plan)
{
	size_t i = 0;
	int at = 0;

	*plan = (struct plan){.rows = arena_array(a, n + (size_t)rows->n, sizeof(struct row))};
	while (i < n || at < rows->n) {
		int64_t here = i < n ? files[i].version : INT64_MAX;
		int64_t there = at < rows->n ? pg_int(rows, at, 0) : INT64_MAX;

		plan->rows[plan->n++] =
		    merge_row(here <= there ? &files[i] : NULL, rows, there <= here ? at : -1);
		i += here <= there;
		at += there <= here;
	}
}

/* One statement. A table that is not there has no rows. */
static bool
load(struct pg *pg, struct arena *a, const struct migrate_file *files, size_t n, struct plan *plan)
{
	struct pg_rows rows = {0};
	enum pg_code code = pg_exec(pg, a, &applied_statement, NULL, &rows);

	if (code != PG_OK && (code != PG_FAULT || strcmp(pg_sqlstate(pg), "42P01") != 0))
		return false;
	merge(a, files, n, &rows, plan);
	return true;
}

/* The worst that is found, and the first row it is found in. */
static enum migrate_state
judge(const struct plan *plan, const struct row **row_r)
{
	enum migrate_state state = MIGRATE_CURRENT;

	*row_r = NULL;
	for (size_t i = 0; i < plan->n; i++) {
		const struct row *row = &plan->rows[i];
		enum migrate_state one = row->file == NULL ? MIGRATE_UNKNOWN
		    : row->changed                         ? MIGRATE_CHANGED
		    : row->applied                         ? MIGRATE_CURRENT
							   : MIGRATE_PENDING;

		/* CHANGED before UNKNOWN before PENDING. */
		if (one == MIGRATE_CURRENT || state == MIGRATE_CHANGED || one == state ||
		    (one == MIGRATE_PENDING && state == MIGRATE_UNKNOWN))
			continue;
		state = one;
		*row_r = row;
	}
	return state;
}

static const char *
sentence(struct arena *a, enum migrate_state state, const struct row *row)
{
	switch (state) {
	case MIGRATE_CURRENT:
		return "";
	case MIGRATE_PENDING:
		return arena_printf(a, "%s is not applied", row->name);
	case MIGRATE_CHANGED:
		return arena_printf(a, "%s is not what was applied under its name", row->name);
	case MIGRATE_UNKNOWN:
		return arena_printf(
		    a, "the database has %s, which this program does not know", row->name);
	case MIGRATE_AWAY:
		break;
	}
	return "the database could not be asked";
}

enum migrate_state
migrate_state(
    struct pg *pg, struct arena *a, const struct migration *set, size_t n, const char **why_r)
{
	struct migrate_file *files = migrate_file_parse_all(a, set, n, why_r);
	enum migrate_state state;
	const struct row *row;
	struct plan plan;

	if (files == NULL)
		return MIGRATE_CHANGED;
	if (!load(pg, a, files, n, &plan)) {
		*why_r = arena_strdup(a, pg_why(pg));
		return MIGRATE_AWAY;
	}
	state = judge(&plan, &row);
	*why_r = sentence(a, state, row);
	return state;
}

/* False with the reason of the last statement, and the file it was about. */
static bool
fail(struct pg *pg, struct arena *a, const char *name, const char **why_r)
{
	*why_r = arena_printf(a, "%s: %s", name, pg_why(pg));
	return false;
}

static bool
open_session(struct pg *pg, struct arena *a, const char **why_r)
{
	pg_deadline(pg, clock_mono_us() + MIGRATE_US);
	if (pg_script(pg, open_sql) == PG_OK)
		return true;
	return fail(pg, a, "the lock for migrations", why_r);
}

static void
close_session(struct pg *pg)
{
	enum pg_code code;

	pg_rollback(pg);
	pg_deadline(pg, INT64_MAX);
	code = pg_script(pg, close_sql);
	/* Only a lost session may fail here: the lock and the settings went with it. */
	assert(code == PG_OK || pg_state(pg) != PG_STATE_UP);
}

/* One direction of a file, and its row, in one transaction. */
static bool
apply(struct pg *pg, struct arena *a, const struct row *row, bool up, const char **why_r)
{
	char *version = arena_printf(a, "%lld", (long long)row->version);
	const char *name = row->file->name;
	enum pg_code code;

	if (pg_begin(pg, true) != PG_OK ||
	    pg_script(pg, up ? row->file->up : row->file->down) != PG_OK)
		return fail(pg, a, name, why_r);
	if (up)
		code = PG_QUERY(pg, a, &insert_statement, NULL, version, name, row->file->checksum);
	else
		code = PG_QUERY(pg, a, &delete_statement, NULL, version);
	if (code != PG_OK || pg_commit(pg) != PG_OK)
		return fail(pg, a, name, why_r);
	return true;
}

/* What is applied, loaded under the lock; refuses to work on a database that is not ours. */
static bool
load_own(struct pg *pg, struct arena *a, const struct migrate_file *files, size_t n,
    struct plan *plan, const char **why_r)
{
	const struct row *row;
	enum migrate_state state;

	if (pg_script(pg, table_sql) != PG_OK || !load(pg, a, files, n, plan))
		return fail(pg, a, "schema_migrations", why_r);
	state = judge(plan, &row);
	if (state == MIGRATE_CURRENT || state == MIGRATE_PENDING)
		return true;
	*why_r = sentence(a, state, row);
	return false;
}

static bool
run_after(struct pg *pg, struct arena *a, const char *after, const char **why_r)
{
	if (after == NULL)
		return true;
	if (pg_begin(pg, true) != PG_OK || pg_script(pg, after) != PG_OK || pg_commit(pg) != PG_OK)
		return fail(pg, a, "what runs after the migrations", why_r);
	return true;
}

static bool
up_locked(
    struct pg *pg, struct arena *a, const struct plan *plan, int *applied_r, const char **why_r)
{
	for (size_t i = 0; i < plan->n; i++) {
		if (plan->rows[i].applied)
			continue;
		if (!apply(pg, a, &plan->rows[i], true, why_r))
			return false;
		(*applied_r)++;
	}
	return true;
}

bool
migrate_up(struct pg *pg, struct arena *a, const struct migration *set, size_t n, const char *after,
    int *applied_r, const char **why_r)
{
	struct migrate_file *files = migrate_file_parse_all(a, set, n, why_r);
	struct plan plan;
	bool done;

	*applied_r = 0;
	if (files == NULL)
		return false;
	done = open_session(pg, a, why_r) && load_own(pg, a, files, n, &plan, why_r) &&
	    up_locked(pg, a, &plan, applied_r, why_r) && run_after(pg, a, after, why_r);
	close_session(pg);
	return done;
}

static bool
down_locked(struct pg *pg, struct arena *a, const struct plan *plan, const char **undone_r,
    const char **why_r)
{
	const struct row *newest = NULL;

	for (size_t i = 0; i < plan->n; i++) {
		if (plan->rows[i].applied)
			newest = &plan->rows[i];
	}
	if (newest == NULL)
		return true;
	if (!newest->file->undoable) {
		*why_r = arena_printf(a, "%s: its down section is empty", newest->name);
		return false;
	}
	if (!apply(pg, a, newest, false, why_r))
		return false;
	*undone_r = newest->name;
	return true;
}

bool
migrate_down(struct pg *pg, struct arena *a, const struct migration *set, size_t n,
    const char **undone_r, const char **why_r)
{
	struct migrate_file *files = migrate_file_parse_all(a, set, n, why_r);
	struct plan plan;
	bool done;

	*undone_r = NULL;
	if (files == NULL)
		return false;
	done = open_session(pg, a, why_r) && load_own(pg, a, files, n, &plan, why_r) &&
	    down_locked(pg, a, &plan, undone_r, why_r);
	close_session(pg);
	return done;
}

bool
migrate_list(struct pg *pg, struct arena *a, const struct migration *set, size_t n,
    void (*each)(void *cookie, const char *name, const char *state), void *cookie,
    const char **why_r)
{
	struct migrate_file *files = migrate_file_parse_all(a, set, n, why_r);
	struct plan plan;

	if (files == NULL)
		return false;
	if (!load(pg, a, files, n, &plan))
		return fail(pg, a, "schema_migrations", why_r);
	for (size_t i = 0; i < plan.n; i++) {
		const struct row *row = &plan.rows[i];

		each(cookie, row->name,
		    row->file == NULL  ? "unknown"
			: row->changed ? "changed"
			: row->applied ? "applied"
				       : "pending");
	}
	return true;
}
