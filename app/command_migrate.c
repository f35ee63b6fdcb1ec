#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/arena.h"
#include "lib/buf.h"
#include "lib/clock.h"
#include "lib/migrate.h"
#include "lib/pg.h"

#include "app/config.h"
#include "app/schema.h"
#include "app/store/database.h"

#include "app/commands.h"

#define CONNECT_US (10 * CLOCK_US_PER_S)

static int
fail(const char *why)
{
	fprintf(stderr, "gatehouse: %s\n", why);
	return EXIT_FAILURE;
}

/* The role of DATABASE_URL, as SQL: what the grants are for. NULL when it cannot connect. */
static const char *
app_role(struct arena *a, const struct config *c, const char **why_r)
{
	struct pg *pg = pg_new(c->database_url, "gatehouse-migrate");
	struct database d = {.role = NULL};

	if (!pg_connect_wait(pg, CONNECT_US) || database_read(pg, a, &d) != NULL)
		*why_r = arena_printf(a, "as the role of DATABASE_URL: %s", pg_why(pg));
	pg_free(&pg);
	return d.role;
}

/* schema/grants.sql with :app replaced by the role. */
static const char *
grants_for(struct arena *a, const char *role)
{
	struct buf b;
	const char *rest = schema_grants, *at;

	buf_init(&b, a);
	for (; (at = strstr(rest, ":app")) != NULL; rest = at + strlen(":app")) {
		buf_add(&b, rest, (size_t)(at - rest));
		buf_puts(&b, role);
	}
	buf_puts(&b, rest);
	return b.at;
}

/* In locale C, trigrams and lower() know no letter beyond ASCII: names could not be searched. */
static const char *
locale_fault(struct arena *a, struct pg *pg)
{
	struct database d;

	if (database_read(pg, a, &d) != NULL)
		return pg_why(pg);
	if (strcmp(d.encoding, "UTF8") == 0 && strcmp(d.ctype, "C") != 0 &&
	    strcmp(d.ctype, "POSIX") != 0)
		return NULL;
	return "the database is not UTF-8 with a UTF-8 locale: create it with LC_CTYPE 'C.UTF-8'";
}

static int
up(struct arena *a, const struct config *c, struct pg *pg)
{
	const char *why = NULL, *role = app_role(a, c, &why);
	struct database d;
	int applied = 0;
	bool same = strcmp(c->database_url, c->migrate_database_url) == 0;

	if (role != NULL)
		why = locale_fault(a, pg);
	if (role == NULL || why != NULL)
		return fail(why);
	if (database_read(pg, a, &d) != NULL)
		return fail(pg_why(pg));
	if (!database_dimensions_set(pg, a, &d, c->embedding_dimensions, &why))
		return fail(why);
	/* One role for both has what it needs by owning it; taking its own rights would lock it out. */
	if (!migrate_up(pg, a, schema_migrations, schema_migrations_n,
		same ? NULL : grants_for(a, role), &applied, &why))
		return fail(why);
	printf("%d migration%s applied\n", applied, applied == 1 ? "" : "s");
	return EXIT_SUCCESS;
}

static int
down(struct arena *a, struct pg *pg)
{
	const char *undone, *why;

	if (!migrate_down(pg, a, schema_migrations, schema_migrations_n, &undone, &why))
		return fail(why);
	printf("%s\n", undone == NULL ? "nothing to undo" : undone);
	return EXIT_SUCCESS;
}

static void
print_one(void *cookie, const char *name, const char *state)
{
	bool *pending = cookie;

	*pending = *pending || strcmp(state, "applied") != 0;
	printf("%-10s %s\n", state, name);
}

static int
status(struct arena *a, struct pg *pg, bool check)
{
	const char *why;
	bool pending = false;

	if (!migrate_list(pg, a, schema_migrations, schema_migrations_n, print_one, &pending, &why))
		return fail(why);
	return check && pending ? EXIT_FAILURE : EXIT_SUCCESS;
}

int
command_migrate(struct arena *a, int argc, char **argv)
{
	struct config c;
	struct pg *pg;
	const char *why;
	bool check = argc == 2 && strcmp(argv[1], "--check") == 0;
	int result = 2;

	if (argc < 1 || (argc > 1 && !check))
		return 2;
	if (!config_load(a, &c, &why))
		return fail(why);
	pg = pg_new(c.migrate_database_url, "gatehouse-migrate");
	if (!pg_connect_wait(pg, CONNECT_US))
		result = fail(pg_why(pg));
	else if (strcmp(argv[0], "up") == 0 && argc == 1)
		result = up(a, &c, pg);
	else if (strcmp(argv[0], "down") == 0 && argc == 1)
		result = down(a, pg);
	else if (strcmp(argv[0], "status") == 0)
		result = status(a, pg, check);
	pg_free(&pg);
	return result;
}
