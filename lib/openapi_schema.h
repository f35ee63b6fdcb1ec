#ifndef LIB_OPENAPI_SCHEMA_H
#define LIB_OPENAPI_SCHEMA_H

/* Models and fields as OpenAPI 3.0.3 schema objects, parameters and components. */

struct api;
struct model;
struct pretty;

/*
 * A body bound from a form is more tolerant than the same as JSON: unknown names are ignored there
 * (RFC 6749 §3.2). So it has a component of its own: the model's name with this at the end.
 */
#define OPENAPI_SCHEMA_FORM "Form"

/* openapi_schema_parameters(p, model, where): a parameter per field, "path" or "query". */
void openapi_schema_parameters(struct pretty *, const struct model *, const char *where);

/* openapi_schema_components(p, api): one schema per model that a visible route reaches, by name. */
void openapi_schema_components(struct pretty *, const struct api *);

#endif
