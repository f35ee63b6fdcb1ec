#ifndef LIB_BUF_H
#define LIB_BUF_H

/* A growing byte string in an arena, always terminated by a NUL that is not counted. */

#include <stddef.h>

struct arena;

struct buf {
	struct arena *arena;
	char *at;     /* never NULL after buf_init(); borrowed, moves when the buffer grows */
	size_t bytes; /* without the terminating NUL */
	size_t size;
};

void buf_init(struct buf *, struct arena *);
void buf_add(struct buf *, const void *, size_t n);
void buf_puts(struct buf *, const char *);
void buf_putc(struct buf *, char);
void buf_printf(struct buf *, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/*
 * buf_json(b, s): ${s} as a JSON string with its quotes (RFC 8259 §7): quotes, backslashes and
 * C0 controls escaped, everything else verbatim. ${s} must be valid UTF-8. NULL gives null.
 */
void buf_json(struct buf *, const char *);

#endif
