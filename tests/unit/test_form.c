#include <criterion/criterion.h>
#include <string.h>

#include "lib/arena.h"
#include "lib/buf.h"
#include "lib/form.h"

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

TestSuite(form, .init = start, .fini = stop);

Test(form, decodes_pairs_in_order)
{
	static const struct {
		const char *in;
		struct pair out[4];
		size_t n;
	} cases[] = {
	    {"", {{0}}, 0},
	    {"a=1", {{"a", "1"}}, 1},
	    {"a=1&b=2&a=3", {{"a", "1"}, {"b", "2"}, {"a", "3"}}, 3},
	    {"a", {{"a", ""}}, 1},
	    {"a=", {{"a", ""}}, 1},
	    {"a=b=c", {{"a", "b=c"}}, 1},
	    {"&a=1&&b=2&", {{"a", "1"}, {"b", "2"}}, 2},
	    {"a+b=c+d", {{"a b", "c d"}}, 1},
	    {"%61=%2B%26%3d", {{"a", "+&="}}, 1},
	    {"a=%2541", {{"a", "%41"}}, 1}, /* once, not twice */
	    {"a=%C3%a9\xc3\xa9", {{"a", "éé"}}, 1},
	    {"a=%0a", {{"a", "\n"}}, 1},
	};

	for (size_t i = 0; i < N(cases); i++) {
		struct pairs pairs;
		const char *why = NULL;

		cr_assert(
		    form_decode(a, cases[i].in, strlen(cases[i].in), &pairs, &why), "case %zu", i);
		cr_assert_eq(pairs.n, cases[i].n, "case %zu", i);
		for (size_t k = 0; k < pairs.n; k++) {
			cr_assert_str_eq(pairs.at[k].name, cases[i].out[k].name, "case %zu", i);
			cr_assert_str_eq(pairs.at[k].value, cases[i].out[k].value, "case %zu", i);
		}
	}
}

Test(form, refuses_what_is_not_a_form)
{
	static const struct {
		const char *s;
		size_t n;
		const char *why;
	} cases[] = {
	    {T("a=%"), "a percent escape is not valid"},
	    {T("a=%4"), "a percent escape is not valid"},
	    {T("a=%4&b=1"), "a percent escape is not valid"},
	    {T("a=%zz"), "a percent escape is not valid"},
	    {T("a=%-1"), "a percent escape is not valid"},
	    {T("%=1"), "a percent escape is not valid"},
	    {T("a=%00"), "a NUL character is not allowed"},
	    {T("a=x%00y"), "a NUL character is not allowed"},
	    {T("a%00=1"), "a NUL character is not allowed"},
	    {T("a=\0"), "a NUL character is not allowed"},
	    {T("a=%ff"), "the text is not UTF-8"},
	    {T("a=%c0%af"), "the text is not UTF-8"},
	    {T("a=\xed\xa0\x80"), "the text is not UTF-8"},
	    {T("%c3=1"), "the text is not UTF-8"},
	    {T("=1"), "a name is empty"},
	    {T("a=1&=2"), "a name is empty"},
	    {T("="), "a name is empty"},
	};

	for (size_t i = 0; i < N(cases); i++) {
		struct pairs pairs;
		const char *why = NULL;

		cr_assert_not(form_decode(a, cases[i].s, cases[i].n, &pairs, &why), "case %zu", i);
		cr_assert_str_eq(why, cases[i].why, "case %zu", i);
	}
}

/* "a=1%41" cut after the 1: what stands behind the end must not be read. */
Test(form, stops_at_its_length)
{
	struct pairs pairs;
	const char *why;

	cr_assert(form_decode(a, "a=1%41&b=2", 3, &pairs, &why));
	cr_assert_eq(pairs.n, 1);
	cr_assert_str_eq(pairs.at[0].value, "1");
	cr_assert_not(form_decode(a, "a=1%41&b=2", 5, &pairs, &why));
}

Test(form, holds_the_number_of_pairs_to_its_bound)
{
	char text[2 * FORM_PAIRS_MAX + 3] = "";
	struct pairs pairs;
	const char *why = NULL;

	for (int i = 0; i < FORM_PAIRS_MAX; i++)
		strcat(text, "a&");
	cr_assert(form_decode(a, text, strlen(text), &pairs, &why));
	cr_assert_eq(pairs.n, FORM_PAIRS_MAX);
	strcat(text, "a");
	cr_assert_not(form_decode(a, text, strlen(text), &pairs, &why));
	cr_assert_str_eq(why, "there are too many parameters");
}

Test(form, unescapes_path_segments_once)
{
	static const struct {
		const char *s;
		size_t n;
		const char *out;
	} cases[] = {
	    {T("abc"), "abc"},
	    {T(""), ""},
	    {T("a+b"), "a+b"},
	    {T("a%20b"), "a b"},
	    {T("%2541"), "%41"},
	    {T("%c3%a9"), "é"},
	    {T("a%2fb"), NULL},
	    {T("%2F"), NULL},
	    {T("%00"), NULL},
	    {T("%"), NULL},
	    {T("%1"), NULL},
	    {T("%gg"), NULL},
	    {T("%c0%ae"), NULL},
	    {T("\xff"), NULL},
	};

	for (size_t i = 0; i < N(cases); i++) {
		const char *out = form_unescape(a, cases[i].s, cases[i].n);

		if (cases[i].out == NULL)
			cr_assert_null(out, "case %zu", i);
		else
			cr_assert_str_eq(out, cases[i].out, "case %zu", i);
	}
}

Test(form, escapes_what_it_reads_again)
{
	static const char *const texts[] = {"", "abc-._~019", "a b+c&d=e%f#g?h/i;j",
	    "é漢\xf0\x9f\x98\x80", "\r\nSet-Cookie: x", "<\">,"};

	for (size_t i = 0; i < N(texts); i++) {
		struct pairs pairs;
		const char *why;
		struct buf b;

		buf_init(&b, a);
		buf_puts(&b, "k=");
		form_escape(&b, texts[i]);
		cr_assert_eq(
		    strspn(b.at + 2,
			"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~%"),
		    b.bytes - 2, "%s", b.at);
		cr_assert(form_decode(a, b.at, b.bytes, &pairs, &why), "%s", b.at);
		cr_assert_str_eq(pairs.at[0].value, texts[i], "%s", b.at);
	}
}
