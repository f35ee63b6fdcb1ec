#include <malloc.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>

#include "lib/arena.h"
#include "lib/clock.h"
#include "lib/depot.h"
#include "lib/log.h"
#include "lib/password.h"
#include "lib/pg.h"
#include "lib/policy.h"
#include "lib/router.h"
#include "lib/slots.h"
#include "lib/supervisor.h"
#include "lib/token.h"
#include "lib/turn.h"

#include "app/config.h"
#include "app/serve.h"

#include "app/worker.h"

enum { KEPT_BYTES = 4 * 1024 * 1024 };

enum { READ_BATCH = 32, READ_KEPT = 128 };

/* A new worker is ready when it has its database, or when waiting longer would only lengthen the outage:
 * then it answers 503 at once, and 200 as soon as it can. */
#define CONNECT_WAIT_US (2 * CLOCK_US_PER_S)
#define DRAIN_US        (2 * CLOCK_US_PER_S)

const char *const worker_pools[] = {[POOL_READ] = "read",
    [POOL_API] = "api",
    [POOL_AUTH] = "auth",
    [POOL_FILES] = "files",
    [POOL_BACKGROUND] = "background",
    [POOL__MAX] = NULL};

static const char *const names[] = {[POOL_READ] = "gatehouse-read",
    [POOL_API] = "gatehouse-api",
    [POOL_AUTH] = "gatehouse-auth",
    [POOL_FILES] = "gatehouse-files",
    [POOL_BACKGROUND] = "gatehouse-background"};

/* Only who hashes pays for the known-answer tests and the dummy hash. */
static bool
hasher_init(struct worker *w, const char **why_r)
{
	bool bcrypt = strcmp(w->config->password_scheme, "bcrypt") == 0;

	if (w->pool != POOL_AUTH &&
	    (w->pool != POOL_BACKGROUND || *w->config->first_superuser == '\0'))
		return true;
	w->password = password_new(bcrypt ? PASSWORD_BCRYPT : PASSWORD_YESCRYPT,
	    (int)(bcrypt ? w->config->bcrypt_cost : w->config->yescrypt_cost), why_r);
	return w->password != NULL;
}

bool
worker_init(struct worker *w, const struct program *program, enum pool pool, const char **why_r)
{
	const struct config *c = program->config;
	const char *previous = *c->secret_key_previous == '\0' ? NULL : c->secret_key_previous;

	/* What a turn frees the next one takes: given back to the kernel in between, its pages would be
	 * zeroed 500 times a second, for a tenth of all reads. */
	(void)mallopt(M_TRIM_THRESHOLD, KEPT_BYTES);
	*w = (struct worker){.pool = pool,
	    .config = c,
	    .api = program->api,
	    .openapi = program->openapi,
	    .openapi_bytes = program->openapi_bytes,
	    .texts = program->texts};
	w->tokens = token_keys_new(
	    c->algorithm, c->secret_key, previous, c->public_url, c->public_url, why_r);
	if (w->tokens == NULL || !hasher_init(w, why_r))
		return false;
	/* In the other pools a check is little beside what follows, and this much memory is not. */
	if (pool == POOL_READ && !token_keys_remember(w->tokens)) {
		*why_r = "no memory for known tokens";
		return false;
	}
	refresh_token_keys(c->secret_key, c->secret_key_previous, &w->refresh_keys);
	secret_derive(c->secret_key, strlen(c->secret_key), "limits", w->limit_key);
	if (*c->files_dir != '\0') {
		w->depot = depot_open(c->files_dir, why_r);
		if (w->depot == NULL)
			return false;
	}
	/* The command line serves no routes. */
	w->router = w->api == NULL ? NULL : router_new(w->api);
	w->pg = pg_new(c->database_url, names[pool]);
	return true;
}

void
worker_fini(struct worker *w)
{
	pg_free(&w->pg);
	router_free(&w->router);
	depot_free(&w->depot);
	password_free(&w->password);
	token_keys_free(&w->tokens);
	secret_wipe(&w->refresh_keys, sizeof(w->refresh_keys));
	secret_wipe(w->limit_key, sizeof(w->limit_key));
}

struct service
worker_service(const struct worker *w, struct arena *a)
{
	return (struct service){.arena = a,
	    .pg = w->pg,
	    .config = w->config,
	    .password = w->password,
	    .tokens = w->tokens,
	    .refresh_keys = &w->refresh_keys,
	    .limit_key = w->limit_key,
	    .depot = w->depot};
}

void
worker_watch(struct worker *w)
{
	bool up = pg_state(w->pg) == PG_STATE_UP;

	if (up == w->was_up)
		return;
	w->was_up = up;
	log_line(up ? LOG_INFO : LOG_WARN, up ? "db_up" : "db_down",
	    LOG_S("why", up ? NULL : pg_why(w->pg)));
}

static size_t
body_max(const struct api *api)
{
	size_t most = BODY_MAX;

	for (const struct route *r = api->routes; r->path != NULL; r++)
		most = r->body_max > most ? r->body_max : most;
	return most;
}

static int
worker_serve(struct worker *w, int listen_fd, struct supervisor_child *child)
{
	bool reads = w->pool == POOL_READ;

	/* It is to wake when nginx has written what it has, not to take the CPU from it for the first of many
	 * requests: each turn is one statement. A wish, as the priority is. */
	if (reads)
		(void)sched_setscheduler(0, SCHED_BATCH, &(struct sched_param){0});
	w->slots = child->slots;
	w->slot = &child->slots->slot[child->slot];
	if (w->depot != NULL)
		depot_beat(w->depot, &w->slot->beat_us);
	w->was_up = !pg_connect_wait(w->pg, CONNECT_WAIT_US);
	worker_watch(w);
	w->slot->database_up = w->was_up;
	supervisor_ready(child);
	return turn_run(&(struct turn_options){.listen_fd = listen_fd,
	    .signal_fd = child->signal_fd,
	    .batch = reads ? READ_BATCH : 1,
	    .kept_max = reads ? READ_KEPT : 1,
	    .kept = reads,
	    .body_max = body_max(w->api),
	    .requests_max = (uint64_t)w->config->worker_requests,
	    .drain_us = DRAIN_US,
	    .pg = w->pg,
	    .slot = w->slot,
	    .cookie = w,
	    .note = log_event,
	    .serve = serve_turn,
	    .done = serve_done});
}

int
worker_run(void *cookie, int listen_fd, struct supervisor_child *child)
{
	struct worker w;
	const char *why;
	int status = EXIT_FAILURE;

	if (worker_init(&w, cookie, (enum pool)child->pool, &why))
		status = worker_serve(&w, listen_fd, child);
	else
		log_line(LOG_ERROR, "worker_start_failed", LOG_S("why", why));
	worker_fini(&w);
	return status;
}
