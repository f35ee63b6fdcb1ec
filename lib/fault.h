#ifndef LIB_FAULT_H
#define LIB_FAULT_H

/*
 * The faults of one request, in FastAPI/Pydantic v2 form, all of them at once. A fault never carries
 * the value of a secret field: .input is NULL there (and for "missing"), ready JSON elsewhere.
 */

#include <stdbool.h>
#include <stddef.h>

struct arena;
struct buf;

enum where { IN_BODY, IN_QUERY, IN_PATH };

struct fault {
	struct fault *next;
	const char *type; /* "string_too_short" */
	const char *loc;  /* ready JSON array: ["body","email"] */
	const char *msg;
	const char *input; /* ready JSON or NULL */
	const char *ctx;   /* ready JSON object or NULL */
};

struct faults {
	struct arena *arena;
	struct fault *first, **last;
	size_t
	    n; /* counted up to FAULTS_MAX; more are dropped, they would only repeat themselves */
};

enum { FAULTS_MAX = 100 };

void faults_init(struct faults *, struct arena *);

/* fault_loc(a, where, name): the JSON array of ${where} and, unless NULL, ${name}. */
const char *fault_loc(struct arena *, enum where, const char *name);

/* faults_add(f, type, loc, msg): append; the caller may fill .input and .ctx of what is returned. */
struct fault *faults_add(struct faults *, const char *type, const char *loc, const char *msg);

/* fault_value(f, where, name, reason): "value_error", msg "Value error, <reason>", ctx {"reason"}. */
void fault_value(struct faults *, enum where, const char *name, const char *reason);

/* fault_missing(f, where, name): "missing". */
void fault_missing(struct faults *, enum where, const char *name);

/* fault_value_at(f, loc, reason): the same at a ready JSON array. */
void fault_value_at(struct faults *, const char *loc, const char *reason);

/* faults_render(f, b): the JSON list. */
void faults_render(const struct faults *, struct buf *);

#endif
