#ifndef LIB_HTTP_H
#define LIB_HTTP_H

/* The words of HTTP: methods, reason phrases, media types, and one request as nginx hands it over. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct arena;

enum method {
	METHOD_GET,
	METHOD_HEAD,
	METHOD_POST,
	METHOD_PUT,
	METHOD_PATCH,
	METHOD_DELETE,
	METHOD_OPTIONS,
	METHOD__MAX /* any other: answered 405 */
};

/* Media types a body may have, as bits: a route may take several. */
enum media { MEDIA_JSON = 1, MEDIA_FORM = 2 };

/* One name=value, decoded, terminated. */
struct pair {
	const char *name, *value;
};

struct pairs {
	struct pair *at;
	size_t n;
};

/*
 * How the body of an upload came: not at all, that is past no place in nginx that is meant for it; not yet, nginx
 * asks whether to take it (auth_request); or nginx has taken it into a file.
 */
enum upload { UPLOAD_NONE, UPLOAD_ASKED, UPLOAD_TAKEN };

/* All strings borrowed from the request; "" where the client sent nothing. */
struct http_request {
	enum method method;
	const char *path;  /* as sent, before any decoding, without the query */
	const char *query; /* as sent, without the question mark */
	const char *content_type;
	const char *authorization;
	const char *origin;    /* Origin */
	const char *preflight; /* Access-Control-Request-Method */
	const char *if_match, *if_none_match;
	const char *content_range;
	const char *user_agent;
	const char *client_ip; /* REMOTE_ADDR as nginx set it, never a forwarded header (HT-11) */
	const char *id;        /* X-Request-Id, made or vetted by nginx */
	const char *body;      /* NUL-terminated after body_bytes */
	size_t body_bytes;
	enum upload upload;
	const char *upload_file; /* the path of the file that nginx has made of the body */
	int64_t upload_bytes;    /* that the client announced; -1: it did not */
	bool internal;       /* the place in nginx that it came through is closed to the public */
	bool body_too_large; /* longer than the cap it was read with; body is then empty */
};

/* http_method(s): the exact, case-sensitive name (RFC 9110 §9.1); METHOD__MAX for others. */
enum method http_method(const char *);
const char *http_method_name(enum method);

/* http_reason(status): the phrase of RFC 9110 §15 and RFC 6585; "Unknown" for others. */
const char *http_reason(int status);

/*
 * http_media(content_type): the bit for "application/json" or
 * "application/x-www-form-urlencoded", case-insensitive, with parameters allowed only as
 * charset=utf-8; 0 for anything else, also when there is none.
 */
unsigned http_media(const char *content_type);

/*
 * http_media_type(a, content_type): "type/subtype" (RFC 9110 §8.3.1) in lower case, without parameters;
 * NULL for what is none, or longer than HTTP_MEDIA_TYPE_MAX (RFC 6838 §4.2).
 */
enum { HTTP_MEDIA_TYPE_MAX = 127 };
const char *http_media_type(struct arena *, const char *content_type);

#endif
