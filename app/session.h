#ifndef APP_SESSION_H
#define APP_SESSION_H

/* A session as all layers of the product may know it: nothing in it makes a token. */

#include <stdint.h>

struct session_seen {
	const char *id, *ip, *user_agent; /* the latter two NULL where unknown */
	int64_t created_us, last_used_us;
};

#endif
