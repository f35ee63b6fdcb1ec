#include <string.h>

#include <criterion/criterion.h>

#include "lib/arena.h"
#include "lib/buf.h"
#include "lib/router.h"

#include "tests/http/client.h"

#include "tests/http/sample.h"

static const struct twist straight;

const char *
sample_letters(const struct field *f, int64_t n)
{
	char *text = arena_alloc(client_arena(), (size_t)n + 1);

	memset(text, f->kind == KIND_SECRET ? 's' : 'a', (size_t)n);
	return text;
}

const char *
sample_quoted(const char *text)
{
	struct buf b;

	buf_init(&b, client_arena());
	buf_json(&b, text);
	return b.at;
}

static bool
is_text(const struct field *f)
{
	return f->kind == KIND_STR || f->kind == KIND_SECRET || f->kind == KIND_OPT_STR ||
	    f->kind == KIND_INSTANT;
}

/* An example that a generator cannot find would leave its field untested. */
static const char *
example(const struct field *f)
{
	cr_assert_not_null(f->example, "%s has no example", f->name);
	return f->example;
}

/* Is it one of this model's, or of one within it? */
static bool
holds(const struct model *m, const struct field *wanted)
{
	if (m == NULL || wanted == NULL)
		return false;
	for (const struct field *f = m->fields; f->name != NULL; f++) {
		if (f == wanted || holds(f->of, wanted))
			return true;
	}
	return false;
}

static bool
is_wanted(const struct field *f, const struct twist *twist)
{
	if (f == twist->field)
		return twist->value != NULL;
	return twist->all || (f->flags & REQUIRED) != 0 || holds(f->of, twist->field);
}

/* Only the first one is twisted: one fault at a time. */
static const char *
list(const struct field *f, int64_t n, const struct twist *twist)
{
	struct buf b;

	buf_init(&b, client_arena());
	buf_putc(&b, '[');
	for (int64_t i = 0; i < n; i++) {
		if (i > 0)
			buf_putc(&b, ',');
		buf_puts(&b,
		    f->of == NULL ? sample_quoted(example(f))
				  : sample_json(f->of, i == 0 ? twist : &straight));
	}
	buf_putc(&b, ']');
	return b.at;
}

const char *
sample_list(const struct field *f, int64_t n)
{
	return list(f, n, &straight);
}

const char *
sample_numbers(int64_t n)
{
	struct buf b;

	buf_init(&b, client_arena());
	for (int64_t i = 0; i < n; i++)
		buf_printf(&b, "%c0.%d", i == 0 ? '[' : ',', (int)(i % 9) + 1);
	buf_puts(&b, n == 0 ? "[]" : "]");
	return b.at;
}

const char *
sample_object(int64_t n)
{
	return client_print("{\"a\":\"%0*d\"}", (int)n - 8, 0);
}

static const char *
value(const struct field *f, const struct twist *twist)
{
	if (f == twist->field)
		return twist->value;
	if (f->kind == KIND_LIST)
		return list(f, f->min > 1 ? f->min : 1, twist);
	if (f->kind == KIND_MODEL)
		return sample_json(f->of, twist);
	if (f->kind == KIND_NUMBERS) /* the example is shorter than any embedding */
		return sample_numbers(SAMPLE_DIMENSIONS);
	return is_text(f) ? sample_quoted(example(f)) : example(f);
}

const char *
sample_json(const struct model *m, const struct twist *twist)
{
	struct buf b;
	const char *comma = "";

	if (twist == NULL)
		twist = &straight;
	buf_init(&b, client_arena());
	buf_putc(&b, '{');
	for (const struct field *f = m->fields; f->name != NULL; f++) {
		if (!is_wanted(f, twist))
			continue;
		buf_printf(&b, "%s\"%s\":%s", comma, f->name, value(f, twist));
		comma = ",";
	}
	buf_putc(&b, '}');
	return b.at;
}

const char *
sample_pairs(const struct model *m, const struct twist *twist)
{
	struct buf b;

	if (twist == NULL)
		twist = &straight;
	buf_init(&b, client_arena());
	for (const struct field *f = m->fields; f->name != NULL; f++) {
		const char *value = f == twist->field ? twist->value : f->example;

		if (!is_wanted(f, twist))
			continue;
		for (int n = f == twist->field && twist->twice ? 2 : 1; n > 0; n--)
			buf_printf(&b, "%s%s=%s", b.bytes == 0 ? "" : "&", f->name,
			    client_escape(value == NULL ? example(f) : value));
	}
	return b.at;
}

static const struct field *
field_named(const struct model *m, const char *name, size_t n)
{
	for (const struct field *f = m->fields; f->name != NULL; f++) {
		if (strlen(f->name) == n && strncmp(f->name, name, n) == 0)
			return f;
	}
	cr_assert_fail("no row for a capture of the path: %s", name);
	return NULL;
}

const char *
sample_path(const struct route *r, const struct twist *twist)
{
	const char *at = r->path, *segment;
	struct buf b;
	size_t n;

	buf_init(&b, client_arena());
	while ((segment = router_segment(&at, &n)) != NULL) {
		buf_putc(&b, '/');
		if (router_is_capture(segment, n)) {
			const struct field *f = field_named(r->path_in, segment + 1, n - 2);

			buf_puts(&b,
			    client_escape(
				twist != NULL && f == twist->field ? twist->value : example(f)));
		} else {
			buf_add(&b, segment, n);
		}
	}
	return b.at;
}
