#include <string.h>

#include "lib/arena.h"
#include "lib/buf.h"
#include "lib/str.h"

#include "lib/form.h"

static int
hex(char c)
{
	c = str_lower(c);
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	return -1;
}

/* Decodes exactly once: what comes out is never looked at for escapes again (HT-09). */
static const char *
decode(struct arena *a, const char *text, size_t n, bool plus, const char **why_r)
{
	char *out = arena_alloc(a, n + 1), *to = out;

	for (size_t i = 0; i < n; i++) {
		int high, low;

		if (text[i] != '%') {
			*to++ = plus && text[i] == '+' ? ' ' : text[i];
			continue;
		}
		high = i + 2 < n ? hex(text[i + 1]) : -1;
		low = i + 2 < n ? hex(text[i + 2]) : -1;
		if (high < 0 || low < 0) {
			*why_r = "a percent escape is not valid";
			return NULL;
		}
		*to++ = (char)(high << 4 | low);
		i += 2;
	}
	if (memchr(out, '\0', (size_t)(to - out)) != NULL) {
		*why_r = "a NUL character is not allowed";
		return NULL;
	}
	if (!str_utf8(out, (size_t)(to - out))) {
		*why_r = "the text is not UTF-8";
		return NULL;
	}
	return out;
}

static bool
decode_pair(struct arena *a, const char *text, size_t n, struct pair *p, const char **why_r)
{
	const char *equals = memchr(text, '=', n);
	size_t name_n = equals == NULL ? n : (size_t)(equals - text);

	if (name_n == 0) {
		*why_r = "a name is empty";
		return false;
	}
	p->name = decode(a, text, name_n, true, why_r);
	if (p->name == NULL)
		return false;
	if (equals == NULL)
		p->value = "";
	else
		p->value = decode(a, equals + 1, n - name_n - 1, true, why_r);
	return p->value != NULL;
}

bool
form_decode(
    struct arena *a, const char *text, size_t bytes, struct pairs *pairs_r, const char **why_r)
{
	const char *end = text + bytes, *p, *next;

	*pairs_r = (struct pairs){.at = arena_array(a, FORM_PAIRS_MAX, sizeof(struct pair))};
	for (p = text; p < end; p = next + 1) {
		next = memchr(p, '&', (size_t)(end - p));
		if (next == NULL)
			next = end;
		if (next == p)
			continue; /* "a=1&&b=2": nothing there, not an empty name */
		if (pairs_r->n == FORM_PAIRS_MAX) {
			*why_r = "there are too many parameters";
			return false;
		}
		if (!decode_pair(a, p, (size_t)(next - p), &pairs_r->at[pairs_r->n++], why_r))
			return false;
	}
	return true;
}

const char *
form_percent(struct arena *a, const char *text, size_t n)
{
	const char *why;

	return decode(a, text, n, false, &why);
}

const char *
form_unescape(struct arena *a, const char *text, size_t n)
{
	const char *s = form_percent(a, text, n);

	/* A slash that only decoding reveals would be a second way to spell another path. */
	return s == NULL || strchr(s, '/') != NULL ? NULL : s;
}

static bool
is_unreserved(char c)
{
	char l = str_lower(c);

	return (l >= 'a' && l <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '.' ||
	    c == '_' || c == '~';
}

void
form_escape(struct buf *b, const char *text)
{
	for (; *text != '\0'; text++) {
		if (is_unreserved(*text))
			buf_putc(b, *text);
		else
			buf_printf(b, "%%%02X", (unsigned char)*text);
	}
}
