#ifndef APP_HANDLERS_LISTING_H
#define APP_HANDLERS_LISTING_H

/*
 * One page of any list, from its query to its reply: paging rules, cursors, Link. What else is in the
 * query struct are filters and the order: a cursor is bound to them, and links carry them.
 */

#include "app/api/listing.h"
#include "app/page.h"

struct error;
struct model;
struct request;

struct listing {
	struct page_ask ask;     /* for the service */
	struct page_got got;     /* by the service */
	const struct model *out; /* of the reply; NULL: the route's */
	const char *filters;     /* "&role=admin", escaped: what differs from the defaults */
	bool by_skip, by_cursor;
};

/*
 * listing_begin(rq, by_time, l): fill l->ask from the request's query, whose first member is a struct
 * ListingQuery. ${by_time}: the key of this order is a time. Return NULL, or error_validation with the
 * faults noted.
 */
const struct error *
listing_begin(struct request *, bool by_time, struct listing *) __attribute__((warn_unused_result));

/*
 * listing_reply(rq, l, items): 200 with the route's output model, a LISTING_MODEL, whose items are an
 * array of l->got.n structs at ${items}; and Link (RFC 8288), built from PUBLIC_URL and never from a
 * Host header (HT-16).
 */
void listing_reply(struct request *, const struct listing *, const void *items);

#endif
