#ifndef APP_PRECONDITION_H
#define APP_PRECONDITION_H

#include <stdbool.h>
#include <stdint.h>

#include "lib/error.h"

struct http_request;
struct request;

/* precondition_holds(if_match, version): does the list (RFC 9110 §13.1.1: strong comparison, "*" is any)
 * hold the ETag of ${version}? True for an empty header. */
bool precondition_holds(const char *if_match, int64_t version);

/*
 * precondition_allows(http, exists, version): do If-Match and If-None-Match (RFC 9110 §13.1.1, §13.1.2, §13.2.2) let
 * what there is be replaced, or made where nothing ${exists}? For who decides it where nobody else can change it.
 */
bool precondition_allows(const struct http_request *, bool exists, int64_t version);

/*
 * precondition(rq, version, &if_version): err_precondition when If-Match does not name ${version}.
 * if_version is then the version that the change itself must still find, 0 when none was asked for.
 */
const struct error *precondition(const struct request *, int64_t version, int64_t *if_version_r)
    __attribute__((warn_unused_result));

#endif
