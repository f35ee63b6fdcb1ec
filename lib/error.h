#ifndef LIB_ERROR_H
#define LIB_ERROR_H

/*
 * An expected outcome that is not success is a pointer to one of these constants; NULL is success.
 * Each row says all that the client will see, so status, code and sentence cannot drift apart.
 * The product declares its own beside them (app/api/errors.h).
 */

#include <stdbool.h>

enum challenge { CHALLENGE_NONE, CHALLENGE_BARE, CHALLENGE_INVALID_TOKEN, CHALLENGE_BASIC };

struct error {
	int status;
	const char *code;   /* stable, for programs: "EMAIL_ALREADY_REGISTERED" */
	const char *detail; /* one sentence, for people */
	const char *oauth;  /* RFC 6749 §5.2 code on OAuth routes; NULL means invalid_request */
	enum challenge challenge; /* WWW-Authenticate (RFC 6750 §3; BASIC: RFC 7617 §2) */
	bool commits;             /* the transaction is committed although the answer is an error */
	int retry_after_s;        /* Retry-After, 0 for none */
};

/* What the mechanism itself may answer on any route. */
extern const struct error error_validation;         /* 422, detail is the list of faults */
extern const struct error error_not_found;          /* 404 */
extern const struct error error_method_not_allowed; /* 405 with Allow */
extern const struct error error_unsupported_media;  /* 415 */
extern const struct error error_too_large;          /* 413 */
extern const struct error error_bad_request;        /* 400 */
extern const struct error error_rate_limited;       /* 429; the reply says how long and of what */
extern const struct error error_internal;           /* 500, a fault that was logged */
extern const struct error error_unavailable;        /* 503, the database is away: not done */
extern const struct error error_overloaded;         /* 503, too much at once: not done */
extern const struct error error_outcome_unknown; /* 502, the write may or may not have happened */

/* All of the above, NULL-terminated: the OpenAPI document and the tests list them. */
extern const struct error *const error_all[];

#endif
