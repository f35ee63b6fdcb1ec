#include <criterion/criterion.h>
#include <malloc.h>
#include <string.h>

#include <cjson/cJSON.h>

#include "lib/arena.h"
#include "lib/buf.h"
#include "lib/clock.h"
#include "lib/json.h"

#define N(x) (sizeof(x) / sizeof((x)[0]))
#define T(s) s, sizeof(s) - 1

static struct arena *a;

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

TestSuite(json, .init = start, .fini = stop);

struct text {
	const char *s;
	size_t n;
	size_t offset; /* of the refusal */
};

static bool
accepts(const char *s, size_t n)
{
	struct json_error error;
	cJSON *tree;

	return json_parse(a, s, n, &tree, &error) && json_parse_lean(a, s, n, &tree, &error);
}

static void
refuses(const struct text *cases, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		struct json_error error = {0};
		cJSON *tree = NULL;

		cr_assert_not(json_parse(a, cases[i].s, cases[i].n, &tree, &error), "case %zu: %s",
		    i, cases[i].s);
		cr_assert_eq(error.offset, cases[i].offset, "case %zu: %s: %s at %zu", i,
		    cases[i].s, error.why, error.offset);
		cr_assert_not_null(error.why, "case %zu", i);
		cr_assert_null(tree, "case %zu", i);
		error = (struct json_error){0};
		cr_assert_not(json_parse_lean(a, cases[i].s, cases[i].n, &tree, &error));
		cr_assert_eq(error.offset, cases[i].offset, "lean, case %zu: %s", i, cases[i].s);
		cr_assert_null(tree, "lean, case %zu", i);
	}
}

Test(json, accepts_rfc_8259)
{
	static const char *const cases[] = {"{}", "[]", " \t\r\n{ } \n", "null", "true", "false",
	    "0", "-0", "-1.5e+10", "1E-2", "1e-999", "123456789012345678901234567890", "\"\"",
	    "\"\\\"\\\\\\/\\b\\f\\n\\r\\t\"", "\"\\u00e9\\uD83D\\uDE00\"", "\"\x7f\"",
	    "\"Zoë 😀 \xef\xbf\xbf\"", "[1,[2,{\"a\":[]}],null]",
	    "{\"a\":{\"a\":1},\"b\":[{\"a\":1},{\"a\":2}]}", "{\"a\":1,\"A\":2}", "{\"\":0}"};

	for (size_t i = 0; i < N(cases); i++)
		cr_assert(accepts(cases[i], strlen(cases[i])), "case %zu: %s", i, cases[i]);
}

Test(json, refuses_what_is_not_json)
{
	static const struct text cases[] = {{T(""), 0}, {T(" \n"), 2}, {T("nul"), 0},
	    {T("nulll"), 4}, {T("True"), 0}, {T("NaN"), 0}, {T("-Infinity"), 0}, {T("{"), 1},
	    {T("["), 1}, {T("[1"), 2}, {T("[1,]"), 3}, {T("[,1]"), 1}, {T("[1 2]"), 3},
	    {T("{\"a\"}"), 4}, {T("{\"a\":}"), 5}, {T("{\"a\":1,}"), 7}, {T("{a:1}"), 1},
	    {T("{'a':1}"), 1}, {T("{1:1}"), 1}, {T("{\"a\":1]"), 6}, {T("[1}"), 2}, {T("]"), 0},
	    {T("/**/{}"), 0}, {T("{}//"), 2}, {T("\"a"), 0}, {T("\"a\\\""), 0}, {T("\"\\x41\""), 1},
	    {T("\"\\u12\""), 1}, {T("\"\\u12g4\""), 1}, {T("\"\\"), 1}, {T("\xc2\xa0{}"), 0},
	    {T("\v{}"), 0}, {T("\f1"), 0}};

	refuses(cases, N(cases));
}

Test(json, refuses_trailing_bytes)
{
	static const struct text cases[] = {{T("{}x"), 2}, {T("{}{}"), 2}, {T("{} ,"), 3},
	    {T("{}\0"), 2}, {T("1 1"), 2}, {T("\"a\"\"b\""), 3}};

	refuses(cases, N(cases));
}

