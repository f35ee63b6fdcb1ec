#include <assert.h>
#include <stddef.h>
#include <string.h>
#include <sys/mman.h>

#include "lib/clock.h"

#include "lib/slots.h"

static_assert(sizeof(struct slot_tally) % SLOT_LINE == 0, "no line is shared by two tallies");
static_assert(sizeof(struct slot) % SLOT_LINE == 0, "no line is shared by two rows");

const int slot_statuses[SLOT_STATUSES - 1] = {200, 201, 204, 304, 400, 401, 403, 404, 405, 409, 410,
    412, 413, 415, 422, 429, 500, 502, 503, 504};

const int64_t slot_bucket_us[SLOT_BUCKETS - 1] = {
    1000, 2500, 5000, 10000, 25000, 50000, 100000, 250000, 1000000};

struct slots *
slots_new(void)
{
	struct slots *s = mmap(NULL, sizeof(*s), PROT_READ | PROT_WRITE,
	    MAP_SHARED | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

	if (s == MAP_FAILED)
		return NULL;
	for (int i = 0; i < SLOTS_MAX; i++)
		s->slot[i].route = s->slot[i].pool = -1;
	return s;
}

void
slots_free(struct slots **s)
{
	if (*s != NULL)
		(void)munmap(*s, sizeof(**s)); /* ours, page-aligned: cannot fail */
	*s = NULL;
}

/* started_us is written last and cleared first: a reader that sees it set sees whose it is. */
void
slot_begin(struct slot *s, int route, const char *request_id)
{
	size_t n = strnlen(request_id, SLOT_ID_SIZE - 1);

	s->started_us = 0;
	memcpy(s->request_id, request_id, n);
	s->request_id[n] = '\0';
	s->route = route;
	s->started_us = clock_mono_us();
}

void
slot_end(struct slot *s)
{
	s->started_us = 0;
	s->route = -1;
}

static int
status_n(int status)
{
	for (int i = 0; i < SLOT_STATUSES - 1; i++) {
		if (slot_statuses[i] == status)
			return i;
	}
	return SLOT_STATUSES - 1;
}

static int
bucket_n(int64_t us)
{
	int i = 0;

	while (i < SLOT_BUCKETS - 1 && us > slot_bucket_us[i])
		i++;
	return i;
}

/* Nobody waits for these numbers to agree with each other: no order is asked for. */
static void
add(_Atomic uint64_t *counter, uint64_t n)
{
	(void)atomic_fetch_add_explicit(counter, n, memory_order_relaxed);
}

void
slots_count(struct slots *s, int row, int route, int status, int64_t us)
{
	bool known = route >= 0 && route < SLOTS_ROUTES_MAX;
	struct slot_tally *t = &s->tally[row][known ? route : SLOTS_ROUTES_MAX];

	if (us < 0)
		us = 0;
	add(&t->us, (uint64_t)us);
	add(&t->buckets[bucket_n(us)], 1);
	add(&t->statuses[status_n(status)], 1);
}
