#include <errno.h>
#include <poll.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "lib/clock.h"

#include "lib/log.h"

/* A pipe takes PIPE_BUF (4096) bytes whole or not at all; longer lines would tear. */
enum { LINE_BYTES = 4096 };

static enum log_level least = LOG_INFO;
static uint64_t dropped;

static const char *const names[] = {
    [LOG_DEBUG] = "debug", [LOG_INFO] = "info", [LOG_WARN] = "warn", [LOG_ERROR] = "error"};

struct line {
	char at[LINE_BYTES];
	size_t bytes;
};

void
log_init(enum log_level level)
{
	least = level;
}

enum log_level
log_level_parse(const char *s)
{
	enum log_level level = LOG_DEBUG;

	while (level < LOG__MAX && strcmp(s, names[level]) != 0)
		level++;
	return level;
}

uint64_t
log_dropped(void)
{
	return dropped;
}

/* Two bytes are kept for the closing brace and the newline; what does not fit is cut. */
static bool
put(struct line *l, const char *s, size_t n)
{
	if (n > LINE_BYTES - 2 - l->bytes)
		return false;
	memcpy(l->at + l->bytes, s, n);
	l->bytes += n;
	return true;
}

/* Anything outside printable ASCII is escaped bytewise: a log line is no place for bidi tricks. */
static void
put_text(struct line *l, const char *s)
{
	char escaped[8];

	if (!put(l, "\"", 1))
		return;
	for (; *s != '\0' && l->bytes < LINE_BYTES - 16; s++) {
		unsigned char c = (unsigned char)*s;

		if (c >= 0x20 && c < 0x7f && c != '"' && c != '\\')
			(void)put(l, s, 1);
		else
			(void)put(l, escaped, (size_t)snprintf(escaped, sizeof(escaped), "\\u%04x", c));
	}
	(void)put(l, "\"", 1);
}

static void
put_field(struct line *l, const struct log_field *f)
{
	char number[24];
	size_t start = l->bytes;

	if (l->bytes + strlen(f->name) + 64 > LINE_BYTES || !put(l, ",", 1))
		return;
	put_text(l, f->name);
	(void)put(l, ":", 1);
	if (f->is_int)
		(void)put(l, number, (size_t)snprintf(number, sizeof(number), "%lld", (long long)f->number));
	else if (f->text == NULL)
		(void)put(l, "null", 4);
	else
		put_text(l, f->text);
	if (l->bytes > LINE_BYTES - 3)
		l->bytes = start; /* half a field is no JSON */
}

static void
line_write(struct line *l)
{
	struct pollfd p = {.fd = STDERR_FILENO, .events = POLLOUT};

	l->at[l->bytes++] = '}';
	l->at[l->bytes++] = '\n';
	/* A blocking write to a full pipe would hold the request: ask first, drop if it is full. */
	if (poll(&p, 1, 0) != 1 || (p.revents & POLLOUT) == 0 ||
	    write(STDERR_FILENO, l->at, l->bytes) != (ssize_t)l->bytes)
		dropped++;
}

void
log_event(enum log_level level, const char *event, const struct log_field *fields, int n)
{
	struct line l = {.bytes = 0};
	char at[CLOCK_TEXT_SIZE], head[96];

	if (level < least)
		return;
	clock_text(clock_now_us(), at);
	(void)put(&l, head, (size_t)snprintf(head, sizeof(head), "{\"time\":\"%s\",\"level\":\"%s\",\"pid\":%d,\"event\":", at,
	    names[level], (int)getpid()));
	put_text(&l, event);
	for (int i = 0; i < n; i++)
		put_field(&l, &fields[i]);
	line_write(&l);
}
