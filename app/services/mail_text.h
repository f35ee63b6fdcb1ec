#ifndef APP_SERVICES_MAIL_TEXT_H
#define APP_SERVICES_MAIL_TEXT_H

/* From a row of the outbox to the bytes of a mail. Links begin with PUBLIC_URL and nothing else (OT-06). */

#include <stdbool.h>

struct buf;
struct config;
struct mail_texts;
struct outbox_mail;

/* mail_text_build(b, texts, config, mail, &why): append the whole mail. False with a sentence when it
 * cannot be made of what the row has. */
bool mail_text_build(struct buf *, const struct mail_texts *, const struct config *,
    const struct outbox_mail *, const char **why_r) __attribute__((warn_unused_result));

#endif
