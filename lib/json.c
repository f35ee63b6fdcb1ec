#include <assert.h>
#include <malloc.h>
#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cjson/cJSON.h>

#include "lib/arena.h"
#include "lib/buf.h"
#include "lib/str.h"

#include "lib/json.h"

/* cJSON copies a number into 64 bytes and takes what follows for the next token. */
enum { NUMBER_CHARS_MAX = 63 };

struct scan {
	const char
	    *text; /* text[bytes] is NUL, which no rule below accepts: nothing runs past it */
	size_t bytes, at;
	size_t items, keys;
	size_t stop; /* refuse the key with this ordinal; 0: none */
	unsigned depth;
	struct json_error *error;
	struct buf *lean; /* the text up to ${copied} without the numbers; NULL: not wanted */
	size_t copied;
};

static bool scan_value(struct scan *);

static bool
fail_at(struct scan *s, size_t offset, const char *why)
{
	*s->error = (struct json_error){.offset = offset, .why = why};
	return false;
}

static bool
fail(struct scan *s, const char *why)
{
	return fail_at(s, s->at, why);
}

static void
skip_blanks(struct scan *s)
{
	/* RFC 8259 §2 knows four; cJSON takes every byte up to 0x20, NUL too. */
	while (s->text[s->at] == ' ' || s->text[s->at] == '\t' || s->text[s->at] == '\n' ||
	    s->text[s->at] == '\r')
		s->at++;
}

static bool
take(struct scan *s, char c)
{
	if (s->text[s->at] != c)
		return false;
	s->at++;
	return true;
}

static bool
scan_literal(struct scan *s, const char *word)
{
	size_t n = strlen(word);

	if (strncmp(s->text + s->at, word, n) != 0)
		return fail(s, "a value was expected");
	s->at += n;
	return true;
}

static size_t
take_digits(struct scan *s)
{
	size_t from = s->at;

	while (s->text[s->at] >= '0' && s->text[s->at] <= '9')
		s->at++;
	return s->at - from;
}

/* RFC 8259 §6. */
static bool
scan_number(struct scan *s)
{
	size_t start = s->at;
	bool exponent = false;

	(void)take(s, '-');
	if (!take(s, '0') && take_digits(s) == 0)
		return fail_at(s, start, "a value was expected");
	if (s->text[s->at] >= '0' && s->text[s->at] <= '9')
		return fail_at(s, start, "a number has a leading zero");
	if (take(s, '.') && take_digits(s) == 0)
		return fail(s, "a digit was expected");
	if (take(s, 'e') || take(s, 'E')) {
		exponent = true;
		if (!take(s, '+'))
			(void)take(s, '-');
		if (take_digits(s) == 0)
			return fail(s, "a digit was expected");
	}
	if (s->at - start > NUMBER_CHARS_MAX)
		return fail_at(s, start, "a number has too many characters");
	/* So few digits overflow only with an exponent; 1e999 would print as null. */
	if (exponent && !isfinite(strtod(s->text + start, NULL)))
		return fail_at(s, start, "a number is out of range");
	return true;
}

/* The four digits after "\u", or -1. */
static long
hex4(const char *p)
{
	long n = 0;

	for (int i = 0; i < 4; i++) {
		char c = str_lower(p[i]);

		if (c >= '0' && c <= '9')
			n = n * 16 + (c - '0');
		else if (c >= 'a' && c <= 'f')
			n = n * 16 + (c - 'a' + 10);
		else
			return -1;
	}
	return n;
}

static bool
scan_unicode(struct scan *s)
{
	const char *p = s->text + s->at; /* at the backslash of \uXXXX */
	long unit = hex4(p + 2), low;

	if (unit < 0)
		return fail(s, "an escape is not valid");
	if (unit == 0)
		return fail(s, "a NUL character is not allowed"); /* IN-03: cJSON cuts there */
	s->at += 6;
	if (unit < 0xd800 || unit > 0xdfff)
		return true;
	low = unit <= 0xdbff && p[6] == '\\' && p[7] == 'u' ? hex4(p + 8) : -1;
	if (low < 0xdc00 || low > 0xdfff)
		return fail_at(s, s->at - 6, "a surrogate stands alone");
	s->at += 6;
	return true;
}