Test(json, refuses_nul_in_every_form)
{
	static const struct text cases[] = {{T("\"abc\\u0000def\""), 4},
	    {T("{\"a\\u0000b\":1}"), 3}, {T("\"abc\0def\""), 4}, {T("\0"), 0}, {T("{\0}"), 1},
	    {T("[1,\0 2]"), 3}};

	refuses(cases, N(cases));
	cr_assert(accepts(T("\"\\\\u0000\"")), "an escaped backslash is no NUL");
}

Test(json, refuses_bad_text)
{
	static const struct text cases[] = {{T("\xef\xbb\xbf{}"), 0}, {T("\"\xff\""), 1},
	    {T("\"ab\xc0\xaf\""), 3}, {T("\"é\xed\xa0\x80\""), 3}, {T("\"\xe2\x82\""), 1},
	    {T("\"\xf5\x80\x80\x80\""), 1}, {T("{\"\xc3\":1}"), 2}, {T("\"\xc3"), 1},
	    {T("\"\\ud800\""), 1}, {T("\"\\udc00\""), 1}, {T("\"\\ud800\\ud800\""), 1},
	    {T("\"\\ud800x\""), 1}, {T("\"\\ud83d\\n\""), 1}, {T("\"a\nb\""), 2}, {T("\"\t\""), 1},
	    {T("\"\x1f\""), 1}};

	refuses(cases, N(cases));
}

Test(json, refuses_bad_numbers)
{
	static const struct text cases[] = {{T("01"), 0}, {T("-01"), 0}, {T("00"), 0}, {T("1."), 2},
	    {T(".5"), 0}, {T("-"), 0}, {T("+1"), 0}, {T("1e"), 2}, {T("1e+"), 3}, {T("0x10"), 1},
	    {T("1_000"), 1}, {T("1e999"), 0}, {T("[-1e400]"), 1}, {T("--1"), 0}, {T("1.e1"), 2},
	    {T("1234567890123456789012345678901234567890123456789012345678901234"), 0}};

	refuses(cases, N(cases));
	cr_assert(accepts(T("123456789012345678901234567890123456789012345678901234567890123")));
}

Test(json, refuses_duplicate_keys)
{
	static const struct text cases[] = {{T("{\"a\":1,\"a\":2}"), 7},
	    {T("{\"role\":1,\"r\\u006fle\":2}"), 10}, {T("{\"é\":1,\"\\u00e9\":2}"), 8},
	    {T("{\"\\ud83d\\ude00\":1,\"😀\":1}"), 18}, {T("{\"/\":1,\"\\/\":1}"), 7},
	    {T("{\"\":1,\"\":1}"), 6},
	    {T("{\"x\":1,\"a\":{\"b\":1,\"c\":[{\"d\":1},{\"d\":1,\"d\":1}]}}"), 38},
	    {T("{\"a\":1,\"b\":1,\"a\":1,\"a\":1}"), 13},
	    {T("[{\"a\":{}},{\"a\":[],\"a\":0}]"), 18}};

	refuses(cases, N(cases));
}

/* ${n} times ${s}, between ${head} and ${tail}. */
static struct buf
repeat(const char *head, const char *s, size_t n, const char *tail)
{
	struct buf b;

	buf_init(&b, a);
	buf_puts(&b, head);
	for (size_t i = 0; i < n; i++)
		buf_puts(&b, s);
	buf_puts(&b, tail);
	return b;
}

Test(json, holds_depth_to_its_bound)
{
	struct buf open = repeat("", "[", JSON_DEPTH_MAX, ""),
		   deep = repeat(open.at, "]", JSON_DEPTH_MAX, "");
	struct buf open1 = repeat("[", "[", JSON_DEPTH_MAX, ""),
		   deeper = repeat(open1.at, "]", JSON_DEPTH_MAX, "]");
	struct buf objects = repeat("", "{\"a\":", 100000, "");

	cr_assert(accepts(deep.at, deep.bytes));
	cr_assert_not(accepts(deeper.at, deeper.bytes));
	cr_assert_not(accepts(objects.at, objects.bytes));
}

