#ifndef APP_MAIL_ENTRY_H
#define APP_MAIL_ENTRY_H

/* A mail in the outbox, as it may be seen: never what it says. Strings live as long as the request. */

#include <stdint.h>

struct mail_entry {
	const char *id, *kind, *recipient, *state, *last_error; /* last_error: NULL for none */
	int64_t tries;
	int64_t created_us, next_try_us, sent_us; /* INSTANT_NONE: not (any more) */
};

struct mail_filter {
	const char *state; /* NULL: whichever */
};

#endif
