#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "lib/arena.h"
#include "lib/buf.h"
#include "lib/clock.h"
#include "lib/ident.h"
#include "lib/str.h"

#include "lib/mime.h"

/* RFC 2045 §6.7 and RFC 2047 §2 want 76 and 75. A line of plain text may be longer, so that a link stays
 * whole where nothing has to be encoded. */
enum { QP_LINE = 76, WORD_MAX = 75, HEADER_LINE = 76, PLAIN_LINE = 200, ID_MAX = 320 };

static const char word_begins[] = "=?UTF-8?Q?", word_ends[] = "?=";

/* ---- headers ---- */

static bool
is_printable(const char *s)
{
	for (; *s != '\0'; s++) {
		if (*s < ' ' || *s > '~')
			return false;
	}
	return true;
}

static bool
is_alnum(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

/* One character for an encoded word: letters and digits as they are, which is safe in a phrase too. */
static size_t
encode_character(char out[13], const char *s, size_t n)
{
	size_t at = 0;

	if (n == 1 && (*s == ' ' || (*s > '\0' && *s < ' ') || *s == 0x7f))
		out[at++] = '_';
	else if (n == 1 && is_alnum(*s))
		out[at++] = *s;
	else {
		for (size_t i = 0; i < n; i++)
			at += (size_t)snprintf(
			    out + at, 13 - at, "=%02X", (unsigned)(unsigned char)s[i]);
	}
	out[at] = '\0';
	return at;
}

/* RFC 2047 §2, §5: words of whole characters, folded; the line is at ${column} already. */
static void
put_words(struct buf *b, const char *s, size_t column)
{
	const size_t frame = sizeof(word_begins) - 1 + sizeof(word_ends) - 1;
	size_t word = 0;

	while (*s != '\0') {
		size_t n = str_sequence(s, strlen(s));
		char text[13];
		size_t wide =
		    n == 0 ? encode_character(text, "?", 1) : encode_character(text, s, n);

		if (word > 0 && column + word + wide + frame > WORD_MAX) {
			buf_printf(b, "%s\r\n ", word_ends);
			word = 0;
			column = 1;
		}
		if (word == 0)
			buf_puts(b, word_begins);
		buf_puts(b, text);
		word += wide;
		s += n == 0 ? 1 : n;
	}
	if (word > 0)
		buf_puts(b, word_ends);
}

static void
put_subject(struct buf *b, const char *subject)
{
	static const char name[] = "Subject: ";

	buf_puts(b, name);
	/* What looks like an encoded word would be decoded by the reader. */
	if (is_printable(subject) && strstr(subject, "=?") == NULL &&
	    strlen(subject) + sizeof(name) - 1 <= HEADER_LINE)
		buf_puts(b, subject);
	else
		put_words(b, subject, sizeof(name) - 1);
	buf_puts(b, "\r\n");
}

/* A display name is a quoted string (RFC 5322 §3.2.4) where that can hold it. */
static void
put_from(struct buf *b, const char *name, const char *address)
{
	buf_puts(b, "From: ");
	if (*name != '\0' && is_printable(name) && strpbrk(name, "\"\\") == NULL &&
	    strstr(name, "=?") == NULL && strlen(name) <= HEADER_LINE - 8)
		buf_printf(b, "\"%s\"\r\n ", name);
	else if (*name != '\0') {
		put_words(b, name, 6);
		buf_puts(b, "\r\n ");
	}
	buf_printf(b, "<%s>\r\n", address);
}

static void
put_date(struct buf *b, int64_t us)
{
	static const char days[7][4] = {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
	static const char months[12][4] = {
	    "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
	time_t s = (time_t)(us / CLOCK_US_PER_S);
	struct tm t = {.tm_mday = 1};

	(void)gmtime_r(&s, &t); /* fails only for years that no clock shows: then it is 1900 */
	buf_printf(b, "Date: %s, %d %s %04d %02d:%02d:%02d +0000\r\n", days[t.tm_wday], t.tm_mday,
	    months[t.tm_mon], t.tm_year + 1900, t.tm_hour, t.tm_min, t.tm_sec);
}

/* ---- bodies ---- */

/* The next line of *s without its end; *s moves behind it. CRLF, CR and LF end one. */
static size_t
next_line(const char **s, const char **line_r)
{
	size_t n = strcspn(*s, "\r\n");

	*line_r = *s;
	*s += n;
	if (strncmp(*s, "\r\n", 2) == 0)
		*s += 2;
	else if (**s != '\0')
		*s += 1;
	return n;
}

static bool
is_plain(const char *s)
{
	const char *line;

	while (*s != '\0') {
		size_t n = next_line(&s, &line);

		if (n > PLAIN_LINE)
			return false;
		for (size_t i = 0; i < n; i++) {
			if ((line[i] < ' ' && line[i] != '\t') || line[i] > '~')
				return false;
		}
	}
	return true;
}

/* RFC 2045 §6.7: a blank at the end of a line would be lost on the way, so it is encoded. */
static void
put_quoted(struct buf *b, const char *line, size_t n)
{
	size_t column = 0;

	for (size_t i = 0; i < n; i++) {
		char c = line[i];
		bool blank = c == ' ' || c == '\t', last = i + 1 == n;
		bool as_is = (c > ' ' && c <= '~' && c != '=') || (blank && !last);
		size_t wide = as_is ? 1 : 3;

		if (column + wide > QP_LINE - (last ? 0 : 1)) {
			buf_puts(b, "=\r\n");
			column = 0;
		}
		column += wide;
		if (as_is)
			buf_putc(b, c);
		else
			buf_printf(b, "=%02X", (unsigned)(unsigned char)c);
	}
}

static void
put_part(struct buf *b, const char *boundary, const char *type, const char *s)
{
	bool plain = is_plain(s);
	const char *line;

	buf_printf(b, "--%s\r\nContent-Type: %s; charset=%s\r\n", boundary, type,
	    plain ? "us-ascii" : "utf-8");
	buf_printf(b, "Content-Transfer-Encoding: %s\r\n\r\n", plain ? "7bit" : "quoted-printable");
	while (*s != '\0') {
		size_t n = next_line(&s, &line);

		if (plain)
			buf_add(b, line, n);
		else
			put_quoted(b, line, n);
		buf_puts(b, "\r\n");
	}
}

/* One that no part holds; the same for the same message. */
static const char *
boundary_for(struct arena *a, const struct mime_message *m)
{
	const char *boundary;
	unsigned n = 0;

	do
		boundary = arena_printf(a, "=_part_%u", n++);
	while (strstr(m->text, boundary) != NULL || strstr(m->html, boundary) != NULL);
	return boundary;
}

/* RFC 5322 §3.6.4, of words and dots. */
static bool
is_message_id(const char *id)
{
	const char *at = strchr(id, '@');
	size_t n = strlen(id);

	for (size_t i = 0; i < n; i++) {
		if (!is_alnum(id[i]) && strchr(".-_@", id[i]) == NULL)
			return false;
	}
	return n <= ID_MAX && at != NULL && at != id && at[1] != '\0' &&
	    strchr(at + 1, '@') == NULL;
}

bool
mime_build(struct buf *b, const struct mime_message *m, const char **why_r)
{
	const char *boundary;

	*why_r = "an address of the mail is none";
	if (ident_email(m->from) != NULL || ident_email(m->to) != NULL)
		return false;
	*why_r = "the mail's Message-ID is none";
	if (!is_message_id(m->message_id))
		return false;
	boundary = boundary_for(b->arena, m);
	put_date(b, m->date_us);
	put_from(b, m->from_name, m->from);
	buf_printf(b, "To: <%s>\r\n", m->to);
	put_subject(b, m->subject);
	buf_printf(b, "Message-ID: <%s>\r\n", m->message_id);
	/* RFC 3834 §5: no answering machine answers; the second is what Exchange heeds. */
	buf_puts(b, "Auto-Submitted: auto-generated\r\nX-Auto-Response-Suppress: All\r\n");
	buf_printf(b,
	    "MIME-Version: 1.0\r\nContent-Type: multipart/alternative;\r\n boundary=\"%s\"\r\n\r\n",
	    boundary);
	put_part(b, boundary, "text/plain", m->text);
	put_part(b, boundary, "text/html", m->html);
	buf_printf(b, "--%s--\r\n", boundary);
	return true;
}
