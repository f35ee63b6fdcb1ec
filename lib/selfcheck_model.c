#include <string.h>

#include "lib/arena.h"
#include "lib/bind.h"
#include "lib/model.h"

#include "lib/selfcheck_model.h"

/* A list that contains its own model would never end; real ones are two deep. */
enum { DEPTH_MAX = 8 };

struct check {
	struct arena *arena;
	const struct model *model;
	enum selfcheck_use use;
	const char **why_r;
};

static bool
refuse(const struct check *c, const char *field, const char *what)
{
	*c->why_r = arena_printf(c->arena, "model %s, field %s: %s", c->model->name, field, what);
	return false;
}

static bool
check_doc(const struct check *c, const struct field *f)
{
	if (f->doc == NULL)
		return refuse(c, f->name, "no doc");
	if (c->use != SELFCHECK_OUT && f->example == NULL && f->of == NULL)
		return refuse(c, f->name, "no example");
	return true;
}

static bool
check_bounds(const struct check *c, const struct field *f)
{
	bool is_number = f->kind == KIND_INT || f->kind == KIND_OPT_INT;

	if (f->min > f->max)
		return refuse(c, f->name, "min is greater than max");
	if (f->min < 0 && !is_number)
		return refuse(c, f->name, "a length is negative");
	if (f->at + f->bytes > c->model->size)
		return refuse(c, f->name, "lies outside of the struct");
	if (f->kind == KIND_MODEL && (f->of == NULL || f->of->size != f->bytes))
		return refuse(c, f->name, "not the struct of its model");
	return true;
}

static bool
has_text_form(const struct field *f)
{
	return f->kind != KIND_LIST && f->kind != KIND_MODEL && f->kind != KIND_JSON &&
	    f->kind != KIND_NUM && f->kind != KIND_OPT_NUM && f->kind != KIND_NUMBERS;
}

static bool
check_flags(const struct check *c, const struct field *f)
{
	if ((f->flags & REQUIRED) != 0 && f->fallback != NULL)
		return refuse(c, f->name, "REQUIRED with a fallback");
	if (c->use == SELFCHECK_OUT && (f->kind == KIND_SECRET || (f->flags & HASHED) != 0))
		return refuse(c, f->name, "a secret in an output");
	if (c->use == SELFCHECK_TEXT && !has_text_form(f))
		return refuse(c, f->name, "a list has no form as text");
	if (c->use != SELFCHECK_OUT && f->format != NULL && f->format->check == NULL)
		return refuse(c, f->name, "a format without a check only goes out");
	return true;
}

/* One .unless a model, which the document can say, and only in JSON, where a body comes as a whole. */
static bool
check_unless(const struct check *c, const struct field *f)
{
	const struct field *instead = NULL;

	if (f->unless == NULL)
		return true;
	for (const struct field *o = c->model->fields; o->name != NULL; o++) {
		if (strcmp(o->name, f->unless) == 0)
			instead = o;
		if (o->unless != NULL && strcmp(o->unless, f->unless) != 0)
			return refuse(c, f->name, "two different unless in one model");
	}
	if (c->use != SELFCHECK_JSON || (f->flags & REQUIRED) == 0 || f->alias != NULL)
		return refuse(c, f->name, "unless is for required members of JSON with one name");
	if (instead == NULL || instead->alias != NULL || (instead->flags & REQUIRED) != 0)
		return refuse(c, f->name, "unless names no optional field with one name");
	return true;
}

static bool
is_named(const struct field *f, const char *name)
{
	return strcmp(f->name, name) == 0 || (f->alias != NULL && strcmp(f->alias, name) == 0);
}

static bool
check_names(const struct check *c, const struct field *f)
{
	if (f->alias != NULL && strcmp(f->alias, f->name) == 0)
		return refuse(c, f->name, "its alias is its name");
	for (const struct field *o = c->model->fields; o < f; o++) {
		if (is_named(o, f->name) || (f->alias != NULL && is_named(o, f->alias)))
			return refuse(c, f->name, "a second field of that name");
	}
	return true;
}

/* Where there is no form as text, as JSON. */
static bool
is_json_bindable(const struct check *c, const struct model *one, const char *text)
{
	struct faults faults;
	const char *json = arena_printf(c->arena, "{\"%s\":%s}", one->fields[0].name, text);

	faults_init(&faults, c->arena);
	return bind_json(
	    c->arena, one, json, strlen(json), arena_alloc(c->arena, one->size), &faults);
}

/* Would the binder take ${text} for this field, or, for a list of strings, as an element of it? */
static bool
is_bindable(const struct check *c, const struct field *f, const char *text)
{
	struct field rows[2] = {*f, {.name = NULL}};
	struct model one = {.name = c->model->name, .size = c->model->size, .fields = rows};
	struct pair pair = {.name = f->name, .value = text};
	struct pairs pairs = {.at = &pair, .n = 1};
	struct faults faults;

	if (f->kind == KIND_LIST) {
		rows[0].kind = KIND_STR;
		rows[0].min = rows[0].max = 0;
	}
	if (!has_text_form(&rows[0]))
		return is_json_bindable(c, &one, text);
	faults_init(&faults, c->arena);
	return bind_pairs(
	    c->arena, &one, IN_QUERY, &pairs, arena_alloc(c->arena, c->model->size), &faults);
}

static bool
check_values(const struct check *c, const struct field *f)
{
	if (f->example != NULL && (f->of != NULL || !is_bindable(c, f, f->example)))
		return refuse(c, f->name, "the example is refused by its own row");
	if (f->fallback != NULL && (f->kind == KIND_LIST || !is_bindable(c, f, f->fallback)))
		return refuse(c, f->name, "the fallback is refused by its own row");
	return true;
}

static bool
check_model(const struct check *c, int depth)
{
	if (depth == DEPTH_MAX)
		return refuse(c, "*", "lists are nested too deep");
	for (const struct field *f = c->model->fields; f->name != NULL; f++) {
		struct check element = *c;

		if (!check_doc(c, f) || !check_bounds(c, f) || !check_flags(c, f) ||
		    !check_names(c, f) || !check_unless(c, f) || !check_values(c, f))
			return false;
		element.model = f->of;
		if (f->of != NULL && !check_model(&element, depth + 1))
			return false;
	}
	return true;
}

bool
selfcheck_model(struct arena *a, const struct model *m, enum selfcheck_use use, const char **why_r)
{
	struct check c = {.arena = a, .model = m, .use = use, .why_r = why_r};

	return check_model(&c, 0);
}
