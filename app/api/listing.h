#ifndef APP_API_LISTING_H
#define APP_API_LISTING_H

/*
 * What every list has in common: how a page is asked for, and what surrounds its items. A list's query
 * struct has a struct ListingQuery as its first member, and its rows begin with LISTING_QUERY_FIELDS;
 * its reply is a struct Listing with the rows LISTING_FIELDS. handlers/listing.h does the rest.
 */

#include "lib/model.h"

struct ListingQuery {
	struct opt_int page, size, skip, limit;
	const char *cursor, *count;
};

struct Listing {
	struct list items;
	struct opt_int total;
	bool total_exact;
	struct opt_int page;
	int64_t size;
	struct opt_int pages;
	const char *next_cursor;
};

enum { LISTING_SIZE = 50, LISTING_SIZE_MAX = 100 };

/* As long as a cursor can become: a sort key of 1020 bytes and what else is in it, in base64. */
enum { LISTING_CURSOR_MAX = 1400 };

extern const char *const listing_counts[];

#define LISTING_QUERY_FIELDS                                                                      \
	FIELD(struct ListingQuery, page, .min = 1, .max = 10000,                                  \
	    .doc = "From 1, the default. Pages reach to row 10 000; beyond, and wherever a list " \
		   "may change between two pages, use cursor.",                                   \
	    .example = "1"),                                                                      \
	    FIELD(struct ListingQuery, size, .min = 1, .max = LISTING_SIZE_MAX,                   \
		.doc = "Items a page; 50 without it.", .example = "50"),                          \
	    FIELD(struct ListingQuery, skip, .min = 0, .max = INT32_MAX,                          \
		.doc = "Instead of page: how many to pass over, up to 9 999.", .example = "0"),   \
	    FIELD(struct ListingQuery, limit, .min = 1, .max = LISTING_SIZE_MAX,                  \
		.doc = "Another word for size.", .example = "50"),                                \
	    FIELD(struct ListingQuery, cursor, .min = 1, .max = LISTING_CURSOR_MAX,               \
		.doc = "Instead of page or skip: next_cursor of the page before. It is bound to " \
		       "the order and the filters that it was an answer to.",                     \
		.example = "pmWkWSBCL51BfkhOGnZYtg"),                                             \
	    FIELD(struct ListingQuery, count, .choices = listing_counts, .fallback = "capped",    \
		.doc = "What total costs: capped stops counting at 10 000, exact does not, none " \
		       "leaves it out.",                                                          \
		.example = "capped")

#define LISTING_FIELDS(of_, doc_)                                                               \
	FIELD(struct Listing, items, .flags = REQUIRED, .of = (of_), .doc = (doc_)),            \
	    FIELD(struct Listing, total, .flags = REQUIRED | NULLABLE,                          \
		.doc = "How many there are on all pages; null with count=none."),               \
	    FIELD(struct Listing, total_exact, .flags = REQUIRED,                               \
		.doc = "False where the count stopped at 10 000: there are more; and with "     \
		       "count=none."),                                                          \
	    FIELD(struct Listing, page, .flags = REQUIRED | NULLABLE,                           \
		.doc = "This page; null where skip or cursor asked for it."),                   \
	    FIELD(struct Listing, size, .flags = REQUIRED, .doc = "Items a page."),             \
	    FIELD(struct Listing, pages, .flags = REQUIRED | NULLABLE,                          \
		.doc = "How many pages; null where page is, and where total is not exact."),    \
	    FIELD(struct Listing, next_cursor, .flags = REQUIRED | NULLABLE,                    \
		.doc = "Asks for the next page, whichever way this one was asked for; null on " \
		       "the last.")

#define LISTING_MODEL(name_, rows_, doc_)                                                      \
	{                                                                                      \
		.name = #name_, .size = sizeof(struct Listing), .fields = (rows_), .doc = doc_ \
	}

#endif
