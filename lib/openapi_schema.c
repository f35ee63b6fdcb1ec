#include <stdlib.h>
#include <string.h>

#include "lib/arena.h"
#include "lib/model.h"
#include "lib/pretty.h"

#include "lib/openapi_schema.h"

/* How a model is met: what goes out, what comes in as JSON, what comes in from a form. */
enum use { USE_OUT, USE_JSON, USE_FORM };

struct component {
	const struct model *model;
	enum use use;
	const char *name;
};

struct components {
	struct component *at;
	size_t n, size;
	struct arena *arena;
};

static const char *
type_of(const struct field *f)
{
	switch (f->kind) {
	case KIND_STR:
	case KIND_SECRET:
	case KIND_OPT_STR:
	case KIND_INSTANT:
		return "string";
	case KIND_BOOL:
	case KIND_OPT_BOOL:
		return "boolean";
	case KIND_INT:
	case KIND_OPT_INT:
		return "integer";
	case KIND_NUM:
	case KIND_OPT_NUM:
		return "number";
	case KIND_LIST:
	case KIND_NUMBERS:
		return "array";
	case KIND_JSON:
	case KIND_MODEL:
		return "object";
	}
	return "";
}

static const char *
format_of(const struct field *f)
{
	if (f->format != NULL)
		return f->format->name;
	switch (f->kind) {
	case KIND_SECRET:
		return "password";
	case KIND_INSTANT:
		return "date-time";
	case KIND_INT:
	case KIND_OPT_INT:
		return "int64";
	case KIND_NUM:
	case KIND_OPT_NUM:
		return "double";
	case KIND_STR:
	case KIND_OPT_STR:
	case KIND_BOOL:
	case KIND_OPT_BOOL:
	case KIND_LIST:
	case KIND_NUMBERS:
	case KIND_JSON:
	case KIND_MODEL:
		return NULL;
	}
	return NULL;
}

/* An example or a default: kept as text in the row, written with the field's JSON type. */
static void
value(struct pretty *p, const char *key, const struct field *f, const char *text)
{
	if (strcmp(type_of(f), "string") == 0 || f->kind == KIND_LIST)
		pretty_str(p, key, text);
	else
		pretty_raw(p, key, text);
}

static void
bounds(struct pretty *p, const struct field *f)
{
	const char *type = type_of(f);
	bool list = strcmp(type, "array") == 0;

	if ((f->min == 0 && f->max == 0) || f->kind == KIND_JSON)
		return;
	if (strcmp(type, "integer") == 0) {
		pretty_int(p, "minimum", f->min);
		if (f->max != INT64_MAX)
			pretty_int(p, "maximum", f->max);
		return;
	}
	if (f->min > 0)
		pretty_int(p, list ? "minItems" : "minLength", f->min);
	if (f->max != INT64_MAX)
		pretty_int(p, list ? "maxItems" : "maxLength", f->max);
}

/* In an answer an unset option is written as null, whether the row says so or not. */
static bool
is_nullable(const struct field *f, enum use use)
{
	bool optional = f->kind == KIND_OPT_STR || f->kind == KIND_OPT_BOOL ||
	    f->kind == KIND_OPT_INT || f->kind == KIND_OPT_NUM;

	return (f->flags & NULLABLE) != 0 || (use == USE_OUT && optional);
}

static void
choices(struct pretty *p, const struct field *f, bool nullable)
{
	if (f->choices == NULL)
		return;
	pretty_array(p, "enum");
	for (const char *const *c = f->choices; *c != NULL; c++)
		value(p, NULL, f, *c);
	if (nullable)
		pretty_raw(p, NULL, "null"); /* OpenAPI 3.0.3: nullable does not widen an enum */
	pretty_end(p);
}

static void
items(struct pretty *p, const struct field *f)
{
	if (f->of != NULL) {
		pretty_ref(p, "items", "schemas", f->of->name);
		return;
	}
	pretty_object(p, "items");
	pretty_str(p, "type", "string");
	if (f->format != NULL)
		pretty_str(p, "format", f->format->name);
	choices(p, f, false);
	if (f->example != NULL)
		pretty_str(p, "example", f->example);
	pretty_end(p);
}

static void
numbers(struct pretty *p)
{
	pretty_object(p, "items");
	pretty_str(p, "type", "number");
	pretty_str(p, "format", "float");
	pretty_end(p);
}

