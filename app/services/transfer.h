#ifndef APP_SERVICES_TRANSFER_H
#define APP_SERVICES_TRANSFER_H

/* Moving in and moving out: many users at once, for the command line. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/error.h"
#include "lib/secret.h"

struct service;

enum newcomer_fate {
	NEWCOMER_WAITS, /* nothing was decided yet */
	NEWCOMER_MADE,
	NEWCOMER_THERE, /* the same user is there already: a batch that is imported again */
	NEWCOMER_REFUSED
};

/* Members that passed their field rows; NULL where there was none. */
struct newcomer {
	size_t line; /* the caller's */
	const char *id, *email, *username, *full_name, *role;
	bool is_active, is_verified;
	int64_t created_us; /* INSTANT_NONE: now */
	struct secret password, password_hash, secret_digest;
	enum newcomer_fate fate;
	const char *why; /* a sentence, where it was refused */
};

/*
 * transfer_import(s, newcomers, n, rehearsal): decide about all that wait, in one transaction with its audit
 * row, plain passwords being hashed before it. An error is about all of them: nobody was let in, and the
 * same batch may be given again. A rehearsal hashes nothing and is rolled back.
 */
const struct error *transfer_import(struct service *, struct newcomer *, size_t n, bool rehearsal)
    __attribute__((warn_unused_result));

/* One who leaves; hash and digest are NULL unless they were asked for. */
struct leaver {
	const char *id, *email, *username, *full_name, *role;
	bool is_active, is_verified;
	int64_t created_us;
	const char *password_hash, *secret_digest;
};

/* Where leavers go, a page at a time, gone after the call; an error ends the export. */
typedef const struct error *transfer_sink(void *cookie, const struct leaver *, size_t n);

/* transfer_export(s, with_hashes, sink, cookie): everybody, the oldest account first, as of one moment; that
 * somebody took them is audited first. Resets the arena of ${s} after each page. */
const struct error *transfer_export(struct service *, bool with_hashes, transfer_sink *,
    void *cookie) __attribute__((warn_unused_result));

#endif
