#include <math.h>
#include <stdlib.h>
#include <string.h>

#include <cjson/cJSON.h>

#include "lib/arena.h"
#include "lib/json.h"
#include "lib/json_number.h"

#include "lib/bind_span.h"

/* Beyond any bound of a row. */
enum { ZEROS_MAX = 1 << 24 };

/* ${p} is at a quote: what follows the string. */
static const char *
string_end(const char *p)
{
	for (p++; *p != '"'; p++) {
		if (*p == '\\')
			p++;
	}
	return p + 1;
}

/* The next bracket that stands in no string. The grammar is proven: there is one. */
static const char *
bracket(const char *p)
{
	for (;;) {
		p += strcspn(p, "\"[]{}");
		if (*p != '"')
			return p;
		p = string_end(p);
	}
}

/* Nodes and opening brackets come in the same order. Returns what follows the node. */
static const char *
mark(cJSON *node, const char *text, const char *p)
{
	const char *start = bracket(p);

	p = start + 1;
	for (cJSON *e = node->child; e != NULL; e = e->next) {
		if (cJSON_IsArray(e) || cJSON_IsObject(e))
			p = mark(e, text, p);
	}
	p = bracket(p) + 1;
	node->valuedouble = (double)(start - text);
	node->valueint = (int)(p - start);
	return p;
}

void
bind_span_mark(struct cJSON *tree, const char *text)
{
	if (cJSON_IsArray(tree) || cJSON_IsObject(tree))
		(void)mark(tree, text, text);
}

/* ${p} is at a letter e: is it that of a number, and of how many zeros? */
static size_t
zeros(const char *start, const char *p)
{
	long n;

	if (p == start || p[-1] < '0' || p[-1] > '9')
		return 0;
	n = strtol(p + 1, NULL, 10);
	return n > ZEROS_MAX || n < -ZEROS_MAX ? ZEROS_MAX : (size_t)labs(n);
}

const char *
bind_span_text(struct arena *a, const char *text, const struct cJSON *node, size_t *bytes_r)
{
	const char *start = text + (size_t)node->valuedouble, *end = start + node->valueint;
	char *out = arena_alloc(a, (size_t)(end - start) + 1), *to = out;
	size_t more = 0;

	for (const char *p = start, *next; p < end; p = next) {
		next = p + 1;
		switch (*p) {
		case ' ':
		case '\t':
		case '\r':
		case '\n':
			break;
		case '"':
			next = string_end(p);
			memcpy(to, p, (size_t)(next - p));
			to += next - p;
			break;
		case 'e':
		case 'E':
			more += zeros(start, p);
			*to++ = *p;
			break;
		default:
			*to++ = *p;
		}
	}
	*to = '\0';
	if (bytes_r != NULL)
		*bytes_r = (size_t)(to - out) + more;
	return out;
}

const cJSON *
bind_span_whole(struct arena *a, const char *text, const cJSON *node)
{
	const char *whole = bind_span_text(a, text, node, NULL);
	struct json_error error;
	cJSON *tree;

	if (!json_parse(a, whole, strlen(whole), &tree, &error))
		abort(); /* it is a part of what was let through */
	return tree;
}

/* The next number, or the closing bracket. */
static const char *
number(const char *p)
{
	while (*p == ',' || *p == ' ' || *p == '\n' || *p == '\r' || *p == '\t')
		p++;
	return p;
}

static const char *
inside(const char *text, const cJSON *list)
{
	return number(text + (size_t)list->valuedouble + 1);
}

size_t
bind_span_count(const char *text, const cJSON *list)
{
	const char *p = inside(text, list);
	size_t n = *p != ']';

	for (; *p != ']'; p++)
		n += *p == ',';
	return n;
}

bool
bind_span_floats(const char *text, const cJSON *list, float *at)
{
	bool finite = true;

	for (const char *p = inside(text, list); *p != ']'; p = number(p)) {
		*at = json_number_float(&p);
		finite = finite && isfinite(*at++);
	}
	return finite;
}
