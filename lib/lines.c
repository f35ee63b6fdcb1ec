#include <assert.h>
#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lib/secret.h"

#include "lib/lines.h"

enum { SIZE = 4 * LINES_BYTES_MAX };

void
lines_init(struct lines *l, int fd)
{
	*l = (struct lines){.fd = fd, .at = malloc(SIZE + 1)};
	assert(l->at != NULL);
}

void
lines_free(struct lines *l)
{
	if (l->at != NULL)
		secret_wipe(l->at, SIZE + 1);
	free(l->at);
	l->at = NULL;
}

/* More bytes behind those that are there: how many, 0 at the end, -1. */
static ssize_t
fill(struct lines *l)
{
	ssize_t n;

	if (l->from > 0) {
		memmove(l->at, l->at + l->from, l->to - l->from);
		l->to -= l->from;
		l->from = 0;
	}
	do
		n = read(l->fd, l->at + l->to, SIZE - l->to);
	while (n < 0 && errno == EINTR);
	if (n > 0)
		l->to += (size_t)n;
	return n;
}

enum lines_got
lines_next(struct lines *l, const char **text_r, size_t *bytes_r)
{
	size_t seen = 0; /* bytes of this line without an LF */
	bool is_long = false;
	char *end = NULL;
	ssize_t n = 1;

	for (;;) {
		end = memchr(l->at + l->from + seen, '\n', l->to - l->from - seen);
		seen = l->to - l->from;
		if (end != NULL || n == 0)
			break;
		if (seen > LINES_BYTES_MAX) {
			is_long = true;
			l->from = l->to = seen = 0;
		}
		n = fill(l);
		if (n < 0)
			return LINES_FAILED;
	}
	if (end == NULL && seen == 0 && !is_long)
		return LINES_END;
	if (end == NULL)
		end = l->at + l->to;
	*text_r = l->at + l->from;
	*bytes_r = (size_t)(end - *text_r);
	*end = '\0'; /* there is one byte more than SIZE */
	l->from = (size_t)(end - l->at) + (end < l->at + l->to);
	l->number++;
	return is_long || *bytes_r > LINES_BYTES_MAX ? LINES_LONG : LINES_LINE;
}
