#include <stddef.h>

#include "lib/error.h"

const struct error error_validation = {
    .status = 422, .code = "VALIDATION_ERROR", .detail = "The request is not valid"};
const struct error error_not_found = {.status = 404, .code = "NOT_FOUND", .detail = "Not found"};
const struct error error_method_not_allowed = {
    .status = 405, .code = "METHOD_NOT_ALLOWED", .detail = "Method not allowed"};
const struct error error_unsupported_media = {
    .status = 415, .code = "UNSUPPORTED_MEDIA_TYPE", .detail = "Unsupported media type"};
const struct error error_too_large = {
    .status = 413, .code = "PAYLOAD_TOO_LARGE", .detail = "The request body is too large"};
const struct error error_bad_request = {
    .status = 400, .code = "BAD_REQUEST", .detail = "Bad request"};
/* The seconds are those of a reply that was not told better: see reply_limited(). */
const struct error error_rate_limited = {.status = 429,
    .code = "RATE_LIMITED",
    .detail = "Too many requests",
    .oauth = "temporarily_unavailable",
    .retry_after_s = 1};
const struct error error_internal = {
    .status = 500, .code = "INTERNAL", .detail = "Internal error", .oauth = "server_error"};
const struct error error_unavailable = {.status = 503,
    .code = "DATABASE_UNAVAILABLE",
    .detail = "The database is unavailable; nothing was changed",
    .oauth = "temporarily_unavailable",
    .retry_after_s = 1};
const struct error error_overloaded = {.status = 503,
    .code = "OVERLOADED",
    .detail = "Too many requests at once; nothing was done",
    .oauth = "temporarily_unavailable",
    .retry_after_s = 1};
const struct error error_outcome_unknown = {.status = 502,
    .code = "OUTCOME_UNKNOWN",
    .detail = "The outcome is unknown; the change may or may not have been made",
    .oauth = "server_error"};

const struct error *const error_all[] = {&error_validation, &error_not_found,
    &error_method_not_allowed, &error_unsupported_media, &error_too_large, &error_bad_request,
    &error_rate_limited, &error_internal, &error_unavailable, &error_overloaded,
    &error_outcome_unknown, NULL};
