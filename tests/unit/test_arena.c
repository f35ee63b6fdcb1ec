#include <criterion/criterion.h>
#include <signal.h>
#include <stdint.h>
#include <string.h>

#include "lib/arena.h"

Test(arena, gives_zeroed_aligned_memory)
{
	struct arena *a = arena_new();

	for (size_t n = 0; n < 5000; n += 37) {
		unsigned char *p = arena_alloc(a, n);

		cr_assert_eq((uintptr_t)p % 16, 0, "size %zu", n);
		for (size_t i = 0; i < n; i++)
			cr_assert_eq(p[i], 0, "size %zu byte %zu", n, i);
		memset(p, 0xff, n);
	}
	arena_free(&a);
	cr_assert_null(a);
	arena_free(&a);
}

Test(arena, wipes_what_was_handed_out)
{
	struct arena *a = arena_new();
	char *secret = arena_strdup(a, "correct horse battery staple");
	size_t n = strlen(secret);

	arena_reset(a);
	for (size_t i = 0; i < n; i++) /* the first block stays with the arena: still readable */
		cr_assert_eq(secret[i], 0, "byte %zu", i);
	arena_free(&a);
}

#ifdef __SANITIZE_ADDRESS__
/* Not every compiler brings <sanitizer/allocator_interface.h>. */
size_t __sanitizer_get_current_allocated_bytes(void);

static size_t
heap_bytes(void)
{
	return __sanitizer_get_current_allocated_bytes();
}
#else
#include <malloc.h>

static size_t
heap_bytes(void)
{
	struct mallinfo2 info = mallinfo2();

	return info.uordblks + info.hblkhd;
}
#endif

Test(arena, does_not_grow_over_resets)
{
	struct arena *a = arena_new();
	size_t empty = heap_bytes(), full;

	(void)arena_alloc(a, 1000000);
	full = heap_bytes();
	cr_assert_geq(full, empty + 1000000);
	for (int i = 0; i < 100; i++) {
		arena_reset(a);
		cr_assert_leq(heap_bytes(), empty + 4096, "round %d", i);
		(void)arena_alloc(a, 1000000);
		cr_assert_leq(heap_bytes(), full + 4096, "round %d", i);
	}
	arena_free(&a);
}

static char order[8];

static void
note(void *p)
{
	strcat(order, p);
}

Test(arena, runs_deferred_calls_once_in_reverse)
{
	struct arena *a = arena_new();
	char one[] = "1", two[] = "2", three[] = "3";

	arena_defer(a, note, one);
	arena_defer(a, note, two);
	arena_defer(a, note, NULL);
	arena_reset(a);
	cr_assert_str_eq(order, "21");
	arena_reset(a);
	cr_assert_str_eq(order, "21");
	arena_defer(a, note, three);
	arena_free(&a);
	cr_assert_str_eq(order, "213");
}

Test(arena, copies_strings)
{
	struct arena *a = arena_new();
	char *long_text;

	cr_assert_str_eq(arena_strdup(a, ""), "");
	cr_assert_str_eq(arena_strndup(a, "abcdef", 3), "abc");
	cr_assert_str_eq(arena_strndup(a, "ab", 30), "ab");
	cr_assert_str_eq(arena_printf(a, "%s-%d", "x", 7), "x-7");
	long_text = arena_printf(a, "%040000d", 7);
	cr_assert_eq(strlen(long_text), 40000);
	cr_assert_eq(long_text[39999], '7');
	arena_free(&a);
}

Test(arena, aborts_when_a_product_overflows, .signal = SIGABRT)
{
	struct arena *a = arena_new();

	(void)arena_array(a, SIZE_MAX / 2, 3);
}
