#ifndef APP_SERVICES_LINK_H
#define APP_SERVICES_LINK_H

/*
 * Links in mails: made, and taken once. A token is 256 random bits in base64url; its SHA-256 is kept, the
 * token itself only in the mail that waits to be sent (OT-01). All calls that change something stand in the
 * caller's transaction: no link without its mail, no mail without its link (OT-05).
 */

#include <stdbool.h>
#include <stdint.h>

#include "lib/error.h"
#include "lib/secret.h"

#include "app/store/links.h"

struct service;

enum link_purpose {
	LINK_VERIFY_EMAIL,      /* 24 hours */
	LINK_RESET_PASSWORD,    /* 1 hour */
	LINK_SET_PASSWORD,      /* 72 hours; confirmed like the one above */
	LINK_UNDO_EMAIL_CHANGE, /* 72 hours */
	LINK__MAX
};

/* LINK_LIVE of a user and purpose at a time, and LINK_HOURLY mails of a purpose to an address in an hour, whoever
 * asks for them, three times as many for a user: strangers fill nobody's mailbox, nor do owners, by
 * changing their address to those of others. */
enum { LINK_LIVE = 3, LINK_HOURLY = 3 };

/* To whom, at which stored address (OT-07). */
struct link_to {
	const char *user_id, *email; /* NULL: nothing is sent */
	const char *about;           /* undo: the address that took its place; else NULL */
	bool proven;                 /* undo: this one had been confirmed */
	bool asked;                  /* by an administrator, whose mails are not counted */
};

/* link_send(s, purpose, to): nothing happens where mail is switched off, or enough was sent. */
const struct error *link_send(struct service *, enum link_purpose, const struct link_to *)
    __attribute__((warn_unused_result));

/*
 * link_find(s, token, purposes, link): ${purposes} is a set of 1u << LINK_…; err_link_invalid alike for what never
 * was, is over, was taken, is for something else, or belongs to an account that is not active or has
 * another address by now (OT-03, OT-10, AU-08). Nothing is taken.
 */
const struct error *link_find(struct service *, struct secret token, unsigned purposes,
    struct link *) __attribute__((warn_unused_result));

/* link_take(s, token, purposes, link): locks the account, then takes the link: of any number at the same time one
 * gets it, the others err_link_invalid (OT-02). */
const struct error *link_take(struct service *, struct secret token, unsigned purposes,
    struct link *) __attribute__((warn_unused_result));

/* link_request(s, purpose, email): a link for whoever has this address, if anybody, soon; where mail is switched off,
 * for nobody. */
const struct error *link_request(struct service *, enum link_purpose, const char *email)
    __attribute__((warn_unused_result));

/* link_answer(s, &more): the requests that were left, in a transaction of its own. */
const struct error *link_answer(struct service *, bool *more_r) __attribute__((warn_unused_result));

#endif
