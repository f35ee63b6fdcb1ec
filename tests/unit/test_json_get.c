#include <criterion/criterion.h>
#include <string.h>

#include "lib/arena.h"
#include "lib/json.h"
#include "lib/json_get.h"

#define N(x) (sizeof(x) / sizeof((x)[0]))

static struct arena *arena;

static void
setup(void)
{
	arena = arena_new();
}

static void
teardown(void)
{
	arena_free(&arena);
}

TestSuite(json_get, .init = setup, .fini = teardown);

static const struct cJSON *
tree(const char *text)
{
	struct cJSON *t;
	struct json_error error;

	cr_assert(json_parse(arena, text, strlen(text), &t, &error), "%s", error.why);
	return t;
}

Test(json_get, counts_members_of_objects_only)
{
	cr_assert_eq(json_get_members(tree("{}")), 0);
	cr_assert_eq(json_get_members(tree("{\"a\":{\"b\":1},\"c\":null}")), 2);
	cr_assert_eq(json_get_members(tree("[1,2]")), -1);
	cr_assert_eq(json_get_members(tree("\"a\"")), -1);
	cr_assert_eq(json_get_members(NULL), -1);
}

Test(json_get, finds_members_by_exact_name_and_type)
{
	const struct cJSON *t = tree("{\"a\":\"x\",\"n\":null,\"o\":{\"b\":\"y\"}}");

	cr_assert_str_eq(json_get_text(t, "a"), "x");
	cr_assert(json_get_has(t, "n"));
	cr_assert_null(json_get_text(t, "n"));
	cr_assert_null(json_get_text(t, "o"));
	cr_assert_not(json_get_has(t, "A"));
	cr_assert_null(json_get_text(t, "A"));
	cr_assert_not(json_get_has(t, "b"));
	cr_assert_not(json_get_has(tree("[\"a\"]"), "a"));
}

Test(json_get, takes_whole_numbers_that_a_double_holds)
{
	static const struct {
		const char *json;
		int64_t n;
	} fine[] = {{"{\"n\":0}", 0}, {"{\"n\":-0}", 0}, {"{\"n\":-7}", -7}, {"{\"n\":1.0}", 1},
	    {"{\"n\":1e3}", 1000}, {"{\"n\":9007199254740991}", 9007199254740991},
	    {"{\"n\":-9007199254740991}", -9007199254740991}};
	static const char *const bad[] = {"{\"n\":9007199254740992}", "{\"n\":-9007199254740992}",
	    "{\"n\":1e30}", "{\"n\":-1e300}", "{\"n\":0.5}", "{\"n\":1e-9}", "{\"n\":\"1\"}",
	    "{\"n\":true}", "{\"n\":null}", "{\"n\":[1]}", "{}", "{\"N\":1}", "[1]"};

	for (size_t i = 0; i < N(fine); i++) {
		int64_t n = 42;

		cr_assert(json_get_integer(tree(fine[i].json), "n", &n), "fine %zu", i);
		cr_assert_eq(n, fine[i].n, "fine %zu", i);
	}
	for (size_t i = 0; i < N(bad); i++) {
		int64_t n = 42;

		cr_assert_not(json_get_integer(tree(bad[i]), "n", &n), "bad %zu", i);
		cr_assert_eq(n, 42, "bad %zu", i);
	}
}

Test(json_get, finds_a_text_alone_or_in_a_list)
{
	static const struct {
		const char *json;
		bool names;
	} cases[] = {{"{\"l\":\"x\"}", true}, {"{\"l\":[\"x\"]}", true},
	    {"{\"l\":[\"y\",\"x\"]}", true}, {"{\"l\":\"X\"}", false}, {"{\"l\":[]}", false},
	    {"{\"l\":[\"y\"]}", false}, {"{\"l\":[\"x\",1]}", false},
	    {"{\"l\":[null,\"x\"]}", false}, {"{\"l\":[[\"x\"]]}", false},
	    {"{\"l\":{\"x\":\"x\"}}", false}, {"{\"l\":null}", false}, {"{}", false}};

	for (size_t i = 0; i < N(cases); i++)
		cr_assert_eq(
		    json_get_names(tree(cases[i].json), "l", "x"), cases[i].names, "case %zu", i);
}
