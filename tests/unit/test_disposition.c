#include <string.h>

#include <criterion/criterion.h>

#include "lib/arena.h"
#include "lib/buf.h"
#include "lib/http.h"

#include "lib/disposition.h"

#define N(x) (sizeof(x) / sizeof((x)[0]))

Test(disposition, suggests_a_name_that_is_safe_to_save)
{
	static const struct {
		const char *name, *value;
	} cases[] = {
	    {"a.txt", "attachment; filename=\"a.txt\"; filename*=UTF-8''a.txt"},
	    {"", "attachment; filename=\"\"; filename*=UTF-8''"},
	    {"\xc3\xa4 b", "attachment; filename=\"_ b\"; filename*=UTF-8''%C3%A4%20b"},
	    {"../../x", "attachment; filename=\".._.._x\"; filename*=UTF-8''.._.._x"},
	    {"a\\b", "attachment; filename=\"a_b\"; filename*=UTF-8''a_b"},
	    {"a\"b", "attachment; filename=\"a_b\"; filename*=UTF-8''a%22b"},
	    {"100%25", "attachment; filename=\"100_25\"; filename*=UTF-8''100%2525"},
	    {"a\r\nSet-Cookie: x",
		"attachment; filename=\"a__Set-Cookie: x\"; filename*=UTF-8''a__Set-Cookie%3A%20x"},
	    {"\xe2\x80\xaegpj.exe", "attachment; filename=\"_gpj.exe\"; filename*=UTF-8''_gpj.exe"},
	    {"\xc2\x85\x7f", "attachment; filename=\"__\"; filename*=UTF-8''__"},
	    {"\xe2\x81\xa6\xf0\x9f\x92\xa9",
		"attachment; filename=\"__\"; filename*=UTF-8''_%F0%9F%92%A9"},
	};
	struct arena *a = arena_new();

	for (size_t i = 0; i < N(cases); i++) {
		struct buf b;

		buf_init(&b, a);
		disposition_attachment(&b, cases[i].name);
		cr_assert_str_eq(b.at, cases[i].value);
	}
	arena_free(&a);
}

Test(http, a_media_type_is_taken_without_its_parameters)
{
	static const struct {
		const char *sent, *type;
	} cases[] = {
	    {"text/plain", "text/plain"},
	    {"Text/HTML; charset=utf-8", "text/html"},
	    {"a/b;", "a/b"},
	    {"a/b \t;x", "a/b"},
	    {"application/vnd.x+json", "application/vnd.x+json"},
	    {"", NULL},
	    {"a", NULL},
	    {"a/", NULL},
	    {"/b", NULL},
	    {" a/b", NULL},
	    {"a/b c", NULL},
	    {"a/b,c/d", NULL},
	    {"a/b/c", NULL},
	    {"a/\xc3\xa4", NULL},
	};
	struct arena *a = arena_new();
	char *longest = arena_alloc(a, HTTP_MEDIA_TYPE_MAX + 2);

	for (size_t i = 0; i < N(cases); i++) {
		const char *type = http_media_type(a, cases[i].sent);

		cr_assert((type == NULL) == (cases[i].type == NULL), "case %zu", i);
		cr_assert(
		    type == NULL || strcmp(type, cases[i].type) == 0, "case %zu: %s", i, type);
	}
	memset(longest, 'a', HTTP_MEDIA_TYPE_MAX);
	longest[1] = '/';
	cr_assert_str_eq(http_media_type(a, longest), longest);
	longest[HTTP_MEDIA_TYPE_MAX] = 'a';
	cr_assert_null(http_media_type(a, longest));
	arena_free(&a);
}
