#ifndef LIB_FCGI_H
#define LIB_FCGI_H

/*
 * FastCGI through libfcgi, the only file that knows it. One struct fcgi is one connection from nginx,
 * kept or fresh. Its descriptor never blocks: the request is collected and checked by lib/wire.h,
 * and libfcgi, whose reads block and can be led astray, is given one that was seen whole. So a peer
 * that stops in the middle holds nobody up, and smuggling (pitfalls F2, HT-13) has no way in: a body
 * is always taken to its end, and a connection is kept only when nothing followed it.
 */

#include <stdbool.h>
#include <stddef.h>

#include "lib/http.h"

struct arena;

struct fcgi;

/* fcgi_init(): once per process, after the signals are blocked; false when libfcgi cannot. */
bool fcgi_init(void) __attribute__((warn_unused_result));

/* fcgi_new(listen_fd): a connection slot, nothing accepted. */
struct fcgi *fcgi_new(int listen_fd);
void fcgi_free(struct fcgi **);

enum fcgi_result {
	FCGI_REQUEST, /* a request was read: answer and finish it */
	FCGI_WAIT,   /* connected, the request is not whole yet: again when fcgi_fd() is readable */
	FCGI_NONE,   /* nobody there (lost race on accept), or the peer closed an idle connection */
	FCGI_BROKEN, /* a half request or a protocol error: the connection was closed */
	FCGI_FULL    /* no descriptor or memory left to accept with: try again later */
};

/*
 * fcgi_accept(c, a, body_max, http): the next request on the open connection, or on a new one when
 * there is none. Reads parameters and the whole body, up to ${body_max} bytes; a longer one is
 * drained and flagged. All strings are copied into ${a}. Never waits.
 */
enum fcgi_result fcgi_accept(struct fcgi *, struct arena *, size_t body_max, struct http_request *);

/*
 * fcgi_answer(c, status, headers, body, n, head_only): "Status: …", the headers, Content-Length
 * (which is ours to add), the body. False when the peer is gone or did not take it within 2 s.
 */
bool fcgi_answer(
    struct fcgi *, int status, const char *headers, const char *body, size_t n, bool head_only);

/* fcgi_finish(c): end the request; the connection stays only if nginx asked and all was read. */
void fcgi_finish(struct fcgi *);

/* fcgi_fd(c): the open connection's descriptor, -1 when there is none. fcgi_close(c): drop it. */
int fcgi_fd(const struct fcgi *);
void fcgi_close(struct fcgi *);

/* fcgi_idle(c): open, and not a byte of a next request has come. */
bool fcgi_idle(const struct fcgi *);

#endif
