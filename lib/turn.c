#include <assert.h>
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "lib/arena.h"
#include "lib/clock.h"
#include "lib/fcgi.h"
#include "lib/pg.h"
#include "lib/slots.h"
#include "lib/watch.h"

#include "lib/turn.h"

enum { CONNECTIONS_MAX = 1024, DRAINS_MAX = 64 /* accepted in one turn while leaving */ };

static const int64_t BEAT_US = CLOCK_US_PER_S; /* the longest sleep */
static const int64_t PAUSE_US = 100 * 1000;    /* no accepting after EMFILE or when all is taken */
static const int64_t ARRIVING_US = 20 * 1000;  /* a request that is about to be whole */
static const int64_t HALF_US = 10 * CLOCK_US_PER_S; /* half a request is dropped after this */

struct connection {
	struct fcgi *fcgi;
	int64_t since_us; /* accepted, or last answered */
	bool watched;     /* its descriptor is in the epoll set */
	bool readable;    /* told by this turn's wait */
	bool half;        /* some of a request came, not all */
	bool in_batch;    /* its request is in this turn */
};

struct turn {
	const struct turn_options *o;
	struct watch watch;
	struct connection *connections;
	size_t connections_n, first; /* whose turn it is to be looked at first */
	struct turn_request *batch;
	struct connection **from; /* whose request batch[i] is */
	size_t batch_n;
	bool listener_ready;
	bool queue_empty;    /* nobody was left to accept */
	int accepted;        /* in this turn */
	bool draining;       /* on a signal: what is queued is still served */
	bool leaving;        /* nobody new: recycled, or the queue is empty */
	int64_t deadline_us; /* of leaving */
	int64_t accept_us;   /* no accepting before */
	int64_t now_us;
	uint64_t served, turns;
};

static void
note(const struct turn *t, enum log_level level, const char *event, const char *why)
{
	t->o->note(level, event, (const struct log_field[]){LOG_S("why", why)}, 1);
}

/* Look at the clock and show the parent that this worker lives. */
static void
beat(struct turn *t)
{
	t->now_us = clock_mono_us();
	if (t->o->slot != NULL)
		t->o->slot->beat_us = t->now_us;
}

static void
unwatch_closed(struct connection *c)
{
	if (fcgi_fd(c->fcgi) < 0)
		c->watched = c->half = c->readable = false;
}

static void
drop(struct connection *c)
{
	fcgi_close(c->fcgi);
	unwatch_closed(c);
}

/* Read what came on one connection; true when it is a whole request, now in the batch. */
static enum fcgi_result
take(struct turn *t, struct connection *c)
{
	struct turn_request *rq = &t->batch[t->batch_n];
	enum fcgi_result result = fcgi_accept(c->fcgi, rq->arena, t->o->body_max, &rq->http);
	size_t i = (size_t)(c - t->connections);

	c->readable = false;
	unwatch_closed(c);
	if (result == FCGI_REQUEST) {
		c->half = false;
		c->in_batch = true;
		t->from[t->batch_n++] = c;
	} else {
		arena_reset(rq->arena);
	}
	if (result == FCGI_WAIT && !c->half) {
		c->half = true;
		c->since_us = t->now_us;
	}
	if (fcgi_fd(c->fcgi) >= 0 && !c->watched && result == FCGI_WAIT) {
		c->watched = watch_add(&t->watch, fcgi_fd(c->fcgi), WATCH_CONNECTION, i);
		if (!c->watched)
			drop(c);
	}
	return result;
}

static bool
full(const struct turn *t)
{
	return t->batch_n == (size_t)t->o->batch;
}

static void
take_connected(struct turn *t)
{
	size_t start = t->first;

	for (size_t n = 0; n < t->connections_n && !full(t); n++) {
		size_t i = (start + n) % t->connections_n;

		if (!t->connections[i].readable || t->connections[i].in_batch)
			continue;
		(void)take(t, &t->connections[i]); /* each outcome leaves it as it should be */
		t->first = (i + 1) % t->connections_n;
	}
}

