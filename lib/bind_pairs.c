#include <string.h>

#include "lib/arena.h"
#include "lib/bind_value.h"
#include "lib/model.h"

#include "lib/bind.h"

/* How often ${name} is given; *value_r is the first. */
static size_t
find(const struct pairs *pairs, const char *name, const char **value_r)
{
	size_t n = 0;

	if (name == NULL)
		return 0;
	for (size_t i = 0; i < pairs->n; i++) {
		if (strcmp(pairs->at[i].name, name) == 0 && n++ == 0)
			*value_r = pairs->at[i].value;
	}
	return n;
}

static void
bind_pair(struct binder *b, const struct field *f, const struct pairs *pairs, void *out)
{
	const char *value = NULL;
	struct bind_place root = {0};
	struct bind_place place = {.up = &root, .name = f->name, .field = f, .out = out};
	size_t n = find(pairs, f->name, &value), others = find(pairs, f->alias, &value);

	if (n == 0 && others > 0)
		place.name = f->alias;
	if (n > 1 || others > 1) {
		place.name = n > 1 ? f->name : f->alias;
		bind_value_refuse(b, &place, "given more than once", NULL);
	} else if (n > 0 && others > 0) {
		place.name = f->alias;
		bind_value_refuse(
		    b, &place, arena_printf(b->arena, "given together with '%s'", f->name), NULL);
	} else if (n + others == 0 || (b->where == IN_BODY && *value == '\0')) {
		/* RFC 6749 §3.2: sent without a value means omitted. */
		bind_value_missing(b, &place, false);
	} else {
		bind_value_parse(b, &place, value);
	}
}

bool
bind_pairs(struct arena *a, const struct model *m, enum where where, const struct pairs *pairs,
    void *out, struct faults *faults)
{
	struct binder b = {.arena = a, .faults = faults, .where = where, .ok = true};

	for (const struct field *f = m->fields; f->name != NULL; f++)
		bind_pair(&b, f, pairs, (char *)out + f->at);
	return b.ok;
}
