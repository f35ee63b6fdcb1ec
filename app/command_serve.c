#include <assert.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/arena.h"
#include "lib/buf.h"
#include "lib/clock.h"
#include "lib/log.h"
#include "lib/openapi.h"
#include "lib/pg.h"
#include "lib/selfcheck.h"
#include "lib/supervisor.h"

#include "app/api/api.h"
#include "app/config.h"
#include "app/services/files.h"
#include "app/services/mail_texts.h"
#include "app/services/mailer.h"
#include "app/store/database.h"
#include "app/worker.h"

#include "app/commands.h"

enum {
	BACKLOG = 1024,
	AUTH_BACKLOG_MIN = 4,
	AUTH_QUEUE_MS = 1000,
	AUTH_NICE = 10,
	START_FAILURES_MAX = 5
};

#define READY_US (30 * CLOCK_US_PER_S)
#define STUCK_US (10 * CLOCK_US_PER_S)
#define DRAIN_US (10 * CLOCK_US_PER_S)

/* What a reload replaces as a whole: the workers that are forked afterwards see the new one. */
struct loaded {
	struct config config;
	struct api api;
	struct mail_texts texts;
	struct arena *arena;
	const char *openapi;
	size_t openapi_bytes;
};

struct serving {
	struct program program; /* first: what the workers' cookie is */
	struct loaded *loaded;
	struct arena *first;
};

static_assert(offsetof(struct serving, program) == 0, "one cookie for workers and reload");

/* NULL, with a sentence, leaves everything as it was; ${a} is then the caller's to free. */
static struct loaded *
load(struct arena *a, const char **why_r)
{
	struct loaded *l = arena_alloc(a, sizeof(*l));
	struct buf document;

	if (!config_load(a, &l->config, why_r) || !config_check(&l->config, why_r) ||
	    !mailer_check(&l->config, why_r) || !files_check(&l->config, why_r) ||
	    !mail_texts_load(a, l->config.mail_templates, &l->texts, why_r))
		return NULL;
	l->arena = a;
	l->api = api_with(l->config.app_name, l->config.prefix);
	if (!selfcheck_api(a, &l->api, why_r))
		return NULL;
	buf_init(&document, a);
	openapi_render(&document, &l->api);
	l->openapi = document.at;
	l->openapi_bytes = document.bytes;
	return l;
}

static void
take(struct serving *s, struct loaded *l)
{
	s->loaded = l;
	s->program = (struct program){&l->config, &l->api, l->openapi, l->openapi_bytes, &l->texts};
	log_init(log_level_parse(l->config.log_level));
}

/* What no request could mend. ${away}: what to say where the database cannot be asked; it may come later. */
static const char *
database_fault(struct arena *a, const struct config *c, const char *away)
{
	struct pg *pg = pg_new(c->database_url, "gatehouse-start");
	struct database d;
	const char *why = away;

	if (pg_connect_wait(pg, CLOCK_US_PER_S) && database_read(pg, a, &d) == NULL) {
		why = database_dimensions_fault(a, &d, c->embedding_dimensions);
		/* Like the migrations, it may come later. */
		if (!d.has_vector)
			log_line(
			    LOG_WARN, "extension_missing", LOG_S("why", database_vector_fault(&d)));
	}
	pg_free(&pg);
	return why;
}

/*
 * The pools stay as they are, and without FILES_DIR there is none of files. The supervisor asks the database
 * nothing, unless a setting that must agree with it is another one now.
 */
static bool
reloadable(struct arena *a, const struct config *old, const struct config *new, const char **why_r)
{
	if ((*old->files_dir == '\0') != (*new->files_dir == '\0')) {
		*why_r = "FILES_DIR comes and goes only with a new start";
		return false;
	}
	if (old->embedding_dimensions == new->embedding_dimensions)
		return true;
	*why_r = database_fault(
	    a, new, "EMBEDDING_DIMENSIONS has changed, and the database could not be asked");
	return *why_r == NULL;
}

static bool
same_pools(const struct config *a, const struct config *b)
{
	bool same = a->read_workers == b->read_workers && a->api_workers == b->api_workers;

	same = same && a->auth_workers == b->auth_workers && a->files_workers == b->files_workers;
	same = same && strcmp(a->socket_dir, b->socket_dir) == 0;
	return same && strcmp(a->socket_group, b->socket_group) == 0;
}

