#ifndef LIB_TURN_H
#define LIB_TURN_H

/*
 * The event loop of one worker: signals first, then the database's descriptor, then the listener and
 * every kept connection. A turn takes what is readable, at most .batch requests, hands them to
 * .serve together, sends the answers, and goes on. An idle kept connection pins nobody.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/http.h"
#include "lib/log.h"
#include "lib/reply.h"

struct arena;
struct pg;
struct slot;

/* One request in hand; each has its own arena. */
struct turn_request {
	struct arena *arena;
	struct http_request http;
	struct reply reply; /* initialised; serve fills it */
	int route;          /* for the slot and the log, -1 unknown; serve fills it */
	void *own;          /* the product's state of this request, in the arena; serve fills it */
};

struct turn_options {
	int listen_fd, signal_fd;
	int batch;             /* 1 for API and AUTH, 16 for READ */
	int kept_max;          /* open connections, kept or arriving; then the idlest is closed */
	size_t body_max;       /* the largest body of any route */
	uint64_t requests_max; /* recycle after so many, 0: never */
	int64_t drain_us; /* after TERM: serve what is queued, close the idle, leave within this */
	struct pg *pg;    /* stepped by the loop; may be NULL */
	struct slot *slot;
	bool kept; /* this pool's upstream uses keep-alive (READ); others are closed */
	void *cookie;
	/* How events are told (log_event); this layer has no log of its own. */
	void (*note)(enum log_level, const char *event, const struct log_field *, int n);
	/* Fill ${n} replies, calling slot_begin() as each is turned to. Must not block beyond the
	 * request deadline. All arenas of a turn are reset together, after the last answer. */
	void (*serve)(void *cookie, struct turn_request *, size_t n);
	/* After the answer of one went out: the request log. May be NULL. */
	void (*done)(void *cookie, const struct turn_request *);
};

/* turn_run(options): 0 after a drain or recycling; 1 when epoll or libfcgi failed (noted). */
int turn_run(const struct turn_options *);

#endif
