#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/clock.h"
#include "lib/pg.h"

#include "app/command_verbs.h"
#include "app/config.h"
#include "app/document.h"
#include "app/store/document_indexes.h"
#include "app/store/reconcile.h"

#include "app/commands.h"

#define CONNECT_US (10 * CLOCK_US_PER_S)
/* Counting reads every document's index entry; nobody waits for it but who called. */
#define COUNT_US (INT64_C(600) * CLOCK_US_PER_S)

enum { SHOWN_MAX = 1000 };

struct reconciling {
	struct pg *pg;
	struct arena *arena;
	bool fix, good;
};

static const struct error *
counts(struct reconciling *r)
{
	struct reconcile_difference *d = NULL;
	size_t n = 0;
	const struct error *e = reconcile_counts(r->pg, r->arena, SHOWN_MAX, &d, &n);

	for (size_t i = 0; e == NULL && i < n; i++) {
		printf("%s %s %" PRId64 " counted %" PRId64 "\n", d[i].user_id, d[i].what,
		    d[i].kept, d[i].counted);
		if (r->fix)
			e = reconcile_fix(r->pg, r->arena, d[i].user_id);
	}
	if (n == SHOWN_MAX)
		fprintf(stderr, "gatehouse: these are the first %d\n", SHOWN_MAX);
	r->good = n == 0 || (r->fix && n < SHOWN_MAX);
	return e;
}

static const struct error *
fix_index(struct reconciling *r, const struct document_index_fault *f, bool wanted)
{
	const struct error *e = f->state == DOCUMENT_INDEX_MISSING
	    ? NULL
	    : document_indexes_drop(r->pg, r->arena, f->user_id);

	return e != NULL || !wanted ? e : document_indexes_make(r->pg, r->arena, f->user_id);
}

/* Who has most comes first, as long as there is room. */
static const struct error *
indexes(struct reconciling *r)
{
	static const char *const states[] = {[DOCUMENT_INDEX_MISSING] = "missing",
	    [DOCUMENT_INDEX_INVALID] = "invalid",
	    [DOCUMENT_INDEX_SUPERFLUOUS] = "superfluous"};
	struct document_index_faults f;
	const struct error *e = document_indexes_read(r->pg, r->arena, DOCUMENT_INDEX_FROM, &f);
	int64_t room = e == NULL ? DOCUMENT_INDEXES_MAX - f.good : 0, without = 0;

	for (size_t i = 0; e == NULL && i < f.n; i++) {
		bool large = f.at[i].documents > DOCUMENT_INDEX_FROM, wanted = large && room > 0;

		if (large && !wanted)
			without++;
		if (f.at[i].state == DOCUMENT_INDEX_MISSING && !wanted)
			continue;
		room -= wanted;
		printf("%s index %s documents %" PRId64 "\n", f.at[i].user_id,
		    states[f.at[i].state], f.at[i].documents);
		(void)fflush(stdout); /* a line that could not be written is told at the end */
		r->good = r->good && r->fix;
		if (r->fix)
			e = fix_index(r, &f.at[i], wanted);
	}
	if (without > 0)
		fprintf(stderr,
		    "gatehouse: %" PRId64 " owners more than the %d who may have an index; theirs "
		    "are all compared\n",
		    without, DOCUMENT_INDEXES_MAX);
	return e;
}

static int
reconcile(struct reconciling *r)
{
	bool all = false, alone = false;
	const struct error *e = reconcile_sees_all(r->pg, r->arena, &all);

	if (e == NULL && !all)
		return command_verbs_fail("rows are hidden from this role: "
					  "MIGRATE_DATABASE_URL must be that of the owner");
	if (e == NULL && r->fix)
		e = document_indexes_claim(r->pg, r->arena, &alone);
	if (e == NULL && r->fix && !alone)
		return command_verbs_fail("another gatehouse reconcile --fix is at work");
	if (e == NULL)
		e = counts(r);
	if (e == NULL)
		e = indexes(r);
	if (e != NULL)
		return command_verbs_fail(e->detail);
	return r->good ? EXIT_SUCCESS : EXIT_FAILURE;
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
		    ? reconcile(&(struct reconciling){.pg = pg, .arena = a, .fix = fix})
		    : command_verbs_fail(pg_why(pg));
	}
	pg_free(&pg);
	return status;
}
