#ifndef LIB_BIND_SPAN_H
#define LIB_BIND_SPAN_H

/*
 * The text behind a node of a lean JSON tree. The tree's numbers are doubles, which would change what was
 * sent (12345678901234567890 becomes …568); what is only kept is kept as text.
 */

#include <stdbool.h>
#include <stddef.h>

struct arena;
struct cJSON;

/* bind_span_mark(tree, text): of each array and object of ${tree}, which json_parse_lean() made of ${text}: where
 * it stands there. It is kept in the node's own members for numbers. */
void bind_span_mark(struct cJSON *tree, const char *text);

/*
 * bind_span_text(a, text, node, &bytes): the marked node without blanks. *bytes_r (may be NULL) is its
 * length with every number written out, without exponents; at least that of the text.
 */
const char *
bind_span_text(struct arena *, const char *text, const struct cJSON *node, size_t *bytes_r);

/* bind_span_whole(a, text, node): the marked node with all the numbers that were left out. */
const struct cJSON *bind_span_whole(struct arena *, const char *text, const struct cJSON *node);

/*
 * bind_span_count(text, list): how many numbers were left out of that marked, empty list.
 * bind_span_floats(text, list, at): these; false when one is not finite.
 */
size_t bind_span_count(const char *text, const struct cJSON *list);
bool bind_span_floats(const char *text, const struct cJSON *list, float *at);

#endif
