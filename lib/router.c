#include <assert.h>
#include <string.h>

#include "lib/arena.h"
#include "lib/form.h"
#include "lib/model.h"

#include "lib/router.h"

/*
 * A tree of segments, built once. A node is a resource: the path chooses it, literals first, and only
 * then the method is looked at, so that PATCH /users/stats is 405 and never PATCH /users/{id} of a
 * user called "stats". Rows that cannot be reached are selfcheck's business, not an error here.
 */

/* Deeper than any row. A path of a thousand slashes is refused after this many. */
enum { SEGMENTS_MAX = 16, MOUNTS = 3 };

struct node {
	const char *text; /* the literal, of ${chars} bytes; NULL in a capture */
	size_t chars;
	struct node *next; /* literal siblings, in the order of the table */
	struct node *literals, *capture;
	const struct route *rows[METHOD__MAX];
	const char *allow; /* NULL where no row ends */
};

/* A place where a tree hangs: the configured prefix, "/v1", or the root. */
struct mount {
	const char *prefix;
	size_t segments_n;
	struct node *tree;
};

struct router {
	struct arena *arena; /* holds this struct too */
	const struct api *api;
	size_t routes_n;
	struct mount mounts[MOUNTS];
};

/* The segments of a raw path, each decoded once. */
struct segments {
	const char *at[SEGMENTS_MAX];
	size_t n;
};

const char *
router_segment(const char **path, size_t *chars_r)
{
	const char *start = *path + (**path == '/');

	*chars_r = strcspn(start, "/");
	*path = start + *chars_r;
	return *chars_r == 0 ? NULL : start;
}

bool
router_is_capture(const char *segment, size_t chars)
{
	return chars > 2 && segment[0] == '{' && segment[chars - 1] == '}';
}

static bool
is_literal(const struct node *n, const char *text, size_t chars)
{
	return n->chars == chars && memcmp(n->text, text, chars) == 0;
}

/* The child of ${n} for one segment of a row, made when it is not there yet. */
static struct node *
child(struct arena *a, struct node *n, const char *text, size_t chars)
{
	struct node **at = &n->literals;

	if (router_is_capture(text, chars)) {
		if (n->capture == NULL)
			n->capture = arena_alloc(a, sizeof(*n->capture));
		return n->capture;
	}
	while (*at != NULL && !is_literal(*at, text, chars))
		at = &(*at)->next;
	if (*at == NULL) {
		*at = arena_alloc(a, sizeof(**at));
		(*at)->text = text;
		(*at)->chars = chars;
	}
	return *at;
}

static void
plant(struct arena *a, struct node *tree, const struct route *route)
{
	struct node *n = tree;
	const char *path = route->path, *text;
	size_t chars;

	while ((text = router_segment(&path, &chars)) != NULL)
		n = child(a, n, text, chars);
	if (route->method < METHOD_OPTIONS && n->rows[route->method] == NULL)
		n->rows[route->method] = route;
}

static bool
has_method(const struct node *n, enum method m)
{
	return n->rows[m] != NULL || (m == METHOD_HEAD && n->rows[METHOD_GET] != NULL);
}

/* Fill .allow wherever a row ends: "GET, HEAD, PATCH, OPTIONS" (RFC 9110 §10.2.1). */
static void
write_allow(struct arena *a, struct node *n)
{
	const char *allow = "";

	for (enum method m = METHOD_GET; m < METHOD_OPTIONS; m++) {
		if (has_method(n, m))
			allow = arena_printf(a, "%s%s, ", allow, http_method_name(m));
	}
	if (*allow != '\0')
		n->allow = arena_printf(a, "%sOPTIONS", allow);
	for (struct node *c = n->literals; c != NULL; c = c->next)
		write_allow(a, c);
	if (n->capture != NULL)
		write_allow(a, n->capture);
}

static struct mount
mount(const char *prefix, struct node *tree)
{
	struct mount m = {.prefix = prefix, .tree = tree};
	size_t chars;

	while (router_segment(&prefix, &chars) != NULL)
		m.segments_n++;
	return m;
}

