#ifndef APP_REQUEST_H
#define APP_REQUEST_H

/* One request on its way through the table, and the worker that answers it. */

#include <stdbool.h>

#include "lib/fault.h"
#include "lib/http.h"
#include "lib/model.h"
#include "lib/router.h"
#include "lib/token.h"
#include "lib/turn.h"

#include "app/services/refresh_token.h"
#include "app/services/service.h"
#include "app/user.h"

struct depot;
struct mail_texts;
struct slot;
struct slots;

enum pool { POOL_READ, POOL_API, POOL_AUTH, POOL_FILES, POOL_BACKGROUND, POOL__MAX };

/* What one worker owns for its whole life. */
struct worker {
	enum pool pool;
	const struct config *config;
	const struct api *api;
	struct router *router;
	struct pg *pg;
	struct password *password; /* AUTH only */
	struct token_keys *tokens;
	struct refresh_keys refresh_keys;
	const struct mail_texts *texts;
	struct depot *depot; /* of files; NULL where none are kept */
	unsigned char limit_key[SECRET_DIGEST_BYTES];
	const char *openapi; /* the whole document */
	size_t openapi_bytes;
	struct slots *slots;
	struct slot *slot; /* this worker's own */
	bool was_up;       /* the database, when last looked */
};

struct request {
	struct worker *worker;
	struct turn_request *turn; /* the arena, what was asked, the reply */
	const struct route *route; /* NULL until routed */
	struct match match;
	struct faults faults;
	void *path, *query, *body; /* bound structs of the route's models, or NULL */
	struct service service;
	struct token_claims claims; /* of the bearer token, where one was good */
	bool has_claims;
	struct principal principal; /* valid on USER and ADMIN routes */
	int64_t started_us;         /* monotonic */
	bool decided;               /* the reply is made, whatever the rest would say */
};

#endif
