#ifndef LIB_FCGI_H
#define LIB_FCGI_H

/*
 * FastCGI through libfcgi, the only file that knows it. One struct fcgi is one connection from nginx,
 * kept or fresh. Smuggling (pitfalls F2, HT-13): a body that was not read to its end would be parsed
 * as the next request's records, so fcgi_read() always drains it, and a connection whose body did
 * not end cleanly is never kept.
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
	FCGI_REQUEST, /* a request was read */
	FCGI_NONE,    /* nobody there (lost race on accept), or the peer closed a kept connection */
	FCGI_BROKEN   /* a half request or a protocol error: the connection was closed */
};

/*
 * fcgi_accept(c, a, body_max, http): the next request on the kept connection, or on a new one when
 * there is none. Reads parameters and the whole body, up to ${body_max} bytes; a longer one is
 * drained and flagged. All strings are copied into ${a}.
 */
enum fcgi_result fcgi_accept(struct fcgi *, struct arena *, size_t body_max, struct http_request *);

/* fcgi_answer(c, status, headers, body, n, head_only): "Status: …", the headers, the body. */
bool fcgi_answer(struct fcgi *, int status, const char *headers, const char *body, size_t n,
    bool head_only);

/* fcgi_finish(c): end the request; the connection stays only if nginx asked and all was read. */
void fcgi_finish(struct fcgi *);

/* fcgi_fd(c): the kept connection's descriptor, -1 when there is none. fcgi_close(c): drop it. */
int fcgi_fd(const struct fcgi *);
void fcgi_close(struct fcgi *);

#endif
