#include <math.h>
#include <stdlib.h>
#include <string.h>

#include <cjson/cJSON.h>

#include "lib/arena.h"
#include "lib/bind_span.h"
#include "lib/bind_value.h"
#include "lib/buf.h"
#include "lib/json.h"
#include "lib/model.h"

#include "lib/bind.h"

enum { ECHO_BYTES = 256, PRINT_SLACK = 8 /* cJSON wants five bytes more than it uses */ };

static void
bind_object(struct binder *, const struct bind_place *, const struct model *, const cJSON *);

static bool
has_secret(const struct model *m, int depth)
{
	if (depth == 0)
		return true;
	for (const struct field *f = m->fields; f->name != NULL; f++) {
		if (f->kind == KIND_SECRET || (f->of != NULL && has_secret(f->of, depth - 1)))
			return true;
	}
	return false;
}

static bool
keeps_text(const struct model *m, int depth)
{
	for (const struct field *f = m->fields; f->name != NULL; f++) {
		if (f->kind == KIND_JSON || f->kind == KIND_NUMBERS ||
		    (f->of != NULL && depth > 0 && keeps_text(f->of, depth - 1)))
			return true;
	}
	return false;
}

static const char *
echo_number(struct arena *a, double n)
{
	const char *text = arena_printf(a, "%.15g", n);

	return strtod(text, NULL) == n ? text : arena_printf(a, "%.17g", n);
}

/*
 * What was sent, as JSON. Nothing for a secret, and nothing that could hold one: {"email":
 * {"password": …}} must not come back.
 */
static const char *
echo(struct binder *b, const struct bind_place *place, const cJSON *node)
{
	char *text;

	if (place->field != NULL && place->field->kind == KIND_SECRET)
		return NULL;
	if (cJSON_IsString(node))
		return bind_value_echo(b, place, node->valuestring);
	if (cJSON_IsNumber(node))
		return echo_number(b->arena, node->valuedouble);
	if (b->text != NULL && (cJSON_IsArray(node) || cJSON_IsObject(node)))
		node = bind_span_whole(b->arena, b->text, node);
	if (b->guarded && node->child != NULL)
		return NULL;
	text = arena_alloc(b->arena, ECHO_BYTES + PRINT_SLACK);
	if (!cJSON_PrintPreallocated((cJSON *)(uintptr_t)node, text, ECHO_BYTES + PRINT_SLACK, 0))
		return NULL; /* too long: half a container is no JSON */
	return text;
}

static void
bind_number(struct binder *b, const struct bind_place *place, const cJSON *node)
{
	double n = node->valuedouble;
	bool whole = place->field->kind == KIND_INT || place->field->kind == KIND_OPT_INT;

	if (!whole)
		bind_value_num(place, n); /* the gate lets only finite ones through */
	else if (!isfinite(n) || fabs(n) > (double)JSON_INT_MAX)
		bind_value_type(b, place, echo(b, place, node));
	else if (trunc(n) != n)
		bind_value_fault(b, place, "int_from_float",
		    "Input should be a valid integer, got a number with a fractional part")
		    ->input = echo(b, place, node);
	else
		bind_value_int(b, place, (int64_t)n, echo(b, place, node));
}

static void
bind_elements(struct binder *b, const struct bind_place *list, const cJSON *node, char *at)
{
	const struct field *f = list->field;
	size_t step = f->of == NULL ? sizeof(const char *) : f->of->size;
	struct bind_place place = {.up = list, .out = at};

	for (const cJSON *e = node->child; e != NULL && !bind_value_full(b); e = e->next) {
		place.out = at + place.index * step;
		place.field = f->of == NULL ? f : NULL;
		if (f->of != NULL)
			bind_object(b, &place, f->of, e);
		else if (cJSON_IsString(e))
			bind_value_element(b, &place, e->valuestring);
		else
			bind_value_type(b, &place, echo(b, &place, e));
		place.index++;
	}
}

