#ifndef LIB_SELFCHECK_H
#define LIB_SELFCHECK_H

#include <stdbool.h>

struct api;
struct arena;

/*
 * selfcheck_api(a, api, &why): is the table consistent? False, with a sentence that names the row:
 * duplicate method and path, duplicate operationId, missing id, tag, summary or handler, a tag that
 * is not declared, {x} without a path_in field or the reverse, a body on GET or HEAD, a body model
 * without media or the reverse, an unreachable row, REQUIRED with a fallback, min > max, a missing
 * field doc or (for inputs) example, a secret or HASHED field in an output, two different models or
 * errors of one name or code, an undeclared error in a row, TX_WRITE on GET, FAST on anything but
 * GET, an example that its own bounds, choices or format refuse.
 */
bool selfcheck_api(struct arena *, const struct api *, const char **why_r)
    __attribute__((warn_unused_result));

#endif
