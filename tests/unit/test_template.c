#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "lib/arena.h"
#include "lib/buf.h"
#include "lib/template.h"

static const char *const names[] = {"name", "link", "body", NULL};
static const struct template_value values[] = {{"name", "<b>\"A\" & 'B'</b> {{link}}", false},
    {"link", "https://x.example/#t=1&u=2", false}, {"body", "<p>&amp;</p>", true}};

Test(template, puts_values_in_and_escapes_them_for_html)
{
	static const struct {
		const char *text;
		bool html;
		const char *filled;
	} cases[] = {
	    {"", false, ""},
	    {"no placeholder, { alone } and }} too", true, "no placeholder, { alone } and }} too"},
	    {"{{link}}{{link}}", false, "https://x.example/#t=1&u=2https://x.example/#t=1&u=2"},
	    {"<a href=\"{{link}}\">", true, "<a href=\"https://x.example/#t=1&amp;u=2\">"},
	    /* What a value holds is never looked at again. */
	    {"Hello {{name}}!", false, "Hello <b>\"A\" & 'B'</b> {{link}}!"},
	    {"Hello {{name}}!", true,
		"Hello &lt;b&gt;&quot;A&quot; &amp; &#39;B&#39;&lt;/b&gt; {{link}}!"},
	    {"<div>{{body}}</div>", true, "<div><p>&amp;</p></div>"},
	};
	struct arena *a = arena_new();

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		const char *why = NULL;
		struct buf b;

		buf_init(&b, a);
		cr_assert(template_check(a, cases[i].text, names, &why), "%zu: %s", i, why);
		template_fill(&b, cases[i].text, values, 3, cases[i].html);
		cr_assert_str_eq(b.at, cases[i].filled, "%zu: %s", i, b.at);
	}
	arena_free(&a);
}

Test(template, refuses_what_it_does_not_know_and_says_where)
{
	static const struct {
		const char *text, *why;
	} cases[] = {
	    {"{{other}}", "line 1: there is no {{other}} here"},
	    {"a\nb\n {{nam}}", "line 3: there is no {{nam}} here"},
	    {"{{names}}", "line 1: there is no {{names}} here"},
	    {"{{name }}", "line 1: \"{{\" begins no placeholder such as {{link}}"},
	    {"{{name", "line 1: \"{{\" begins no placeholder such as {{link}}"},
	    {"{{name}", "line 1: \"{{\" begins no placeholder such as {{link}}"},
	    {"{{", "line 1: \"{{\" begins no placeholder such as {{link}}"},
	    {"{{}}", "line 1: \"{{\" begins no placeholder such as {{link}}"},
	    {"{{{name}}}", "line 1: \"{{\" begins no placeholder such as {{link}}"},
	    {"{{#if name}}", "line 1: \"{{\" begins no placeholder such as {{link}}"},
	};
	struct arena *a = arena_new();

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		const char *why = NULL;

		cr_assert_not(template_check(a, cases[i].text, names, &why), "%zu", i);
		cr_assert_str_eq(why, cases[i].why, "%zu: %s", i, why);
	}
	arena_free(&a);
}

Test(template, reads_small_files_of_text)
{
	static char big[TEMPLATE_MAX + 1];
	static const struct {
		const char *bytes;
		size_t n;
		bool good;
	} cases[] = {{"f\xc3\xbcr", 4, true}, {"", 0, true}, {"\xff", 1, false}, {"a\0b", 3, false},
	    {big, TEMPLATE_MAX, true}, {big, TEMPLATE_MAX + 1, false}};
	struct arena *a = arena_new();
	char path[] = "/tmp/template.XXXXXX";
	int fd = mkstemp(path);
	const char *text, *why = NULL;

	memset(big, 'x', sizeof(big));
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		cr_assert_eq(ftruncate(fd, 0), 0);
		cr_assert_eq(pwrite(fd, cases[i].bytes, cases[i].n, 0), (ssize_t)cases[i].n);
		cr_assert_eq(template_read(a, path, &text, &why), cases[i].good, "%zu", i);
		if (cases[i].good)
			cr_assert_eq(strlen(text), cases[i].n, "%zu", i);
	}
	cr_assert_eq(ftruncate(fd, 0), 0);
	cr_assert_eq(pwrite(fd, "\xef\xbb\xbfSubject", 10, 0), 10);
	cr_assert(template_read(a, path, &text, &why));
	cr_assert_str_eq(text, "Subject", "what an editor puts in front");
	cr_assert_eq(unlink(path), 0);
	cr_assert(template_read(a, path, &text, &why), "none is no fault");
	cr_assert_null(text);
	cr_assert_not(template_read(a, "/", &text, &why), "a folder is");
	(void)close(fd);
	arena_free(&a);
}
