#include <assert.h>
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stddef.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <unistd.h>

#include "lib/backlog.h"
#include "lib/backoff.h"
#include "lib/child.h"
#include "lib/clock.h"
#include "lib/listener.h"
#include "lib/slots.h"

#include "lib/supervisor.h"

enum { POOLS_MAX = SLOTS_POOLS_MAX };

static const int64_t LOOK_US = CLOCK_US_PER_S;   /* the longest sleep */
static const int64_t REPEAT_US = CLOCK_US_PER_S; /* TERM again */

struct pool {
	struct listener listener;
	struct backoff backoff;
};

struct supervisor {
	const struct supervisor_options *o;
	struct slots *slots;
	int pools_n, signal_fd, status;
	struct pool pools[POOLS_MAX];
	struct child children[SLOTS_MAX];  /* the same rows as the slots */
	uint32_t serving, coming, last;    /* generations; coming is 0 but during a reload */
	int64_t coming_until_us;           /* the new set must be ready by then */
	int64_t now_us, wake_us, spare_us; /* spare_us: nobody is called stuck before */
	bool stopping, again, ever_ready;
};

#define tell(s, level, event, ...)                                          \
	(s)->o->note(level, event, (const struct log_field[]){__VA_ARGS__}, \
	    (int)(sizeof((const struct log_field[]){__VA_ARGS__}) / sizeof(struct log_field)))

static const char *
pool_name(const struct supervisor *s, const struct child *c)
{
	return s->o->pools[c->pool].name;
}

static struct slot *
slot_of(const struct supervisor *s, const struct child *c)
{
	return &s->slots->slot[c - s->children];
}

static void
start_failed(struct supervisor *s, int pool, int64_t born_us, const char *why)
{
	struct backoff *b = &s->pools[pool].backoff;

	s->slots->pools[pool].start_failures++;
	if (backoff_failed(b, born_us, s->now_us))
		tell(s, LOG_ERROR, "start_failed", LOG_S("pool", s->o->pools[pool].name),
		    LOG_S("why", why), LOG_I("again_in_ms", b->step_us / 1000),
		    LOG_I("failures", b->failures));
}

static void
hear(struct supervisor *s, struct child *c)
{
	if (!child_hear(c, s->now_us))
		return;
	slot_of(s, c)->was_ready = true;
	backoff_ready(&s->pools[c->pool].backoff);
	s->ever_ready = true;
	tell(s, LOG_INFO, "worker_ready", LOG_S("pool", pool_name(s, c)), LOG_I("worker", c->pid),
	    LOG_I("generation", c->generation));
}

/* Which request it was: its route goes on alone, so that one bad route takes one request with it. */
static void
crashed(struct supervisor *s, const struct child *c, int signal)
{
	struct slot *slot = slot_of(s, c);
	int route = slot->started_us != 0 ? slot->route : -1;

	slot->request_id[SLOT_ID_SIZE - 1] = '\0'; /* the dead may have written anything */
	if (slot->started_us != 0 && route >= 0 && route < SLOTS_ROUTES_MAX)
		s->slots->crashed_routes[route] = 1;
	tell(s, LOG_ERROR, "worker_crashed", LOG_S("pool", pool_name(s, c)),
	    LOG_I("worker", c->pid), LOG_I("signal", signal), LOG_I("route", route),
	    LOG_S("request_id", slot->started_us != 0 ? slot->request_id : NULL));
}

static void
bury(struct supervisor *s, struct child *c, int status)
{
	int signal = WIFSIGNALED(status) ? WTERMSIG(status) : 0;
	struct slot *slot = slot_of(s, c);

	s->slots->pools[c->pool].crashes += signal != 0 && !c->killed;
	hear(s, c); /* it may have been ready, and gone, between two looks */
	if (signal != 0 && signal != SIGKILL && signal != SIGTERM)
		crashed(s, c, signal);
	else
		tell(s, signal == 0 && WEXITSTATUS(status) == 0 ? LOG_INFO : LOG_WARN,
		    "worker_gone", LOG_S("pool", pool_name(s, c)), LOG_I("worker", c->pid),
		    LOG_I("signal", signal),
		    LOG_I("status", signal == 0 ? WEXITSTATUS(status) : -1));
	if (!c->ending && !c->ready)
		start_failed(s, c->pool, c->born_us, "it ended before it was ready");
	else if (!c->ending)
		backoff_died(&s->pools[c->pool].backoff, c->ready_us, s->now_us);
	slot->started_us = 0;
	slot->pool = -1;
	child_clear(c);
}

