#include <assert.h>
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "lib/buf.h"
#include "lib/clock.h"
#include "lib/model.h"

#include "lib/render.h"

/* Never through a double: %g would round a byte count over 2^53 (pitfall C1). */
static void
render_int(struct buf *b, int64_t n)
{
	buf_printf(b, "%" PRId64, n);
}

static void
render_instant(struct buf *b, int64_t us)
{
	char text[CLOCK_TEXT_SIZE];

	if (us == INSTANT_NONE) {
		buf_puts(b, "null");
		return;
	}
	clock_text(us, text);
	buf_json(b, text);
}

static void
render_list(struct buf *b, const struct field *f, const struct list *l)
{
	size_t step = f->of == NULL ? sizeof(const char *) : f->of->size;
	const char *p = l->at;

	buf_putc(b, '[');
	for (size_t i = 0; i < l->n; i++, p += step) {
		if (i > 0)
			buf_putc(b, ',');
		if (f->of == NULL)
			buf_json(b, *(const char *const *)(const void *)p);
		else
			render_model(b, f->of, p);
	}
	buf_putc(b, ']');
}

static void
render_opt_bool(struct buf *b, const struct opt_bool *o)
{
	buf_puts(b, !o->set ? "null" : o->v ? "true" : "false");
}

/* The fewest digits that are read back as the same number. */
static void
render_num(struct buf *b, double n)
{
	char text[32];

	assert(isfinite(n));
	for (int digits = 15; digits <= 17; digits++) {
		(void)snprintf(text, sizeof(text), "%.*g", digits, n);
		if (digits == 17 || !(strtod(text, NULL) < n || strtod(text, NULL) > n))
			break;
	}
	buf_puts(b, text);
}

static void
render_opt_num(struct buf *b, const struct opt_num *o)
{
	if (o->set)
		render_num(b, o->v);
	else
		buf_puts(b, "null");
}

static void
render_numbers(struct buf *b, const struct numbers *n)
{
	buf_puts(b, n->text != NULL ? n->text : "null");
}

static void
render_opt_int(struct buf *b, const struct opt_int *o)
{
	if (o->set)
		render_int(b, o->v);
	else
		buf_puts(b, "null");
}

static void
render_json(struct buf *b, const struct json_text *j)
{
	buf_puts(b, j->s != NULL ? j->s : "null");
}

static void
render_field(struct buf *b, const struct field *f, const void *p)
{
	switch (f->kind) {
	case KIND_STR:
		buf_json(b, *(const char *const *)p);
		return;
	case KIND_OPT_STR:
		buf_json(b, ((const struct opt_str *)p)->s);
		return;
	case KIND_BOOL:
		buf_puts(b, *(const bool *)p ? "true" : "false");
		return;
	case KIND_OPT_BOOL:
		render_opt_bool(b, p);
		return;
	case KIND_INT:
		render_int(b, *(const int64_t *)p);
		return;
	case KIND_OPT_INT:
		render_opt_int(b, p);
		return;
	case KIND_INSTANT:
		render_instant(b, ((const struct instant *)p)->us);
		return;
	case KIND_NUM:
		render_num(b, *(const double *)p);
		return;
	case KIND_OPT_NUM:
		render_opt_num(b, p);
		return;
	case KIND_LIST:
		render_list(b, f, p);
		return;
	case KIND_NUMBERS:
		render_numbers(b, p);
		return;
	case KIND_JSON:
		render_json(b, p);
		return;
	case KIND_MODEL:
		render_model(b, f->of, p);
		return;
	case KIND_SECRET:
		break;
	}
	assert(!"a secret has no row in an output");
}

void
render_model(struct buf *b, const struct model *m, const void *p)
{
	buf_putc(b, '{');
	for (const struct field *f = m->fields; f->name != NULL; f++) {
		assert(f->kind != KIND_SECRET && (f->flags & HASHED) == 0);
		if (f != m->fields)
			buf_putc(b, ',');
		buf_json(b, f->name);
		buf_putc(b, ':');
		render_field(b, f, (const char *)p + f->at);
	}
	buf_putc(b, '}');
}
