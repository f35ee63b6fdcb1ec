#include <inttypes.h>
#include <stddef.h>

#include "lib/arena.h"
#include "lib/backlog.h"
#include "lib/buf.h"
#include "lib/clock.h"
#include "lib/model.h"
#include "lib/slots.h"

#include "lib/metrics.h"

/* All rows of one route, added up. */
struct sum {
	uint64_t us, buckets[SLOT_BUCKETS], statuses[SLOT_STATUSES], requests;
};

enum state { STATE_STARTING, STATE_IDLE, STATE_BUSY, STATE__MAX };

static const char *const state_names[] = {
    [STATE_STARTING] = "starting", [STATE_IDLE] = "idle", [STATE_BUSY] = "busy"};

struct pool {
	uint64_t states[STATE__MAX], up, down;
};

/* The names of labels and their values here are constants: words, dots and signs that need no escape. */
static void
family(struct buf *b, const struct metrics *m, const char *name, const char *type, const char *help)
{
	buf_printf(
	    b, "# HELP %s_%s %s\n# TYPE %s_%s %s\n", m->prefix, name, help, m->prefix, name, type);
}

static void
of_pool(struct buf *b, const struct metrics *m, const char *name, int pool, uint64_t n)
{
	buf_printf(b, "%s_%s{pool=\"%s\"} %" PRIu64 "\n", m->prefix, name, m->pools[pool], n);
}

static uint64_t
load(const _Atomic uint64_t *counter)
{
	return atomic_load_explicit(counter, memory_order_relaxed);
}

/* A row that nobody ever had is not looked at: reading it would make its pages. */
static bool
was_used(const struct slot *s)
{
	return s->beat_us != 0;
}

static struct sum
sum_of(const struct slots *s, size_t route)
{
	struct sum sum = {.us = 0};

	for (int row = 0; row < SLOTS_MAX; row++) {
		const struct slot_tally *t = &s->tally[row][route];

		if (!was_used(&s->slot[row]))
			continue;
		sum.us += load(&t->us);
		for (int i = 0; i < SLOT_BUCKETS; i++)
			sum.buckets[i] += load(&t->buckets[i]);
		for (int i = 0; i < SLOT_STATUSES; i++)
			sum.statuses[i] += load(&t->statuses[i]);
	}
	for (int i = 0; i < SLOT_BUCKETS; i++)
		sum.requests += sum.buckets[i];
	return sum;
}

static void
requests(struct buf *b, const struct metrics *m, const char *route, const struct sum *sum)
{
	for (int i = 0; i < SLOT_STATUSES; i++) {
		if (sum->statuses[i] == 0)
			continue;
		buf_printf(b, "%s_requests_total{route=\"%s\",status=\"", m->prefix, route);
		if (i < SLOT_STATUSES - 1)
			buf_printf(b, "%d", slot_statuses[i]);
		else
			buf_puts(b, "other");
		buf_printf(b, "\"} %" PRIu64 "\n", sum->statuses[i]);
	}
}

/* Never through a double, whose text depends on a locale. */
static void
seconds(struct buf *b, uint64_t us)
{
	const uint64_t s = (uint64_t)CLOCK_US_PER_S;

	buf_printf(b, "%" PRIu64 ".%06" PRIu64, us / s, us % s);
}

static void
durations(struct buf *b, const struct metrics *m, const char *route, const struct sum *sum)
{
	uint64_t n = 0;

	if (sum->requests == 0)
		return;
	for (int i = 0; i < SLOT_BUCKETS; i++) {
		n += sum->buckets[i];
		buf_printf(
		    b, "%s_request_duration_seconds_bucket{route=\"%s\",le=\"", m->prefix, route);
		if (i < SLOT_BUCKETS - 1)
			seconds(b, (uint64_t)slot_bucket_us[i]);
		else
			buf_puts(b, "+Inf");
		buf_printf(b, "\"} %" PRIu64 "\n", n);
	}
	buf_printf(b, "%s_request_duration_seconds_sum{route=\"%s\"} ", m->prefix, route);
	seconds(b, sum->us);
	buf_printf(b, "\n%s_request_duration_seconds_count{route=\"%s\"} %" PRIu64 "\n", m->prefix,
	    route, sum->requests);
}

static void
all_requests(struct buf *b, const struct metrics *m)
{
	size_t n = 0;
	struct sum *sums;

	while (n < SLOTS_ROUTES_MAX && m->routes[n].path != NULL)
		n++;
	sums = arena_array(b->arena, n + 1, sizeof(*sums));
	for (size_t i = 0; i < n; i++)
		sums[i] = sum_of(m->slots, i);
	sums[n] = sum_of(m->slots, SLOTS_ROUTES_MAX);
	family(b, m, "requests_total", "counter", "Requests answered, by operation and status.");
	for (size_t i = 0; i <= n; i++)
		requests(b, m, i < n ? m->routes[i].id : "none", &sums[i]);
	family(b, m, "request_duration_seconds", "histogram",
	    "From reading a request to its answer; waiting for a worker is not in it.");
	for (size_t i = 0; i <= n; i++)
		durations(b, m, i < n ? m->routes[i].id : "none", &sums[i]);
}

