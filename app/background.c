#include <poll.h>
#include <stdlib.h>
#include <unistd.h>

#include "lib/arena.h"
#include "lib/clock.h"
#include "lib/log.h"
#include "lib/pg.h"
#include "lib/slots.h"
#include "lib/supervisor.h"

#include "app/config.h"
#include "app/services/account.h"
#include "app/services/files.h"
#include "app/services/link.h"
#include "app/services/mailer.h"
#include "app/services/purge.h"
#include "app/services/readiness.h"
#include "app/services/service.h"
#include "app/services/stand_in.h"
#include "app/services/statistics.h"
#include "app/store/limits.h"
#include "app/store/links.h"
#include "app/store/sessions.h"

#include "app/worker.h"

/*
 * The one background process: what must happen although nobody asks. Each job runs when it is due, in
 * small steps, so that a signal is never waited for longer than one of them.
 */

enum { EXPIRE_BATCH = 1000, BEAT_MS = 1000 };
#define EXPIRE_EVERY_US     (60 * CLOCK_US_PER_S)
#define SAMPLE_EVERY_US     (60 * CLOCK_US_PER_S)
#define PURGE_EVERY_US      (5 * CLOCK_US_PER_S)
#define JOB_DEADLINE_US     (5 * CLOCK_US_PER_S)
#define STATISTICS_EVERY_US (5 * CLOCK_US_PER_S)
/* Of its own, since it takes seconds with 10^7 users. */
#define STATISTICS_DEADLINE_US (9 * CLOCK_US_PER_S)
/* After a failure, which is logged. */
#define STATISTICS_AGAIN_US  (60 * CLOCK_US_PER_S)
#define FIRST_ADMIN_AGAIN_US (60 * CLOCK_US_PER_S)

/*
 * So many counters may there be, of about 100 bytes, indexes included 30 MiB. More than a batch a beat
 * cannot come in: each is a request that the API pool has answered.
 */
enum { LIMITS_CAP = 1 << 17, LIMITS_BATCH = 1 << 14 };
#define LIMITS_EVERY_US (10 * CLOCK_US_PER_S)

struct background {
	struct worker worker;
	struct arena *arena;
	struct slot *slot;
	struct mailer *mailer;
	bool schema_ready;
	int64_t sample_us, links_us, expire_us, first_admin_us, statistics_us, purge_us, limits_us,
	    files_us; /* monotonic: when due */
};

/* The database or its schema may come later than the program. */
static bool
schema_ready(struct background *b, struct service *s)
{
	b->schema_ready = b->schema_ready || readiness(s) == NULL;
	return b->schema_ready;
}

/* Tried until it could be asked once. */
static void
first_admin(struct background *b, struct service *s, int64_t now)
{
	const struct error *e;
	bool made = false;

	if (now < b->first_admin_us)
		return;
	b->first_admin_us = now + FIRST_ADMIN_AGAIN_US;
	e = account_first_admin(s, &made);
	if (made)
		log_event(LOG_INFO, "first_admin_made", NULL, 0);
	if (e == NULL)
		b->first_admin_us = INT64_MAX;
	else
		log_line(LOG_ERROR, "first_admin_failed", LOG_S("error", e->code));
}

static void
expire_sessions(struct background *b, struct service *s, int64_t now)
{
	int64_t n = 0;

	if (now < b->expire_us)
		return;
	/* A full batch means that there are more: the next beat goes on. */
	if (sessions_expire(s->pg, s->arena, EXPIRE_BATCH, &n) != NULL || n < EXPIRE_BATCH)
		b->expire_us = now + EXPIRE_EVERY_US;
	if (n > 0)
		log_line(LOG_INFO, "sessions_expired", LOG_I("count", n));
}

/* Mostly it only looks, at one row: several hosts share the work. A failure is logged where it happens. */
static void
refresh_statistics(struct background *b, struct service *s, int64_t now)
{
	if (now < b->statistics_us)
		return;
	b->statistics_us = now + STATISTICS_EVERY_US;
	atomic_store(&b->slot->beat_us, now);
	pg_deadline(s->pg, now + STATISTICS_DEADLINE_US);
	if (statistics_refresh(s) != NULL)
		b->statistics_us = now + STATISTICS_AGAIN_US;
}

static void
purge_users(struct background *b, struct service *s, int64_t now)
{
	int64_t n = 0;
	bool more = false;

	if (now < b->purge_us)
		return;
	/* What fails is logged where it does, and tried again. */
	if (purge_deleted(s, &n, &more) != NULL || !more)
		b->purge_us = now + PURGE_EVERY_US;
	if (n > 0)
		log_line(LOG_INFO, "users_purged", LOG_I("count", n));
}

