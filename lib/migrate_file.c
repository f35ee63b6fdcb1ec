/*
 * dbmate's file form, without its freedoms: a marker that is nearly right is refused, since it would
 * otherwise be a comment, and the statements behind it would run with the wrong section.
 */

#include <string.h>

#include "lib/arena.h"
#include "lib/secret.h"
#include "lib/str.h"

#include "lib/migrate_file.h"

enum marker { MARKER_NONE, MARKER_UP, MARKER_DOWN, MARKER_BAD };

/* The line at s, without its end. */
static size_t
line_length(const char *s)
{
	return strcspn(s, "\n");
}

static const char *
line_next(const char *s)
{
	s += line_length(s);
	return *s == '\n' ? s + 1 : s;
}

static size_t
skip_blanks(const char *s, size_t n)
{
	size_t i = 0;

	while (i < n && (s[i] == ' ' || s[i] == '\t' || s[i] == '\r'))
		i++;
	return i;
}

static bool
is_marker_like(const char *s, size_t n)
{
	static const char word[] = "migrate:";
	size_t i = skip_blanks(s, n);

	if (n - i < 2 || memcmp(s + i, "--", 2) != 0)
		return false;
	i += 2;
	i += skip_blanks(s + i, n - i);
	return n - i >= strlen(word) && strncasecmp(s + i, word, strlen(word)) == 0;
}

static enum marker
marker(const char *s)
{
	static const char up[] = "-- migrate:up", down[] = "-- migrate:down";
	size_t n = line_length(s);

	if (n == strlen(up) && memcmp(s, up, n) == 0)
		return MARKER_UP;
	if (n == strlen(down) && memcmp(s, down, n) == 0)
		return MARKER_DOWN;
	return is_marker_like(s, n) ? MARKER_BAD : MARKER_NONE;
}

/* Nothing but blank lines and -- comments from ${s} up to ${end}. */
static bool
is_empty(const char *s, const char *end)
{
	for (; s < end; s = line_next(s)) {
		size_t n = line_length(s), i = skip_blanks(s, n);

		if (i < n && (n - i < 2 || memcmp(s + i, "--", 2) != 0))
			return false;
	}
	return true;
}

/* Digits, '_', words, ".sql"; the digits may start with zeros. */
static bool
parse_version(const char *name, int64_t *version_r)
{
	static const char words[] = "abcdefghijklmnopqrstuvwxyz0123456789_";
	size_t digits = strspn(name, "0123456789"), zeros = strspn(name, "0"), rest;
	char text[20] = {0};

	if (digits == 0 || name[digits] != '_' || digits - zeros >= sizeof(text))
		return false;
	rest = digits + 1 + strspn(name + digits + 1, words);
	if (rest == digits + 1 || strcmp(name + rest, ".sql") != 0)
		return false;
	memcpy(text, name + zeros, digits - zeros);
	return str_int(text, 1, INT64_MAX, version_r);
}

/* The text from ${from} to ${end}, behind as many empty lines as ${start} has lines before it. */
static const char *
script(struct arena *a, const char *start, const char *from, const char *end)
{
	size_t lines = 0, n = (size_t)(end - from);
	char *out;

	for (const char *p = start; p < from; p++)
		lines += *p == '\n';
	out = arena_alloc(a, lines + n + 1);
	memset(out, '\n', lines);
	memcpy(out + lines, from, n);
	return out;
}

static const char *
checksum(struct arena *a, const char *from, const char *end)
{
	unsigned char digest[SECRET_DIGEST_BYTES];
	char *text = arena_alloc(a, SECRET_TEXT_SIZE(SECRET_DIGEST_BYTES));

	secret_digest(from, (size_t)(end - from), digest);
	secret_encode(digest, sizeof(digest), text);
	return text;
}

/* The two marker lines, or the reason why there are not exactly these. */
static const char *
find_markers(const char *text, const char **up_r, const char **down_r)
{
	const char *up = NULL, *down = NULL;

	for (const char *s = text; *s != '\0'; s = line_next(s)) {
		switch (marker(s)) {
		case MARKER_NONE:
			break;
		case MARKER_BAD:
			return "a line that looks like a marker but is not \"-- migrate:up\" or "
			       "\"-- migrate:down\" "
			       "(options are not supported)";
		case MARKER_UP:
			if (up != NULL || down != NULL)
				return "\"-- migrate:up\" has to come first, and once";
			up = s;
			break;
		case MARKER_DOWN:
			if (down != NULL)
				return "\"-- migrate:down\" stands there twice";
			down = s;
			break;
		}
	}
	*up_r = up;
	*down_r = down;
	if (up == NULL)
		return "there is no line \"-- migrate:up\"";
	return down == NULL ? "there is no line \"-- migrate:down\"" : NULL;
}

static const char *
parse(struct arena *a, const struct migration *m, struct migrate_file *f)
{
	const char *up, *down, *end = m->text + m->bytes, *fault;

	*f = (struct migrate_file){.name = m->name};
	if (!parse_version(m->name, &f->version))
		return "the name is not digits_words.sql";
	if (!str_utf8(m->text, m->bytes) || *end != '\0')
		return "the text is not UTF-8, or holds a NUL";
	fault = find_markers(m->text, &up, &down);
	if (fault != NULL)
		return fault;
	if (!is_empty(m->text, up))
		return "there is more than comments before \"-- migrate:up\"";
	up = line_next(up);
	if (is_empty(up, down))
		return "the up section is empty";
	f->checksum = checksum(a, up, down);
	f->up = script(a, m->text, up, down);
	down = line_next(down);
	f->down = script(a, m->text, down, end);
	f->undoable = !is_empty(down, end);
	return NULL;
}

bool
migrate_file_parse(
    struct arena *a, const struct migration *m, struct migrate_file *file, const char **why_r)
{
	const char *fault = parse(a, m, file);

	if (fault != NULL)
		*why_r = arena_printf(a, "%s: %s", m->name, fault);
	return fault == NULL;
}

struct migrate_file *
migrate_file_parse_all(struct arena *a, const struct migration *set, size_t n, const char **why_r)
{
	struct migrate_file *files = arena_array(a, n, sizeof(*files));

	for (size_t i = 0; i < n; i++) {
		if (!migrate_file_parse(a, &set[i], &files[i], why_r))
			return NULL;
		if (i > 0 && files[i].version <= files[i - 1].version) {
			*why_r = arena_printf(a, "%s: its version is not above that of %s",
			    set[i].name, set[i - 1].name);
			return NULL;
		}
	}
	return files;
}
