#ifndef APP_MAIL_SOURCES_H
#define APP_MAIL_SOURCES_H

/* The files of mail/, put into the binary by scripts/embed: the texts that MAIL_TEMPLATES may replace. */

#include <stddef.h>

struct mail_source {
	const char *name; /* "reset_password.txt" */
	const char *text;
	size_t bytes;
};

extern const struct mail_source mail_sources[];
extern const size_t mail_sources_n;

#endif
