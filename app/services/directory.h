#ifndef APP_SERVICES_DIRECTORY_H
#define APP_SERVICES_DIRECTORY_H

/* Looking users up, page by page. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/error.h"

struct service;
struct user;

/* Counting and skipping cost what they pass over: both stop here. */
enum { DIRECTORY_REACH = 10000 };

struct directory_page {
	struct user *users;
	size_t n;
	int64_t total; /* at most DIRECTORY_REACH */
	bool total_exact;
	int64_t pages; /* 0 where the total is not exact */
	bool has_next;
};

/* directory_reaches(page, size): does the page begin before the row where skipping stops? */
bool directory_reaches(int64_t page, int64_t size);

/* directory_page(s, page, size, p): newest first; ${page} from 1. In the caller's transaction. */
const struct error *directory_page(struct service *, int64_t page, int64_t size,
    struct directory_page *) __attribute__((warn_unused_result));

#endif
