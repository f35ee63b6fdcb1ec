#ifndef LIB_SUPERVISOR_H
#define LIB_SUPERVISOR_H

/*
 * The parent of all: binds the sockets, forks the pools, watches, replaces, reloads, stops. It never
 * touches the database, never parses a request, and sleeps in one signal wait. Works as PID 1.
 */

#include <stdbool.h>
#include <stdint.h>

#include "lib/log.h"

struct slots;
struct supervisor_child;

struct supervisor_pool {
	const char *name;   /* "read" */
	const char *socket; /* absolute path, < 108 bytes; NULL: no socket (background) */
	int backlog;        /* listen(2) */
	int workers;
	int nice;
	/* Runs in the child, after fork, with the signals blocked; returns the exit status.
	 * call supervisor_ready() once when it can serve. */
	int (*run)(void *cookie, int listen_fd, struct supervisor_child *child);
};

/* What a child may know of its parent. */
struct supervisor_child {
	int ready_fd;  /* write one byte once */
	int signal_fd; /* signalfd: SIGTERM, SIGQUIT, SIGINT = drain and leave */
	int slot;      /* its row in slots */
	int pool;
	struct slots *slots;
};

struct supervisor_options {
	const struct supervisor_pool *pools; /* ends with name == NULL */
	void *cookie;                        /* given to run() */
	const char *socket_group;            /* group of the sockets (nginx's), NULL: ours */
	int64_t ready_us;                    /* not ready so long after fork: killed (30 s) */
	int64_t stuck_us;                    /* no beat for so long: killed and replaced (10 s) */
	int64_t drain_us;                    /* TERM to KILL when stopping or reloading (10 s) */
	int start_failures_max; /* in a row with no worker ever ready: give up, exit 1 */
	/* How events are told (log_event); this layer has no log of its own. */
	void (*note)(enum log_level, const char *event, const struct log_field *, int n);
	/* Called in the parent before a reload replaces the workers; false keeps the old ones (a bad
	 * configuration must never take the service down). May be NULL. */
	bool (*reload)(void *cookie);
};

void supervisor_ready(const struct supervisor_child *);

/*
 * supervisor_run(options): until TERM, INT or QUIT; HUP reloads. 0 after an orderly stop, 1 when
 * start-up was hopeless or there are more than 512 workers, 2 when a socket could not be bound (a
 * sentence is noted; a live socket of another instance is never stolen: it is connected to first).
 * Once in a process.
 */
int supervisor_run(const struct supervisor_options *);

#endif