/* Strangers too: as PID 1 we inherit the orphans of the whole container. */
static void
reap(struct supervisor *s)
{
	struct child *c;
	int status;
	pid_t pid;

	while ((pid = waitpid(-1, &status, WNOHANG)) > 0) {
		for (c = NULL; (c = child_next(s->children, c)) != NULL;) {
			if (c->pid == pid)
				bury(s, c, status);
		}
	}
}

static void
tell_all(struct supervisor *s, uint32_t generation, bool same)
{
	struct child *c;

	for (c = NULL; (c = child_next(s->children, c)) != NULL;) {
		if (!c->ending && (c->generation == generation) == same)
			child_tell(c, s->now_us, s->o->drain_us);
	}
}

static void
stop(struct supervisor *s, int status)
{
	struct child *c;

	if (s->stopping) { /* asked twice: at once */
		for (c = NULL; (c = child_next(s->children, c)) != NULL;)
			child_kill(c);
		return;
	}
	s->stopping = true;
	s->status = status;
	tell(s, LOG_INFO, "stopping", LOG_I("status", status));
	for (int i = 0; i < s->pools_n; i++)
		listener_end(&s->pools[i].listener);
	tell_all(s, 0, false); /* no generation is 0: all of them */
}

static void
reload(struct supervisor *s)
{
	if (s->stopping)
		return;
	if (s->coming != 0) { /* several in a row are one, after this one */
		s->again = true;
		return;
	}
	s->again = false;
	if (s->o->reload != NULL && !s->o->reload(s->o->cookie)) {
		tell(s, LOG_ERROR, "reload_refused", LOG_I("generation", s->serving));
		return;
	}
	s->coming = ++s->last;
	s->coming_until_us = s->now_us + s->o->ready_us;
	for (int i = 0; i < s->pools_n; i++)
		backoff_forgive(&s->pools[i].backoff);
	tell(s, LOG_INFO, "reload", LOG_I("generation", s->coming));
}

/* The new set takes over when all of it can serve; the old one stays when that does not come. */
static void
follow_reload(struct supervisor *s)
{
	bool ready = true, failed = s->now_us > s->coming_until_us;
	uint32_t generation = s->coming;

	if (s->coming == 0 || s->stopping)
		return;
	for (int i = 0; i < s->pools_n; i++) {
		ready =
		    ready && child_count(s->children, i, s->coming, true) >= s->o->pools[i].workers;
		failed = failed || s->pools[i].backoff.failures >= s->o->start_failures_max;
	}
	if (!ready && !failed)
		return;
	s->coming = 0;
	if (ready) {
		s->serving = generation;
		s->slots->reloads++;
		tell(s, LOG_INFO, "reloaded", LOG_I("generation", generation));
	} else {
		for (int i = 0; i < s->pools_n; i++)
			backoff_forgive(&s->pools[i].backoff); /* the old may be short of one */
		tell(s, LOG_ERROR, "reload_failed", LOG_I("generation", generation));
	}
	tell_all(s, generation, !ready);
	if (s->again)
		reload(s);
}

/* All that is the parent's alone: the other pools' sockets, what the others say, our signals. */
static int
parents_own(struct supervisor *s, int pool, int fds_r[SLOTS_MAX + POOLS_MAX + 1])
{
	struct child *c;
	int n = 0;

	fds_r[n++] = s->signal_fd;
	for (int i = 0; i < s->pools_n; i++) {
		if (i != pool && s->pools[i].listener.fd >= 0)
			fds_r[n++] = s->pools[i].listener.fd;
	}
	for (c = NULL; (c = child_next(s->children, c)) != NULL;) {
		if (c->ready_fd >= 0)
			fds_r[n++] = c->ready_fd;
	}
	return n;
}

static bool
start_one(struct supervisor *s, int pool, uint32_t generation)
{
	int fds[SLOTS_MAX + POOLS_MAX + 1];
	struct child *c = child_free(s->children);
	struct child_birth birth = {.pool = &s->o->pools[pool],
	    .cookie = s->o->cookie,
	    .slots = s->slots,
	    .pool_n = pool,
	    .listen_fd = s->pools[pool].listener.fd,
	    .close_fds = fds,
	    .close_n = parents_own(s, pool, fds)};

	if (c == NULL)
		return false; /* until one of those that are leaving is gone */
	birth.row = (int)(c - s->children);
	if (!child_start(c, &birth, s->now_us)) {
		start_failed(s, pool, s->now_us, "the kernel has no process or descriptor left");
		return false;
	}
	c->generation = generation;
	s->slots->pools[pool].starts++;
	tell(s, LOG_INFO, "worker_started", LOG_S("pool", pool_name(s, c)), LOG_I("worker", c->pid),
	    LOG_I("generation", generation));
	return true;
}