static bool
scan_escape(struct scan *s)
{
	char c = s->text[s->at + 1];

	if (c == 'u')
		return scan_unicode(s);
	if (c == '\0' || strchr("\"\\/bfnrt", c) == NULL)
		return fail(s, "an escape is not valid");
	s->at += 2;
	return true;
}

/* The offset of the first byte in [at, at + n) that is not UTF-8: only asked when there is one. */
static size_t
utf8_fault(const struct scan *s, size_t at, size_t n)
{
	size_t len = 1, i = 0;

	for (; i < n && len > 0; i += len)
		len = str_sequence(s->text + at + i, n - i);
	return at + i;
}

static bool
scan_string(struct scan *s)
{
	size_t start = s->at++;

	for (;;) {
		const char *p = s->text + s->at;
		size_t n = 0;

		while ((unsigned char)p[n] >= 0x20 && p[n] != '"' && p[n] != '\\')
			n++;
		if (!str_utf8(p, n))
			return fail_at(s, utf8_fault(s, s->at, n), "the text is not UTF-8");
		s->at += n;
		if (take(s, '"'))
			return true;
		if (s->at >= s->bytes)
			return fail_at(s, start, "a string is not terminated");
		if (s->text[s->at] != '\\')
			return fail(s, "a control character must be escaped");
		if (!scan_escape(s))
			return false;
	}
}

static bool
enter(struct scan *s)
{
	if (s->depth == JSON_DEPTH_MAX)
		return fail(s, "the nesting is too deep");
	s->depth++;
	s->at++;
	skip_blanks(s);
	return true;
}

static bool
leave(struct scan *s)
{
	s->depth--;
	return true;
}

/* Does a value that begins so have to be one? */
static bool
is_number(char c)
{
	return c == '-' || (c >= '0' && c <= '9');
}

/* Up to here, but nothing since ${from}. */
static void
leave_out(struct scan *s, size_t from)
{
	buf_add(s->lean, s->text + s->copied, from - s->copied);
	s->copied = s->at;
}

static bool
scan_array(struct scan *s)
{
	size_t from = s->at + 1;
	bool numbers = s->lean != NULL;

	if (!enter(s))
		return false;
	if (take(s, ']'))
		return leave(s);
	for (;;) {
		numbers = numbers && is_number(s->text[s->at]);
		if (!scan_value(s))
			return false;
		skip_blanks(s);
		if (numbers && s->text[s->at] == ']')
			leave_out(s, from);
		if (take(s, ']'))
			return leave(s);
		if (!take(s, ','))
			return fail(s, "a comma or ] was expected");
		skip_blanks(s);
	}
}

static bool
scan_member(struct scan *s)
{
	if (s->text[s->at] != '"')
		return fail(s, "a member name was expected");
	if (++s->keys == s->stop)
		return fail(s, "a member is given twice");
	if (!scan_string(s))
		return false;
	skip_blanks(s);
	if (!take(s, ':'))
		return fail(s, "a colon was expected");
	skip_blanks(s);
	return scan_value(s);
}

static bool
scan_object(struct scan *s)
{
	size_t members = 0;

	if (!enter(s))
		return false;
	if (take(s, '}'))
		return leave(s);
	for (;;) {
		if (++members > JSON_KEYS_MAX)
			return fail(s, "an object has too many members");
		if (!scan_member(s))
			return false;
		skip_blanks(s);
		if (take(s, '}'))
			return leave(s);
		if (!take(s, ','))
			return fail(s, "a comma or } was expected");
		skip_blanks(s);
	}
}

static bool
scan_value(struct scan *s)
{
	if (++s->items > JSON_ITEMS_MAX)
		return fail(s, "there are too many values");
	switch (s->text[s->at]) {
	case '{':
		return scan_object(s);
	case '[':
		return scan_array(s);
	case '"':
		return scan_string(s);
	case 't':
		return scan_literal(s, "true");
	case 'f':
		return scan_literal(s, "false");
	case 'n':
		return scan_literal(s, "null");
	default:
		return scan_number(s);
	}
}

