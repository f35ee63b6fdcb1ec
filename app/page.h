#ifndef APP_PAGE_H
#define APP_PAGE_H

/* One page of a list, as all layers of the product know it: what is asked for, and what came. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Counting and skipping cost what they pass over: both stop here. */
enum { PAGE_REACH = 10000 };

enum page_count { PAGE_COUNT_CAPPED, PAGE_COUNT_EXACT, PAGE_COUNT_NONE };

struct page_ask {
	int64_t skip, size; /* rows */
	const char *after_key,
	    *after_id; /* of the row before the first; NULL: from the beginning */
	enum page_count count;
};

/* The strings live as long as the request. */
struct page_got {
	size_t n;                       /* rows, at most the size that was asked for */
	bool more;                      /* there is one behind them */
	const char *last_key, *last_id; /* where the next page begins; NULL where n is 0 */
	bool counted, exact;
	int64_t total; /* where counted; PAGE_REACH where not exact */
};

#endif
