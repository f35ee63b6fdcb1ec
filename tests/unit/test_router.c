#include <criterion/criterion.h>
#include <string.h>

#include "lib/arena.h"
#include "lib/model.h"
#include "lib/router.h"

#include "tests/unit/sample_api.h"

struct tried {
	enum method method;
	const char *path;
	enum router_result result;
	const char *id;       /* of the row found */
	const char *captures; /* "name=value;…" */
};

static const char *
joined(struct arena *a, const struct pairs *p)
{
	const char *s = "";

	for (size_t i = 0; i < p->n; i++)
		s = arena_printf(a, "%s%s=%s;", s, p->at[i].name, p->at[i].value);
	return s;
}

static void
try_all(const struct api *api, const struct tried *t, size_t n)
{
	struct arena *a = arena_new();
	struct router *r = router_new(api);

	for (size_t i = 0; i < n; i++) {
		struct match m;
		enum router_result result = router_find(r, a, t[i].method, t[i].path, &m);

		cr_expect_eq(result, t[i].result, "%zu %s: result %d", i, t[i].path, (int)result);
		cr_expect_eq(m.route != NULL, t[i].id != NULL, "%zu %s", i, t[i].path);
		cr_expect_eq(m.allow != NULL, result != ROUTER_NOT_FOUND, "%zu %s", i, t[i].path);
		if (m.route != NULL && t[i].id != NULL)
			cr_expect_str_eq(m.route->id, t[i].id, "%zu %s", i, t[i].path);
		cr_expect_str_eq(joined(a, &m.captures), t[i].captures ? t[i].captures : "",
		    "%zu %s", i, t[i].path);
	}
	router_free(&r);
	cr_expect_null(r);
	router_free(&r);
	arena_free(&a);
}

#define TRY(t) try_all(&sample_api, (t), sizeof(t) / sizeof((t)[0]))

Test(router, finds_rows_under_both_prefixes)
{
	static const struct tried t[] = {
	    {METHOD_GET, "/api/v1/things", ROUTER_FOUND, "things_list", NULL},
	    {METHOD_POST, "/api/v1/things", ROUTER_FOUND, "things_create", NULL},
	    {METHOD_GET, "/v1/things", ROUTER_FOUND, "things_list", NULL},
	    {METHOD_GET, "/api/v1/things/7", ROUTER_FOUND, "things_read", "id=7;"},
	    {METHOD_DELETE, "/v1/things/7", ROUTER_FOUND, "things_delete", "id=7;"},
	    {METHOD_GET, "/v1/things/7/parts/lid", ROUTER_FOUND, "parts_read", "id=7;part=lid;"},
	    {METHOD_POST, "/api/v1/login", ROUTER_FOUND, "login", NULL},
	};

	TRY(t);
}

Test(router, answers_at_the_root_only_where_the_row_says_so)
{
	static const struct tried t[] = {
	    {METHOD_GET, "/health", ROUTER_FOUND, "health", NULL},
	    {METHOD_GET, "/api/v1/health", ROUTER_FOUND, "health", NULL},
	    {METHOD_GET, "/v1/health", ROUTER_FOUND, "health", NULL},
	    {METHOD_GET, "/docs/", ROUTER_FOUND, "docs", NULL},
	    {METHOD_GET, "/things", ROUTER_NOT_FOUND, NULL, NULL},
	    {METHOD_POST, "/login", ROUTER_NOT_FOUND, NULL, NULL},
	    {METHOD_GET, "/api/health", ROUTER_NOT_FOUND, NULL, NULL},
	    {METHOD_GET, "/api/v1/v1/health", ROUTER_NOT_FOUND, NULL, NULL},
	    {METHOD_GET, "/api/v1", ROUTER_NOT_FOUND, NULL, NULL},
	    {METHOD_GET, "/", ROUTER_NOT_FOUND, NULL, NULL},
	};

	TRY(t);
}

Test(router, prefers_literals_to_captures_but_returns_to_them)
{
	static const struct tried t[] = {
	    {METHOD_GET, "/v1/things/stats", ROUTER_FOUND, "things_stats", NULL},
	    {METHOD_GET, "/v1/things/stat", ROUTER_FOUND, "things_read", "id=stat;"},
	    {METHOD_GET, "/v1/things/statss", ROUTER_FOUND, "things_read", "id=statss;"},
	    /* The path chooses the resource, the method has no say in it. */
	    {METHOD_PATCH, "/v1/things/stats", ROUTER_BAD_METHOD, NULL, NULL},
	    {METHOD_GET, "/v1/things/stats/parts/lid", ROUTER_FOUND, "parts_read",
		"id=stats;part=lid;"},
	    {METHOD_GET, "/v1/things/stats/parts", ROUTER_NOT_FOUND, NULL, NULL},
	};

	TRY(t);
}

