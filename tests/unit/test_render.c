#include <criterion/criterion.h>
#include <signal.h>

#include "lib/arena.h"
#include "lib/buf.h"
#include "lib/model.h"
#include "lib/render.h"

struct Item {
	const char *name;
	int64_t n;
};

static const struct field item_fields[] = {
    FIELD(struct Item, name, .doc = ""),
    FIELD(struct Item, n, .doc = ""),
    {0},
};
static const struct model item = MODEL(Item, item_fields, .doc = "");

struct All {
	const char *s;
	struct opt_str os;
	bool b;
	struct opt_bool ob;
	int64_t n;
	struct opt_int on;
	struct instant at;
	struct list items, names;
	const char *not_in_the_rows;
};

static const struct field all_fields[] = {
    FIELD(struct All, s, .doc = ""),
    FIELD(struct All, os, .doc = ""),
    FIELD(struct All, b, .doc = ""),
    FIELD(struct All, ob, .doc = ""),
    FIELD(struct All, n, .doc = ""),
    FIELD(struct All, on, .doc = ""),
    FIELD(struct All, at, .doc = ""),
    FIELD(struct All, items, .of = &item),
    FIELD(struct All, names, .doc = ""),
    {0},
};
static const struct model all = MODEL(All, all_fields, .doc = "");

static struct arena *a;
static struct buf b;

static void
start(void)
{
	a = arena_new();
	buf_init(&b, a);
}

static void
stop(void)
{
	arena_free(&a);
}

TestSuite(render, .init = start, .fini = stop);

Test(render, absent_values_are_null)
{
	struct All v = {.at = {INSTANT_NONE}};

	render_model(&b, &all, &v);
	cr_assert_str_eq(b.at,
	    "{\"s\":null,\"os\":null,\"b\":false,\"ob\":null,\"n\":0,\"on\":null,\"at\":null,"
	    "\"items\":[],\"names\":[]}");
}

Test(render, every_kind_has_its_form)
{
	static const struct Item items[] = {{"one", 1}, {"two \"", -2}, {NULL, 3}};
	static const char *const names[] = {"a", "ü\n", NULL};
	struct All v = {.s = "q\"",
	    .os = {.s = "", .set = true},
	    .b = true,
	    .ob = {.v = false, .set = true},
	    .n = 42,
	    .on = {.v = 0, .set = true},
	    .at = {1},
	    .items = {items, 3},
	    .names = {names, 2},
	    .not_in_the_rows = "hash"};

	render_model(&b, &all, &v);
	cr_assert_str_eq(b.at,
	    "{\"s\":\"q\\\"\",\"os\":\"\",\"b\":true,\"ob\":false,\"n\":42,\"on\":0,"
	    "\"at\":\"1970-01-01T00:00:00.000001Z\",\"items\":[{\"name\":\"one\",\"n\":1},"
	    "{\"name\":\"two "
	    "\\\"\",\"n\":-2},{\"name\":null,\"n\":3}],\"names\":[\"a\",\"ü\\n\"]}");
}

Test(render, integers_are_exact)
{
	static const struct {
		int64_t n;
		const char *text;
	} cases[] = {
	    {9007199254740993, "{\"name\":null,\"n\":9007199254740993}"},
	    {1000000000000000, "{\"name\":null,\"n\":1000000000000000}"},
	    {INT64_MAX, "{\"name\":null,\"n\":9223372036854775807}"},
	    {INT64_MIN, "{\"name\":null,\"n\":-9223372036854775808}"},
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct Item v = {.n = cases[i].n};

		buf_init(&b, a);
		render_model(&b, &item, &v);
		cr_assert_str_eq(b.at, cases[i].text, "case %zu", i);
	}
}

struct Leak {
	struct secret password;
	const char *hash;
};

Test(render, a_secret_row_stops_the_process, .signal = SIGABRT)
{
	static const struct field rows[] = {FIELD(struct Leak, password, .doc = ""), {0}};
	static const struct model leak = MODEL(Leak, rows, .doc = "");
	struct Leak v = {.password = {"secret"}};

	render_model(&b, &leak, &v);
}

Test(render, a_hashed_row_stops_the_process, .signal = SIGABRT)
{
	static const struct field rows[] = {FIELD(struct Leak, hash, .flags = HASHED), {0}};
	static const struct model leak = MODEL(Leak, rows, .doc = "");
	struct Leak v = {.hash = "$y$"};

	render_model(&b, &leak, &v);
}
