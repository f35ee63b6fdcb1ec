#ifndef APP_STORE_LINKS_H
#define APP_STORE_LINKS_H

/* Statements and row readers of links and link_requests. Strings live as long as the arena. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/error.h"

struct arena;
struct pg;

struct link_new {
	const unsigned char *digest; /* SECRET_DIGEST_BYTES */
	const char *user_id, *purpose, *email, *email_key;
	bool proven;
	int64_t life_s;
};

/*
 * links_insert(pg, a, new, hourly, &made): false, and nothing is there, where ${hourly} for this purpose went to
 * this address, or three times as many for this user to any, within the last hour; 0: however many. Where more than ${keep} are live then for this user
 * and purpose, the oldest are void.
 */
const struct error *links_insert(struct pg *, struct arena *, const struct link_new *,
    int64_t hourly, int64_t keep, bool *made_r) __attribute__((warn_unused_result));

/* links_live(pg, a, user_id, purpose, &n): how many there are that could be taken. */
const struct error *links_live(struct pg *, struct arena *, const char *user_id,
    const char *purpose, int64_t *n_r) __attribute__((warn_unused_result));

/* A link that could be taken, and whose it is. */
struct link {
	bool found;
	const char *user_id, *email, *email_key;            /* the address it was sent to */
	const char *user_email, *user_username, *user_role; /* of the account now */
	int64_t created_us;
};

/*
 * links_find(pg, a, digest, purposes, n, link): found where it is of one of the purposes, neither over nor void, the
 * account active, and the address it was sent to still the account's; of an address that was left
 * without ever having been confirmed: the new one not confirmed either.
 * links_take(): the same, and then it is gone: of any number who come together one finds it. The caller
 * has locked the user's row, so that what was found holds until the transaction ends.
 */
const struct error *links_find(struct pg *, struct arena *, const unsigned char *digest,
    const char *const *purposes, size_t n, struct link *) __attribute__((warn_unused_result));
const struct error *links_take(struct pg *, struct arena *, const unsigned char *digest,
    const char *const *purposes, size_t n, struct link *) __attribute__((warn_unused_result));

/* links_void(pg, a, user_ids, n): all of theirs but those that undo a change of address. links_void_since(pg, a,
 * user_id, us): of one, and those that undo a change made since then, too. */
const struct error *links_void(struct pg *, struct arena *, const char *const *user_ids, size_t n)
    __attribute__((warn_unused_result));
const struct error *links_void_since(struct pg *, struct arena *, const char *user_id,
    int64_t created_us) __attribute__((warn_unused_result));

/* links_drop(pg, a, user_id): all, and no address is kept back for him. */
const struct error *
links_drop(struct pg *, struct arena *, const char *user_id) __attribute__((warn_unused_result));

/* links_expire(pg, a, limit, &n): rows that are over and no longer counted. */
const struct error *links_expire(struct pg *, struct arena *, int64_t limit, int64_t *n_r)
    __attribute__((warn_unused_result));

/* Somebody wants a link for whoever has an address. */
struct link_request {
	const char *purpose, *email_key, *ip; /* ip NULL where unknown */
	bool is_late;                         /* an hour or more: nobody waits any more */
};

/* links_request(pg, a, request): left for links_requests(pg, a, limit, requests, &n), which takes them away,
 * oldest first, and nobody else's at the same time. */
const struct error *links_request(struct pg *, struct arena *, const struct link_request *)
    __attribute__((warn_unused_result));
const struct error *links_requests(struct pg *, struct arena *, int64_t limit,
    struct link_request **requests_r, size_t *n_r) __attribute__((warn_unused_result));

#endif
