#include "lib/clock.h"
#include "lib/pg.h"

#include "app/services/service.h"

/* With what went before, also in another pool, within the 5 s that a client is promised. */
#define DATABASE_US (2 * CLOCK_US_PER_S)

void
service_hashed(struct service *s)
{
	pg_deadline(s->pg, clock_mono_us() + DATABASE_US);
}
