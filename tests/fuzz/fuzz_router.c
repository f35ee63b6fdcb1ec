/*
 * Any method and any path against a small table. The answer must be that of a naive walk over the
 * rows, written here without a tree, and nothing that could be another path may be in a capture.
 */
#include <assert.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "lib/arena.h"
#include "lib/model.h"
#include "lib/router.h"
#include "lib/str.h"

enum { SEGMENTS = 16, SEGMENT_BYTES = 4096 };

#define ROW(m, p, f)                                            \
	{                                                       \
		.method = METHOD_##m, .path = (p), .flags = (f) \
	}

static const struct route routes[] = {
    ROW(GET, "/users/{id}", 0),
    ROW(PATCH, "/users/{id}", 0),
    ROW(GET, "/users/me", 0),
    ROW(POST, "/users", 0),
    ROW(POST, "/users/{id}/sessions/{session}", 0),
    ROW(DELETE, "/users/me/sessions", 0),
    ROW(DELETE, "/{kind}/me/sessions", 0),
    ROW(PUT, "/files/{name}", ROUTE_ROOT),
    ROW(HEAD, "/files", 0),
    ROW(GET, "/health", ROUTE_ROOT),
    ROW(GET, "/health/db", ROUTE_ROOT),
    ROW(GET, "/", ROUTE_ROOT),
    {.path = NULL},
};

static const struct api api = {.prefix = "/api/v1", .routes = routes};

struct walk {
	char segment[SEGMENTS][SEGMENT_BYTES];
	size_t n;
};

static int
digit(char c)
{
	static const char digits[] = "0123456789abcdef0123456789ABCDEF";
	const char *p = c == '\0' ? NULL : strchr(digits, c);

	return p == NULL ? -1 : (int)((p - digits) % 16);
}

/* One segment up to a slash or the end; false for whatever the contract refuses. */
static bool
decode(const char **path, char *out)
{
	size_t n = 0;

	for (; **path != '\0' && **path != '/'; (*path)++) {
		int c = (unsigned char)**path;

		if (c == '%') {
			if (digit((*path)[1]) < 0 || digit((*path)[2]) < 0)
				return false;
			c = digit((*path)[1]) * 16 + digit((*path)[2]);
			if (c == '\0' || c == '/')
				return false;
			*path += 2;
		}
		out[n++] = (char)c;
	}
	out[n] = '\0';
	return n > 0 && str_utf8(out, n) && strcmp(out, ".") != 0 && strcmp(out, "..") != 0;
}

static bool
split(struct walk *w, const char *path)
{
	w->n = 0;
	if (*path++ != '/')
		return false;
	while (*path != '\0') {
		if (w->n == SEGMENTS || !decode(&path, w->segment[w->n++]))
			return false;
		if (*path == '/')
			path++;
	}
	return true;
}

/* Literals as '0' and captures as '1', so that the smallest string is the best row; NULL: no match. */
static const char *
matches(const char *pattern, const struct walk *w, size_t first, char *shape)
{
	const char *start = shape;
	char copy[128], *save = NULL, *s;

	strcpy(copy, pattern);
	for (s = strtok_r(copy, "/", &save); s != NULL; s = strtok_r(NULL, "/", &save), first++) {
		if (first >= w->n || (*s != '{' && strcmp(s, w->segment[first]) != 0))
			return NULL;
		*shape++ = *s == '{' ? '1' : '0';
	}
	*shape = '\0';
	return first == w->n ? start : NULL;
}

/* Of all rows that match below a prefix, those with the most literals from the left. */
static bool
best(const struct walk *w, size_t first, unsigned flags, char *shape_r)
{
	char shape[SEGMENTS + 1];
	bool any = false;

	for (const struct route *r = routes; r->path != NULL; r++) {
		if ((r->flags & flags) != flags || matches(r->path, w, first, shape) == NULL)
			continue;
		if (!any || strcmp(shape, shape_r) < 0)
			strcpy(shape_r, shape);
		any = true;
	}
	return any;
}

static const struct route *
row(const struct walk *w, size_t first, unsigned flags, const char *best_shape, enum method m)
{
	char shape[SEGMENTS + 1];

	for (const struct route *r = routes; r->path != NULL; r++) {
		if (r->method == m && (r->flags & flags) == flags &&
		    matches(r->path, w, first, shape) != NULL && strcmp(shape, best_shape) == 0)
			return r;
	}
	return NULL;
}

static enum router_result
naive(
    const char *path, enum method m, struct walk *w, const struct route **route_r, size_t *first_r)
{
	char shape[SEGMENTS + 1];
	unsigned flags = 0;

	if (!split(w, path))
		return ROUTER_NOT_FOUND;
	*first_r = 2;
	if (w->n < 2 || strcmp(w->segment[0], "api") != 0 || strcmp(w->segment[1], "v1") != 0 ||
	    !best(w, 2, 0, shape)) {
		*first_r = 1;
		if (w->n < 1 || strcmp(w->segment[0], "v1") != 0 || !best(w, 1, 0, shape)) {
			*first_r = 0;
			flags = ROUTE_ROOT;
			if (!best(w, 0, flags, shape))
				return ROUTER_NOT_FOUND;
		}
	}
	if (m == METHOD_OPTIONS)
		return ROUTER_OPTIONS;
	*route_r = row(w, *first_r, flags, shape, m);
	if (*route_r == NULL && m == METHOD_HEAD)
		*route_r = row(w, *first_r, flags, shape, METHOD_GET);
	return *route_r == NULL ? ROUTER_BAD_METHOD : ROUTER_FOUND;
}

static void
check_captures(const struct match *m, const struct walk *w, size_t first)
{
	char copy[128], *save = NULL;
	size_t n = 0;

	strcpy(copy, m->route->path);
	for (char *s = strtok_r(copy, "/", &save); s != NULL; s = strtok_r(NULL, "/", &save)) {
		const struct pair *p = &m->captures.at[n];

		if (*s == '{') {
			assert(n++ < m->captures.n);
			assert(strlen(p->name) == strlen(s) - 2);
			assert(strncmp(p->name, s + 1, strlen(p->name)) == 0);
			assert(strcmp(p->value, w->segment[first]) == 0);
			assert(strcmp(p->value, "..") != 0 && strcmp(p->value, ".") != 0);
			assert(*p->value != '\0' && strchr(p->value, '/') == NULL);
			assert(str_utf8(p->value, strlen(p->value)));
		}
		first++;
	}
	assert(n == m->captures.n);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes)
{
	static struct arena *arena;
	static struct router *router;
	static struct walk walk;
	const struct route *route = NULL;
	enum method method;
	enum router_result result;
	struct match m;
	size_t first = 0;
	char *path;

	if (bytes < 1 || bytes > SEGMENT_BYTES)
		return 0;
	if (router == NULL) {
		arena = arena_new();
		router = router_new(&api);
	}
	method = (enum method)(data[0] % (METHOD__MAX + 1));
	path = strndup((const char *)data + 1, bytes - 1);
	if (path == NULL)
		abort();
	result = router_find(router, arena, method, path, &m);
	assert(result == naive(path, method, &walk, &route, &first));
	assert((m.allow != NULL) == (result != ROUTER_NOT_FOUND));
	assert((m.route != NULL) == (result == ROUTER_FOUND));
	if (m.route != NULL) {
		assert(m.route == route);
		assert(router_route_n(router, m.route) == (size_t)(route - routes));
		assert(strstr(m.allow, http_method_name(method)) != NULL);
		check_captures(&m, &walk, first);
	}
	free(path);
	arena_reset(arena);
	return 0;
}
