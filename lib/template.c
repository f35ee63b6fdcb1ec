#include <assert.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "lib/arena.h"
#include "lib/buf.h"
#include "lib/str.h"

#include "lib/template.h"

#define NAME_CHARS "abcdefghijklmnopqrstuvwxyz_"

/* At "{{": the name's length, 0 where no "name}}" follows. */
static size_t
name_at(const char *open)
{
	size_t n = strspn(open + 2, NAME_CHARS);

	return strncmp(open + 2 + n, "}}", 2) == 0 ? n : 0;
}

static int
line_of(const char *text, const char *at)
{
	int line = 1;

	for (; text < at; text++)
		line += *text == '\n';
	return line;
}

static bool
is_listed(const char *const *names, const char *name, size_t n)
{
	for (; *names != NULL; names++) {
		if (strlen(*names) == n && memcmp(*names, name, n) == 0)
			return true;
	}
	return false;
}

bool
template_check(struct arena *a, const char *text, const char *const *names, const char **why_r)
{
	const char *at = text;

	while ((at = strstr(at, "{{")) != NULL) {
		size_t n = name_at(at);

		if (n == 0) {
			*why_r = arena_printf(a,
			    "line %d: \"{{\" begins no placeholder such as {{link}}",
			    line_of(text, at));
			return false;
		}
		if (!is_listed(names, at + 2, n)) {
			*why_r = arena_printf(a, "line %d: there is no {{%.*s}} here",
			    line_of(text, at), n > 64 ? 64 : (int)n, at + 2);
			return false;
		}
		at += 2 + n + 2;
	}
	return true;
}

static void
put_html(struct buf *b, const char *s)
{
	static const char *const entities[] = {
	    ['&'] = "&amp;", ['<'] = "&lt;", ['>'] = "&gt;", ['"'] = "&quot;", ['\''] = "&#39;"};

	while (*s != '\0') {
		size_t n = strcspn(s, "&<>\"'");

		buf_add(b, s, n);
		s += n;
		if (*s != '\0')
			buf_puts(b, entities[(unsigned char)*s++]);
	}
}

static const struct template_value *
find(const struct template_value *values, size_t n, const char *name, size_t name_n)
{
	for (size_t i = 0; i < n; i++) {
		if (strlen(values[i].name) == name_n && memcmp(values[i].name, name, name_n) == 0)
			return &values[i];
	}
	return NULL;
}

void
template_fill(
    struct buf *b, const char *text, const struct template_value *values, size_t n, bool html)
{
	const char *at;

	while ((at = strstr(text, "{{")) != NULL) {
		size_t name_n = name_at(at);
		const struct template_value *v = find(values, n, at + 2, name_n);

		assert(v != NULL); /* template_check() let it through */
		buf_add(b, text, (size_t)(at - text));
		if (html && !v->is_markup)
			put_html(b, v->value);
		else
			buf_puts(b, v->value);
		text = at + 2 + name_n + 2;
	}
	buf_puts(b, text);
}

bool
template_read(struct arena *a, const char *path, const char **text_r, const char **why_r)
{
	char *text;
	size_t n;
	FILE *f = fopen(path, "re");
	bool failed;

	*text_r = NULL;
	if (f == NULL) {
		*why_r = strerror(errno);
		return errno == ENOENT;
	}
	text = arena_alloc(a, TEMPLATE_MAX + 2);
	n = fread(text, 1, TEMPLATE_MAX + 1, f);
	failed = ferror(f) != 0;
	(void)fclose(f); /* read only: nothing to lose */
	*why_r = failed ? "it cannot be read" : "it is over 64 KiB, or not UTF-8";
	if (failed || n > TEMPLATE_MAX || !str_utf8(text, n))
		return false;
	/* Some editors begin a file with U+FEFF, which would be the first character of a subject. */
	*text_r = str_starts(text, "\xef\xbb\xbf") ? text + 3 : text;
	return true;
}
