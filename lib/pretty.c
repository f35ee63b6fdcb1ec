#include <assert.h>
#include <inttypes.h>

#include "lib/arena.h"

#include "lib/pretty.h"

void
pretty_init(struct pretty *p, struct buf *b)
{
	*p = (struct pretty){.b = b, .empty = true};
}

static void
indent(struct pretty *p)
{
	buf_printf(p->b, "\n%*s", 2 * p->depth, "");
}

/* The comma, the line and the key before every value. */
static void
lead(struct pretty *p, const char *key)
{
	if (!p->empty)
		buf_putc(p->b, ',');
	if (p->depth > 0)
		indent(p);
	p->empty = false;
	if (key == NULL)
		return;
	buf_json(p->b, key);
	buf_puts(p->b, ": ");
}

static void
begin(struct pretty *p, const char *key, const char *brackets)
{
	assert(p->depth < PRETTY_DEPTH_MAX);
	lead(p, key);
	buf_putc(p->b, brackets[0]);
	p->close[p->depth++] = brackets[1];
	p->empty = true;
}

void
pretty_object(struct pretty *p, const char *key)
{
	begin(p, key, "{}");
}

void
pretty_array(struct pretty *p, const char *key)
{
	begin(p, key, "[]");
}

void
pretty_end(struct pretty *p)
{
	assert(p->depth > 0);
	p->depth--;
	if (!p->empty)
		indent(p);
	buf_putc(p->b, p->close[p->depth]);
	p->empty = false;
}

void
pretty_str(struct pretty *p, const char *key, const char *s)
{
	lead(p, key);
	buf_json(p->b, s);
}

void
pretty_int(struct pretty *p, const char *key, int64_t n)
{
	lead(p, key);
	buf_printf(p->b, "%" PRId64, n);
}

void
pretty_bool(struct pretty *p, const char *key, bool v)
{
	pretty_raw(p, key, v ? "true" : "false");
}

void
pretty_raw(struct pretty *p, const char *key, const char *json)
{
	lead(p, key);
	buf_puts(p->b, json);
}

void
pretty_ref(struct pretty *p, const char *key, const char *where, const char *name)
{
	pretty_object(p, key);
	pretty_str(p, "$ref", arena_printf(p->b->arena, "#/components/%s/%s", where, name));
	pretty_end(p);
}
