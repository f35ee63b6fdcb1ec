#ifndef APP_ADMISSION_H
#define APP_ADMISSION_H

/*
 * What a route's limit says of one request. Requests that may be limited come to the API pool first,
 * which counts them, once: the AUTH pool sees only what was let through there.
 */

struct error;
struct request;

/* admission_request(rq): once it is known who asks, before anything is read of what. */
const struct error *admission_request(struct request *) __attribute__((warn_unused_result));

/* admission_hashing(rq): bound, and about to take a place in the queue of those that hash. */
const struct error *admission_hashing(struct request *) __attribute__((warn_unused_result));

/* admission_explain(rq): for the 429 that follows, whoever refused. */
void admission_explain(struct request *);

#endif
