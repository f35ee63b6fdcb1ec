#ifndef LIB_COURIER_H
#define LIB_COURIER_H

/*
 * Mails on their way: each in a child process with a deadline, so that a mail server which is dead, slow or
 * mad costs its child and nothing else. The owner's loop never waits for one.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/smtp.h"

struct pollfd;

enum { COURIER_AT_ONCE = 4 };

struct courier;

/* courier_new(server): ${server} and its strings are borrowed. courier_free(&c): whoever is still under way
 * is killed. */
struct courier *courier_new(const struct smtp_server *);
void courier_free(struct courier **);

/*
 * courier_start(c, i, mail, fd): in the child number ${i}, which is free. The child closes the descriptor
 * ${fd} (-1: none): a database connection must not live on in it. False when there can be no child now.
 */
bool courier_start(struct courier *, size_t i, const struct smtp_mail *, int close_fd)
    __attribute__((warn_unused_result));

/* courier_done(c, i, result): true once for each start: when it is known how it went, or no longer
 * worth waiting for. courier_is_free(c, i): nobody is under way there, not even to say goodbye. */
bool courier_done(struct courier *, size_t i, struct smtp_result *);
bool courier_is_free(struct courier *, size_t i);

/* courier_watch(c, fds): what to poll for; as many as it says, at most COURIER_AT_ONCE. */
size_t courier_watch(const struct courier *, struct pollfd *fds);

#endif