static enum state
state_of(const struct slot *s)
{
	if (!s->was_ready)
		return STATE_STARTING;
	return s->started_us == 0 ? STATE_IDLE : STATE_BUSY;
}

static struct pool
pool_of(const struct slots *s, int pool)
{
	struct pool p = {.up = 0};

	for (int row = 0; row < SLOTS_MAX; row++) {
		const struct slot *slot = &s->slot[row];

		if (slot->pool != pool)
			continue;
		p.states[state_of(slot)]++;
		p.up += slot->database_up;
		p.down += !slot->database_up;
	}
	return p;
}

static void
workers(struct buf *b, const struct metrics *m)
{
	family(b, m, "workers", "gauge", "Processes, by what they are doing now.");
	for (int i = 0; m->pools[i] != NULL; i++) {
		const struct pool p = pool_of(m->slots, i);

		for (enum state s = 0; s < STATE__MAX; s++)
			buf_printf(b, "%s_workers{pool=\"%s\",state=\"%s\"} %" PRIu64 "\n",
			    m->prefix, m->pools[i], state_names[s], p.states[s]);
	}
	family(b, m, "database_connections", "gauge",
	    "Processes whose connection to the database is up, or down.");
	for (int i = 0; m->pools[i] != NULL; i++) {
		const struct pool p = pool_of(m->slots, i);

		buf_printf(b,
		    "%s_database_connections{pool=\"%s\",state=\"up\"} %" PRIu64 "\n"
		    "%s_database_connections{pool=\"%s\",state=\"down\"} %" PRIu64 "\n",
		    m->prefix, m->pools[i], p.up, m->prefix, m->pools[i], p.down);
	}
}

/* One counter of every pool's life. */
static void
life(struct buf *b, const struct metrics *m, const char *name, size_t at, const char *help)
{
	family(b, m, name, "counter", help);
	for (int i = 0; m->pools[i] != NULL; i++) {
		const char *pool = (const char *)&m->slots->pools[i];

		of_pool(b, m, name, i, load((const _Atomic uint64_t *)(const void *)(pool + at)));
	}
}

static void
lives(struct buf *b, const struct metrics *m)
{
	life(b, m, "worker_starts_total", offsetof(struct slots_pool, starts),
	    "Processes started; more than there are workers: some were replaced.");
	life(b, m, "worker_crashes_total", offsetof(struct slots_pool, crashes),
	    "Processes that a signal ended, other than one of the supervisor.");
	life(b, m, "worker_stuck_total", offsetof(struct slots_pool, stuck),
	    "Processes that gave no sign of life and were killed.");
	life(b, m, "worker_start_failures_total", offsetof(struct slots_pool, start_failures),
	    "Processes that never got ready.");
	family(b, m, "reloads_total", "counter", "Reloads that took effect.");
	buf_printf(b, "%s_reloads_total %" PRIu64 "\n", m->prefix, load(&m->slots->reloads));
}

/* Where the kernel does not tell, or a pool has no socket, there is no line, and not a 0 that is untrue. */
static void
queues(struct buf *b, const struct metrics *m)
{
	struct {
		bool known;
		int64_t waiting, limit;
	} pools[SLOTS_POOLS_MAX] = {{.known = false}};

	for (int i = 0; m->pools[i] != NULL; i++)
		pools[i].known = backlog_read(
		    load(&m->slots->pools[i].socket), &pools[i].waiting, &pools[i].limit);
	family(b, m, "queue_length", "gauge", "Connections that no worker has accepted yet.");
	for (int i = 0; m->pools[i] != NULL; i++) {
		if (pools[i].known)
			of_pool(b, m, "queue_length", i, (uint64_t)pools[i].waiting);
	}
	family(b, m, "queue_limit", "gauge", "More than these are refused: 503 OVERLOADED.");
	for (int i = 0; m->pools[i] != NULL; i++) {
		if (pools[i].known)
			of_pool(b, m, "queue_limit", i, (uint64_t)pools[i].limit);
	}
}

static void
isolated(struct buf *b, const struct metrics *m)
{
	uint64_t n = 0;

	for (int i = 0; i < SLOTS_ROUTES_MAX; i++)
		n += m->slots->crashed_routes[i] != 0;
	family(b, m, "isolated_routes", "gauge",
	    "Operations that crashed a worker and are answered one at a time since.");
	buf_printf(b, "%s_isolated_routes %" PRIu64 "\n", m->prefix, n);
}

void
metrics_render(struct buf *b, const struct metrics *m)
{
	family(b, m, "info", "gauge", "The version, as a label.");
	buf_printf(b, "%s_info{version=\"%s\"} 1\n", m->prefix, m->version);
	all_requests(b, m);
	workers(b, m);
	lives(b, m);
	queues(b, m);
	isolated(b, m);
}