/* One that may be closed for another: with nothing to say, or stuck in the middle of saying it. */
static bool
expendable(const struct turn *t, const struct connection *c)
{
	if (c->readable)
		return false;
	/* One that was just accepted has a request coming, and it may be a POST. */
	return c->half ? t->now_us - c->since_us > CLOCK_US_PER_S : fcgi_idle(c->fcgi);
}

static struct connection *
free_place(struct turn *t)
{
	for (size_t i = 0; i < t->connections_n; i++) {
		if (fcgi_fd(t->connections[i].fcgi) < 0)
			return &t->connections[i];
	}
	return NULL;
}

/* There is always a free place, so that nobody is sent away for one who did not come. */
static void
make_room(struct turn *t)
{
	struct connection *oldest = NULL;

	if (free_place(t) != NULL)
		return;
	for (size_t i = 0; i < t->connections_n; i++) {
		struct connection *c = &t->connections[i];

		if ((oldest == NULL || c->since_us < oldest->since_us) && expendable(t, c))
			oldest = c;
	}
	if (oldest != NULL)
		drop(oldest);
}

/*
 * One that answers one request at a time takes no second one while the first is still arriving:
 * it would wait here although another worker is free.
 */
static bool
arriving(const struct turn *t)
{
	for (size_t i = 0; i < t->connections_n; i++) {
		const struct connection *c = &t->connections[i];

		if (c->half && t->now_us - c->since_us < ARRIVING_US)
			return true;
	}
	return false;
}

static bool
may_accept(const struct turn *t)
{
	return !t->leaving && t->now_us >= t->accept_us && !(t->o->batch == 1 && arriving(t));
}

static void
accept_one(struct turn *t)
{
	struct connection *c = free_place(t);
	enum fcgi_result result;

	if (c == NULL) { /* all are busy: those who wait are others' or come later */
		make_room(t);
		t->accept_us = t->now_us + PAUSE_US;
		t->listener_ready = false;
		return;
	}
	c->since_us = t->now_us;
	result = take(t, c);
	if (result == FCGI_NONE) {
		t->listener_ready = false;
		t->queue_empty = true;
		return;
	}
	t->accepted++;
	make_room(t);
	if (result == FCGI_FULL) {
		t->accept_us = t->now_us + PAUSE_US;
		t->listener_ready = false;
		note(t, LOG_WARN, "accept_paused", "no descriptor or memory left");
	}
}

/*
 * One a turn: connections that stay are spread over the workers, also those of a burst. Being put
 * into the set anew makes us the last whom the kernel wakes for the next one.
 */
static void
take_new(struct turn *t)
{
	while (t->listener_ready && !full(t) && t->accepted < (t->draining ? DRAINS_MAX : 1))
		accept_one(t);
	if (t->accepted > 0 && t->o->kept)
		watch_listener(&t->watch, t->o->listen_fd, false);
}

/* After an answer: kept and watched, or closed. */
static void
settle(struct turn *t, struct connection *c)
{
	c->since_us = t->now_us;
	c->in_batch = false;
	if (!t->o->kept)
		fcgi_close(c->fcgi);
	unwatch_closed(c);
	if (fcgi_fd(c->fcgi) < 0 || c->watched)
		return;
	c->watched =
	    watch_add(&t->watch, fcgi_fd(c->fcgi), WATCH_CONNECTION, (size_t)(c - t->connections));
	if (!c->watched)
		drop(c);
}

static void
answer(struct turn *t, size_t i)
{
	struct turn_request *rq = &t->batch[i];
	struct connection *c = t->from[i];

	/* A peer that is gone loses its answer; nothing may depend on its having come (F12). */
	(void)fcgi_answer(c->fcgi, rq->reply.status, rq->reply.headers.at, rq->reply.body.at,
	    rq->reply.body.bytes, rq->http.method == METHOD_HEAD);
	fcgi_finish(c->fcgi);
	settle(t, c);
	if (t->o->slot != NULL)
		slot_end(t->o->slot);
	if (t->o->done != NULL)
		t->o->done(t->o->cookie, rq);
}

