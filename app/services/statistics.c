#include "app/services/service.h"
#include "app/store/statistics.h"
#include "app/store/store.h"

#include "app/services/statistics.h"

/* Promised is a minute; the background looks every five seconds and may need a few for counting. */
enum { AGE_MAX_S = 60, AGE_DUE_S = 50 };

/* The background process must show within 10 s that it lives, and a request has 2 s in all. */
enum { BACKGROUND_MS = 8000, REQUEST_MS = 2000 };

struct counting {
	struct service *s;
	int64_t age_s, limit_ms;
	struct statistics *now_r; /* NULL: nobody waits for them */
};

static const struct error *
count_in_transaction(void *cookie)
{
	const struct counting *c = cookie;
	struct service *s = c->s;
	bool mine = false;
	const struct error *e =
	    statistics_claim(s->pg, s->arena, c->age_s, c->now_r != NULL, &mine);

	if (e == NULL && mine)
		e = statistics_count(s->pg, s->arena, c->limit_ms);
	if (e != NULL || c->now_r == NULL)
		return e;
	e = statistics_read(s->pg, s->arena, c->age_s, c->now_r);
	/* Not ours to count, and not counted by the other one either: once more. */
	return e != NULL || c->now_r->fresh ? e : &error_overloaded;
}

const struct error *
statistics_refresh(struct service *s)
{
	struct counting c = {s, AGE_DUE_S, BACKGROUND_MS, NULL};

	return store_transaction(s->pg, true, count_in_transaction, &c);
}

const struct error *
statistics_now(struct service *s, struct statistics *now_r)
{
	struct counting c = {s, AGE_MAX_S, REQUEST_MS, now_r};
	const struct error *e = statistics_read(s->pg, s->arena, AGE_MAX_S, now_r);

	return e != NULL || now_r->fresh ? e
					 : store_transaction(s->pg, true, count_in_transaction, &c);
}
