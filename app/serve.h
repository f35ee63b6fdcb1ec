#ifndef APP_SERVE_H
#define APP_SERVE_H

/* One turn of a worker: route, authenticate all together, then bind, handle and reply one by one. */

#include <stddef.h>

struct turn_request;

/* Both are the callbacks of lib/turn.h; the cookie is the struct worker. */
void serve_turn(void *worker, struct turn_request *, size_t n);
void serve_done(void *worker, const struct turn_request *);

#endif