static void
serve(struct turn *t)
{
	if (t->batch_n == 0)
		return;
	for (size_t i = 0; i < t->batch_n; i++) {
		reply_init(&t->batch[i].reply, t->batch[i].arena);
		t->batch[i].route = -1;
	}
	if (t->o->slot != NULL)
		slot_begin(t->o->slot, -1, t->batch[0].http.id);
	t->o->serve(t->o->cookie, t->batch, t->batch_n);
	watch_pg(&t->watch, t->o->pg); /* before any descriptor number is given to somebody else */
	log_hold();
	for (size_t i = 0; i < t->batch_n; i++) {
		beat(t);
		answer(t, i);
	}
	log_release();
	/* What was loaded for all lies in the first arena: they die together. */
	for (size_t i = 0; i < t->batch_n; i++)
		arena_reset(t->batch[i].arena);
	t->served += t->batch_n;
	t->batch_n = 0;
}

static void
leave(struct turn *t, bool drain)
{
	if (t->deadline_us == 0)
		t->deadline_us = t->now_us + t->o->drain_us;
	/* It may have filled since it was looked at. */
	t->queue_empty = t->queue_empty && t->draining;
	t->draining = t->draining || drain;
	t->leaving = t->leaving || !t->draining;
}

static void
read_signals(struct turn *t)
{
	struct signalfd_siginfo si;

	while (read(t->o->signal_fd, &si, sizeof(si)) == (ssize_t)sizeof(si))
		leave(t, true);
}

/*
 * Idle kept connections are closed while leaving; nginx repeats a GET that was on its way. Half
 * requests are given up after a while also by a worker that stays.
 */
static void
close_idle(struct turn *t)
{
	for (size_t i = 0; i < t->connections_n; i++) {
		struct connection *c = &t->connections[i];

		if (c->half && t->now_us - c->since_us > HALF_US)
			drop(c);
		else if ((t->draining || t->leaving) && !c->half && fcgi_idle(c->fcgi))
			drop(c);
	}
}

static bool
gone(const struct turn *t)
{
	if (!t->leaving)
		return false;
	if (t->now_us >= t->deadline_us)
		return true;
	for (size_t i = 0; i < t->connections_n; i++) {
		if (fcgi_fd(t->connections[i].fcgi) >= 0)
			return false;
	}
	return true;
}

static int
sleep_ms(const struct turn *t)
{
	int64_t until = t->now_us + BEAT_US, pg;

	if (t->batch_n > 0)
		return 0;
	if (!t->leaving && t->accept_us > t->now_us && t->accept_us < until)
		until = t->accept_us;
	if (t->deadline_us > 0 && t->deadline_us < until)
		until = t->deadline_us;
	if (t->draining && !t->leaving)
		return may_accept(t) ? 0 : 10;
	pg = t->o->pg == NULL ? INT64_MAX : pg_wake_us(t->o->pg);
	if (pg < until) /* what is due was just tried: at least a millisecond apart */
		until = pg;
	return until <= t->now_us ? 1 : (int)((until - t->now_us + 999) / 1000);
}

static void
mark(struct turn *t, const struct epoll_event *e)
{
	size_t i = watch_index(e);

	switch (watch_source(e)) {
	case WATCH_SIGNAL:
		read_signals(t);
		break;
	case WATCH_PG:
		pg_step(t->o->pg);
		break;
	case WATCH_LISTENER:
		t->listener_ready = true;
		/* The parent ended it: what is queued is still taken, then it is left alone. */
		if (e->events & EPOLLHUP)
			leave(t, true);
		break;
	case WATCH_CONNECTION:
		t->connections[i].readable = true;
		break;
	}
}

