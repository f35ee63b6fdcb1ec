#include <criterion/criterion.h>
#include <string.h>

#include "lib/arena.h"
#include "lib/buf.h"

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

TestSuite(buf, .init = start, .fini = stop);

Test(buf, starts_empty_and_terminated)
{
	cr_assert_eq(b.bytes, 0);
	cr_assert_str_eq(b.at, "");
}

Test(buf, stays_terminated_at_every_length)
{
	for (size_t n = 1; n <= 5000; n++) {
		buf_putc(&b, (char)('a' + n % 26));
		cr_assert_eq(b.bytes, n);
		cr_assert_eq(strlen(b.at), n);
	}
	for (size_t n = 1; n <= 5000; n++)
		cr_assert_eq(b.at[n - 1], (char)('a' + n % 26), "byte %zu", n);
}

Test(buf, takes_more_than_it_can_hold_at_once)
{
	char big[10000];

	memset(big, 'x', sizeof(big));
	buf_puts(&b, "start ");
	buf_add(&b, big, sizeof(big));
	buf_printf(&b, "%*d", 9000, 1);
	cr_assert_eq(b.bytes, 6 + sizeof(big) + 9000);
	cr_assert_eq(strlen(b.at), b.bytes);
	cr_assert_eq(b.at[b.bytes - 1], '1');
}

Test(buf, keeps_nul_bytes_it_was_given)
{
	buf_add(&b, "a\0b", 3);
	cr_assert_eq(b.bytes, 3);
	cr_assert_eq(memcmp(b.at, "a\0b", 4), 0);
}

Test(buf, escapes_strings_as_json)
{
	static const struct {
		const char *in, *out;
	} cases[] = {
	    {NULL, "null"},
	    {"", "\"\""},
	    {"plain", "\"plain\""},
	    {"\"\\/", "\"\\\"\\\\/\""},
	    {"\n\t\r", "\"\\n\\u0009\\u000d\""},
	    {"\x01\x1f\x7f", "\"\\u0001\\u001f\\u007f\""},
	    {"Zoë 😀", "\"Zoë 😀\""},
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		buf_init(&b, a);
		buf_json(&b, cases[i].in);
		cr_assert_str_eq(b.at, cases[i].out, "case %zu", i);
	}
}
