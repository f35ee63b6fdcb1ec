#ifndef LIB_JSON_GET_H
#define LIB_JSON_GET_H

/*
 * Typed members of a small object that json_parse() let through (so no name occurs twice), for code
 * that has no field rows: names match exactly, and a value of another type is as good as absent.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct cJSON;

/* json_get_members(object): how many; -1 when ${object} is not an object. */
int json_get_members(const struct cJSON *object);

/* json_get_has(object, name): is there a member of that name, of any type, null too? */
bool json_get_has(const struct cJSON *object, const char *name);

/* json_get_text(object, name): the string, borrowed from the document, or NULL. */
const char *json_get_text(const struct cJSON *object, const char *name);

/*
 * json_get_integer(object, name, &n): a whole number of magnitude below 2^53, where cJSON's double is
 * still exact. 1.0 is the integer 1, as in JSON Schema; "1" and 1.5 are not integers.
 */
bool json_get_integer(const struct cJSON *object, const char *name, int64_t *n_r);

/*
 * json_get_names(object, name, text): is the member the string ${text}, or a list of strings that
 * holds it? A list with anything but strings is neither.
 */
bool json_get_names(const struct cJSON *object, const char *name, const char *text);

#endif
