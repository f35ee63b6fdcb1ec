#ifndef LIB_MIME_H
#define LIB_MIME_H

/*
 * One mail as its bytes (RFC 5322, 2045–2047): CRLF everywhere, no line over 998, and no value, whatever
 * is in it, begins a header of its own (OT-16). The same message gives the same bytes.
 */

#include <stdbool.h>
#include <stdint.h>

struct buf;

struct mime_message {
	const char *from, *from_name; /* the name may be "" */
	const char *to;
	const char *subject;
	const char *message_id;  /* without its < > */
	int64_t date_us;         /* wall time */
	const char *text, *html; /* UTF-8, any line ends */
};

/*
 * mime_build(b, message, &why): append it. False with a constant reason where an address or the
 * message_id is none; everything else is made fit: what a header cannot hold is encoded, controls
 * become blanks.
 */
bool mime_build(struct buf *, const struct mime_message *, const char **why_r)
    __attribute__((warn_unused_result));

#endif
