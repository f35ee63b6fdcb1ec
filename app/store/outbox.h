#ifndef APP_STORE_OUTBOX_H
#define APP_STORE_OUTBOX_H

/* Statements and row readers of mail, the outbox. Strings live as long as the arena. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/error.h"

struct arena;
struct pg;

/* NULL where there is none. ${parts} is a JSON object; life_s > 0: worth nothing afterwards. */
struct outbox_new {
	const char *id, *kind, *recipient, *user_id, *parts, *message_id;
	int64_t life_s;
};

/* One that was claimed, with all that its text is made of. */
struct outbox_mail {
	const char *id, *kind, *recipient, *message_id;
	const char *token, *email, *ip; /* of its parts; NULL where it has none */
	int64_t tries;                  /* this one included */
	int64_t created_us, expires_us; /* INSTANT_NONE: never */
};

const struct error *outbox_insert(struct pg *, struct arena *, const struct outbox_new *)
    __attribute__((warn_unused_result));

/*
 * outbox_claim(pg, a, limit, lease_s, mails, &n): what is due, oldest first, and nobody else's for
 * ${lease_s} seconds; then due again, unless outbox_sent(), outbox_retry_later() or outbox_park() was told.
 */
const struct error *outbox_claim(struct pg *, struct arena *, int64_t limit, int64_t lease_s,
    struct outbox_mail **mails_r, size_t *n_r) __attribute__((warn_unused_result));

/* outbox_sent(pg, a, id): true also when somebody else took it up in between: it was sent. */
const struct error *
outbox_sent(struct pg *, struct arena *, const char *id) __attribute__((warn_unused_result));

/* How the try number ${tries} failed; nothing happens where a later one is under way. */
struct outbox_failure {
	const char *id, *why;
	int64_t tries, again_s;
	bool parked; /* no more by itself */
};
const struct error *outbox_failed(struct pg *, struct arena *, const struct outbox_failure *)
    __attribute__((warn_unused_result));

/* outbox_expire(pg, a, limit, &n): links that have expired unsent are forgotten, their mails parked. */
const struct error *outbox_expire(struct pg *, struct arena *, int64_t limit, int64_t *n_r)
    __attribute__((warn_unused_result));

/* outbox_prune(pg, a, days, limit, &n): rows that old go, whatever is still queued excepted. */
const struct error *outbox_prune(struct pg *, struct arena *, int64_t days, int64_t limit,
    int64_t *n_r) __attribute__((warn_unused_result));

#endif