Test(router, takes_one_trailing_slash_for_nothing)
{
	static const struct tried t[] = {
	    {METHOD_GET, "/v1/things/", ROUTER_FOUND, "things_list", NULL},
	    {METHOD_GET, "/v1/things/7/", ROUTER_FOUND, "things_read", "id=7;"},
	    {METHOD_GET, "/v1/things//", ROUTER_NOT_FOUND, NULL, NULL},
	    {METHOD_GET, "/v1//things", ROUTER_NOT_FOUND, NULL, NULL},
	    {METHOD_GET, "//v1/things", ROUTER_NOT_FOUND, NULL, NULL},
	    {METHOD_GET, "//", ROUTER_NOT_FOUND, NULL, NULL},
	};

	TRY(t);
}

Test(router, decodes_once_and_refuses_what_could_be_another_path)
{
	static const struct tried t[] = {
	    {METHOD_GET, "/v1/%74hings", ROUTER_FOUND, "things_list", NULL},
	    {METHOD_GET, "/%761/things", ROUTER_FOUND, "things_list", NULL},
	    {METHOD_GET, "/v1/things/%73tats", ROUTER_FOUND, "things_stats", NULL},
	    {METHOD_GET, "/v1/things/a%2541", ROUTER_FOUND, "things_read", "id=a%41;"},
	    {METHOD_GET, "/v1/things/a+b", ROUTER_FOUND, "things_read", "id=a+b;"},
	    {METHOD_GET, "/v1/things/%C3%A9", ROUTER_FOUND, "things_read", "id=\xc3\xa9;"},
	    {METHOD_GET, "/v1/things/a..b", ROUTER_FOUND, "things_read", "id=a..b;"},
	    {METHOD_GET, "/v1/things/...", ROUTER_FOUND, "things_read", "id=...;"},
	    {METHOD_GET, "/v1/things/..", ROUTER_NOT_FOUND, NULL, NULL},
	    {METHOD_GET, "/v1/things/.", ROUTER_NOT_FOUND, NULL, NULL},
	    {METHOD_GET, "/v1/things/%2e%2E", ROUTER_NOT_FOUND, NULL, NULL},
	    {METHOD_GET, "/v1/things/.%2e/things", ROUTER_NOT_FOUND, NULL, NULL},
	    {METHOD_GET, "/v1/x/../things", ROUTER_NOT_FOUND, NULL, NULL},
	    {METHOD_GET, "/v1/things/a%2Fb", ROUTER_NOT_FOUND, NULL, NULL},
	    {METHOD_GET, "/v1/things/a%2fb", ROUTER_NOT_FOUND, NULL, NULL},
	    {METHOD_GET, "/v1%2Fthings", ROUTER_NOT_FOUND, NULL, NULL},
	    {METHOD_GET, "/v1/things/%00", ROUTER_NOT_FOUND, NULL, NULL},
	    {METHOD_GET, "/v1/things/a%00b", ROUTER_NOT_FOUND, NULL, NULL},
	    {METHOD_GET, "/v1/things/%", ROUTER_NOT_FOUND, NULL, NULL},
	    {METHOD_GET, "/v1/things/%4", ROUTER_NOT_FOUND, NULL, NULL},
	    {METHOD_GET, "/v1/things/%zz", ROUTER_NOT_FOUND, NULL, NULL},
	    {METHOD_GET, "/v1/things/%C0%AF", ROUTER_NOT_FOUND, NULL, NULL},
	    {METHOD_GET, "/v1/things/\xff", ROUTER_NOT_FOUND, NULL, NULL},
	    {METHOD_GET, "", ROUTER_NOT_FOUND, NULL, NULL},
	    {METHOD_GET, "v1/things", ROUTER_NOT_FOUND, NULL, NULL},
	    {METHOD_GET, "*", ROUTER_NOT_FOUND, NULL, NULL},
	    {METHOD_GET, "http://x/v1/things", ROUTER_NOT_FOUND, NULL, NULL},
	    {METHOD_GET, "/v1/Things", ROUTER_NOT_FOUND, NULL, NULL},
	    {METHOD_GET, "/v1/things/{id}/parts", ROUTER_NOT_FOUND, NULL, NULL},
	    {METHOD_GET, "/1/2/3/4/5/6/7/8/9/0/1/2/3/4/5/6/7/8", ROUTER_NOT_FOUND, NULL, NULL},
	};

	TRY(t);
}

