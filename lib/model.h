#ifndef LIB_MODEL_H
#define LIB_MODEL_H

/*
 * The rows that describe the interface: one per field, one per route. They are constants, and every
 * reader (router, bind, render, reply, openapi, selfcheck, tests) walks the same ones. The JSON type
 * of a field follows from the C type of the struct member, so the two cannot disagree.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/error.h"
#include "lib/http.h"
#include "lib/secret.h"

struct request; /* the product's: this layer only passes it on */

/* Input that tells "absent" (!set), "null" (set, s == NULL) and a value apart, as PATCH needs. */
struct opt_str {
	const char *s;
	bool set;
};

/* Input: !set when absent. Output: !set is null. */
struct opt_bool {
	bool v, set;
};
struct opt_int {
	int64_t v;
	bool set;
};

/* A moment, microseconds since 1970-01-01 UTC; INSTANT_NONE is null. */
#define INSTANT_NONE INT64_MIN
struct instant {
	int64_t us;
};

/* ${n} elements of the row's .of model, or of const char * where .of is NULL. */
struct list {
	const void *at;
	size_t n;
};

struct opt_num {
	double v;
	bool set;
};

/* A list of numbers, in single precision. Input: !set when absent, at == NULL when null. Output: ${text}, as JSON,
 * which is all that goes out; NULL is null. */
struct numbers {
	const float *at;
	size_t n;
	const char *text;
	bool set;
};

/* A JSON object as text. Input: without blanks, else as it was sent, each digit. Output: as the database
 * keeps it. NULL is absent or null. */
struct json_text {
	const char *s;
};

enum kind {
	KIND_STR,     /* const char *: NULL = absent or null */
	KIND_SECRET,  /* struct secret: writeOnly */
	KIND_OPT_STR, /* struct opt_str */
	KIND_BOOL,
	KIND_OPT_BOOL,
	KIND_INT, /* int64_t */
	KIND_OPT_INT,
	KIND_INSTANT,
	KIND_NUM, /* double, finite */
	KIND_OPT_NUM,
	KIND_LIST,
	KIND_NUMBERS, /* struct numbers */
	KIND_JSON,    /* struct json_text: an object */
	KIND_MODEL    /* a struct within the struct, with the rows of .of */
};

#define KIND_OF(T, m) \
	_Generic(((T *)0)->m,                                                                      \
	    const char *: KIND_STR,                                                                \
	    struct secret: KIND_SECRET,                                                            \
	    struct opt_str: KIND_OPT_STR,                                                          \
	    bool: KIND_BOOL,                                                                       \
	    struct opt_bool: KIND_OPT_BOOL,                                                        \
	    int64_t: KIND_INT,                                                                     \
	    struct opt_int: KIND_OPT_INT,                                                          \
	    struct instant: KIND_INSTANT,                                                          \
	    double: KIND_NUM,                                                                      \
	    struct opt_num: KIND_OPT_NUM,                                                          \
	    struct numbers: KIND_NUMBERS,                                                          \
	    struct list: KIND_LIST,                                                                \
	    struct json_text: KIND_JSON,                                                           \
	    default: KIND_MODEL)

/* One object serves the validator and the document. */
struct format {
	const char *name; /* OpenAPI "format" */
	const char *(*check)(
	    const char *); /* NULL when fine, else the reason, a constant; outputs need none */
	const char *type;  /* fault type: "uuid_parsing"; NULL = "value_error" */
};

enum field_flags {
	REQUIRED = 1, /* input: must be there. Output: always there (documented so) */
	NULLABLE = 2, /* null is a value */
	HASHED = 4    /* a password: its presence means this request computes a hash */
};

struct field {
	const char *name;  /* wire name; the member's name */
	const char *alias; /* a second accepted input name, or NULL; both together are a fault */
	enum kind kind;
	size_t at, bytes; /* offset and size of the member */
	unsigned flags;
	int64_t min, max;     /* code points, value, elements, or bytes of an object written out;
				 min == max == 0: no bound */
	const char *fallback; /* text of the default of an absent input field, or NULL */
	const char
	    *unless; /* REQUIRED, but not where this field is given and none that names it here */
	const struct format *format;
	const char *const *choices; /* NULL-terminated, or NULL */
	const struct model *of;     /* of a list's elements, or of the struct within */
	const char *doc, *example;
};

#define FIELD(T, m, ...)                                                 \
	{                                                                \
		.name = #m, .kind = KIND_OF(T, m), .at = offsetof(T, m), \
		.bytes = sizeof(((T *)0)->m), __VA_ARGS__                \
	}

