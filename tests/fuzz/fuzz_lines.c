/*
 * Lines of a file. They are, in their order, what stands between the line feeds, and those over the limit
 * are told as such: found here in the simplest way that there is.
 */

#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "lib/lines.h"
#include "tests/fuzz/must.h"

enum { TIMES = 70 /* a byte 0xff counts so many KiB, so that small inputs reach the limit */ };

/* Every 0xff as that many bytes. */
static char *
blown_up(const uint8_t *p, size_t n, size_t *bytes_r)
{
	char *text = malloc(n * TIMES * 1024 + 1);

	*bytes_r = 0;
	for (size_t i = 0; i < n; i++) {
		size_t times = p[i] == 0xff ? (i % TIMES) * 1024 : 1;

		memset(text + *bytes_r, p[i], times);
		*bytes_r += times;
	}
	return text;
}

static void
compare(struct lines *l, const char *at, const char *end)
{
	const char *text;
	size_t bytes, number = 0;

	while (at < end) {
		const char *lf = memchr(at, '\n', (size_t)(end - at));
		size_t n = (size_t)((lf == NULL ? end : lf) - at);
		enum lines_got got = lines_next(l, &text, &bytes);

		must(l->number == ++number);
		must(got == (n > LINES_BYTES_MAX ? LINES_LONG : LINES_LINE));
		if (got == LINES_LINE)
			must(bytes == n && memcmp(text, at, n) == 0 && text[n] == '\0');
		at += n + (lf != NULL);
	}
	must(lines_next(l, &text, &bytes) == LINES_END);
}

int
LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
	int fd = memfd_create("lines", 0);
	struct lines l;
	size_t bytes;
	char *text;

	if (n > 64)
		n = 64;
	text = blown_up(p, n, &bytes);
	must(write(fd, text, bytes) == (ssize_t)bytes && lseek(fd, 0, SEEK_SET) == 0);
	lines_init(&l, fd);
	compare(&l, text, text + bytes);
	lines_free(&l);
	free(text);
	close(fd);
	return 0;
}
