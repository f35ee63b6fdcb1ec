#ifndef LIB_LINES_H
#define LIB_LINES_H

/* Lines of a file or pipe of any length, in memory that does not grow with it. */

#include <stddef.h>

enum { LINES_BYTES_MAX = 64 * 1024 };

enum lines_got {
	LINES_LINE,
	LINES_LONG, /* over LINES_BYTES_MAX bytes: passed over */
	LINES_END,
	LINES_FAILED /* read(2) did; errno tells */
};

struct lines {
	int fd;
	char *at; /* NULL after lines_free() */
	size_t from, to;
	size_t number; /* of the line that was given last, from 1 */
};

/* lines_init(l, fd): ${fd} stays the caller's. lines_free() wipes what was read: it held secrets. */
void lines_init(struct lines *, int fd);
void lines_free(struct lines *);

/* lines_next(l, &text, &bytes): the next line without its LF and with a NUL behind it, good until the next
 * call. A last line need not end in LF. */
enum lines_got lines_next(struct lines *, const char **text_r, size_t *bytes_r)
    __attribute__((warn_unused_result));

#endif