/* While a reload is under way its set is completed first; then whoever died is replaced. */
static void
start_missing(struct supervisor *s)
{
	uint32_t generation = s->coming != 0 ? s->coming : s->serving;

	for (int i = 0; i < s->pools_n && !s->stopping; i++) {
		int n = child_count(s->children, i, generation, false);

		while (n < s->o->pools[i].workers && s->now_us >= s->pools[i].backoff.start_us &&
		    start_one(s, i, generation))
			n++;
	}
}

/* Beats are compared only when we were awake ourselves: a machine that stood still killed nobody. */
static bool
stuck(const struct supervisor *s, const struct child *c)
{
	return c->ready && s->now_us >= s->spare_us &&
	    s->now_us - slot_of(s, c)->beat_us > s->o->stuck_us;
}

static void
look_after(struct supervisor *s, struct child *c)
{
	bool late = !c->ready && s->now_us - c->born_us > s->o->ready_us;

	if (c->killed)
		return;
	if (c->ending) {
		if (s->now_us >= c->kill_us) {
			tell(s, LOG_WARN, "worker_killed", LOG_S("pool", pool_name(s, c)),
			    LOG_I("worker", c->pid), LOG_S("why", "it did not leave in time"));
			child_kill(c);
		} else if (s->now_us - c->told_us >= REPEAT_US) {
			child_tell(c, s->now_us, s->o->drain_us);
		}
		return;
	}
	if (!late && !stuck(s, c))
		return;
	if (!late)
		s->slots->pools[c->pool].stuck++;
	tell(s, LOG_ERROR, late ? "worker_never_ready" : "worker_stuck",
	    LOG_S("pool", pool_name(s, c)), LOG_I("worker", c->pid),
	    LOG_I("route", slot_of(s, c)->route));
	child_kill(c);
}

/* When there is something to do next, at the latest in a second. */
static int
sleep_ms(struct supervisor *s)
{
	struct child *c;
	int64_t until = s->now_us + LOOK_US;

	for (int i = 0; i < s->pools_n; i++) {
		if (s->pools[i].backoff.start_us > s->now_us &&
		    s->pools[i].backoff.start_us < until)
			until = s->pools[i].backoff.start_us;
	}
	for (c = NULL; (c = child_next(s->children, c)) != NULL;) {
		if (c->ending && !c->killed && c->kill_us < until)
			until = c->kill_us;
		if (!c->ready && !c->killed && c->born_us + s->o->ready_us < until)
			until = c->born_us + s->o->ready_us + 1;
	}
	s->wake_us = until;
	return until <= s->now_us ? 0 : (int)((until - s->now_us) / 1000) + 1;
}

static void
take_signals(struct supervisor *s)
{
	struct signalfd_siginfo si;

	while (read(s->signal_fd, &si, sizeof(si)) == (ssize_t)sizeof(si)) {
		if (si.ssi_signo == SIGHUP)
			reload(s);
		else if (si.ssi_signo != SIGCHLD)
			stop(s, 0);
	}
}

/* The one place where the parent sleeps. */
static void
wait_for_something(struct supervisor *s)
{
	struct pollfd fds[SLOTS_MAX + 1] = {{.fd = s->signal_fd, .events = POLLIN}};
	struct child *c, *of[SLOTS_MAX + 1];
	nfds_t n = 1;

	for (c = NULL; (c = child_next(s->children, c)) != NULL;) {
		if (c->ready_fd < 0)
			continue;
		of[n] = c;
		fds[n++] = (struct pollfd){.fd = c->ready_fd, .events = POLLIN};
	}
	(void)poll(fds, n, sleep_ms(s)); /* woken for nothing is as good as woken */
	s->now_us = clock_mono_us();
	if (s->now_us - s->wake_us > 2 * LOOK_US)
		s->spare_us = s->now_us + 2 * LOOK_US;
	for (nfds_t i = 1; i < n; i++)
		hear(s, of[i]);
	reap(s);
	take_signals(s);
}