struct model {
	const char *name;           /* components/schemas/<name> */
	size_t size;                /* of the struct */
	const struct field *fields; /* ends with name == NULL */
	const char *doc;
};

#define MODEL(T, rows, ...)                                                         \
	{                                                                           \
		.name = #T, .size = sizeof(struct T), .fields = (rows), __VA_ARGS__ \
	}

enum access { ACCESS_ANYONE, ACCESS_USER, ACCESS_ADMIN };

/* The transaction around a handler; OWN where the service opens its own (nothing open while hashing). */
enum tx { TX_NONE, TX_READ, TX_WRITE, TX_OWN };

enum route_flags {
	ROUTE_ROOT = 1,   /* answers at the root as well as under the prefix */
	ROUTE_FAST = 2,   /* at most the principal and one indexed row: a READ worker answers it */
	ROUTE_OAUTH = 4,  /* errors carry RFC 6749 §5.2 members and statuses */
	ROUTE_HIDDEN = 8, /* not in the OpenAPI document (/docs, /openapi.json) */
	ROUTE_BODYLESS = 16,     /* the body is optional: an absent one binds as {} */
	ROUTE_INTERNAL = 32,     /* 404 but for what came through a place in nginx that is closed to
				the public */
	ROUTE_LIMIT_HASHED = 64, /* the limit counts only requests with a password in them */
	ROUTE_UPLOAD =
	    128, /* the body is a file that nginx keeps to itself; 404 for what came another way */
	ROUTE_DOWNLOAD = 256 /* success is a file that nginx sends */
};

typedef const struct error *handler(struct request *);

/* Whose requests are counted together. */
enum limit_by {
	LIMIT_BY_CLIENT,  /* the network they come from */
	LIMIT_BY_ACCOUNT, /* whose token they carry */
	LIMIT_BY_SUBJECT  /* whatever the service names: no row of the table has such a one */
};

/* At most so many of an operation in so many seconds. Rows that share one share its count. */
struct limit {
	const char *operation; /* its name in settings */
	int64_t count, seconds;
	enum limit_by by;
	bool grows; /* no window: from the count-th on a pause that doubles, up to ${seconds} */
};

struct route {
	enum method method;
	const char *path; /* without the prefix: "/users/{id}" */
	const char *id;   /* operationId */
	const char *tag, *summary, *doc;
	enum access access;
	unsigned flags;
	const struct model *path_in, *query_in, *body_in; /* NULL: none */
	unsigned media;                                   /* of the body: MEDIA_JSON | MEDIA_FORM */
	size_t body_max;                                  /* bytes; 0: BODY_MAX */
	int ok;                                           /* status on success */
	const struct model *out;                          /* NULL: no body */
	const struct model *out_or; /* what a success may also be, by what was asked; or NULL */
	const char *const *headers; /* names of extra documented reply headers, or NULL */
	const struct error *const *errors; /* what the handler may return, NULL-terminated */
	enum tx tx;
	const struct limit *limit; /* NULL: none */
	handler
	    *admit; /* asked before a place in the queue for hashing is taken; NULL: everybody */
	handler *handle;
};

#define ERRORS(...)  ((const struct error *const[]){__VA_ARGS__, NULL})
#define HEADERS(...) ((const char *const[]){__VA_ARGS__, NULL})

enum { BODY_MAX = 64 * 1024 };

struct api_tag {
	const char *name, *doc;
};

/* The whole interface, as every reader takes it. */
struct api {
	const char *title, *version, *doc;
	const char *prefix;                /* "/api/v1"; "/v1" always means the same */
	const char *token_url;             /* of the OAuth2 password flow, without the prefix */
	const struct route *routes;        /* ends with path == NULL */
	const struct error *const *errors; /* the product's, NULL-terminated; error_all besides */
	const struct api_tag *tags;        /* ends with name == NULL */
	const struct limit *const *limits; /* all there are, NULL-terminated */
	/* What access control itself may answer on USER and ADMIN routes, NULL-terminated. */
	const struct error *const *user_errors, *const *admin_errors;
};

/* model_limited(route): may it answer error_rate_limited? */
bool model_limited(const struct route *);

/* model_present(f, base): was this input field given (bool, int64_t, double and structs within always count)? */
bool model_present(const struct field *, const void *base);

/*
 * model_routes(groups, all, max): the rows of every group, NULL-terminated, one after the other in ${all},
 * which has room for ${max} and an empty last one; filled on the first call and given back on all.
 */
const struct route *model_routes(const struct route *const *groups, struct route *all, size_t max);

#endif
