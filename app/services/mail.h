#ifndef APP_SERVICES_MAIL_H
#define APP_SERVICES_MAIL_H

/*
 * Mail that a change causes, queued in the transaction of the change (OT-05): both commit or neither.
 * Nothing is sent here, so no answer waits for a mail server or tells by its time who has an account
 * (OT-04); the background process does it (services/mailer.h) within a second or two.
 */

#include <stdbool.h>
#include <stdint.h>

#include "lib/error.h"
#include "lib/secret.h"

struct config;
struct service;

enum mail_kind {
	MAIL_VERIFY_EMAIL,     /* token */
	MAIL_RESET_PASSWORD,   /* token */
	MAIL_SET_PASSWORD,     /* token; an administrator made the account */
	MAIL_PASSWORD_CHANGED, /* a notice */
	MAIL_EMAIL_CHANGED,    /* token, email: to the old address, with the link that undoes it */
	MAIL_REFRESH_TOKEN_REUSED, /* a notice */
	MAIL_NEW_ADMIN,            /* email: a notice to an administrator about a new one */
	MAIL__MAX
};

/* As stored, never as typed in this request (OT-07). */
struct mail_to {
	const char *user_id;
	const char *email; /* NULL: there is nowhere to send it, and nothing is queued */
};

/* What the text needs besides the time and the client's address, which are put in by themselves. */
struct mail_fill {
	struct secret token; /* of the link, base64url; forgotten once sent or expired */
	int64_t life_s;      /* of the token: later the mail is not worth sending */
	const char *email;   /* the address that the text is about */
};

/*
 * mail_queue(s, kind, to, fill): in the caller's transaction. Nothing happens where mail is switched off, and
 * (logged) where the stored address is none that lib/ident.h accepts: what caused the mail goes on.
 * ${fill} must have what the kind names above, and nothing else.
 */
const struct error *mail_queue(struct service *, enum mail_kind, const struct mail_to *,
    const struct mail_fill *) __attribute__((warn_unused_result));

/* mail_is_on(config): is mail sent, or written to MAIL_DIR? */
bool mail_is_on(const struct config *);

/* mail_kind_name(kind): "verify_email", as the outbox and the templates' file names have it.
 * mail_kind_named(name): the reverse; MAIL__MAX for what is none. */
const char *mail_kind_name(enum mail_kind);
enum mail_kind mail_kind_named(const char *name);

/* mail_kind_links(kind), mail_kind_tells(kind): does its text have a link, is it about an address? */
bool mail_kind_links(enum mail_kind);
bool mail_kind_tells(enum mail_kind);

#endif
