#include <assert.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "lib/arena.h"
#include "lib/clock.h"
#include "lib/fault.h"
#include "lib/http.h"
#include "lib/model.h"
#include "lib/render.h"
#include "lib/str.h"

#include "lib/reply.h"

/* What an error body repeats of the request, so that an answer is never longer than it need be. */
enum { ECHO_MAX = 512 };

static const char json_type[] = "application/json";
static const char replacement[] = "\xef\xbf\xbd"; /* U+FFFD */

void
reply_init(struct reply *r, struct arena *a)
{
	*r = (struct reply){.arena = a, .limited = {1, 1, 1}};
	buf_init(&r->headers, a);
	buf_init(&r->body, a);
}

static void
clear(struct buf *b)
{
	b->bytes = 0;
	b->at[0] = '\0';
}

/* Where the line of header ${name} starts, or NULL. */
static char *
find(const struct reply *r, const char *name)
{
	size_t n = strlen(name);

	for (char *line = r->headers.at; *line != '\0'; line = strchr(line, '\n') + 1) {
		if (strncasecmp(line, name, n) == 0 && line[n] == ':')
			return line;
	}
	return NULL;
}

static void
drop(struct reply *r, const char *name)
{
	char *line = find(r, name), *next;

	if (line == NULL)
		return;
	next = strchr(line, '\n') + 1;
	memmove(line, next, strlen(next) + 1);
	r->headers.bytes -= (size_t)(next - line);
}

void
reply_header(struct reply *r, const char *name, const char *fmt, ...)
{
	struct buf *b = &r->headers;
	char *value;
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = vsnprintf(NULL, 0, fmt, ap);
	va_end(ap);
	assert(n >= 0);
	value = arena_alloc(r->arena, (size_t)n + 1);
	va_start(ap, fmt);
	(void)vsnprintf(value, (size_t)n + 1, fmt, ap); /* measured above */
	va_end(ap);
	assert(strpbrk(name, "\r\n: ") == NULL && strpbrk(value, "\r\n") == NULL);
	drop(r, name);
	buf_printf(b, "%s: %s\r\n", name, value);
}

/* Everything here may be somebody's data; a handler that knows better has said so before (HT-06). */
static void
no_store(struct reply *r)
{
	if (find(r, "Cache-Control") == NULL)
		reply_header(r, "Cache-Control", "no-store");
}

void
reply_model(struct reply *r, int status, const struct model *m, const void *p)
{
	r->status = status;
	r->error = NULL;
	clear(&r->body);
	render_model(&r->body, m, p);
	reply_header(r, "Content-Type", "%s", json_type);
	no_store(r);
}

void
reply_text(struct reply *r, int status, const char *type, const char *p, size_t n)
{
	r->status = status;
	r->error = NULL;
	clear(&r->body);
	buf_add(&r->body, p, n);
	reply_header(r, "Content-Type", "%s", type);
}

/* A 204 may be cached by default (RFC 9110 §15.3.5), and one of ours carries who the user is. */
void
reply_empty(struct reply *r, int status)
{
	r->status = status;
	r->error = NULL;
	clear(&r->body);
	drop(r, "Content-Type");
	no_store(r);
}

int
reply_status(const struct error *e, bool oauth)
{
	if (!oauth || e->status >= 500 || e->status == 429 || e->status == 413)
		return e->status;
	return e->oauth != NULL && strcmp(e->oauth, "invalid_client") == 0 ? 401 : 400;
}

const char *
reply_oauth_code(const struct error *e)
{
	if (e->oauth != NULL)
		return e->oauth;
	return e->status >= 500 ? "server_error" : "invalid_request";
}

/* Any bytes as a JSON string: what is not UTF-8 becomes U+FFFD, what is too long ends. */
static void
add_raw(struct reply *r, const char *s)
{
	struct buf text;

	buf_init(&text, r->arena);
	while (*s != '\0') {
		size_t n = str_sequence(s, strnlen(s, 4));
		const char *p = n > 0 ? s : replacement;
		size_t bytes = n > 0 ? n : sizeof(replacement) - 1;

		if (text.bytes + bytes > ECHO_MAX)
			break;
		buf_add(&text, p, bytes);
		s += n > 0 ? n : 1;
	}
	buf_json(&r->body, text.at);
}

