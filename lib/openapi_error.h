#ifndef LIB_OPENAPI_ERROR_H
#define LIB_OPENAPI_ERROR_H

/*
 * What a route may answer besides success, derived: its own errors, those of its access, and those of
 * the mechanism that can really happen there. Which ones: 422 with any input; 413 and 415 with a
 * body; 500 and 503 where the database is asked; 502 where something is written.
 */

#include <stdbool.h>

struct api;
struct pretty;
struct route;

/* openapi_error_responses(p, api, route): one response per status, ascending, an example per code. */
void openapi_error_responses(struct pretty *, const struct api *, const struct route *);

/* openapi_error_answers(api, route, status): is it one of them? */
bool openapi_error_answers(const struct api *, const struct route *, int status);

/* The components those responses refer to; only the ones that are used. */
void openapi_error_schemas(struct pretty *, const struct api *);
void openapi_error_examples(struct pretty *, const struct api *);

#endif
