#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/clock.h"
#include "lib/pg.h"

#include "app/command_verbs.h"
#include "app/config.h"
#include "app/store/reconcile.h"

#include "app/commands.h"

#define CONNECT_US (10 * CLOCK_US_PER_S)
/* Counting reads every document's index entry; nobody waits for it but who called. */
#define COUNT_US (INT64_C(600) * CLOCK_US_PER_S)

enum { SHOWN_MAX = 1000 };

static int
reconcile(struct pg *pg, struct arena *a, bool fix)
{
	struct reconcile_difference *d = NULL;
	size_t n = 0;
	bool all = false;
	const struct error *e = reconcile_sees_all(pg, a, &all);

	if (e == NULL && !all)
		return command_verbs_fail("rows are hidden from this role: "
					  "MIGRATE_DATABASE_URL must be that of the owner");
	if (e == NULL)
		e = reconcile_documents(pg, a, SHOWN_MAX, &d, &n);
	for (size_t i = 0; e == NULL && i < n; i++) {
		printf("%s document_count %" PRId64 " counted %" PRId64 "\n", d[i].user_id,
		    d[i].kept, d[i].counted);
		if (fix)
			e = reconcile_fix_documents(pg, a, d[i].user_id);
	}
	if (e != NULL)
		return command_verbs_fail(e->detail);
	if (n == SHOWN_MAX)
		fprintf(stderr, "gatehouse: these are the first %d\n", SHOWN_MAX);
	return n == 0 || (fix && n < SHOWN_MAX) ? EXIT_SUCCESS : EXIT_FAILURE;
}

int
command_reconcile(struct arena *a, int argc, char **argv)
{
	struct config c;
	struct pg *pg;
	const char *why;
	bool fix = argc == 1 && strcmp(argv[0], "--fix") == 0;
	int status;

	if (argc > 1 || (argc == 1 && !fix))
		return 2;
	if (!config_load(a, &c, &why))
		return command_verbs_fail(why);
	pg = pg_new(c.migrate_database_url, "gatehouse-reconcile");
	if (!pg_connect_wait(pg, CONNECT_US)) {
		status = command_verbs_fail(pg_why(pg));
	} else {
		pg_deadline(pg, clock_mono_us() + COUNT_US);
		status = pg_script(pg, "SET statement_timeout = 0") == PG_OK
		    ? reconcile(pg, a, fix)
		    : command_verbs_fail(pg_why(pg));
	}
	pg_free(&pg);
	return status;
}