struct router *
router_new(const struct api *api)
{
	struct arena *a = arena_new();
	struct router *r = arena_alloc(a, sizeof(*r));
	struct node *all = arena_alloc(a, sizeof(*all));
	struct node *root = arena_alloc(a, sizeof(*root));

	r->arena = a;
	r->api = api;
	for (const struct route *route = api->routes; route->path != NULL; route++) {
		plant(a, all, route);
		if ((route->flags & ROUTE_ROOT) != 0)
			plant(a, root, route);
		r->routes_n++;
	}
	write_allow(a, all);
	write_allow(a, root);
	r->mounts[0] = mount(api->prefix, all);
	r->mounts[1] = mount("/v1", all);
	r->mounts[2] = mount("", root);
	return r;
}

void
router_free(struct router **r)
{
	struct arena *a;

	if (*r == NULL)
		return;
	a = (*r)->arena;
	*r = NULL;
	arena_free(&a);
}

/*
 * HT-09: decoded once, before anything is compared, so that no spelling of ".." or of a prefix slips
 * past; an empty segment ("//") is nobody's.
 */
static bool
split(struct arena *a, const char *path, struct segments *s)
{
	size_t chars;

	if (*path != '/')
		return false;
	for (path++; *path != '\0'; path += chars + (path[chars] == '/')) {
		const char *text;

		chars = strcspn(path, "/");
		if (chars == 0 || s->n == SEGMENTS_MAX)
			return false;
		text = form_unescape(a, path, chars);
		if (text == NULL || strcmp(text, ".") == 0 || strcmp(text, "..") == 0)
			return false;
		s->at[s->n++] = text;
	}
	return true;
}

static bool
is_under(const struct mount *m, const struct segments *s)
{
	const char *prefix = m->prefix, *text;
	size_t chars;

	if (s->n < m->segments_n)
		return false;
	for (size_t i = 0; (text = router_segment(&prefix, &chars)) != NULL; i++) {
		if (strlen(s->at[i]) != chars || memcmp(s->at[i], text, chars) != 0)
			return false;
	}
	return true;
}

/* Every node is tried at most once: the tree is as deep as its deepest row, whatever was sent. */
static const struct node *
descend(const struct node *n, const char *const *segment, size_t left)
{
	const struct node *found;

	if (left == 0)
		return n->allow == NULL ? NULL : n;
	for (const struct node *c = n->literals; c != NULL; c = c->next) {
		if (!is_literal(c, *segment, strlen(*segment)))
			continue;
		found = descend(c, segment + 1, left - 1);
		if (found != NULL)
			return found;
		break;
	}
	return n->capture == NULL ? NULL : descend(n->capture, segment + 1, left - 1);
}

static void
capture(struct arena *a, const char *pattern, const char *const *segment, struct pairs *captures)
{
	const char *text;
	size_t chars;

	captures->at = arena_array(a, SEGMENTS_MAX, sizeof(*captures->at));
	for (; (text = router_segment(&pattern, &chars)) != NULL; segment++) {
		if (!router_is_capture(text, chars))
			continue;
		captures->at[captures->n++] =
		    (struct pair){.name = arena_strndup(a, text + 1, chars - 2), .value = *segment};
	}
}

enum router_result
router_find(
    const struct router *r, struct arena *a, enum method method, const char *path, struct match *m)
{
	struct segments s = {.n = 0};
	const struct mount *mount = r->mounts;
	const struct node *n = NULL;

	*m = (struct match){.route = NULL};
	if (!split(a, path, &s))
		return ROUTER_NOT_FOUND;
	for (size_t i = 0; i < MOUNTS && n == NULL; i++) {
		mount = &r->mounts[i];
		if (is_under(mount, &s))
			n = descend(mount->tree, s.at + mount->segments_n, s.n - mount->segments_n);
	}
	if (n == NULL)
		return ROUTER_NOT_FOUND;
	m->allow = n->allow;
	if (method == METHOD_OPTIONS)
		return ROUTER_OPTIONS;
	if (method == METHOD_HEAD && n->rows[METHOD_HEAD] == NULL)
		method = METHOD_GET;
	if (method >= METHOD_OPTIONS || n->rows[method] == NULL)
		return ROUTER_BAD_METHOD;
	m->route = n->rows[method];
	capture(a, m->route->path, s.at + mount->segments_n, &m->captures);
	return ROUTER_FOUND;
}

size_t
router_route_n(const struct router *r, const struct route *route)
{
	size_t n = (size_t)(route - r->api->routes);

	assert(n < r->routes_n);
	return n;
}
