#ifndef LIB_OPENAPI_H
#define LIB_OPENAPI_H

struct api;
struct buf;

/*
 * openapi_render(b, api): the whole OpenAPI 3.0.3 document, pretty-printed with two blanks so that the
 * golden file diffs well: info, servers, tags, every route that is not hidden with parameters, bodies,
 * all its statuses (its own errors, those of its access, and the mechanism's), security schemes for
 * the OAuth2 password flow and HTTP bearer, and the schemas.
 */
void openapi_render(struct buf *, const struct api *);

#endif
