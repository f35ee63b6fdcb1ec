#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/clock.h"
#include "lib/pg.h"

#include "app/config.h"
#include "app/worker.h"

#include "app/command_verbs.h"

#define CONNECT_US (10 * CLOCK_US_PER_S)

int
command_verbs_fail(const char *why)
{
	fprintf(stderr, "gatehouse: %s\n", why);
	return EXIT_FAILURE;
}

int
command_verbs_fail_on(const char *what, const char *why)
{
	fprintf(stderr, "gatehouse: %s: %s\n", what, why);
	return EXIT_FAILURE;
}

static int
run_verb(struct worker *w, struct arena *a, int argc, char **argv, const struct command_verb *verbs)
{
	struct service s = worker_service(w, a);
	int status = 2;

	if (!pg_connect_wait(w->pg, CONNECT_US))
		return command_verbs_fail(pg_why(w->pg));
	pg_deadline(w->pg, clock_mono_us() + CONNECT_US);
	for (; verbs->name != NULL; verbs++) {
		if (strcmp(argv[0], verbs->name) == 0)
			status = verbs->run(&s, argc - 1, argv + 1);
	}
	return status;
}

int
command_verbs_run(
    struct arena *a, int argc, char **argv, const struct command_verb *verbs, enum pool pool)
{
	struct config c;
	struct worker w;
	const char *why;
	int status;

	if (argc < 1)
		return 2;
	if (!config_load(a, &c, &why) || !config_check(&c, &why))
		return command_verbs_fail(why);
	if (worker_init(&w, &(struct program){.config = &c}, pool, &why))
		status = run_verb(&w, a, argc, argv, verbs);
	else
		status = command_verbs_fail(why);
	worker_fini(&w);
	return status;
}
