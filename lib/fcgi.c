#include <assert.h>
#include <errno.h>
#include <fcgiapp.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

#include "lib/arena.h"
#include "lib/clock.h"
#include "lib/str.h"
#include "lib/wire.h"

#include "lib/fcgi.h"

enum {
	READ_BYTES = 64 * 1024,
	READS_MAX = 16,          /* a call, so that one endless body does not hold the turn */
	FEED_BYTES = 128 * 1024, /* a pipe that takes the largest parameters in one write */
	SLICE_BYTES = 32 * 1024, /* fits a UNIX socket whenever poll() says that it is writable */
	USER_AGENT_MAX = 256,
	REQUEST_ID_MAX = 64
};

static const int64_t ANSWER_US = 2 * CLOCK_US_PER_S;

/*
 * libfcgi's reader is fed through this pipe, which is empty between requests. It belongs to the
 * process, as libfcgi's own state does.
 */
static int feed[2] = {-1, -1};

/* What recv() fills; wiped after each use. */
static unsigned char scratch[READ_BYTES];

struct fcgi {
	int listen_fd;
	int fd;        /* -1: nobody connected */
	bool in_hand;  /* a request was read and not finished */
	bool keep;     /* after this request */
	int64_t until; /* the answer must be out by then */
	struct wire wire;
	FCGX_Request request;
};

static bool
feed_open(void)
{
	if (pipe2(feed, O_CLOEXEC | O_NONBLOCK) != 0) {
		feed[0] = feed[1] = -1;
		return false;
	}
	return fcntl(feed[1], F_SETPIPE_SZ, (int)FEED_BYTES) >= FEED_BYTES;
}

static void
feed_close(void)
{
	for (int i = 0; i < 2; i++) {
		if (feed[i] >= 0)
			(void)close(feed[i]); /* nothing in it is wanted */
		feed[i] = -1;
	}
}

bool
fcgi_init(void)
{
	feed_close();
	return FCGX_Init() == 0 && feed_open();
}

struct fcgi *
fcgi_new(int listen_fd)
{
	struct fcgi *c = calloc(1, sizeof(*c));

	if (c == NULL)
		abort(); /* as arenas do: workers are disposable */
	c->listen_fd = listen_fd;
	c->fd = -1;
	wire_init(&c->wire);
	return c;
}

void
fcgi_free(struct fcgi **c)
{
	if (*c == NULL)
		return;
	if ((*c)->in_hand)
		fcgi_finish(*c);
	fcgi_close(*c);
	wire_fini(&(*c)->wire);
	free(*c);
	*c = NULL;
}

int
fcgi_fd(const struct fcgi *c)
{
	return c->fd;
}

/*
 * No lingering as libfcgi's (up to 2 s, or as long as a peer dribbles; F8): everything the peer sent
 * was read, so closing a UNIX socket loses nothing of the answer.
 */
void
fcgi_close(struct fcgi *c)
{
	assert(!c->in_hand);
	if (c->fd >= 0)
		(void)close(c->fd); /* nothing is buffered that could fail */
	c->fd = -1;
	wire_reset(&c->wire);
}

bool
fcgi_idle(const struct fcgi *c)
{
	char byte;

	return c->fd >= 0 && !c->in_hand && !wire_begun(&c->wire) &&
	    recv(c->fd, &byte, 1, MSG_PEEK | MSG_DONTWAIT) < 0 && errno == EAGAIN;
}

