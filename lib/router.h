#ifndef LIB_ROUTER_H
#define LIB_ROUTER_H

/* Method and path to a row of the table. Literal segments win over captures, whatever the order. */

#include <stdbool.h>
#include <stddef.h>

#include "lib/http.h"

struct api;
struct arena;
struct route;

struct router; /* built once per process, immutable */

enum router_result {
	ROUTER_FOUND,
	ROUTER_NOT_FOUND,  /* 404 */
	ROUTER_BAD_METHOD, /* 405, .allow is set */
	ROUTER_OPTIONS     /* OPTIONS on a path that exists: .allow is set */
};

struct match {
	const struct route *route; /* HEAD finds the GET row */
	struct pairs captures;     /* decoded once: {"id", "…"} */
	const char *allow;         /* "GET, HEAD, PATCH, OPTIONS" */
};

/* router_new(api): malloc'ed, kept for the life of the process. router_free accepts NULL in it. */
struct router *router_new(const struct api *);
void router_free(struct router **);

/*
 * router_find(r, a, method, path, m): ${path} is raw. Both the prefix and "/v1" lead to every row,
 * the bare root only to ROUTE_ROOT rows. One trailing slash is the same route. A path with an empty
 * or dot segment, a bad escape, %00 or %2F is ROUTER_NOT_FOUND. Unknown methods are
 * ROUTER_BAD_METHOD on a path that exists.
 */
enum router_result
router_find(const struct router *, struct arena *, enum method, const char *path, struct match *);

/* router_route_n(r, route): the row's number in the table, for metrics and crash records. */
size_t router_route_n(const struct router *, const struct route *);

/*
 * router_segment(&path, &chars): the next segment of a row's path ("/users/{id}") and its length,
 * moving *path past it; NULL at the end, and at an empty segment. What it returns is not terminated.
 * router_is_capture(segment, chars): is it "{x}"? Its name is what is between the braces.
 */
const char *router_segment(const char **path, size_t *chars_r);
bool router_is_capture(const char *segment, size_t chars);

#endif
