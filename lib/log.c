#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/clock.h"

#include "lib/log.h"

/* A pipe takes PIPE_BUF (4096) bytes whole or not at all; longer lines would tear. */
enum { LINE_BYTES = 4096 };

static enum log_level least = LOG_INFO;
static int64_t dropped;  /* lines that no written line has told of */
static int pipe_fd = -1; /* standard error again, non-blocking; -1 where it is no pipe */
static bool to_file; /* standard error is a plain file: writing there never waits for a reader */

static const char *const names[] = {
    [LOG_DEBUG] = "debug", [LOG_INFO] = "info", [LOG_WARN] = "warn", [LOG_ERROR] = "error"};

struct line {
	char at[LINE_BYTES];
	size_t bytes;
};

/* Whole lines that were not written yet. */
static struct line held;
static int held_n;
static int64_t held_told; /* how many dropped ones they tell of */
static bool holding;

/* Is the second descriptor still standard error? Who closed or replaced either must not be written to. */
static bool
pipe_is_current(void)
{
	struct stat first, second;

	return pipe_fd >= 0 && fstat(STDERR_FILENO, &first) == 0 && fstat(pipe_fd, &second) == 0 &&
	    first.st_ino == second.st_ino && first.st_dev == second.st_dev;
}

static bool
is_file(int fd)
{
	struct stat st;

	return fstat(fd, &st) == 0 && S_ISREG(st.st_mode);
}

/*
 * O_NONBLOCK on standard error itself would reach whoever shares it: the shell, our parent. A pipe
 * opened anew has flags of its own. Not a file: a second offset would overwrite what others wrote.
 */
static int
open_again(void)
{
	struct stat st;

	if (fstat(STDERR_FILENO, &st) != 0 || !S_ISFIFO(st.st_mode))
		return -1;
	return open("/proc/self/fd/2", O_WRONLY | O_NONBLOCK | O_CLOEXEC);
}

void
log_init(enum log_level level)
{
	struct sigaction old;

	least = level;
	to_file = is_file(STDERR_FILENO);
	if (!pipe_is_current())
		pipe_fd = open_again();
	/* A log reader that died must not take the service with it. */
	if (sigaction(SIGPIPE, NULL, &old) == 0 && old.sa_handler == SIG_DFL)
		(void)signal(SIGPIPE, SIG_IGN);
}

enum log_level
log_level_parse(const char *s)
{
	enum log_level level = LOG_DEBUG;

	while (level < LOG__MAX && strcmp(s, names[level]) != 0)
		level++;
	return level;
}

/* Two bytes are kept for the closing brace and the newline. False when there is no room. */
static bool
put(struct line *l, const char *s, size_t n)
{
	if (n > LINE_BYTES - 2 - l->bytes)
		return false;
	memcpy(l->at + l->bytes, s, n);
	l->bytes += n;
	return true;
}

/*
 * ${s} as a JSON string, cut to what fits; *end_r is where it was cut. Anything outside printable
 * ASCII is escaped bytewise: it may be no UTF-8, and a log line is no place for bidi tricks.
 */
static bool
put_text(struct line *l, const char *s, const char **end_r)
{
	char escaped[8];

	if (!put(l, "\"", 1))
		return false;
	for (; *s != '\0' && l->bytes < LINE_BYTES - 16; s++) {
		unsigned char c = (unsigned char)*s;

		/* Either fits: the loop keeps 16 bytes. */
		if (c >= 0x20 && c < 0x7f && c != '"' && c != '\\')
			l->at[l->bytes++] = *s;
		else
			(void)put(
			    l, escaped, (size_t)snprintf(escaped, sizeof(escaped), "\\u%04x", c));
	}
	*end_r = s;
	return put(l, "\"", 1);
}

/* Whole or not at all: two names cut alike would be one name given twice. */
static bool
put_name(struct line *l, const char *name)
{
	const char *end;

	return put(l, ",", 1) && put_text(l, name, &end) && *end == '\0' && put(l, ":", 1);
}

static bool
put_value(struct line *l, const struct log_field *f)
{
	char number[24];
	const char *end; /* a value may be cut */

	if (f->is_int)
		return put(l, number,
		    (size_t)snprintf(number, sizeof(number), "%lld", (long long)f->number));
	return f->text == NULL ? put(l, "null", 4) : put_text(l, f->text, &end);
}

static void
put_field(struct line *l, const struct log_field *f)
{
	size_t start = l->bytes;

	if (!put_name(l, f->name) || !put_value(l, f))
		l->bytes = start; /* half a field is no JSON */
}

/* Never waits, whatever standard error is: a pipe, journald's socket, a terminal, a file. */
static ssize_t
write_now(const void *p, size_t n)
{
	struct pollfd ready = {.fd = STDERR_FILENO, .events = POLLOUT};
	ssize_t sent;

	if (pipe_is_current())
		return write(pipe_fd, p, n);
	if (to_file)
		return write(STDERR_FILENO, p, n);
	sent = send(STDERR_FILENO, p, n, MSG_DONTWAIT | MSG_NOSIGNAL);
	if (sent >= 0 || errno != ENOTSOCK)
		return sent;
	if (poll(&ready, 1, 0) != 1 || (ready.revents & POLLOUT) == 0)
		return -1;
	return write(STDERR_FILENO, p, n);
}

static void
write_held(void)
{
	ssize_t n;

	if (held_n == 0)
		return;
	do {
		errno = 0;
		n = write_now(held.at, held.bytes);
	} while (n < 0 && errno == EINTR);
	dropped += n == (ssize_t)held.bytes ? -held_told : held_n;
	held.bytes = 0;
	held_n = 0;
	held_told = 0;
}

static void
hold_line(struct line *l, int64_t told)
{
	l->at[l->bytes++] = '}';
	l->at[l->bytes++] = '\n';
	if (held.bytes + l->bytes > LINE_BYTES)
		write_held();
	memcpy(held.at + held.bytes, l->at, l->bytes);
	held.bytes += l->bytes;
	held_n++;
	held_told += told;
}

void
log_hold(void)
{
	holding = true;
}

void
log_release(void)
{
	holding = false;
	write_held();
}

void
log_event(enum log_level level, const char *event, const struct log_field *fields, int n)
{
	struct line l = {.bytes = 0};
	char at[CLOCK_TEXT_SIZE], head[96];
	const char *end;
	int64_t told = held_told > 0 ? 0 : dropped;
	int error = errno; /* callers report first and look at errno afterwards */

	if (level < least)
		return;
	clock_text(clock_now_us(), at);
	(void)put(&l, head,
	    (size_t)snprintf(head, sizeof(head), "{\"time\":\"%s\",\"level\":\"%s\",\"pid\":%d", at,
		names[level], (int)getpid()));
	if (told > 0)
		put_field(&l, &LOG_I("dropped", told));
	(void)put(&l, ",\"event\":", 9);
	(void)put_text(&l, event, &end); /* cut if need be, with room for its quote */
	for (int i = 0; i < n; i++)
		put_field(&l, &fields[i]);
	hold_line(&l, told);
	if (!holding)
		write_held();
	errno = error;
}
