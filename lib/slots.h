#ifndef LIB_SLOTS_H
#define LIB_SLOTS_H

/*
 * A row of shared memory per worker, written by that worker only and read by the supervisor and by
 * whoever shows metrics. After a crash it names the route and the request; the supervisor then keeps the
 * route out of batching (crashed_routes), so that one bad route takes one request with it.
 *
 * What is counted is never set back: the next worker in the row goes on where the last one stopped, so
 * the sum over all rows only grows. Rows and tallies begin on cache lines of their own, so that nobody
 * who counts takes a line away from somebody else.
 */

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

enum {
	SLOTS_MAX = 1024,
	SLOTS_ROUTES_MAX = 256,
	SLOTS_POOLS_MAX = 8,
	SLOT_ID_SIZE = 72,
	SLOT_STATUSES = 21, /* the last one: any other */
	SLOT_BUCKETS = 10,  /* the last one: longer than all others */
	SLOT_LINE = 64
};

struct slot {
	_Alignas(SLOT_LINE) _Atomic int32_t route; /* row being answered, -1: none */
	_Atomic int32_t pool;     /* of the worker, -1: none lives; the supervisor's to write */
	_Atomic bool was_ready;   /* it can serve; the supervisor's to write */
	_Atomic bool database_up; /* as the worker sees it */
	char request_id[SLOT_ID_SIZE];
	_Atomic int64_t
	    beat_us; /* monotonic; the worker stamps it at least each second when idle */
	_Atomic int64_t started_us; /* monotonic, of the request in hand; 0: idle */
};

/* What one row's workers made of one route. */
struct slot_tally {
	_Alignas(SLOT_LINE) _Atomic uint64_t us; /* all of it */
	_Atomic uint64_t buckets[SLOT_BUCKETS];  /* by duration, each request in one */
	_Atomic uint64_t statuses[SLOT_STATUSES];
};

/* What happened to one pool; the supervisor's to write. */
struct slots_pool {
	_Atomic uint64_t starts, crashes, stuck, start_failures;
	_Atomic uint64_t socket; /* its listening socket's inode, 0: none */
};

struct slots {
	_Atomic uint8_t crashed_routes[SLOTS_ROUTES_MAX]; /* taken out of batching */
	struct slots_pool pools[SLOTS_POOLS_MAX];
	_Atomic uint64_t reloads;
	struct slot slot[SLOTS_MAX];
	/* Only pages that somebody counts in exist. The last one of a row: no route. */
	struct slot_tally tally[SLOTS_MAX][SLOTS_ROUTES_MAX + 1];
};

/* The statuses and the buckets' upper ends, each but the last. */
extern const int slot_statuses[SLOT_STATUSES - 1];
extern const int64_t slot_bucket_us[SLOT_BUCKETS - 1];

/* slots_new(): anonymous shared memory, inherited by fork; NULL when the kernel refuses. */
struct slots *slots_new(void);
void slots_free(struct slots **);

/* slot_begin(s, route, id) / slot_end(s): around each request. */
void slot_begin(struct slot *, int route, const char *request_id);
void slot_end(struct slot *);

/* slots_count(slots, row, route, status, us): a request was answered; ${route} -1: none. */
void slots_count(struct slots *, int row, int route, int status, int64_t us);

#endif