static void
bind_list(struct binder *b, const struct bind_place *place, const cJSON *node)
{
	const struct field *f = place->field;
	struct list *out = place->out;
	size_t n = 0, step = f->of == NULL ? sizeof(const char *) : f->of->size;
	char *at;

	if (b->text != NULL && node->child == NULL)
		node = bind_span_whole(b->arena, b->text, node);
	for (const cJSON *e = node->child; e != NULL; e = e->next)
		n++;
	if (!bind_value_count(b, place, n))
		return;
	at = arena_array(b->arena, n, step); /* never NULL: an empty list is there, not absent */
	bind_elements(b, place, node, at);
	*out = (struct list){.at = at, .n = n};
}

/* A list that is none of finite numbers: why. */
static void
refuse_numbers(struct binder *b, const struct bind_place *list, const cJSON *node)
{
	struct bind_place place = {.up = list, .field = list->field};
	size_t n = 0;

	for (const cJSON *e = node->child; e != NULL; e = e->next)
		n++;
	if (!bind_value_count(b, list, n))
		return;
	for (const cJSON *e = node->child; e != NULL && !bind_value_full(b); e = e->next) {
		if (!cJSON_IsNumber(e))
			bind_value_type(b, &place, echo(b, &place, e));
		else if (!isfinite((float)e->valuedouble))
			bind_value_fault(
			    b, &place, "finite_number", "Input should be a finite number")
			    ->input = echo(b, &place, e);
		place.index++;
	}
}

static void
bind_numbers(struct binder *b, const struct bind_place *list, const cJSON *node)
{
	float *at;
	size_t n;

	if (node->child != NULL) { /* numbers alone would have been left out */
		refuse_numbers(b, list, node);
		return;
	}
	n = bind_span_count(b->text, node);
	if (!bind_value_count(b, list, n))
		return;
	at = arena_array(b->arena, n, sizeof(*at));
	if (bind_span_floats(b->text, node, at))
		*(struct numbers *)list->out = (struct numbers){.at = at, .n = n, .set = true};
	else
		refuse_numbers(b, list, bind_span_whole(b->arena, b->text, node));
}

/* What a number takes written out counts, since that is how jsonb gives it back: 1e300 is 301 digits. */
static void
bind_json_text(struct binder *b, const struct bind_place *place, const cJSON *node)
{
	const struct field *f = place->field;
	size_t bytes;
	const char *text = bind_span_text(b->arena, b->text, node, &bytes);

	if (f->max != 0 && bytes > (size_t)f->max)
		bind_value_refuse(b, place,
		    arena_printf(b->arena, "at most %lld bytes written out, not %zu",
			(long long)f->max, bytes),
		    NULL);
	else
		*(struct json_text *)place->out = (struct json_text){text};
}

/* Has ${node} the JSON type of the row? Text is also the form of an instant. */
static bool
type_fits(enum kind kind, const cJSON *node)
{
	switch (kind) {
	case KIND_STR:
	case KIND_SECRET:
	case KIND_OPT_STR:
	case KIND_INSTANT:
		return cJSON_IsString(node);
	case KIND_BOOL:
	case KIND_OPT_BOOL:
		return cJSON_IsBool(node);
	case KIND_INT:
	case KIND_OPT_INT:
	case KIND_NUM:
	case KIND_OPT_NUM:
		return cJSON_IsNumber(node);
	case KIND_LIST:
	case KIND_NUMBERS:
		return cJSON_IsArray(node);
	case KIND_JSON:
	case KIND_MODEL:
		return cJSON_IsObject(node);
	}
	return false;
}

static void
bind_node(struct binder *b, const struct bind_place *place, const cJSON *node)
{
	const struct field *f = place->field;

	if (cJSON_IsNull(node) && (f->flags & NULLABLE) != 0)
		bind_value_null(place);
	else if (!type_fits(f->kind, node))
		bind_value_type(b, place, echo(b, place, node));
	else if (cJSON_IsString(node))
		bind_value_text(b, place, node->valuestring);
	else if (cJSON_IsBool(node))
		bind_value_bool(place, cJSON_IsTrue(node));
	else if (cJSON_IsNumber(node))
		bind_number(b, place, node);
	else if (f->kind == KIND_NUMBERS)
		bind_numbers(b, place, node);
	else if (f->kind == KIND_JSON)
		bind_json_text(b, place, node);
	else if (cJSON_IsArray(node))
		bind_list(b, place, node);
	else
		bind_object(b, place, f->of, node);
}