/* Wait, and learn who is readable; signals before anything else (F4, F6). */
static bool
learn(struct turn *t)
{
	struct epoll_event events[CONNECTIONS_MAX + 3];
	int n = epoll_wait(t->watch.epoll, events, CONNECTIONS_MAX + 3, sleep_ms(t));

	if (n < 0 && errno != EINTR)
		return false;
	beat(t);
	for (int pass = 0; pass < 2; pass++) {
		for (int i = 0; i < n; i++) {
			if ((watch_source(&events[i]) == WATCH_SIGNAL) == (pass == 0))
				mark(t, &events[i]);
		}
	}
	if (t->o->pg != NULL && pg_wake_us(t->o->pg) <= t->now_us)
		pg_step(t->o->pg);
	if (t->o->pg != NULL && t->o->slot != NULL)
		t->o->slot->database_up = pg_state(t->o->pg) == PG_STATE_UP;
	return true;
}

/* Who came while others were read is of this turn, too: the statement for many costs little more than that for one. */
static bool
take_late(struct turn *t)
{
	for (size_t had = 0; t->o->kept && had < t->batch_n && !full(t);) {
		had = t->batch_n;
		if (!learn(t))
			return false;
		take_connected(t);
	}
	return true;
}

static bool
one_turn(struct turn *t)
{
	watch_pg(&t->watch, t->o->pg);
	watch_listener(&t->watch, t->o->listen_fd, may_accept(t));
	if (!learn(t))
		return false;
	watch_pg(&t->watch, t->o->pg);
	/* Told or not, when draining the queue is emptied. */
	t->listener_ready = (t->listener_ready || t->draining) && may_accept(t);
	t->queue_empty = false;
	t->accepted = 0;
	/* Neither those who are connected nor those who wait may starve the others. */
	if (t->turns++ % 2 == 0)
		take_new(t);
	take_connected(t);
	take_new(t);
	if (!take_late(t))
		return false;
	/* The queue is empty, or this has been going on for half of the time there is. */
	if (t->draining && (t->queue_empty || t->deadline_us - t->now_us < t->o->drain_us / 2))
		t->leaving = true;
	t->listener_ready = false;
	serve(t);
	if (t->o->requests_max > 0 && t->served >= t->o->requests_max)
		leave(t, false);
	close_idle(t);
	return true;
}

static bool
begin(struct turn *t)
{
	const struct turn_options *o = t->o;

	assert(o->batch > 0 && o->kept_max > 0 && o->kept_max <= CONNECTIONS_MAX);
	t->connections_n = (size_t)o->kept_max + 1;
	t->connections = calloc(t->connections_n, sizeof(*t->connections));
	t->batch = calloc((size_t)o->batch, sizeof(*t->batch));
	t->from = calloc((size_t)o->batch, sizeof(struct connection *));
	if (!watch_open(&t->watch) || t->connections == NULL || t->batch == NULL || t->from == NULL)
		return false;
	for (size_t i = 0; i < t->connections_n; i++)
		t->connections[i].fcgi = fcgi_new(o->listen_fd);
	for (int i = 0; i < o->batch; i++)
		t->batch[i].arena = arena_new();
	t->now_us = clock_mono_us();
	return fcgi_init() && watch_add(&t->watch, o->signal_fd, WATCH_SIGNAL, 0);
}

static void
end(struct turn *t)
{
	for (size_t i = 0; t->connections != NULL && i < t->connections_n; i++)
		fcgi_free(&t->connections[i].fcgi);
	for (int i = 0; t->batch != NULL && i < t->o->batch; i++)
		arena_free(&t->batch[i].arena);
	free(t->connections);
	free(t->batch);
	free(t->from);
	watch_close(&t->watch);
}

int
turn_run(const struct turn_options *o)
{
	struct turn t = {.o = o, .watch.epoll = -1};
	bool ok = begin(&t);

	while (ok && !gone(&t))
		ok = one_turn(&t);
	if (!ok)
		note(&t, LOG_ERROR, "turn_failed", "epoll or libfcgi cannot");
	end(&t);
	return ok ? 0 : 1;
}
