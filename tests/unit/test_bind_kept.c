/* Numbers, and what is kept as the text that was sent. */

#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

#include "lib/arena.h"
#include "lib/bind.h"
#include "lib/buf.h"
#include "lib/model.h"
#include "lib/render.h"

#define N(x) (sizeof(x) / sizeof((x)[0]))

struct Kept {
	double num;
	struct opt_num maybe;
	struct numbers list;
	struct json_text object;
};

static const struct field kept_fields[] = {
    FIELD(struct Kept, num, .flags = REQUIRED),
    FIELD(struct Kept, maybe, .doc = ""),
    FIELD(struct Kept, list, .flags = NULLABLE),
    FIELD(struct Kept, object, .max = 48),
    {0},
};
static const struct model kept = MODEL(Kept, kept_fields, .doc = "");

struct Outer {
	struct list items;
};

static const struct field outer_fields[] = {FIELD(struct Outer, items, .of = &kept), {0}};
static const struct model outer = MODEL(Outer, outer_fields, .doc = "");

static struct arena *a;
static struct faults faults;
static struct Kept k;

static void
start(void)
{
	a = arena_new();
	faults_init(&faults, a);
	memset(&k, 0, sizeof(k));
}

static void
stop(void)
{
	arena_free(&a);
}

TestSuite(bind_kept, .init = start, .fini = stop);

static bool
bind(const char *text)
{
	faults_init(&faults, a);
	memset(&k, 0, sizeof(k));
	return bind_json(a, &kept, text, strlen(text), &k, &faults);
}

Test(bind_kept, keeps_every_digit_and_no_blank)
{
	cr_assert(bind("{\"num\": -1.5e2, \"maybe\": 7, \"list\" : [ 0.10 ,\n-2E+1, 3 ] ,"
		       "\"object\": { \"a b\" : [ 12345678901234567890.0, \"] \\\" {\" ] }}"));
	cr_assert_float_eq(k.num, -150, 0);
	cr_assert(k.maybe.set);
	cr_assert_float_eq(k.maybe.v, 7, 0);
	cr_assert_eq(k.list.n, 3);
	cr_assert_float_eq(k.list.at[1], -20, 0);
	cr_assert_str_eq(k.object.s, "{\"a b\":[12345678901234567890.0,\"] \\\" {\"]}");
}

Test(bind_kept, finds_each_text_within_a_list)
{
	static const char text[] =
	    " {\"items\":[{\"num\":1,\"object\":{\"a\":[[],{}]},\"list\":[]},"
	    "{\"list\":[2],\"object\":{},\"num\":2}]}";
	struct Outer o = {{0}};
	const struct Kept *items;

	cr_assert(bind_json(a, &outer, text, strlen(text), &o, &faults));
	items = o.items.at;
	cr_assert_str_eq(items[0].object.s, "{\"a\":[[],{}]}");
	cr_assert(items[0].list.set && items[0].list.at != NULL && items[0].list.n == 0);
	cr_assert_eq(items[1].list.n, 1);
	cr_assert_float_eq(items[1].list.at[0], 2, 0);
	cr_assert_str_eq(items[1].object.s, "{}");
}

Test(bind_kept, tells_absent_from_null)
{
	cr_assert(bind("{\"num\":0}"));
	cr_assert(!k.list.set && k.list.at == NULL && !k.maybe.set && k.object.s == NULL);
	cr_assert(bind("{\"num\":0,\"list\":null}"));
	cr_assert(k.list.set && k.list.at == NULL);
}

Test(bind_kept, refuses_what_is_none)
{
	static const struct {
		const char *text, *type, *loc;
	} cases[] = {
	    {"{\"num\":\"1\"}", "float_type", "[\"body\",\"num\"]"},
	    {"{\"num\":null}", "float_type", "[\"body\",\"num\"]"},
	    {"{\"num\":1,\"maybe\":null}", "float_type", "[\"body\",\"maybe\"]"},
	    {"{\"num\":1,\"list\":{}}", "list_type", "[\"body\",\"list\"]"},
	    {"{\"num\":1,\"list\":[1,\"2\"]}", "float_type", "[\"body\",\"list\",1]"},
	    {"{\"num\":1,\"list\":[null]}", "float_type", "[\"body\",\"list\",0]"},
	    {"{\"num\":1,\"list\":[[1]]}", "float_type", "[\"body\",\"list\",0]"},
	    {"{\"num\":1,\"list\":[1,2,-4e38]}", "finite_number", "[\"body\",\"list\",2]"},
	    {"{\"num\":1,\"object\":[]}", "dict_type", "[\"body\",\"object\"]"},
	    {"{\"num\":1,\"object\":\"{}\"}", "dict_type", "[\"body\",\"object\"]"},
	    {"{\"num\":1,\"object\":null}", "dict_type", "[\"body\",\"object\"]"},
	    {"{\"num\":1,\"object\":{\"a\":1e60}}", "value_error", "[\"body\",\"object\"]"},
	    {"{\"num\":1,\"object\":{\"a\":1E-60}}", "value_error", "[\"body\",\"object\"]"},
	    {"{\"num\":1,\"object\":{\"a\":1e-99999999999999999999}}", "value_error",
		"[\"body\",\"object\"]"},
	    {"{\"num\":NaN}", "json_invalid", "[\"body\",7]"},
	    {"{\"num\":1,\"list\":[1e999]}", "json_invalid", "[\"body\",17]"},
	};

	for (size_t i = 0; i < N(cases); i++) {
		cr_assert_not(bind(cases[i].text), "%s", cases[i].text);
		cr_assert_eq(faults.n, 1, "%s", cases[i].text);
		cr_assert_str_eq(faults.first->type, cases[i].type, "%s", cases[i].text);
		cr_assert_str_eq(faults.first->loc, cases[i].loc, "%s", cases[i].text);
	}
}

Test(bind_kept, letters_are_no_exponents)
{
	cr_assert(bind("{\"num\":1,\"object\":{\"1e999\":[true,false,\"9e999\"]}}"));
}

Test(bind_kept, numbers_are_written_as_they_are_read)
{
	static const double numbers[] = {0, 1, -1, 0.1, 1.0 / 3, 1e-300, 1.7976931348623157e308,
	    9007199254740993.0, 0.30000000000000004};

	for (size_t i = 0; i < N(numbers); i++) {
		struct Kept out = {.num = numbers[i]};
		struct buf b;

		buf_init(&b, a);
		render_model(&b, &kept, &out);
		cr_assert_not_null(strstr(b.at, ",\"maybe\":null,\"list\":null,\"object\":null}"));
		cr_assert_float_eq(strtod(b.at + strlen("{\"num\":"), NULL), numbers[i], 0);
	}
}
