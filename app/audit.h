#ifndef APP_AUDIT_H
#define APP_AUDIT_H

/* An act in the audit log, as all layers of the product know it. Strings live as long as the request. */

#include <stdint.h>

/* NULL where there is none. */
struct audit_entry {
	const char *id;
	int64_t at_us;
	const char *action, *actor_id, *target_type, *target_id, *result, *ip, *user_agent,
	    *request_id, *session_id, *details; /* a JSON object */
};

/* Which of them; NULL: whichever. From ${from_us} on, and before ${to_us}; INSTANT_NONE: whenever. */
struct audit_filter {
	const char *actor, *target, *action;
	int64_t from_us, to_us;
};

#endif
