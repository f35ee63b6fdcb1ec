#ifndef LIB_BIND_VALUE_H
#define LIB_BIND_VALUE_H

/*
 * One value against one row: bounds, choices, format, and into the member. The same rules serve
 * JSON (bind.c) and text (bind_pairs.c), so a bound cannot hold in one and not in the other.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/fault.h"

struct arena;
struct field;

struct binder {
	struct arena *arena;
	struct faults *faults;
	enum where where;
	const char *text; /* of the whole JSON, where the model keeps parts of it */
	bool guarded;     /* the model has a secret: containers are not echoed, one might hold it */
	bool ok;          /* no fault so far, also when faults were dropped */
};

/* Where a value stands, as a chain up to the root, and where it goes. */
struct bind_place {
	const struct bind_place *up;
	const char *name; /* as it was sent; NULL: an element */
	size_t index;
	const struct field
	    *field; /* NULL where there is no row: the body itself, unknown members */
	void *out;
};

/* bind_value_full(b): nothing more would be reported, so loops over input may end. */
bool bind_value_full(const struct binder *);

/* bind_value_fault(b, place, type, msg): a fault there; the caller may fill .input and .ctx. */
struct fault *
bind_value_fault(struct binder *, const struct bind_place *, const char *type, const char *msg);

/* bind_value_refuse(b, place, reason, input): "value_error". */
void bind_value_refuse(
    struct binder *, const struct bind_place *, const char *reason, const char *input);

/* bind_value_type(b, place, input): the fault of a wrong JSON type for the row. */
void bind_value_type(struct binder *, const struct bind_place *, const char *input);

/* bind_value_echo(b, place, text): ${text} as JSON, cut; NULL for a secret. */
const char *bind_value_echo(struct binder *, const struct bind_place *, const char *text);

/* bind_value_missing(b, place, excused): nothing was sent: the default, or a fault where REQUIRED and not
 * ${excused}. */
void bind_value_missing(struct binder *, const struct bind_place *, bool excused);

/* Values of the right JSON type. Text is also what an instant is read from. */
void bind_value_null(const struct bind_place *);
void bind_value_text(struct binder *, const struct bind_place *, const char *text);
void bind_value_bool(const struct bind_place *, bool);
void bind_value_int(struct binder *, const struct bind_place *, int64_t, const char *input);
void bind_value_num(const struct bind_place *, double);

/* bind_value_element(b, place, text): an element of a list of strings: choices and format. */
void bind_value_element(struct binder *, const struct bind_place *, const char *text);

/* bind_value_count(b, place, n): are ${n} elements within the row's bounds? Else a fault. */
bool bind_value_count(struct binder *, const struct bind_place *, size_t n);

/* bind_value_parse(b, place, text): a value that came as text, whatever the kind. */
void bind_value_parse(struct binder *, const struct bind_place *, const char *text);

#endif
