#ifndef LIB_SLOTS_H
#define LIB_SLOTS_H

/*
 * A row of shared memory per worker, written by that worker only and read by the supervisor.
 * After a crash it names the route and the request; the supervisor then keeps the route out of
 * batching (crashed_routes), so that one bad route takes one request with it.
 */

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

enum { SLOTS_MAX = 1024, SLOTS_ROUTES_MAX = 256, SLOT_ID_SIZE = 72 };

struct slot {
	_Atomic int32_t route; /* row being answered, -1: none */
	char request_id[SLOT_ID_SIZE];
	_Atomic int64_t
	    beat_us; /* monotonic; the worker stamps it at least each second when idle */
	_Atomic int64_t started_us; /* monotonic, of the request in hand; 0: idle */
};

struct slots {
	_Atomic uint8_t crashed_routes[SLOTS_ROUTES_MAX]; /* taken out of batching */
	struct slot slot[SLOTS_MAX];
};

/* slots_new(): anonymous shared memory, inherited by fork; NULL when the kernel refuses. */
struct slots *slots_new(void);
void slots_free(struct slots **);

/* slot_begin(s, route, id) / slot_end(s): around each request. */
void slot_begin(struct slot *, int route, const char *request_id);
void slot_end(struct slot *);

#endif