/*
 * A broken setting must never take a running service down: the old ones stay. Workers that run have
 * copies of their own, so what they were forked from goes, and the old SECRET_KEY with it; but the
 * first arena stays, the supervisor's options lie in it.
 */
static bool
reload(void *cookie)
{
	struct serving *s = cookie;
	struct loaded *old = s->loaded, *new;
	struct arena *a = arena_new();
	const char *why;

	new = load(a, &why);
	if (new == NULL || !reloadable(a, &old->config, &new->config, &why)) {
		log_line(LOG_ERROR, "reload_refused", LOG_S("why", why));
		arena_free(&a);
		return false;
	}
	/* What the parent has bound and counted stays. */
	if (!same_pools(&old->config, &new->config))
		log_line(LOG_WARN, "pools_unchanged",
		    LOG_S("why",
			"*_WORKERS, SOCKET_DIR and SOCKET_GROUP change only with a new start"));
	take(s, new);
	if (old->arena != s->first) {
		a = old->arena; /* old lies in it */
		arena_free(&a);
	}
	return true;
}

/*
 * The backlog of a pool is its queue. Hashing is the slow one: who would wait there for more than
 * AUTH_QUEUE_MS is better told so at once, which is what nginx makes of a full backlog (503 OVERLOADED).
 * A hash takes about 40 ms at yescrypt cost 6 and 205 ms at bcrypt cost 12, twice that for each step.
 */
static int
auth_backlog(const struct config *c)
{
	bool bcrypt = strcmp(c->password_scheme, "bcrypt") == 0;
	int64_t steps = bcrypt ? c->bcrypt_cost - 12 : c->yescrypt_cost - 6;
	int64_t us = bcrypt ? 205000 : 40000, n;

	us = steps >= 0 ? us << steps : us >> -steps;
	n = c->auth_workers * AUTH_QUEUE_MS * 1000 / us;
	return (int)(n < AUTH_BACKLOG_MIN ? AUTH_BACKLOG_MIN : n > BACKLOG ? BACKLOG : n);
}

static struct supervisor_pool
serves(struct arena *a, const struct config *c, enum pool pool, int64_t workers, int backlog)
{
	const char *name = worker_pools[pool];
	const char *socket = arena_printf(a, "%s/%s.sock", c->socket_dir, name);

	return (struct supervisor_pool){.name = name,
	    .socket = workers == 0 ? NULL : socket,
	    .backlog = backlog,
	    .workers = (int)workers,
	    .nice = pool == POOL_AUTH ? AUTH_NICE : 0,
	    .run = worker_run};
}

int
command_serve(struct arena *a, int argc, char **argv)
{
	static struct serving serving; /* as long as the process */
	struct supervisor_pool pools[POOL__MAX + 1] = {{0}};
	const struct config *c;
	const char *why;
	int status;

	(void)argv;
	if (argc != 0)
		return 2;
	serving.first = a;
	serving.loaded = load(a, &why);
	if (serving.loaded != NULL)
		why = database_fault(a, &serving.loaded->config, NULL);
	if (serving.loaded == NULL || why != NULL) {
		fprintf(stderr, "gatehouse: %s\n", why);
		return EXIT_FAILURE;
	}
	take(&serving, serving.loaded);
	c = serving.program.config;
	pools[POOL_READ] = serves(a, c, POOL_READ, c->read_workers, BACKLOG);
	pools[POOL_API] = serves(a, c, POOL_API, c->api_workers, BACKLOG);
	pools[POOL_AUTH] = serves(a, c, POOL_AUTH, c->auth_workers, auth_backlog(c));
	pools[POOL_FILES] = serves(a, c, POOL_FILES, c->files_workers, BACKLOG);
	pools[POOL_BACKGROUND] = (struct supervisor_pool){
	    worker_pools[POOL_BACKGROUND], NULL, 0, 1, AUTH_NICE, background_run};
	status = supervisor_run(&(struct supervisor_options){.pools = pools,
	    .cookie = &serving,
	    .socket_group = *c->socket_group == '\0' ? NULL : c->socket_group,
	    .ready_us = READY_US,
	    .stuck_us = STUCK_US,
	    .drain_us = DRAIN_US,
	    .start_failures_max = START_FAILURES_MAX,
	    .note = log_event,
	    .reload = reload});
	if (serving.loaded->arena != a) {
		a = serving.loaded->arena; /* the last reload's; the first is the caller's */
		arena_free(&a);
	}
	/* Its 2, for a socket that is taken, is not the 2 of wrong usage. */
	return status == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
