#ifndef LIB_BIND_H
#define LIB_BIND_H

/*
 * From outside bytes to a typed struct, by the rows of a model. Everything wrong is reported, not
 * only the first thing. JSON types are strict: "5" is no integer, 1 is no boolean.
 */

#include <stdbool.h>
#include <stddef.h>

#include "lib/fault.h"
#include "lib/http.h"

struct arena;
struct model;

/*
 * bind_json(a, model, text, bytes, out, faults): ${out} points to model->size zeroed bytes; its
 * strings live as long as the arena. Unknown members, wrong types, nulls where not NULLABLE,
 * bounds, choices and formats each give a fault; no bytes at all is "missing" at ["body"]. Containers
 * are never echoed where the model has a secret, values of unknown members never. True when there
 * was no fault.
 */
bool bind_json(struct arena *, const struct model *, const char *text, size_t bytes, void *out,
    struct faults *) __attribute__((warn_unused_result));

/*
 * bind_pairs(a, model, where, pairs, out, faults): the same from text: integers, booleans
 * (true/false) and instants (RFC 3339) are parsed whole. Repeated names are faults. Unknown names
 * are ignored when ${where} is IN_QUERY, and in forms too (OAuth2 clients send client_id and
 * friends; RFC 6749 §3.2: unrecognised parameters are ignored), where an empty value is an absent one
 * (the same section). Captures and queries keep "". No row may be a list.
 */
bool bind_pairs(struct arena *, const struct model *, enum where, const struct pairs *, void *out,
    struct faults *) __attribute__((warn_unused_result));

#endif
