#include <assert.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "lib/arena.h"

#include "lib/buf.h"

enum { FIRST_BYTES = 256 };

void
buf_init(struct buf *b, struct arena *a)
{
	b->arena = a;
	b->size = FIRST_BYTES;
	b->bytes = 0;
	b->at = arena_alloc(a, b->size);
}

/* Room for n more bytes and the NUL. The old bytes stay behind in the arena until its reset. */
static void
reserve(struct buf *b, size_t n)
{
	size_t size = b->size;
	char *at;

	while (size - b->bytes <= n)
		size *= 2;
	if (size == b->size)
		return;
	at = arena_alloc(b->arena, size);
	memcpy(at, b->at, b->bytes);
	b->at = at;
	b->size = size;
}

void
buf_add(struct buf *b, const void *p, size_t n)
{
	reserve(b, n);
	memcpy(b->at + b->bytes, p, n);
	b->bytes += n;
	b->at[b->bytes] = '\0';
}

void
buf_puts(struct buf *b, const char *s)
{
	buf_add(b, s, strlen(s));
}

void
buf_putc(struct buf *b, char c)
{
	buf_add(b, &c, 1);
}

void
buf_printf(struct buf *b, const char *fmt, ...)
{
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = vsnprintf(b->at + b->bytes, b->size - b->bytes, fmt, ap);
	va_end(ap);
	assert(n >= 0); /* only an encoding error of %ls, which is never used, is less */
	if ((size_t)n >= b->size - b->bytes) {
		reserve(b, (size_t)n);
		va_start(ap, fmt);
		(void)vsnprintf(b->at + b->bytes, (size_t)n + 1, fmt, ap); /* measured above */
		va_end(ap);
	}
	b->bytes += (size_t)n;
}

static bool
is_plain(unsigned char c)
{
	return c >= 0x20 && c != 0x7f && c != '"' && c != '\\';
}

/* No printf: a page of documents may be millions of these, made while a transaction is open. */
static void
add_escaped(struct buf *b, unsigned char c)
{
	static const char hex[] = "0123456789abcdef";
	const char with_backslash[] = {'\\', (char)c},
		   as_unit[] = {'\\', 'u', '0', '0', hex[c >> 4], hex[c & 15]};

	if (c == '"' || c == '\\')
		buf_add(b, with_backslash, sizeof(with_backslash));
	else if (c == '\n')
		buf_puts(b, "\\n");
	else
		buf_add(b, as_unit, sizeof(as_unit));
}

void
buf_json(struct buf *b, const char *s)
{
	if (s == NULL) {
		buf_puts(b, "null");
		return;
	}
	buf_putc(b, '"');
	while (*s != '\0') {
		size_t plain = 0;

		while (is_plain((unsigned char)s[plain]))
			plain++;
		buf_add(b, s, plain);
		s += plain;
		if (*s == '\0')
			break;
		add_escaped(b, (unsigned char)*s++);
	}
	buf_putc(b, '"');
}
