#ifndef LIB_SMTP_H
#define LIB_SMTP_H

/*
 * One mail to one server, blocking: libcurl's polite QUIT waits for its answer whatever timeout is set, so
 * this belongs into a process of its own (lib/courier.h).
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum smtp_tls { SMTP_STARTTLS, SMTP_TLS, SMTP_OPEN };

struct smtp_server {
	const char *host;
	int64_t port;
	enum smtp_tls tls;
	const char *user, *password; /* "": no log-in */
	const char *ca_file;         /* "": the system's */
	int64_t timeout_us;          /* for all of it */
};

struct smtp_mail {
	const char *from, *to; /* addresses that lib/ident.h accepts: they become commands (M1) */
	const char *data;      /* as mime_build() makes it */
	size_t bytes;
};

enum smtp_outcome {
	SMTP_SENT,
	SMTP_LATER,  /* the server is away or busy, or does not know us: try again */
	SMTP_REFUSED /* 5xx for its recipient or its text: trying again would be told the same */
};

enum { SMTP_WHY_SIZE = 256 };

struct smtp_result {
	enum smtp_outcome outcome;
	char why
	    [SMTP_WHY_SIZE]; /* printable ASCII: the server's sentence or libcurl's; "" when sent */
};

/*
 * smtp_send(server, mail, told, cookie): told() is called once, as soon as the outcome is known; then the
 * connection is closed, which may take long. SMTP_LATER may have arrived all the same: a server may
 * accept a mail and be cut off before it said so (M4).
 */
void smtp_send(const struct smtp_server *, const struct smtp_mail *,
    void (*told)(void *cookie, const struct smtp_result *), void *cookie);

#endif