/* OpenAPI 3.0.3 takes nothing beside a $ref, so a description has to stand outside of it. */
static void
within(struct pretty *p, const struct field *f)
{
	pretty_array(p, "allOf");
	pretty_ref(p, NULL, "schemas", f->of->name);
	pretty_end(p);
}

/* The members of a field's schema object, without its description. */
static void
schema(struct pretty *p, const struct field *f, enum use use, bool alias)
{
	bool nullable = is_nullable(f, use);
	const char *format = format_of(f);

	if (f->kind == KIND_MODEL) {
		within(p, f);
		return;
	}
	pretty_str(p, "type", type_of(f));
	if (nullable)
		pretty_bool(p, "nullable", true);
	bounds(p, f);
	if (f->kind == KIND_LIST) {
		items(p, f);
		return;
	}
	if (f->kind == KIND_NUMBERS)
		numbers(p);
	if (format != NULL)
		pretty_str(p, "format", format);
	choices(p, f, nullable);
	if (f->kind == KIND_SECRET)
		pretty_bool(p, "writeOnly", true);
	if (f->fallback != NULL && !alias)
		value(p, "default", f, f->fallback); /* under the first name only */
	if (f->example != NULL)
		value(p, "example", f, f->example);
}

static const char *
alias_doc(struct pretty *p, const struct field *f)
{
	return arena_printf(
	    p->b->arena, "Another name of `%s`; both together are refused.", f->name);
}

static void
parameter(struct pretty *p, const struct field *f, const char *where, bool alias)
{
	bool in_path = strcmp(where, "path") == 0;

	pretty_object(p, NULL);
	pretty_str(p, "name", alias ? f->alias : f->name);
	pretty_str(p, "in", where);
	pretty_str(p, "description", alias ? alias_doc(p, f) : f->doc);
	/* With a second name neither of the two is required by itself. */
	pretty_bool(p, "required", in_path || ((f->flags & REQUIRED) != 0 && f->alias == NULL));
	if (alias)
		pretty_bool(p, "deprecated", true);
	pretty_object(p, "schema");
	schema(p, f, USE_FORM, alias);
	pretty_end(p);
	pretty_end(p);
}

void
openapi_schema_parameters(struct pretty *p, const struct model *m, const char *where)
{
	if (m == NULL)
		return;
	for (const struct field *f = m->fields; f->name != NULL; f++) {
		parameter(p, f, where, false);
		if (f->alias != NULL)
			parameter(p, f, where, true);
	}
}

static void
property(struct pretty *p, const struct field *f, enum use use, bool alias)
{
	pretty_object(p, alias ? f->alias : f->name);
	schema(p, f, use, alias);
	pretty_str(p, "description", alias ? alias_doc(p, f) : f->doc);
	if (alias)
		pretty_bool(p, "deprecated", true);
	pretty_end(p);
}

static void
required(struct pretty *p, const struct model *m, enum use use)
{
	bool any = false;

	for (const struct field *f = m->fields; f->name != NULL; f++) {
		if ((f->flags & REQUIRED) == 0 ||
		    (use != USE_OUT && (f->alias != NULL || f->unless != NULL)))
			continue;
		if (!any)
			pretty_array(p, "required");
		any = true;
		pretty_str(p, NULL, f->name);
	}
	if (any)
		pretty_end(p);
}

static void
require(struct pretty *p, const char *name)
{
	pretty_object(p, NULL);
	pretty_array(p, "required");
	pretty_str(p, NULL, name);
	pretty_end(p);
	pretty_end(p);
}

static void
either(struct pretty *p, const struct field *f)
{
	pretty_object(p, NULL);
	pretty_array(p, "anyOf");
	require(p, f->name);
	require(p, f->alias);
	pretty_end(p);
	pretty_end(p);
}

/* A required field with two names: one of them must be there. */
static void
required_either(struct pretty *p, const struct model *m)
{
	bool any = false;

	for (const struct field *f = m->fields; f->name != NULL; f++) {
		if ((f->flags & REQUIRED) == 0 || f->alias == NULL)
			continue;
		if (!any)
			pretty_array(p, "allOf");
		any = true;
		either(p, f);
	}
	if (any)
		pretty_end(p);
}