Test(json, holds_the_number_of_values_to_its_bound)
{
	struct buf full = repeat("[", "1,", JSON_ITEMS_MAX - 2, "1]"),
		   over = repeat("[", "1,", JSON_ITEMS_MAX - 1, "1]");

	cr_assert(accepts(full.at, full.bytes));
	cr_assert_not(accepts(over.at, over.bytes));
}

static struct buf
object_of(size_t members)
{
	struct buf b;

	buf_init(&b, a);
	for (size_t i = 0; i < members; i++)
		buf_printf(&b, "%c\"k%zu\":0", i == 0 ? '{' : ',', i);
	buf_putc(&b, '}');
	return b;
}

Test(json, holds_the_members_of_an_object_to_their_bound)
{
	struct buf full = object_of(JSON_KEYS_MAX), over = object_of(JSON_KEYS_MAX + 1);

	cr_assert(accepts(full.at, full.bytes));
	cr_assert_not(accepts(over.at, over.bytes));
}

/* All pairs would be 50 million comparisons of 200 equal bytes each. */
Test(json, looks_for_duplicates_in_less_than_quadratic_time, .timeout = 20)
{
	struct buf b, name = repeat("", "x", 200, "");
	int64_t from;

	buf_init(&b, a);
	for (size_t i = 0; i < 100; i++) {
		buf_putc(&b, i == 0 ? '[' : ',');
		for (size_t k = 0; k < JSON_KEYS_MAX; k++)
			buf_printf(&b, "%c\"%s%zu\":0", k == 0 ? '{' : ',', name.at, k);
		buf_putc(&b, '}');
	}
	buf_putc(&b, ']');
	from = clock_mono_us();
	cr_assert(accepts(b.at, b.bytes));
	cr_assert_lt(clock_mono_us() - from, 10 * CLOCK_US_PER_S);
}

Test(json, gives_the_unescaped_text)
{
	struct json_error error;
	cJSON *tree;

	cr_assert(json_parse(a, T("{\"\\u006ba\":\"\\ud83d\\ude00\\n\\/\"}"), &tree, &error));
	cr_assert_str_eq(cJSON_GetObjectItemCaseSensitive(tree, "ka")->valuestring, "😀\n/");
}

Test(json, a_lean_tree_has_no_lists_of_numbers)
{
	static const struct {
		const char *text, *lean;
	} cases[] = {
	    {"[]", "[]"},
	    {" [ 1 ] ", "[]"},
	    {"[1,-2.5,\n3e4 , 0]", "[]"},
	    {"[1,\"2\"]", "[1,\"2\"]"},
	    {"[\"2\",1]", "[\"2\",1]"},
	    {"[1,null,[2,3],[[4],5,[]]]", "[1,null,[],[[],5,[]]]"},
	    {"[true]", "[true]"},
	    {"{\"a\":[1,2],\"b\":3,\"[7]\":\"[8]\",\"c\":{\"d\":[ 9 ]}}",
		"{\"a\":[],\"b\":3,\"[7]\":\"[8]\",\"c\":{\"d\":[]}}"},
	};

	for (size_t i = 0; i < N(cases); i++) {
		struct json_error error;
		cJSON *tree;
		char *print;

		cr_assert(json_parse_lean(a, cases[i].text, strlen(cases[i].text), &tree, &error));
		print = cJSON_PrintUnformatted(tree);
		cr_assert_str_eq(print, cases[i].lean);
		cJSON_free(print);
	}
}

/* No byte of a password survives in freed memory: the allocator hands the same chunk out again. */
Test(json, wipes_the_tree_when_the_arena_ends)
{
	static const char text[] =
	    "{\"password\":\"correct horse battery staple, forty bytes and more\"}";
	struct json_error error;
	const char *secret;
	cJSON *tree;
	char *again;
	size_t n;

	cr_assert(json_parse(a, T(text), &tree, &error));
	secret = cJSON_GetObjectItemCaseSensitive(tree, "password")->valuestring;
	n = strlen(secret) + 1;
	arena_reset(a);
	again = malloc(n);
	/* Glibc's own links may stand in the first 16 bytes. */
	for (size_t i = 16; i + 1 < n; i++)
		cr_assert_neq(again[i], text[sizeof("{\"password\":\"") - 1 + i], "byte %zu", i);
	free(again);
}