static enum fcgi_result
take_connection(struct fcgi *c)
{
	c->fd = accept4(c->listen_fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
	if (c->fd >= 0)
		return FCGI_REQUEST;
	if (errno == EMFILE || errno == ENFILE || errno == ENOBUFS || errno == ENOMEM)
		return FCGI_FULL;
	return FCGI_NONE;
}

static enum fcgi_result
closed(struct fcgi *c, enum fcgi_result why)
{
	fcgi_close(c);
	return why;
}

/* Bytes until the request is whole, without waiting for any. */
static enum fcgi_result
receive(struct fcgi *c)
{
	for (int i = 0; i < READS_MAX; i++) {
		ssize_t n = recv(c->fd, scratch, sizeof(scratch), MSG_DONTWAIT);
		enum wire_state state;
		size_t used;

		if (n < 0 && (errno == EAGAIN || errno == EINTR))
			return FCGI_WAIT;
		if (n <= 0)
			return closed(c, wire_begun(&c->wire) ? FCGI_BROKEN : FCGI_NONE);
		state = wire_feed(&c->wire, scratch, (size_t)n, &used);
		explicit_bzero(scratch, (size_t)n);
		if (state == WIRE_BAD)
			return closed(c, FCGI_BROKEN);
		if (state == WIRE_MORE)
			continue;
		/* nginx does not send a second request before the answer to the first: what
		 * follows is nobody's, and the connection ends with this answer. */
		c->keep = c->wire.keep && used == (size_t)n;
		return FCGI_REQUEST;
	}
	return FCGI_WAIT;
}

/*
 * Give libfcgi the checked request. It reads from the pipe and, once ipcFd is the connection, writes
 * there; keepConnection keeps FCGX_Accept_r() from closing the pipe before it starts. The
 * listener -1 makes the one way it could still fail an error instead of an accept().
 */
static bool
introduce(struct fcgi *c)
{
	unsigned char head[WIRE_HEAD_BYTES], tail[WIRE_TAIL_BYTES];
	struct iovec parts[] = {{head, sizeof(head)}, {c->wire.params.at, c->wire.params.n},
	    {tail, wire_tail(&c->wire, tail)}};
	ssize_t bytes = (ssize_t)(parts[0].iov_len + parts[1].iov_len + parts[2].iov_len);
	char byte;

	wire_head(&c->wire, head);
	if (feed[0] < 0 && !feed_open())
		return false;
	if (writev(feed[1], parts, 3) != bytes) {
		feed_close();
		return false;
	}
	(void)FCGX_InitRequest(&c->request, -1, 0); /* always 0 */
	c->request.ipcFd = feed[0];
	c->request.keepConnection = 1;
	if (FCGX_Accept_r(&c->request) != 0) {
		feed[0] = -1; /* libfcgi closed it */
		feed_close();
		return false;
	}
	/* The end of the empty body is read as well, which leaves the pipe empty. */
	(void)FCGX_GetStr(&byte, 1, c->request.in);
	c->request.ipcFd = c->fd;
	c->in_hand = true;
	return true;
}

/*
 * A request header may come as several parameters of one name (nginx 1.22) or joined (1.26): joined
 * it is, so that a second Authorization never hides behind the first (N7).
 */
static const char *
header(struct arena *a, char *const *envp, const char *name)
{
	const char *value = NULL;
	size_t n = strlen(name);

	for (; *envp != NULL; envp++) {
		if (strncmp(*envp, name, n) != 0 || (*envp)[n] != '=')
			continue;
		value = value == NULL ? arena_strdup(a, *envp + n + 1)
				      : arena_printf(a, "%s, %s", value, *envp + n + 1);
	}
	return value == NULL ? "" : value;
}

static char *
parameter(struct arena *a, char **envp, const char *name)
{
	const char *value = FCGX_GetParam(name, envp);

	return arena_strdup(a, value == NULL ? "" : value);
}

/* Kept in sessions and audit rows, which are UTF-8: foreign bytes become question marks. */
static const char *
user_agent(struct arena *a, const char *sent)
{
	char *s = arena_strndup(a, sent, USER_AGENT_MAX);

	for (char *p = s; *p != '\0';) {
		size_t n = str_sequence(p, strnlen(p, 4));

		if (n > 0)
			p += n;
		else
			*p++ = '?';
	}
	return s;
}

/* nginx makes or vets it (N12); a raw client must not write what it likes into the log. */
static const char *
request_id(const char *s)
{
	static const char set[] =
	    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._-";
	size_t n = strlen(s);

	return n > 0 && n <= REQUEST_ID_MAX && strspn(s, set) == n ? s : "-";
}

/* Content-Length, 1*DIGIT (RFC 9110 §8.6), as nginx takes it: leading zeros included; nothing at all is 0. */
static bool
content_length(const char *s, int64_t *n_r)
{
	int64_t n = 0;

	for (; *s >= '0' && *s <= '9'; s++) {
		if (__builtin_mul_overflow(n, 10, &n) || __builtin_add_overflow(n, *s - '0', &n))
			return false;
	}
	*n_r = n;
	return *s == '\0';
}

static bool
length_agrees(const char *s, size_t sent)
{
	int64_t n;

	return content_length(s, &n) && (uint64_t)n == sent;
}

/* What nginx says of the body that it keeps to itself. */
static void
describe_upload(struct arena *a, char **envp, struct http_request *http)
{
	const char *how = parameter(a, envp, "GATEHOUSE_UPLOAD");
	const char *bytes = parameter(a, envp, "GATEHOUSE_UPLOAD_BYTES");

	http->upload = strcmp(how, "asked") == 0 ? UPLOAD_ASKED
	    : strcmp(how, "taken") == 0          ? UPLOAD_TAKEN
						 : UPLOAD_NONE;
	http->upload_file = parameter(a, envp, "GATEHOUSE_UPLOAD_FILE");
	if (*bytes == '\0' || !content_length(bytes, &http->upload_bytes))
		http->upload_bytes = -1;
}

static void
describe(struct fcgi *c, struct arena *a, struct http_request *http)
{
	char **envp = c->request.envp;
	char *path = parameter(a, envp, "REQUEST_URI");
	char *query = strchr(path, '?');
	const struct wire_bytes *body = &c->wire.body;

	if (query != NULL)
		*query++ = '\0';
	*http = (struct http_request){
	    .method = http_method(parameter(a, envp, "REQUEST_METHOD")),
	    .path = path,
	    .query = query == NULL ? "" : query,
	    .content_type = parameter(a, envp, "CONTENT_TYPE"),
	    .authorization = header(a, envp, "HTTP_AUTHORIZATION"),
	    .origin = header(a, envp, "HTTP_ORIGIN"),
	    .preflight = header(a, envp, "HTTP_ACCESS_CONTROL_REQUEST_METHOD"),
	    .if_match = header(a, envp, "HTTP_IF_MATCH"),
	    .if_none_match = header(a, envp, "HTTP_IF_NONE_MATCH"),
	    .content_range = header(a, envp, "HTTP_CONTENT_RANGE"),
	    .user_agent = user_agent(a, header(a, envp, "HTTP_USER_AGENT")),
	    .client_ip = parameter(a, envp, "REMOTE_ADDR"),
	    .id = request_id(parameter(a, envp, "REQUEST_ID")),
	    .internal = strcmp(parameter(a, envp, "GATEHOUSE_INTERNAL"), "1") == 0,
	    .body = "",
	    .body_too_large = c->wire.body_sent > c->wire.body_max,
	};
	if (body->n > 0 && !http->body_too_large) {
		http->body = memcpy(arena_alloc(a, body->n + 1), body->at, body->n);
		http->body_bytes = body->n;
	}
	describe_upload(a, envp, http);
}

/* The bearer's token is wiped, which libfcgi does not do. */
static void
release(struct fcgi *c)
{
	for (char **p = c->request.envp; *p != NULL; p++)
		explicit_bzero(*p, strlen(*p));
	(void)FCGX_Detach(&c->request); /* else it lingers when closing after an error (F8) */
	FCGX_Finish_r(&c->request);
	c->in_hand = false;
}

/* End without a word: libfcgi is left with nothing to write to. */
static enum fcgi_result
refuse(struct fcgi *c)
{
	c->request.ipcFd = -1;
	release(c);
	return closed(c, FCGI_BROKEN);
}

enum fcgi_result
fcgi_accept(struct fcgi *c, struct arena *a, size_t body_max, struct http_request *http)
{
	bool fresh = c->fd < 0;
	enum fcgi_result result = fresh ? take_connection(c) : FCGI_REQUEST;

	if (result != FCGI_REQUEST)
		return result;
	c->wire.body_max = body_max;
	result = receive(c);
	if (result == FCGI_NONE && fresh)
		return FCGI_BROKEN; /* there was somebody: the listener may have more */
	if (result != FCGI_REQUEST)
		return result;
	if (!introduce(c))
		return closed(c, FCGI_BROKEN);
	/* A body of another length than announced is a lie or a fault: neither is answered. */
	if (!length_agrees(parameter(a, c->request.envp, "CONTENT_LENGTH"), c->wire.body_sent))
		return refuse(c);
	describe(c, a, http);
	return FCGI_REQUEST;
}

/* Wait until a slice fits, never beyond the answer's deadline (F10: a peer that does not read). */
static bool
writable(const struct fcgi *c)
{
	struct pollfd p = {.fd = c->fd, .events = POLLOUT};
	int64_t left = c->until - clock_mono_us();

	return left > 0 && poll(&p, 1, (int)(left / 1000) + 1) == 1 && (p.revents & POLLOUT) != 0;
}

bool
fcgi_answer(
    struct fcgi *c, int status, const char *headers, const char *body, size_t n, bool head_only)
{
	char line[96], length[48] = "";
	bool ok;

	assert(c->in_hand && n <= INT_MAX);
	(void)snprintf(line, sizeof(line), "Status: %d %s\r\n", status, http_reason(status));
	/* RFC 9110 §8.6: none with 204 and 304; for HEAD what GET would have said. */
	if (status != 204 && status != 304)
		(void)snprintf(length, sizeof(length), "Content-Length: %zu\r\n", n);
	ok = FCGX_PutS(line, c->request.out) >= 0 && FCGX_PutS(headers, c->request.out) >= 0 &&
	    FCGX_PutS(length, c->request.out) >= 0 && FCGX_PutS("\r\n", c->request.out) >= 0;
	c->until = clock_mono_us() + ANSWER_US;
	for (size_t at = 0, slice; ok && !head_only && at < n; at += slice) {
		slice = n - at < SLICE_BYTES ? n - at : SLICE_BYTES;
		ok = (at == 0 || writable(c)) &&
		    FCGX_PutStr(body + at, (int)slice, c->request.out) == (int)slice;
	}
	/* Half an answer must not look like a whole one. */
	c->keep = c->keep && ok;
	return ok;
}

void
fcgi_finish(struct fcgi *c)
{
	bool keep = c->keep;

	assert(c->in_hand);
	release(c);
	if (c->request.ipcFd < 0) { /* it could not write, and closed */
		c->fd = -1;
		keep = false;
	}
	c->keep = false;
	wire_reset(&c->wire);
	if (!keep)
		fcgi_close(c);
}
