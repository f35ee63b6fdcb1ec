#include <stdarg.h>
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
	n = vsnprintf(NULL, 0, fmt, ap);
	va_end(ap);
	if (n < 0)
		return; /* only an encoding error of %ls, which is never used */
	reserve(b, (size_t)n);
	va_start(ap, fmt);
	(void)vsnprintf(b->at + b->bytes, (size_t)n + 1, fmt, ap); /* measured above */
	va_end(ap);
	b->bytes += (size_t)n;
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
		size_t plain = strcspn(s,
		    "\"\\\001\002\003\004\005\006\007\010\011\012\013\014\015"
		    "\016\017\020\021\022\023\024\025\026\027\030\031\032\033"
		    "\034\035\036\037\177");

		buf_add(b, s, plain);
		s += plain;
		if (*s == '\0')
			break;
		if (*s == '"' || *s == '\\')
			buf_printf(b, "\\%c", *s);
		else if (*s == '\n')
			buf_puts(b, "\\n");
		else
			buf_printf(b, "\\u%04x", (unsigned)(unsigned char)*s);
		s++;
	}
	buf_putc(b, '"');
}
