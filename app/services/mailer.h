#ifndef APP_SERVICES_MAILER_H
#define APP_SERVICES_MAILER_H

/*
 * The outbox worked off: claimed, sent, marked; what failed is tried again later. Nothing here waits for a
 * mail server. At least once: a mail whose fate could not be written down goes out again, with
 * the same Message-ID.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct config;
struct mail_texts;
struct pollfd;
struct service;

struct mailer;

/* mailer_check(config, &why): can mail be written where the settings say? False with a sentence. */
bool mailer_check(const struct config *, const char **why_r) __attribute__((warn_unused_result));

/* mailer_new(config, texts): both are borrowed. Where mail is switched off it only tidies the outbox up.
 * mailer_free(&m): what is under way is cut off and due again after its lease. */
struct mailer *mailer_new(const struct config *, const struct mail_texts *);
void mailer_free(struct mailer **);

/* mailer_run(m, s, now_us, db_fd): everything that is due now. ${s} is NULL while the database is away;
 * ${db_fd} is its socket. mailer_watch(m, fds): what to poll for besides, at most MAILER_FDS. */
enum { MAILER_FDS = 4 };
void mailer_run(struct mailer *, struct service *, int64_t now_us, int db_fd);
size_t mailer_watch(const struct mailer *, struct pollfd *fds);

/* mailer_leave(m, s): whatever is under way has a second to end, then it is cut off and queued again. */
void mailer_leave(struct mailer *, struct service *);

#endif
