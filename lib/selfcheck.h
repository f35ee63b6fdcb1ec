#ifndef LIB_SELFCHECK_H
#define LIB_SELFCHECK_H

#include <stdbool.h>

struct api;
struct arena;

/*
 * selfcheck_api(a, api, &why): is the table consistent? False, with a sentence that names the row:
 * duplicate method and path, one path under two sets of capture names, duplicate operationId, missing
 * id, tag, summary or handler, a tag that is not declared, {x} without a path_in field or the reverse,
 * a body on GET or HEAD, a body model without media or the reverse, a status of success that is none,
 * a body with 204, an unreachable row (the router is asked), TX_WRITE on GET, FAST on anything but
 * GET, an undeclared error in a row or in the access lists, REQUIRED with a fallback, min > max, a
 * missing field doc or (for inputs, unless a list of models) example, two fields of one name, a list
 * bound from text, a secret or HASHED field in an output, two different models of one name or one that
 * the document needs itself, one error code with two statuses, an example or fallback that its own
 * bounds, choices or format refuse (the binder is asked), a token_url that is no route.
 * The example of a list of strings is one element.
 */
bool selfcheck_api(struct arena *, const struct api *, const char **why_r)
    __attribute__((warn_unused_result));

#endif
