#include "lib/arena.h"
#include "lib/buf.h"

#include "lib/fault.h"

void
faults_init(struct faults *f, struct arena *a)
{
	*f = (struct faults){.arena = a};
	f->last = &f->first;
}

const char *
fault_loc(struct arena *a, enum where where, const char *name)
{
	static const char *const places[] = {
	    [IN_BODY] = "[\"body\"",
	    [IN_QUERY] = "[\"query\"",
	    [IN_PATH] = "[\"path\"",
	};
	struct buf b;

	buf_init(&b, a);
	buf_puts(&b, places[where]);
	if (name != NULL) {
		buf_putc(&b, ',');
		buf_json(&b, name);
	}
	buf_putc(&b, ']');
	return b.at;
}

struct fault *
faults_add(struct faults *f, const char *type, const char *loc, const char *msg)
{
	struct fault *fault = arena_alloc(f->arena, sizeof(*fault));

	*fault = (struct fault){.type = type, .loc = loc, .msg = msg};
	if (f->n == FAULTS_MAX)
		return fault; /* the caller may fill it, nobody will read it */
	*f->last = fault;
	f->last = &fault->next;
	f->n++;
	return fault;
}

void
fault_value(struct faults *f, enum where where, const char *name, const char *reason)
{
	fault_value_at(f, fault_loc(f->arena, where, name), reason);
}

void
fault_value_at(struct faults *f, const char *loc, const char *reason)
{
	struct fault *fault =
	    faults_add(f, "value_error", loc, arena_printf(f->arena, "Value error, %s", reason));
	struct buf ctx;

	buf_init(&ctx, f->arena);
	buf_puts(&ctx, "{\"reason\":");
	buf_json(&ctx, reason);
	buf_putc(&ctx, '}');
	fault->ctx = ctx.at;
}

void
fault_missing(struct faults *f, enum where where, const char *name)
{
	(void)faults_add(f, "missing", fault_loc(f->arena, where, name), "Field required");
}

static void
render_fault(const struct fault *fault, struct buf *b)
{
	buf_puts(b, "{\"type\":");
	buf_json(b, fault->type);
	buf_puts(b, ",\"loc\":");
	buf_puts(b, fault->loc);
	buf_puts(b, ",\"msg\":");
	buf_json(b, fault->msg);
	if (fault->input != NULL) {
		buf_puts(b, ",\"input\":");
		buf_puts(b, fault->input);
	}
	if (fault->ctx != NULL) {
		buf_puts(b, ",\"ctx\":");
		buf_puts(b, fault->ctx);
	}
	buf_putc(b, '}');
}

void
faults_render(const struct faults *f, struct buf *b)
{
	buf_putc(b, '[');
	for (const struct fault *fault = f->first; fault != NULL; fault = fault->next) {
		if (fault != f->first)
			buf_putc(b, ',');
		render_fault(fault, b);
	}
	buf_putc(b, ']');
}
