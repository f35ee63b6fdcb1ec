#ifndef APP_STATISTICS_H
#define APP_STATISTICS_H

/* Numbers about everybody, as all layers of the product know them. */

#include <stdbool.h>
#include <stdint.h>

enum { STATISTICS_DAYS = 30 };

struct statistics {
	bool fresh; /* false: nothing else is filled in */
	int64_t generated_us;
	int64_t active, inactive, verified, admins, active_24h, active_30d;
	struct {
		const char *date; /* YYYY-MM-DD, UTC */
		int64_t count;
	} days[STATISTICS_DAYS]; /* oldest first */
};

#endif
