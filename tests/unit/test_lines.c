#include <criterion/criterion.h>
#include <string.h>
#include <unistd.h>

#include "lib/lines.h"

/* Of a pipe that holds ${text}. */
static struct lines
lines_of(const char *text, size_t bytes)
{
	struct lines l;
	int fd[2];

	cr_assert_eq(pipe(fd), 0);
	cr_assert_eq(write(fd[1], text, bytes), (ssize_t)bytes);
	cr_assert_eq(close(fd[1]), 0);
	lines_init(&l, fd[0]);
	return l;
}

static void
ends(struct lines *l)
{
	const char *text;
	size_t bytes;

	cr_assert_eq(lines_next(l, &text, &bytes), LINES_END);
	cr_assert_eq(lines_next(l, &text, &bytes), LINES_END);
	cr_assert_eq(close(l->fd), 0);
	lines_free(l);
	lines_free(l); /* nothing */
}

static void
is_next(struct lines *l, const char *wanted, size_t bytes)
{
	const char *text;
	size_t n;

	cr_assert_eq(lines_next(l, &text, &n), LINES_LINE);
	cr_assert_eq(n, bytes);
	cr_assert_arr_eq(text, wanted, n);
	cr_assert_eq(text[n], '\0');
}

Test(lines, are_what_stands_between_line_feeds)
{
	struct lines l = lines_of("one\n\ntwo\r\nth\0ree\nlast", 21);

	is_next(&l, "one", 3);
	cr_assert_eq(l.number, 1);
	is_next(&l, "", 0);
	is_next(&l, "two\r", 4);
	is_next(&l, "th\0ree", 6);
	is_next(&l, "last", 4);
	cr_assert_eq(l.number, 5);
	ends(&l);
}

Test(lines, of_nothing_are_none)
{
	struct lines l = lines_of("", 0);

	ends(&l);
	l = lines_of("\n", 1);
	is_next(&l, "", 0);
	ends(&l);
}

/* A child writes: a pipe holds less than that. */
static struct lines
lines_of_length(size_t bytes, const char *end)
{
	static char text[LINES_BYTES_MAX];
	struct lines l;
	int fd[2];

	memset(text, 'x', sizeof(text));
	cr_assert_eq(pipe(fd), 0);
	if (fork() == 0) {
		for (size_t n; bytes > 0; bytes -= n) {
			n = bytes < sizeof(text) ? bytes : sizeof(text);
			(void)!write(fd[1], text, n);
		}
		(void)!write(fd[1], end, strlen(end));
		_exit(0);
	}
	cr_assert_eq(close(fd[1]), 0);
	lines_init(&l, fd[0]);
	return l;
}

Test(lines, longer_than_the_limit_are_passed_over)
{
	static const size_t lengths[] = {LINES_BYTES_MAX - 1, LINES_BYTES_MAX, LINES_BYTES_MAX + 1,
	    4 * LINES_BYTES_MAX, 40 * LINES_BYTES_MAX + 7};
	const char *text;
	size_t n;

	for (size_t i = 0; i < sizeof(lengths) / sizeof(lengths[0]); i++) {
		struct lines l = lines_of_length(lengths[i], "\nnext");
		enum lines_got got = lines_next(&l, &text, &n);

		cr_assert_eq(
		    got, lengths[i] <= LINES_BYTES_MAX ? LINES_LINE : LINES_LONG, "%zu", i);
		cr_assert(got == LINES_LONG || n == lengths[i], "%zu", i);
		is_next(&l, "next", 4);
		cr_assert_eq(l.number, 2);
		ends(&l);
		l = lines_of_length(lengths[i], "");
		cr_assert_eq(lines_next(&l, &text, &n), got, "%zu without an end", i);
		ends(&l);
	}
}

Test(lines, that_cannot_be_read_are_no_end)
{
	struct lines l;
	const char *text;
	size_t n;

	lines_init(&l, -1);
	cr_assert_eq(lines_next(&l, &text, &n), LINES_FAILED);
	lines_free(&l);
}
