#include <string.h>

#include <criterion/criterion.h>

#include "lib/arena.h"
#include "lib/cursor.h"

static const char id[] = "3f0e0c1a-5b7d-4e2f-8a90-b1c2d3e4f506";

Test(cursor, comes_back_as_it_was_given)
{
	static const char *const keys[] = {"", "a", "ada@example.com", "Ünïcödé", "2026-01-01"};
	struct arena *a = arena_new();

	for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++) {
		const char *text = cursor_text(a, "q", &(struct cursor){keys[i], id});
		struct cursor got;

		cr_assert(cursor_read(a, "q", text, &got), "%zu", i);
		cr_assert_str_eq(got.key, keys[i], "%zu", i);
		cr_assert_str_eq(got.id, id, "%zu", i);
	}
	arena_free(&a);
}

Test(cursor, refuses_another_question_and_what_is_no_cursor)
{
	struct arena *a = arena_new();
	const char *text = cursor_text(a, "email asc", &(struct cursor){"k", id});
	char *cut = arena_strdup(a, text), *other = arena_strdup(a, text), *huge;
	struct cursor got;

	cut[20] = '\0';
	other[0] = other[0] == 'A' ? 'B' : 'A';
	huge = arena_alloc(a, 4000);
	memset(huge, 'A', 3999);
	cr_assert_not(cursor_read(a, "email desc", text, &got));
	cr_assert_not(cursor_read(a, "email asc", cut, &got));
	cr_assert_not(cursor_read(a, "email asc", other, &got));
	cr_assert_not(cursor_read(a, "email asc", huge, &got));
	cr_assert_not(cursor_read(a, "email asc", "", &got));
	cr_assert_not(cursor_read(a, "email asc", "not a cursor!", &got));
	/* Bytes that are no UTF-8 would be an error of the database. */
	text = cursor_text(a, "email asc", &(struct cursor){"\xff", id});
	cr_assert_not(cursor_read(a, "email asc", text, &got));
	arena_free(&a);
}