static bool
scan_text(struct scan *s)
{
	skip_blanks(s);
	if (s->at == s->bytes)
		return fail(s, "the text is empty");
	if (!scan_value(s))
		return false;
	skip_blanks(s);
	if (s->at != s->bytes)
		return fail(s, "something follows the document");
	return true;
}

static int
by_name(const void *a, const void *b)
{
	return strcmp((*(const cJSON *const *)a)->string, (*(const cJSON *const *)b)->string);
}

/* The second member of a repeated name, or NULL. Sorted: comparing all pairs would be quadratic. */
static const cJSON *
repeated(const cJSON *object)
{
	const cJSON *members[JSON_KEYS_MAX], *first = NULL;
	size_t n = 0, i = 1;

	for (const cJSON *m = object->child; m != NULL; m = m->next) {
		assert(n < JSON_KEYS_MAX);
		members[n++] = m;
	}
	/* cppcheck-suppress uninitvar ; the loop above filled the n that are sorted */
	qsort(members, n, sizeof(members[0]), by_name);
	while (i < n && strcmp(members[i - 1]->string, members[i]->string) != 0)
		i++;
	if (i >= n)
		return NULL;
	for (const cJSON *m = object->child; m != NULL; m = m->next) {
		if (strcmp(m->string, members[i]->string) != 0)
			continue;
		if (first != NULL)
			return m;
		first = m;
	}
	return first;
}

static const cJSON *
repeated_below(const cJSON *node)
{
	const cJSON *found = cJSON_IsObject(node) ? repeated(node) : NULL;

	for (const cJSON *m = node->child; m != NULL && found == NULL; m = m->next) {
		if (m->child != NULL)
			found = repeated_below(m);
	}
	return found;
}

/* How many member names stand in the text up to and with that of ${wanted}. */
static bool
count_names(const cJSON *node, const cJSON *wanted, size_t *n)
{
	for (const cJSON *m = node->child; m != NULL; m = m->next) {
		*n += m->string != NULL;
		if (m == wanted || count_names(m, wanted, n))
			return true;
	}
	return false;
}

/* The tree knows the unescaped names, the scanner the offsets: the n-th name joins the two. */
static bool
refuse_repeated(struct scan *s, const cJSON *tree)
{
	const cJSON *second = repeated_below(tree);
	struct scan again = {.text = s->text, .bytes = s->bytes, .error = s->error};

	if (second == NULL)
		return true;
	(void)count_names(tree, second, &again.stop);
	(void)scan_text(&again); /* fails, at that name */
	return false;
}

/* Passwords pass through here: freed memory holds nothing. */
static void
free_wiped(void *p)
{
	if (p != NULL)
		explicit_bzero(p, malloc_usable_size(p));
	free(p);
}

static void
release(void *tree)
{
	cJSON_Delete(tree);
}

static bool
parse(struct arena *a, struct scan *s, cJSON **tree_r)
{
	const char *text = s->text;
	size_t bytes = s->bytes;
	cJSON *tree;

	assert(text[bytes] == '\0');
	if (!scan_text(s))
		return false;
	if (s->copied > 0) {
		leave_out(s, s->at);
		text = s->lean->at;
		bytes = s->lean->bytes;
	}
	cJSON_InitHooks(&(cJSON_Hooks){.malloc_fn = malloc, .free_fn = free_wiped});
	tree = cJSON_ParseWithLengthOpts(text, bytes + 1, NULL, 1);
	if (tree == NULL)
		abort(); /* the grammar is proven, so memory ran out: as in the arena */
	arena_defer(a, release, tree);
	if (!refuse_repeated(s, tree))
		return false;
	*tree_r = tree;
	return true;
}

bool
json_parse(struct arena *a, const char *text, size_t bytes, struct cJSON **tree_r,
    struct json_error *error_r)
{
	struct scan s = {.text = text, .bytes = bytes, .error = error_r};

	return parse(a, &s, tree_r);
}

bool
json_parse_lean(struct arena *a, const char *text, size_t bytes, struct cJSON **tree_r,
    struct json_error *error_r)
{
	struct buf lean;
	struct scan s = {.text = text, .bytes = bytes, .error = error_r, .lean = &lean};

	buf_init(&lean, a);
	return parse(a, &s, tree_r);
}
