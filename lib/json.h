#ifndef LIB_JSON_H
#define LIB_JSON_H

/*
 * The gate in front of cJSON (security.md IN-01..IN-06). cJSON accepts duplicate keys, bad UTF-8,
 * \u0000 (and cuts the string there), trailing bytes, 01, raw control characters, a BOM, and a
 * thousand levels; each of those was a hole somewhere. What passes here is RFC 8259 and small.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct arena;
struct cJSON;

/* Beyond it two integers share one double, and what was sent is no longer known (IN-05). */
#define JSON_INT_MAX INT64_C(9007199254740991)

enum { JSON_DEPTH_MAX = 32, JSON_ITEMS_MAX = 400000, JSON_KEYS_MAX = 1000 };

/* Where and why the text was refused. ${why} is a constant sentence. */
struct json_error {
	size_t offset; /* bytes from the start */
	const char *why;
};

/*
 * json_parse(a, text, bytes, &tree, &error): ${text} is NUL-terminated after ${bytes}.
 * True: *tree_r is the document, freed with the arena. False: *error_r says why.
 * Refused: empty text, BOM, invalid UTF-8, NUL and \u0000, lone surrogates, control characters in
 * strings, duplicate keys (compared after unescaping), numbers outside the grammar or not finite,
 * trailing bytes, nesting over JSON_DEPTH_MAX, over JSON_ITEMS_MAX values, over JSON_KEYS_MAX keys
 * in one object (look-up is a linear scan).
 */
bool json_parse(struct arena *, const char *text, size_t bytes, struct cJSON **tree_r,
    struct json_error *error_r) __attribute__((warn_unused_result));

/*
 * json_parse_lean(): the same, but a list of nothing but numbers is an empty one in the tree. A node for each
 * takes longer than all the rest of a batch of embeddings; bind_span.h reads them where they stand.
 */
bool json_parse_lean(struct arena *, const char *text, size_t bytes, struct cJSON **tree_r,
    struct json_error *error_r) __attribute__((warn_unused_result));

#endif
