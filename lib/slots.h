#ifndef LIB_SLOTS_H
#define LIB_SLOTS_H

/*
 * A row of shared memory per worker, written by that worker only and read by the supervisor and
 * by /metrics. After a crash it names the route and the request; the supervisor then keeps the
 * route out of batching (crashed_routes), so that one bad route takes one request with it.
 */

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

enum { SLOTS_MAX = 256, SLOTS_ROUTES_MAX = 256, SLOT_ID_SIZE = 72 };

struct slot {
	_Atomic int32_t pid;   /* 0: free */
	_Atomic int32_t pool;  /* index of the pool */
	_Atomic int32_t ready; /* reported ready */
	_Atomic int32_t route; /* row being answered, -1: none */
	char request_id[SLOT_ID_SIZE];
	_Atomic int64_t
	    beat_us; /* monotonic; the worker stamps it at least each second when idle */
	_Atomic int64_t started_us; /* monotonic, of the request in hand; 0: idle */
	_Atomic uint64_t requests, answered_2xx, answered_4xx, answered_5xx, handed_over;
	_Atomic uint64_t db_losses, log_dropped;
	_Atomic int32_t db_up;
};

struct slots {
	_Atomic uint32_t generation;                      /* raised by each reload */
	_Atomic uint8_t crashed_routes[SLOTS_ROUTES_MAX]; /* taken out of batching */
	_Atomic uint64_t crashes, restarts, kills;
	struct slot slot[SLOTS_MAX];
};

/* slots_new(): anonymous shared memory, inherited by fork; NULL when the kernel refuses. */
struct slots *slots_new(void);
void slots_free(struct slots **);

/* slot_begin(s, route, id) / slot_end(s, status): around each request; status 0 for a hand-over. */
void slot_begin(struct slot *, int route, const char *request_id);
void slot_end(struct slot *, int status);

#endif
