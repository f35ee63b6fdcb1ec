#include <arpa/inet.h>
#include <inttypes.h>
#include <string.h>

#include "lib/arena.h"
#include "lib/buf.h"
#include "lib/clock.h"

#include "app/store/store.h"

const char *
store_bool(bool b)
{
	return b ? "t" : "f";
}

const char *
store_int(struct arena *a, int64_t n)
{
	return arena_printf(a, "%" PRId64, n);
}

/* RFC 3339 has a year 0, PostgreSQL has none; nothing of ours is that old. */
#define YEAR_1_US (INT64_C(-62135596800) * CLOCK_US_PER_S)

const char *
store_time(struct arena *a, int64_t us)
{
	char *text = arena_alloc(a, CLOCK_TEXT_SIZE);

	clock_text(us < YEAR_1_US ? YEAR_1_US : us, text);
	return text;
}

const char *
store_hex(struct arena *a, const void *bytes, size_t n)
{
	static const char digits[] = "0123456789abcdef";
	const unsigned char *p = bytes;
	char *text = arena_alloc(a, 2 + 2 * n + 1);

	memcpy(text, "\\x", 2);
	for (size_t i = 0; i < n; i++) {
		text[2 + 2 * i] = digits[p[i] >> 4];
		text[3 + 2 * i] = digits[p[i] & 15];
	}
	return text;
}

static void
add_quoted(struct buf *b, const char *s)
{
	buf_putc(b, '"');
	for (;;) {
		size_t n = strcspn(s, "\"\\");

		buf_add(b, s, n);
		s += n;
		if (*s == '\0')
			break;
		buf_putc(b, '\\');
		buf_putc(b, *s++);
	}
	buf_putc(b, '"');
}

static void
add_plain(struct buf *b, const char *s)
{
	buf_puts(b, s);
}

static const char *
array(struct arena *a, const char *const *items, size_t n, void (*add)(struct buf *, const char *))
{
	struct buf b;

	buf_init(&b, a);
	buf_putc(&b, '{');
	for (size_t i = 0; i < n; i++) {
		if (i > 0)
			buf_putc(&b, ',');
		(items[i] == NULL ? add_plain : add)(&b, items[i] == NULL ? "NULL" : items[i]);
	}
	buf_putc(&b, '}');
	return b.at;
}

const char *
store_array(struct arena *a, const char *const *items, size_t n)
{
	return array(a, items, n, add_plain);
}

const char *
store_texts(struct arena *a, const char *const *items, size_t n)
{
	return array(a, items, n, add_quoted);
}

const char *
store_address(const char *ip)
{
	unsigned char raw[sizeof(struct in6_addr)];

	if (ip == NULL)
		return NULL;
	return inet_pton(AF_INET, ip, raw) == 1 || inet_pton(AF_INET6, ip, raw) == 1 ? ip : NULL;
}
