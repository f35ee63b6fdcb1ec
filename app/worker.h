#ifndef APP_WORKER_H
#define APP_WORKER_H

/* One worker's life: keys, database, event loop. What the supervisor's pools run. */

#include <stddef.h>

#include "app/request.h"

struct api;
struct config;
struct mail_texts;
struct supervisor_child;

/* What all processes of one `gatehouse serve` share, made before the first fork. */
struct program {
	const struct config *config;
	const struct api *api;
	const char *openapi;
	size_t openapi_bytes;
	const struct mail_texts *texts;
};

/* worker_init(w, program, pool, &why): everything that does not need the database; false with a
 * sentence. worker_fini(w): wipes and frees the keys, closes the database; after either outcome. */
bool worker_init(struct worker *, const struct program *, enum pool, const char **why_r);
void worker_fini(struct worker *);

/* worker_service(w, arena): what a service may use outside a request (background, command line). */
struct service worker_service(const struct worker *, struct arena *);

/* worker_watch(w): log once when the database goes away and once when it is back. */
void worker_watch(struct worker *);

/* What the pools are called, by enum pool; NULL-terminated. */
extern const char *const worker_pools[];

/* The pools' run(): exit status of the process. The cookie is the struct program. */
int worker_run(void *program, int listen_fd, struct supervisor_child *);
int background_run(void *program, int listen_fd, struct supervisor_child *);

#endif