Test(router, tells_a_wrong_method_from_an_unknown_path)
{
	static const struct tried t[] = {
	    {METHOD_PUT, "/v1/things", ROUTER_BAD_METHOD, NULL, NULL},
	    {METHOD_GET, "/v1/login", ROUTER_BAD_METHOD, NULL, NULL},
	    {METHOD_HEAD, "/v1/login", ROUTER_BAD_METHOD, NULL, NULL},
	    {METHOD__MAX, "/v1/login", ROUTER_BAD_METHOD, NULL, NULL},
	    {METHOD__MAX, "/v1/nothing", ROUTER_NOT_FOUND, NULL, NULL},
	    {METHOD_OPTIONS, "/v1/login", ROUTER_OPTIONS, NULL, NULL},
	    {METHOD_OPTIONS, "/health", ROUTER_OPTIONS, NULL, NULL},
	    {METHOD_OPTIONS, "/v1/nothing", ROUTER_NOT_FOUND, NULL, NULL},
	    {METHOD_HEAD, "/v1/things/7", ROUTER_FOUND, "things_read", "id=7;"},
	};

	TRY(t);
}

Test(router, lists_the_methods_of_a_path_in_one_order)
{
	static const struct {
		const char *path, *allow;
	} t[] = {
	    {"/v1/things", "GET, HEAD, POST, OPTIONS"},
	    {"/v1/things/7", "GET, HEAD, PATCH, DELETE, OPTIONS"},
	    {"/v1/things/stats", "GET, HEAD, OPTIONS"},
	    {"/v1/login", "POST, OPTIONS"},
	    {"/health", "GET, HEAD, OPTIONS"},
	};
	struct arena *a = arena_new();
	struct router *r = router_new(&sample_api);

	for (size_t i = 0; i < sizeof(t) / sizeof(t[0]); i++) {
		struct match m;

		cr_assert_eq(router_find(r, a, METHOD_OPTIONS, t[i].path, &m), ROUTER_OPTIONS);
		cr_expect_str_eq(m.allow, t[i].allow, "%zu", i);
	}
	router_free(&r);
	arena_free(&a);
}

Test(router, follows_the_configured_prefix)
{
	static const struct tried deep[] = {
	    {METHOD_GET, "/a/b/c/things", ROUTER_FOUND, "things_list", NULL},
	    {METHOD_GET, "/v1/things", ROUTER_FOUND, "things_list", NULL},
	    {METHOD_GET, "/a/b/things", ROUTER_NOT_FOUND, NULL, NULL},
	    {METHOD_GET, "/api/v1/things", ROUTER_NOT_FOUND, NULL, NULL},
	};
	static const struct tried none[] = {
	    {METHOD_GET, "/things", ROUTER_FOUND, "things_list", NULL},
	    {METHOD_GET, "/v1/things", ROUTER_FOUND, "things_list", NULL},
	};
	/* "/v1" is the beginning of the prefix: what is not under the longer one is under it. */
	static const struct tried nested[] = {
	    {METHOD_GET, "/v1/x/things", ROUTER_FOUND, "things_list", NULL},
	    {METHOD_GET, "/v1/things", ROUTER_FOUND, "things_list", NULL},
	};
	struct api api = sample_api;

	api.prefix = "/a/b/c";
	try_all(&api, deep, sizeof(deep) / sizeof(deep[0]));
	api.prefix = "";
	try_all(&api, none, sizeof(none) / sizeof(none[0]));
	api.prefix = "/v1/x";
	try_all(&api, nested, sizeof(nested) / sizeof(nested[0]));
}

Test(router, numbers_rows_as_they_stand_in_the_table)
{
	struct router *r = router_new(&sample_api);

	for (size_t i = 0; i < SAMPLE_ROUTES; i++)
		cr_expect_eq(router_route_n(r, &sample_api.routes[i]), i);
	router_free(&r);
}

Test(router, keeps_captures_as_long_as_the_arena_of_the_request)
{
	struct arena *a = arena_new();
	struct router *r = router_new(&sample_api);
	char path[] = "/v1/things/x/parts/y";
	struct match m;

	cr_assert_eq(router_find(r, a, METHOD_GET, path, &m), ROUTER_FOUND);
	memset(path, '#', sizeof(path) - 1);
	router_free(&r);
	cr_expect_str_eq(joined(a, &m.captures), "id=x;part=y;");
	arena_free(&a);
}