/* The field ${instead} without any of those that name it as their .unless, or all of these. */
static void
required_unless(struct pretty *p, const struct model *m, const char *instead)
{
	pretty_array(p, "oneOf");
	pretty_object(p, NULL);
	pretty_array(p, "required");
	for (const struct field *f = m->fields; f->name != NULL; f++) {
		if (f->unless != NULL && strcmp(f->unless, instead) == 0)
			pretty_str(p, NULL, f->name);
	}
	pretty_end(p);
	pretty_end(p);
	pretty_object(p, NULL);
	pretty_array(p, "required");
	pretty_str(p, NULL, instead);
	pretty_end(p);
	pretty_object(p, "not");
	pretty_array(p, "anyOf");
	for (const struct field *f = m->fields; f->name != NULL; f++) {
		if (f->unless != NULL && strcmp(f->unless, instead) == 0)
			require(p, f->name);
	}
	pretty_end(p);
	pretty_end(p);
	pretty_end(p);
	pretty_end(p);
}

/* The selfcheck sees to it that a model has one .unless at most. */
static const char *
unless_of(const struct model *m)
{
	for (const struct field *f = m->fields; f->name != NULL; f++) {
		if (f->unless != NULL)
			return f->unless;
	}
	return NULL;
}

static void
component(struct pretty *p, const struct component *c)
{
	const struct model *m = c->model;

	pretty_object(p, c->name);
	pretty_str(p, "type", "object");
	pretty_str(p, "title", c->name);
	if (m->doc != NULL)
		pretty_str(p, "description", m->doc);
	required(p, m, c->use);
	if (c->use != USE_OUT)
		required_either(p, m);
	if (c->use != USE_OUT && unless_of(m) != NULL)
		required_unless(p, m, unless_of(m));
	pretty_object(p, "properties");
	for (const struct field *f = m->fields; f->name != NULL; f++) {
		property(p, f, c->use, false);
		if (f->alias != NULL && c->use != USE_OUT)
			property(p, f, c->use, true);
	}
	pretty_end(p);
	if (c->use == USE_JSON)
		pretty_bool(p, "additionalProperties", false);
	pretty_end(p);
}

static const char *
component_name(struct arena *a, const struct model *m, enum use use)
{
	return use == USE_FORM ? arena_printf(a, "%s%s", m->name, OPENAPI_SCHEMA_FORM) : m->name;
}

static void
append(struct components *cs, struct component c)
{
	if (cs->n == cs->size) {
		size_t size = cs->size == 0 ? 32 : 2 * cs->size;
		struct component *at = arena_array(cs->arena, size, sizeof(*at));

		if (cs->n > 0)
			memcpy(at, cs->at, cs->n * sizeof(*at));
		cs->at = at;
		cs->size = size;
	}
	cs->at[cs->n++] = c;
}

static struct component *
find(const struct components *cs, const char *name)
{
	for (size_t i = 0; i < cs->n; i++) {
		if (strcmp(cs->at[i].name, name) == 0)
			return &cs->at[i];
	}
	return NULL;
}

/* A model met both ways keeps the stricter form, the input's. Elements of lists come along. */
static void
collect(struct components *cs, const struct model *m, enum use use)
{
	struct component c = {.model = m, .use = use}, *known;

	if (m == NULL)
		return;
	c.name = component_name(cs->arena, m, use);
	known = find(cs, c.name);
	if (known != NULL && known->use >= use)
		return;
	if (known != NULL)
		known->use = use;
	else
		append(cs, c);
	for (const struct field *f = m->fields; f->name != NULL; f++)
		collect(cs, f->of, use == USE_FORM ? USE_JSON : use);
}

static int
by_name(const void *a, const void *b)
{
	const struct component *x = a, *y = b;

	return strcmp(x->name, y->name);
}

void
openapi_schema_components(struct pretty *p, const struct api *api)
{
	struct components cs = {.arena = p->b->arena};

	for (const struct route *r = api->routes; r->path != NULL; r++) {
		if ((r->flags & ROUTE_HIDDEN) != 0)
			continue;
		if ((r->media & MEDIA_JSON) != 0)
			collect(&cs, r->body_in, USE_JSON);
		if ((r->media & MEDIA_FORM) != 0)
			collect(&cs, r->body_in, USE_FORM);
		collect(&cs, r->out, USE_OUT);
		collect(&cs, r->out_or, USE_OUT);
	}
	if (cs.n > 0)
		qsort(cs.at, cs.n, sizeof(*cs.at), by_name);
	for (size_t i = 0; i < cs.n; i++)
		component(p, &cs.at[i]);
}
