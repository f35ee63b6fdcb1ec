/*
 * Mails and the texts they are made of. Whatever is in a subject, a name, a body or a value: the headers are
 * those of the program and no others, no line is bare or over 998, the bodies decode to what went in, and
 * what a template puts in is never taken for markup or for another placeholder.
 */

#include <stdint.h>
#include <string.h>

#include "lib/arena.h"
#include "lib/buf.h"
#include "lib/mime.h"
#include "lib/template.h"
#include "tests/fuzz/must.h"

/* CRLF only, no controls but tabs, nothing over 998 (RFC 5322 §2.1.1). */
static void
check_lines(const char *s)
{
	size_t n = 0;

	for (; *s != '\0'; s++, n++) {
		must(*s != '\n' && (*s >= ' ' || *s == '\t' || *s == '\r') && *s <= '~');
		if (*s == '\r') {
			must(s[1] == '\n' && n <= 998);
			s++;
			n = (size_t)-1;
		}
	}
	must(n == 0);
}

/* Each once, in this order; lines that begin with a blank go on. An address is never folded, so its line may
 * be longer than RFC 5322 §2.1.1 advises. Where the headers end. */
static const char *
check_headers(const char *s)
{
	static const char *const names[] = {"Date: ", "From: ", "To: <",
	    "Subject: ", "Message-ID: <", "Auto-Submitted: auto-generated\r\n",
	    "X-Auto-Response-Suppress: All\r\n", "MIME-Version: 1.0\r\n",
	    "Content-Type: multipart/alternative;\r\n"};

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		must(strncmp(s, names[i], strlen(names[i])) == 0);
		do {
			const char *end = strstr(s, "\r\n");

			must(end != NULL && (end - s <= 78 || strncmp(s, "To: <", 5) == 0));
			s = end + 2;
		} while (*s == ' ');
	}
	must(strncmp(s, "\r\n", 2) == 0);
	return s + 2;
}

static int
hex(char c)
{
	return c >= '0' && c <= '9' ? c - '0' : c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

/* The body between two boundaries, decoded, with its lines ended by LF. */
static void
decode(struct buf *b, const char *s, const char *end, int quoted)
{
	while (s < end) {
		if (*s == '\r') {
			buf_putc(b, '\n');
			s += 2;
		} else if (quoted && *s == '=' && s[1] == '\r') {
			s += 3;
		} else if (quoted && *s == '=') {
			must(hex(s[1]) >= 0 && hex(s[2]) >= 0);
			buf_putc(b, (char)(hex(s[1]) * 16 + hex(s[2])));
			s += 3;
		} else {
			buf_putc(b, *s++);
		}
	}
}

static void
normalize(struct buf *b, const char *s)
{
	for (; *s != '\0'; s++) {
		if (*s == '\r' && s[1] == '\n')
			continue;
		buf_putc(b, *s == '\r' ? '\n' : *s);
	}
	if (b->bytes > 0 && b->at[b->bytes - 1] != '\n')
		buf_putc(b, '\n');
}

static const char *
check_part(struct arena *a, const char *s, const char *delimiter, const char *original)
{
	struct buf got, wanted;
	const char *body, *end;
	int quoted;

	must(strncmp(s, delimiter, strlen(delimiter)) == 0);
	body = strstr(s, "\r\n\r\n");
	must(body != NULL);
	quoted = strstr(s, "quoted-printable\r\n\r\n") != NULL &&
	    strstr(s, "quoted-printable\r\n\r\n") < body;
	body += 4;
	end = strncmp(body, delimiter, strlen(delimiter)) == 0 ? body : strstr(body, delimiter);
	must(end != NULL);
	buf_init(&got, a);
	decode(&got, body, end, quoted);
	buf_init(&wanted, a);
	normalize(&wanted, original);
	must(got.bytes == wanted.bytes && memcmp(got.at, wanted.at, got.bytes) == 0);
	return end;
}

static void
check_mail(
    struct arena *a, const char *subject, const char *name, const char *text, const char *html)
{
	struct mime_message m = {.from = "no-reply@gatehouse.example",
	    .from_name = name,
	    .to = "ada@example.org",
	    .subject = subject,
	    .message_id = "id@gatehouse.example",
	    .text = text,
	    .html = html};
	char delimiter[64] = "--";
	const char *why, *s, *boundary;
	struct buf b;

	buf_init(&b, a);
	must(mime_build(&b, &m, &why) && strlen(b.at) == b.bytes);
	check_lines(b.at);
	s = check_headers(b.at);
	boundary = strstr(b.at, "\r\n boundary=\"") + 13;
	strncat(delimiter, boundary, strcspn(boundary, "\""));
	s = check_part(a, s, delimiter, text);
	s = check_part(a, s, delimiter, html);
	must(strncmp(s, delimiter, strlen(delimiter)) == 0);
	must(strcmp(s + strlen(delimiter), "--\r\n") == 0);
	m.to = text;
	buf_init(&b, a);
	if (mime_build(&b, &m, &why)) {
		check_lines(b.at);
		(void)check_headers(b.at);
	}
}

static void
check_template(struct arena *a, const char *text, const char *value)
{
	static const char *const names[] = {"a", "link", NULL};
	struct template_value values[] = {{"a", value, 0}, {"link", value, 0}};
	const char *why = NULL;
	struct buf plain, html;

	if (!template_check(a, text, names, &why)) {
		must(why != NULL && strstr(text, "{{") != NULL);
		return;
	}
	buf_init(&plain, a);
	template_fill(&plain, text, values, 2, 0);
	buf_init(&html, a);
	template_fill(&html, text, values, 2, 1);
	must(html.bytes >= plain.bytes);
	if (strpbrk(text, "<>\"'") == NULL)
		must(strpbrk(html.at, "<>\"'") == NULL);
	if (strstr(text, "{{") == NULL)
		must(strcmp(plain.at, text) == 0);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes)
{
	struct arena *a = arena_new();
	char *fields[4], *all, *rest;

	all = arena_alloc(a, bytes + 5); /* zeroed: at least four strings */
	if (bytes > 0)
		memcpy(all, data, bytes);
	rest = all;
	for (size_t i = 0; i < 4; i++) {
		fields[i] = rest;
		rest += strlen(rest) + (rest + strlen(rest) < all + bytes + 4 ? 1 : 0);
	}
	check_mail(a, fields[0], fields[1], fields[2], fields[3]);
	check_template(a, fields[0], fields[1]);
	arena_free(&a);
	return 0;
}