static void
sample_passwords(struct background *b, struct service *s, int64_t now)
{
	if (now < b->sample_us)
		return;
	b->sample_us = now + SAMPLE_EVERY_US;
	if (stand_in_sample(s) != NULL)
		log_event(LOG_WARN, "password_kinds_stale", NULL, 0);
}

/* Each second: somebody is waiting for the mail. A failure is logged where it happens. */
static void
answer_links(struct background *b, struct service *s, int64_t now)
{
	int64_t n = 0;
	bool more;

	do
		atomic_store(&b->slot->beat_us, clock_mono_us());
	while (link_answer(s, &more) == NULL && more && clock_mono_us() < now + JOB_DEADLINE_US);
	if (now < b->links_us)
		return;
	if (links_expire(s->pg, s->arena, EXPIRE_BATCH, &n) != NULL || n < EXPIRE_BATCH)
		b->links_us = now + EXPIRE_EVERY_US;
}

static void
tidy_limits(struct background *b, struct service *s, int64_t now)
{
	int64_t over = 0, beyond = 0;

	if (now < b->limits_us)
		return;
	if (limits_expire(s->pg, s->arena, LIMITS_BATCH, &over) != NULL ||
	    limits_trim(s->pg, s->arena, LIMITS_CAP, LIMITS_BATCH, &beyond) != NULL ||
	    (over < LIMITS_BATCH && beyond < LIMITS_BATCH))
		b->limits_us = now + LIMITS_EVERY_US;
	if (beyond > 0)
		log_line(LOG_WARN, "limits_trimmed", LOG_I("count", beyond));
}

/* In steps, a beat each, from the start once in FILES_GRACE_SECONDS. */
static void
sweep_files(struct background *b, struct service *s, int64_t now)
{
	int64_t n = 0;
	bool more = false;

	if (s->depot == NULL || now < b->files_us)
		return;
	if (files_sweep(s, &n, &more) != NULL || !more)
		b->files_us = now + s->config->files_grace_s * CLOCK_US_PER_S;
	if (n > 0)
		log_line(LOG_INFO, "files_swept", LOG_I("count", n));
}

static void
jobs_run(struct background *b)
{
	struct service s = worker_service(&b->worker, b->arena);
	int64_t now = clock_mono_us();
	bool ready;

	pg_deadline(b->worker.pg, now + JOB_DEADLINE_US);
	ready = pg_ready(b->worker.pg) && schema_ready(b, &s);
	if (ready)
		answer_links(b, &s, now);
	mailer_run(b->mailer, ready ? &s : NULL, now, pg_fd(b->worker.pg));
	if (ready) {
		first_admin(b, &s, now);
		expire_sessions(b, &s, now);
		sample_passwords(b, &s, now);
		purge_users(b, &s, now);
		tidy_limits(b, &s, now);
		sweep_files(b, &s, now);
		refresh_statistics(b, &s, clock_mono_us());
	}
	worker_watch(&b->worker);
	arena_reset(b->arena);
}

/* True when it is time to leave. */
static bool
wait_for_work(struct background *b, int signal_fd)
{
	struct pollfd fds[2 + MAILER_FDS] = {{.fd = signal_fd, .events = POLLIN},
	    {.fd = pg_fd(b->worker.pg), .events = (short)pg_events(b->worker.pg)}};
	size_t n = 2 + mailer_watch(b->mailer, fds + 2);

	atomic_store(&b->slot->beat_us, clock_mono_us());
	(void)poll(fds, n, BEAT_MS); /* whatever it says, everything is looked at */
	pg_step(b->worker.pg);
	b->slot->database_up = pg_state(b->worker.pg) == PG_STATE_UP;
	return (fds[0].revents & POLLIN) != 0;
}

static void
leave(struct background *b)
{
	struct service s = worker_service(&b->worker, b->arena);

	mailer_leave(b->mailer, &s);
	arena_reset(b->arena);
}

int
background_run(void *program, int listen_fd, struct supervisor_child *child)
{
	struct background b = {.arena = arena_new(), .slot = &child->slots->slot[child->slot]};
	const char *why;
	int status = EXIT_FAILURE;

	(void)listen_fd; /* it serves nobody */
	if (!worker_init(&b.worker, program, POOL_BACKGROUND, &why)) {
		log_line(LOG_ERROR, "worker_start_failed", LOG_S("why", why));
		goto out;
	}
	b.mailer = mailer_new(b.worker.config, b.worker.texts);
	/* If not now, then from the loop. */
	b.worker.was_up = !pg_connect_wait(b.worker.pg, CLOCK_US_PER_S);
	b.slot->database_up = pg_state(b.worker.pg) == PG_STATE_UP;
	supervisor_ready(child);
	do
		jobs_run(&b);
	while (!wait_for_work(&b, child->signal_fd));
	leave(&b);
	status = EXIT_SUCCESS;
out:
	mailer_free(&b.mailer);
	worker_fini(&b.worker);
	arena_free(&b.arena);
	return status;
}
