#ifndef APP_SERVICES_SERVICE_H
#define APP_SERVICES_SERVICE_H

/* What a service may use for one request: no HTTP, no table, no reply. */

#include <stdint.h>

struct arena;
struct config;
struct password;
struct pg;
struct refresh_keys;
struct token_keys;

struct service {
	struct arena *arena;
	struct pg *pg;
	const struct config *config;
	struct password *password; /* NULL where nothing is hashed */
	const struct token_keys *tokens;
	const struct refresh_keys *refresh_keys;
	const char *client_ip, *user_agent;
};

/*
 * service_hashed(s): a hash was computed, which may take long on a busy machine and is no fault of the
 * database: what follows has the whole time for its statements again.
 */
void service_hashed(struct service *);

#endif