/* The row's .unless: that field has a value, and no field that names it was sent. */
static bool
is_excused(const struct model *m, const struct field *f, const cJSON *object)
{
	const cJSON *instead =
	    f->unless == NULL ? NULL : cJSON_GetObjectItemCaseSensitive(object, f->unless);

	if (instead == NULL || cJSON_IsNull(instead))
		return false;
	for (const struct field *o = m->fields; o->name != NULL; o++) {
		if (o->unless != NULL && strcmp(o->unless, f->unless) == 0 &&
		    cJSON_GetObjectItemCaseSensitive(object, o->name) != NULL)
			return false;
	}
	return true;
}

static void
bind_field(struct binder *b, struct bind_place *place, const struct model *m, const cJSON *object)
{
	const struct field *f = place->field;
	const cJSON *node, *other = NULL;

	/* The plain getter ignores case: "Role" would set "role" (ID-06). */
	node = cJSON_GetObjectItemCaseSensitive(object, f->name);
	if (f->alias != NULL)
		other = cJSON_GetObjectItemCaseSensitive(object, f->alias);
	if (other != NULL)
		place->name = f->alias;
	if (node != NULL && other != NULL)
		bind_value_refuse(
		    b, place, arena_printf(b->arena, "given together with '%s'", f->name), NULL);
	else if (node != NULL || other != NULL)
		bind_node(b, place, node != NULL ? node : other);
	else
		bind_value_missing(b, place, is_excused(m, f, object));
}

static bool
is_known(const struct model *m, const char *name)
{
	for (const struct field *f = m->fields; f->name != NULL; f++) {
		if (strcmp(f->name, name) == 0 || (f->alias != NULL && strcmp(f->alias, name) == 0))
			return true;
	}
	return false;
}

static void
bind_object(struct binder *b, const struct bind_place *at, const struct model *m, const cJSON *node)
{
	struct bind_place place = {.up = at};

	if (!cJSON_IsObject(node)) {
		bind_value_fault(b, at, "model_attributes_type",
		    "Input should be a valid dictionary or object to extract fields from")
		    ->input = b->guarded ? NULL : echo(b, at, node);
		return;
	}
	for (const struct field *f = m->fields; f->name != NULL; f++) {
		place.name = f->name;
		place.field = f;
		place.out = (char *)at->out + f->at;
		bind_field(b, &place, m, node);
	}
	place.field = NULL;
	for (const cJSON *e = node->child; e != NULL && !bind_value_full(b); e = e->next) {
		place.name = e->string;
		if (!is_known(m, e->string)) /* without its value: "pasword" holds a password */
			bind_value_fault(
			    b, &place, "extra_forbidden", "Extra inputs are not permitted");
	}
}

static void
refuse_text(struct binder *b, const struct json_error *e)
{
	struct bind_place root = {0}, place = {.up = &root, .index = e->offset};
	struct fault *fault = bind_value_fault(b, &place, "json_invalid", "JSON decode error");
	struct buf ctx;

	buf_init(&ctx, b->arena);
	buf_puts(&ctx, "{\"error\":");
	buf_json(&ctx, e->why);
	buf_putc(&ctx, '}');
	fault->ctx = ctx.at;
}

/* Where the text is kept, numbers are read from there. */
static bool
parse(struct binder *b, const char *text, size_t bytes, cJSON **tree_r, struct json_error *error_r)
{
	return b->text != NULL ? json_parse_lean(b->arena, text, bytes, tree_r, error_r)
			       : json_parse(b->arena, text, bytes, tree_r, error_r);
}

bool
bind_json(struct arena *a, const struct model *m, const char *text, size_t bytes, void *out,
    struct faults *faults)
{
	struct binder b = {.arena = a, .faults = faults, .where = IN_BODY, .ok = true};
	struct bind_place root = {.out = out};
	struct json_error error;
	cJSON *tree;

	b.guarded = has_secret(m, JSON_DEPTH_MAX);
	b.text = keeps_text(m, JSON_DEPTH_MAX) ? text : NULL;
	if (bytes == 0)
		bind_value_fault(&b, &root, "missing", "Field required");
	else if (!parse(&b, text, bytes, &tree, &error))
		refuse_text(&b, &error);
	else {
		if (b.text != NULL)
			bind_span_mark(tree, text);
		bind_object(&b, &root, m, tree);
	}
	return b.ok;
}
