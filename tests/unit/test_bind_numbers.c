/* Lists of numbers, which the tree of a body leaves out: whoever else meets one sees all of it. */

#include <criterion/criterion.h>
#include <math.h>
#include <string.h>

#include "lib/arena.h"
#include "lib/bind.h"
#include "lib/buf.h"
#include "lib/model.h"

#define N(x) (sizeof(x) / sizeof((x)[0]))

struct Inner {
	int64_t n;
};

static const struct field inner_fields[] = {FIELD(struct Inner, n, .flags = REQUIRED), {0}};
static const struct model inner = MODEL(Inner, inner_fields, .doc = "");

struct Mixed {
	struct numbers list;
	struct list tags, inners;
	struct json_text object;
	struct opt_str text;
	struct Inner one;
};

static const struct field mixed_fields[] = {
    FIELD(struct Mixed, list, .flags = NULLABLE, .min = 1, .max = 20),
    FIELD(struct Mixed, tags, .max = 3),
    FIELD(struct Mixed, inners, .of = &inner, .max = 3),
    FIELD(struct Mixed, object, .max = 64),
    FIELD(struct Mixed, text, .doc = ""),
    FIELD(struct Mixed, one, .of = &inner),
    {0},
};
static const struct model mixed = MODEL(Mixed, mixed_fields, .doc = "");

/* The same beside a secret. */
struct Guarded {
	struct secret password;
	struct numbers list;
	struct opt_str text;
};

static const struct field guarded_fields[] = {
    FIELD(struct Guarded, password, .doc = ""),
    FIELD(struct Guarded, list, .doc = ""),
    FIELD(struct Guarded, text, .doc = ""),
    {0},
};
static const struct model guarded = MODEL(Guarded, guarded_fields, .doc = "");

static struct arena *a;
static struct faults faults;
static struct Mixed m;

static void
start(void)
{
	a = arena_new();
}

static void
stop(void)
{
	arena_free(&a);
}

TestSuite(bind_numbers, .init = start, .fini = stop);

static bool
bind(const char *text)
{
	faults_init(&faults, a);
	memset(&m, 0, sizeof(m));
	return bind_json(a, &mixed, text, strlen(text), &m, &faults);
}

Test(bind_numbers, reads_them_whatever_stands_between)
{
	static const float wanted[] = {0.1F, -0.0F, 1e-40F, 16777216, -2e+1F, 3};

	cr_assert(bind("{\"one\":{\"n\":1},\"list\":[\t0.1,\r\n-0 , 1e-40,16777217,-2E+1\n,3 ]}"));
	cr_assert_eq(m.list.n, N(wanted));
	cr_assert_eq(memcmp(m.list.at, wanted, sizeof(wanted)), 0);
	cr_assert(signbit(m.list.at[1]));
}

Test(bind_numbers, an_object_keeps_its_own)
{
	cr_assert(bind(
	    "{\"one\":{\"n\":1},\"object\":{\"a\":[1.0, 2e3,[4]],\"b\":[12345678901234567890]}}"));
	cr_assert_str_eq(m.object.s, "{\"a\":[1.0,2e3,[4]],\"b\":[12345678901234567890]}");
}

/* ${first} is the first fault, its input in front of its place; "-" where none is told. */
Test(bind_numbers, faults_tell_what_was_sent)
{
	static const struct {
		const char *text, *type, *first;
		size_t n;
	} cases[] = {
	    {"{\"list\":[1,2,\"x\"]}", "float_type", "\"x\" [\"body\",\"list\",2]", 1},
	    {"{\"list\":[1,[2,3],[]]}", "float_type", "[2,3] [\"body\",\"list\",1]", 2},
	    {"{\"list\":[1,{\"a\":[2,3]}]}", "float_type", "{\"a\":[2,3]} [\"body\",\"list\",1]",
		1},
	    {"{\"list\":[1,-1e39,2,1e300]}", "finite_number", "-1e+39 [\"body\",\"list\",1]", 2},
	    {"{\"list\":[1e39,null]}", "finite_number", "1e+39 [\"body\",\"list\",0]", 2},
	    {"{\"list\":[ ]}", "too_short", "- [\"body\",\"list\"]", 1},
	    {"{\"list\":[1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20,21]}", "too_long",
		"- [\"body\",\"list\"]", 1},
	    {"{\"tags\":[1, 2]}", "string_type", "1 [\"body\",\"tags\",0]", 2},
	    {"{\"tags\":[1,2,3,4]}", "too_long", "- [\"body\",\"tags\"]", 1},
	    {"{\"tags\":[[1,2]]}", "string_type", "[1,2] [\"body\",\"tags\",0]", 1},
	    {"{\"inners\":[1,2]}", "model_attributes_type", "1 [\"body\",\"inners\",0]", 2},
	    {"{\"inners\":[{\"n\":[1,2]}]}", "int_type", "[1,2] [\"body\",\"inners\",0,\"n\"]", 1},
	    {"{\"one\":[1,2]}", "model_attributes_type", "[1,2] [\"body\",\"one\"]", 1},
	    {"{\"object\":[1,2]}", "dict_type", "[1,2] [\"body\",\"object\"]", 1},
	    {"{\"text\":[1, 2]}", "string_type", "[1,2] [\"body\",\"text\"]", 1},
	    {"{\"text\":{\"a\":[[1],2]}}", "string_type", "{\"a\":[[1],2]} [\"body\",\"text\"]", 1},
	    {"[1,2]", "model_attributes_type", "[1,2] [\"body\"]", 1},
	    {"{\"list\":[1,2],\"list\":[3]}", "json_invalid", "- [\"body\",14]", 1},
	    {"{\"object\":{\"a\":[1],\"b\":[2],\"\\u0061\":3}}", "json_invalid", "- [\"body\",27]",
		1},
	};

	for (size_t i = 0; i < N(cases); i++) {
		const struct fault *f;
		struct buf got;

		cr_assert_not(bind(cases[i].text), "%s", cases[i].text);
		cr_assert_eq(faults.n, cases[i].n, "%s", cases[i].text);
		f = faults.first;
		buf_init(&got, a);
		buf_printf(&got, "%s %s", f->input == NULL ? "-" : f->input, f->loc);
		cr_assert_str_eq(got.at, cases[i].first, "%s: %s", cases[i].text, got.at);
		cr_assert_str_eq(f->type, cases[i].type, "%s", cases[i].text);
	}
}

Test(bind_numbers, beside_a_secret_none_are_told)
{
	static const char *const cases[] = {"{\"text\":[1,2]}", "{\"text\":{\"a\":[1]}}", "[1]",
	    "{\"list\":[[1]]}", "{\"list\":{\"a\":[1]}}"};

	for (size_t i = 0; i < N(cases); i++) {
		struct Guarded g = {.password = {NULL}};

		faults_init(&faults, a);
		cr_assert_not(bind_json(a, &guarded, cases[i], strlen(cases[i]), &g, &faults), "%s",
		    cases[i]);
		cr_assert_null(faults.first->input, "%s: %s", cases[i], faults.first->input);
	}
}
