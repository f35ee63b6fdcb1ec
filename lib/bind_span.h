#ifndef LIB_BIND_SPAN_H
#define LIB_BIND_SPAN_H

/*
 * The text behind a node of a JSON tree. The tree's numbers are doubles, which would change what was
 * sent (12345678901234567890 becomes …568); what is only kept is kept as text.
 */

#include <stddef.h>

struct arena;
struct cJSON;

/* bind_span_mark(tree, text): of each array and object of ${tree}, which json_parse() made of ${text}: where
 * it stands there. It is kept in the node's own members for numbers. */
void bind_span_mark(struct cJSON *tree, const char *text);

/*
 * bind_span_text(a, text, node, &bytes): the marked node without blanks. *bytes_r (may be NULL) is its
 * length with every number written out, without exponents; at least that of the text.
 */
const char *
bind_span_text(struct arena *, const char *text, const struct cJSON *node, size_t *bytes_r);

#endif
