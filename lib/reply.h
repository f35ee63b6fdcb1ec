#ifndef LIB_REPLY_H
#define LIB_REPLY_H

/* The answer: status, headers, body. Built in the request's arena, sent in one write. */

#include <stdbool.h>
#include <stdint.h>

#include "lib/buf.h"
#include "lib/error.h"

struct arena;
struct faults;
struct http_request;
struct model;
struct route;

/* Of what there was too much: ${limit} in ${window_s}; ${retry_after_s} from now there is not. */
struct reply_limit {
	int64_t retry_after_s, limit, window_s;
};

struct reply {
	struct arena *arena;
	int status;
	struct buf headers; /* "Name: value\r\n"… */
	struct buf body;
	const struct error *error;  /* what was answered, NULL for success; for the log */
	struct reply_limit limited; /* for error_rate_limited */
	bool hand_over; /* an X-Accel-Redirect: nginx asks another pool, nothing is logged */
};

void reply_init(struct reply *, struct arena *);

/*
 * reply_header(r, name, fmt, …): add a header, instead of an earlier one of that name. Asserts that
 * neither CR nor LF is in it: response splitting is a programming error here, since every value is
 * checked before (HT-20).
 */
void reply_header(struct reply *, const char *name, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));

/*
 * reply_model(r, status, model, p): a JSON body by the model's rows; replaces what was there.
 * Cache-Control is no-store, here and in reply_empty(), unless it was set before.
 */
void reply_model(struct reply *, int status, const struct model *, const void *p);

/* reply_text(r, status, type, p, n): a body as it is. */
void reply_text(struct reply *, int status, const char *type, const char *p, size_t n);

/* reply_empty(r, status): no body (204). */
void reply_empty(struct reply *, int status);

/*
 * reply_error(r, error, request, faults, oauth, realm): the contract's error body; the detail is the
 * list of ${faults} when it is not empty. ${oauth} adds error and error_description and the
 * statuses of RFC 6749 §5.2 (400, but 401 for invalid_client). Discards headers set before, except
 * Allow. A 401 carries WWW-Authenticate always. ${realm} is a constant without quotes.
 */
void reply_error(struct reply *, const struct error *, const struct http_request *,
    const struct faults *, bool oauth, const char *realm);

/* reply_limited(r, limit): what a following error_rate_limited says in Retry-After and its body. */
void reply_limited(struct reply *, const struct reply_limit *);

/*
 * reply_status(error, oauth): the status it is answered with; on OAuth routes 4xx becomes that of
 * RFC 6749 §5.2, but 429 (RFC 6585 §4) stays, and 413, which nginx says too. reply_oauth_code(error):
 * its "error" member there. The OpenAPI document asks both too.
 */
int reply_status(const struct error *, bool oauth);
const char *reply_oauth_code(const struct error *);

/* reply_hand_over(r, location): "X-Accel-Redirect: @api": nginx replays the request there. */
void reply_hand_over(struct reply *, const char *location);

/* reply_file(r, location, type): a file of nginx's, at that place of its own; ranges are its matter. */
void reply_file(struct reply *, const char *location, const char *type);

/* reply_repeat(r): the body once more as a header, for nginx, which shows nothing else of what it was told
 * when it asked (auth_request). Only for bodies that hold no line break: JSON. */
void reply_repeat(struct reply *);

/* reply_etag(r, version): ETag: "<version>" (RFC 9110 §8.8.3), strong. */
void reply_etag(struct reply *, int64_t version);

#endif
