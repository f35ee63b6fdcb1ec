#include <assert.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>

#include "lib/arena.h"
#include "lib/buf.h"
#include "lib/clock.h"
#include "lib/log.h"
#include "lib/openapi.h"
#include "lib/selfcheck.h"
#include "lib/supervisor.h"

#include "app/api/api.h"
#include "app/config.h"
#include "app/worker.h"

#include "app/commands.h"

/*
 * The backlog of a pool is its queue. Hashing is the slow one: what waits there longer than a few
 * seconds is better told so at once, and a full backlog is what nginx answers with 503 OVERLOADED.
 */
enum { BACKLOG = 1024, AUTH_BACKLOG = 64, AUTH_NICE = 10, START_FAILURES_MAX = 5, POOLS = 4 };

#define READY_US (30 * CLOCK_US_PER_S)
#define STUCK_US (10 * CLOCK_US_PER_S)
#define DRAIN_US (10 * CLOCK_US_PER_S)

/* What a reload replaces as a whole: the workers that are forked afterwards see the new one. */
struct serving {
	struct program program;
	struct config config;
	struct api api;
	struct arena *reloaded; /* what the last reload lies in; the start's arena is main()'s */
};

static_assert(offsetof(struct serving, program) == 0, "one cookie for workers and reload");

/* All or nothing: what is served stays as it is when this fails. */
static bool
serving_load(struct serving *s, struct arena *a, const char **why_r)
{
	struct config config;
	struct buf document;
	struct api api;

	if (!config_load(a, &config, why_r) || !config_check(&config, why_r))
		return false;
	api = api_with(config.prefix);
	if (!selfcheck_api(a, &api, why_r))
		return false;
	buf_init(&document, a);
	openapi_render(&document, &api);
	s->config = config;
	s->api = api;
	s->program = (struct program){&s->config, &s->api, document.at, document.bytes};
	return true;
}

/* A broken setting must never take a running service down: the old ones stay. Old workers have their
 * own copy of what is freed here. */
static bool
reload(void *cookie)
{
	struct serving *s = cookie; /* whose first member is what the workers get */
	struct arena *a = arena_new();
	const char *why;

	if (serving_load(s, a, &why)) {
		arena_free(&s->reloaded);
		s->reloaded = a;
		log_init(log_level_parse(s->config.log_level));
		return true;
	}
	log_line(LOG_ERROR, "reload_refused", LOG_S("why", why));
	arena_free(&a);
	return false;
}

static const char *
socket_path(struct arena *a, const struct config *c, const char *name)
{
	return arena_printf(a, "%s/%s.sock", c->socket_dir, name);
}

int
command_serve(struct arena *a, int argc, char **argv)
{
	static struct serving serving; /* as long as the process */
	struct supervisor_pool pools[POOLS + 1] = {{0}};
	const struct config *c = &serving.config;
	const char *why;
	int status;

	(void)argv;
	if (argc != 0)
		return 2;
	if (!serving_load(&serving, a, &why)) {
		fprintf(stderr, "gatehouse: %s\n", why);
		return EXIT_FAILURE;
	}
	log_init(log_level_parse(c->log_level));
	pools[POOL_READ] = (struct supervisor_pool){
	    "read", socket_path(a, c, "read"), BACKLOG, (int)c->read_workers, 0, worker_run};
	pools[POOL_API] = (struct supervisor_pool){
	    "api", socket_path(a, c, "api"), BACKLOG, (int)c->api_workers, 0, worker_run};
	pools[POOL_AUTH] = (struct supervisor_pool){"auth", socket_path(a, c, "auth"), AUTH_BACKLOG,
	    (int)c->auth_workers, AUTH_NICE, worker_run};
	pools[POOL_BACKGROUND] =
	    (struct supervisor_pool){"background", NULL, 0, 1, AUTH_NICE, background_run};
	status = supervisor_run(&(struct supervisor_options){.pools = pools,
	    .cookie = &serving,
	    .socket_group = *c->socket_group == '\0' ? NULL : c->socket_group,
	    .ready_us = READY_US,
	    .stuck_us = STUCK_US,
	    .drain_us = DRAIN_US,
	    .start_failures_max = START_FAILURES_MAX,
	    .note = log_event,
	    .reload = reload});
	arena_free(&serving.reloaded);
	/* Its 2, for a socket that is taken, is not the 2 of wrong usage. */
	return status == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
