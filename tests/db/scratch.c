#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lib/arena.h"

#include "tests/db/scratch.h"

enum { URL_SIZE = 512 };

static char url[URL_SIZE], name[64];

static const char *
cluster_url(void)
{
	const char *s = getenv("TEST_DATABASE_URL");

	cr_assert(s != NULL, "TEST_DATABASE_URL is not set: run this by scripts/pg-temp");
	return s;
}

struct pg *
scratch_connect(const char *where)
{
	struct pg *pg = pg_new(where, "test");

	cr_assert(pg_connect_wait(pg, 20000000), "%s", pg_why(pg));
	return pg;
}

/* CREATE and DROP DATABASE take longer than a request may. */
static void
run(const char *verb, const char *more)
{
	struct pg *pg = scratch_connect(cluster_url());
	char sql[256];

	(void)snprintf(sql, sizeof(sql), "%s DATABASE %s%s", verb, name, more);
	cr_assert_eq(pg_script(pg, "SET statement_timeout = 0"), PG_OK);
	cr_assert_eq(pg_script(pg, sql), PG_OK, "%s: %s", sql, pg_why(pg));
	pg_free(&pg);
}

struct pg *
scratch_open(void)
{
	const char *cluster = cluster_url();

	(void)snprintf(name, sizeof(name), "scratch_%d", (int)getpid());
	(void)snprintf(url, sizeof(url), "%s%cdbname=%s", cluster,
	    strchr(cluster, '?') == NULL ? '?' : '&', name);
	run("CREATE", "");
	return scratch_connect(url);
}

const char *
scratch_url(void)
{
	return url;
}

void
scratch_close(struct pg **pg)
{
	pg_free(pg);
	run("DROP", " WITH (FORCE)");
}

int64_t
scratch_int(const char *sql)
{
	char text[600];
	struct pg_statement statement = {.name = "scratch", .sql = text};
	struct pg *pg = scratch_connect(url);
	struct arena *a = arena_new();
	struct pg_rows rows;
	int64_t n;

	(void)snprintf(text, sizeof(text), "SELECT (%s)::bigint", sql);
	cr_assert_eq(pg_exec(pg, a, &statement, NULL, &rows), PG_OK, "%s: %s", sql, pg_why(pg));
	cr_assert_eq(rows.n, 1);
	n = pg_int(&rows, 0, 0);
	arena_free(&a);
	pg_free(&pg);
	return n;
}