static void
run(struct supervisor *s)
{
	struct child *c;

	for (;;) {
		for (c = NULL; (c = child_next(s->children, c)) != NULL;)
			look_after(s, c);
		follow_reload(s);
		for (int i = 0; i < s->pools_n && !s->ever_ready && !s->stopping; i++) {
			if (s->pools[i].backoff.failures >= s->o->start_failures_max)
				stop(s, 1);
		}
		start_missing(s);
		if (s->stopping && child_next(s->children, NULL) == NULL)
			return;
		wait_for_something(s);
	}
}

/* A reload has two sets at a time. */
static bool
room_for_all(const struct supervisor *s)
{
	int64_t workers = 0;

	for (int i = 0; i < s->pools_n; i++)
		workers += s->o->pools[i].workers;
	if (workers * 2 <= SLOTS_MAX)
		return true;
	tell(s, LOG_ERROR, "not_started", LOG_S("why", "there are too many workers"),
	    LOG_I("workers", workers), LOG_I("workers_max", SLOTS_MAX / 2));
	return false;
}

static bool
bind_all(struct supervisor *s)
{
	const struct supervisor_pool *p = s->o->pools;
	const char *why;

	for (int i = 0; i < s->pools_n; i++) {
		if (p[i].socket == NULL)
			continue;
		if (listener_open(&s->pools[i].listener, p[i].socket, p[i].backlog,
			s->o->socket_group, &why)) {
			s->slots->pools[i].socket = backlog_socket(s->pools[i].listener.fd);
			continue;
		}
		tell(s, LOG_ERROR, "not_bound", LOG_S("pool", p[i].name),
		    LOG_S("socket", p[i].socket), LOG_S("why", why));
		return false;
	}
	return true;
}

static bool
take_charge(struct supervisor *s, sigset_t *before)
{
	const struct sigaction usual = {.sa_handler = SIG_DFL};
	const int signals[] = {SIGTERM, SIGINT, SIGQUIT, SIGHUP, SIGCHLD, SIGUSR1, SIGUSR2};
	sigset_t set, wanted;

	(void)sigemptyset(&set); /* these cannot fail */
	(void)sigemptyset(&wanted);
	for (size_t i = 0; i < sizeof(signals) / sizeof(signals[0]); i++) {
		(void)sigaddset(&set, signals[i]);
		if (signals[i] != SIGUSR1 && signals[i] != SIGUSR2)
			(void)sigaddset(&wanted, signals[i]);
	}
	(void)sigaction(SIGCHLD, &usual, NULL); /* inherited SIG_IGN would reap behind us */
	(void)sigprocmask(SIG_BLOCK, &set, before);
	s->signal_fd = signalfd(-1, &wanted, SFD_CLOEXEC | SFD_NONBLOCK);
	s->slots = slots_new();
	if (s->signal_fd >= 0 && s->slots != NULL)
		return true;
	tell(s, LOG_ERROR, "not_started", LOG_S("why", "no memory or descriptor left"));
	return false;
}

int
supervisor_run(const struct supervisor_options *o)
{
	static struct supervisor s; /* a process has one, and it is too big for a stack */
	sigset_t before;

	s.o = o;
	s.serving = s.last = 1;
	s.now_us = clock_mono_us();
	for (; o->pools[s.pools_n].name != NULL; s.pools_n++) {
		assert(s.pools_n < POOLS_MAX);
		s.pools[s.pools_n].listener.fd = -1;
	}
	for (int i = 0; i < SLOTS_MAX; i++)
		s.children[i].ready_fd = -1;
	if (!room_for_all(&s))
		return 1;
	if (!take_charge(&s, &before) || !bind_all(&s)) {
		s.status = 2;
	} else {
		run(&s);
		tell(&s, LOG_INFO, "stopped", LOG_I("status", s.status));
	}
	for (int i = 0; i < s.pools_n; i++)
		listener_close(&s.pools[i].listener);
	if (s.signal_fd >= 0)
		(void)close(s.signal_fd); /* nothing buffered */
	slots_free(&s.slots);
	(void)sigprocmask(SIG_SETMASK, &before, NULL); /* as it was */
	return s.status;
}

void
supervisor_ready(const struct supervisor_child *child)
{
	child->slots->slot[child->slot].beat_us = clock_mono_us();
	/* Not taken only when the parent is gone, which its death signal tells us anyway. */
	if (write(child->ready_fd, "r", 1) == 1)
		(void)close(child->ready_fd); /* said what it had to */
}
