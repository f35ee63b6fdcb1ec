#ifndef LIB_PRETTY_H
#define LIB_PRETTY_H

/*
 * Writing a JSON document for people: one member a line, two blanks a level, so that it diffs well.
 * ${key} is NULL for the elements of an array and for the document itself. Strings are valid UTF-8.
 */

#include <stdbool.h>
#include <stdint.h>

#include "lib/buf.h"

enum { PRETTY_DEPTH_MAX = 31 };

struct pretty {
	struct buf *b;
	int depth;
	bool empty;                       /* nothing yet in the innermost one */
	char close[PRETTY_DEPTH_MAX + 1]; /* what ends each open one */
};

void pretty_init(struct pretty *, struct buf *);

/* pretty_object, pretty_array: open one; pretty_end(): close the innermost, as it was opened. */
void pretty_object(struct pretty *, const char *key);
void pretty_array(struct pretty *, const char *key);
void pretty_end(struct pretty *);

void pretty_str(struct pretty *, const char *key, const char *);
void pretty_int(struct pretty *, const char *key, int64_t);
void pretty_bool(struct pretty *, const char *key, bool);

/* pretty_raw(p, key, json): ready JSON on one line. */
void pretty_raw(struct pretty *, const char *key, const char *);

/* pretty_ref(p, key, where, name): {"$ref": "#/components/<where>/<name>"}. */
void pretty_ref(struct pretty *, const char *key, const char *where, const char *name);

#endif
