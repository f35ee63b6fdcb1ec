#ifndef APP_SERVICES_MAIL_TEXTS_H
#define APP_SERVICES_MAIL_TEXTS_H

/* The texts of all mails: those of mail/ in the source, or files of the same name in MAIL_TEMPLATES. */

#include <stdbool.h>

#include "app/services/mail.h"

struct arena;

struct mail_texts {
	struct {
		const char *subject, *text, *html;
	} of[MAIL__MAX];
	const char *layout; /* HTML around every .html, at its {{body}} */
};

/*
 * mail_texts_load(a, dir, texts, &why): ${dir} is "" where nothing is replaced. False with a sentence that
 * names the file: it cannot be read, has a placeholder that its kind of mail does not have, lacks
 * its {{link}} or {{token}}, or is of a name that no mail has.
 */
bool mail_texts_load(struct arena *, const char *dir, struct mail_texts *, const char **why_r)
    __attribute__((warn_unused_result));

/* mail_texts_write(a, dir, &why): the built-in ones, as files to start from; none is overwritten. */
bool mail_texts_write(struct arena *, const char *dir, const char **why_r)
    __attribute__((warn_unused_result));

#endif