static void
error_body(struct reply *r, const struct error *e, const struct http_request *q,
    const struct faults *faults)
{
	struct buf *b = &r->body;
	char now[CLOCK_TEXT_SIZE];

	clock_text(clock_now_us(), now);
	buf_puts(b, "{\"detail\":");
	if (faults != NULL && faults->n > 0)
		faults_render(faults, b);
	else
		buf_json(b, e->detail);
	buf_puts(b, ",\"error_code\":");
	buf_json(b, e->code);
	buf_puts(b, ",\"timestamp\":");
	buf_json(b, now);
	buf_puts(b, ",\"path\":");
	add_raw(r, q->path);
	buf_puts(b, ",\"request_id\":");
	add_raw(r, q->id);
}

/* RFC 6750 §3: the reason is told only to those who sent a token. Constants, no input (HT-02). */
static void
challenge(struct reply *r, enum challenge c, const char *realm)
{
	const char *scheme = c == CHALLENGE_BASIC ? "Basic" : "Bearer";

	assert(strpbrk(realm, "\"\\") == NULL);
	reply_header(r, "WWW-Authenticate", "%s realm=\"%s\"%s", scheme, realm,
	    c == CHALLENGE_INVALID_TOKEN ? ", error=\"invalid_token\"" : "");
}

/* All headers go, because a handler may have set some before it failed; Allow belongs to the 405. */
static void
clear_headers(struct reply *r)
{
	const char *line = find(r, "Allow");
	const char *allow = line == NULL
	    ? NULL
	    : arena_strndup(r->arena, line, (size_t)(strchr(line, '\n') + 1 - line));

	clear(&r->headers);
	if (allow != NULL)
		buf_puts(&r->headers, allow);
}

void
reply_limited(struct reply *r, const struct reply_limit *limit)
{
	r->limited = *limit;
}

void
reply_error(struct reply *r, const struct error *e, const struct http_request *q,
    const struct faults *faults, bool oauth, const char *realm)
{
	r->status = reply_status(e, oauth);
	r->error = e;
	r->hand_over = false;
	clear_headers(r);
	clear(&r->body);
	error_body(r, e, q, faults);
	if (e == &error_rate_limited)
		buf_printf(&r->body,
		    ",\"retry_after\":%" PRId64 ",\"limit\":%" PRId64 ",\"window\":%" PRId64,
		    r->limited.retry_after_s, r->limited.limit, r->limited.window_s);
	if (oauth) {
		buf_puts(&r->body, ",\"error\":");
		buf_json(&r->body, reply_oauth_code(e));
		buf_puts(&r->body, ",\"error_description\":");
		buf_json(&r->body, e->detail);
	}
	buf_putc(&r->body, '}');
	reply_header(r, "Content-Type", "%s", json_type);
	reply_header(r, "Cache-Control", "no-store");
	/* RFC 9110 §15.5.2: no 401 without a challenge, and on OAuth routes no challenge with a 400. */
	if (r->status == 401)
		challenge(r, e->challenge, realm);
	if (e->retry_after_s > 0)
		reply_header(r, "Retry-After", "%" PRId64,
		    e == &error_rate_limited ? r->limited.retry_after_s : e->retry_after_s);
}

void
reply_hand_over(struct reply *r, const char *location)
{
	r->status = 200;
	r->error = NULL;
	r->hand_over = true;
	clear(&r->headers);
	clear(&r->body);
	reply_header(r, "X-Accel-Redirect", "%s", location);
}

void
reply_file(struct reply *r, const char *location, const char *type)
{
	r->status = 200;
	r->error = NULL;
	clear(&r->body);
	reply_header(r, "X-Accel-Redirect", "%s", location);
	reply_header(r, "Content-Type", "%s", type);
	no_store(r);
}

void
reply_repeat(struct reply *r)
{
	reply_header(r, "X-Gatehouse-Answer", "%s", r->body.at);
}

void
reply_etag(struct reply *r, int64_t version)
{
	reply_header(r, "ETag", "\"%" PRId64 "\"", version);
}
