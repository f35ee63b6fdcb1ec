#ifndef APP_CORS_H
#define APP_CORS_H

/* CORS (Fetch standard): an exact allow-list, nothing reflected that is not on it, no wildcard. */

#include <stdbool.h>

struct request;

/* cors_listed(list, origin): is ${origin} one of the comma-separated ${list}? "null" never is. */
bool cors_listed(const char *list, const char *origin);

/* cors_answer(rq): the headers of every answer. cors_preflight(rq, methods): those of a preflight. */
void cors_answer(struct request *);
void cors_preflight(struct request *, const char *methods);

#endif
