#include <assert.h>
#include <inttypes.h>
#include <string.h>

#include "lib/arena.h"
#include "lib/buf.h"
#include "lib/clock.h"
#include "lib/model.h"
#include "lib/str.h"

#include "lib/bind_value.h"

enum { ECHO_BYTES = 256, NAME_BYTES = 64 };

static const struct {
	const char *type, *msg;
} type_faults[] = {
    [KIND_STR] = {"string_type", "Input should be a valid string"},
    [KIND_SECRET] = {"string_type", "Input should be a valid string"},
    [KIND_OPT_STR] = {"string_type", "Input should be a valid string"},
    [KIND_BOOL] = {"bool_type", "Input should be a valid boolean"},
    [KIND_OPT_BOOL] = {"bool_type", "Input should be a valid boolean"},
    [KIND_INT] = {"int_type", "Input should be a valid integer"},
    [KIND_OPT_INT] = {"int_type", "Input should be a valid integer"},
    [KIND_INSTANT] = {"datetime_type", "Input should be a valid datetime"},
    [KIND_NUM] = {"float_type", "Input should be a valid number"},
    [KIND_OPT_NUM] = {"float_type", "Input should be a valid number"},
    [KIND_LIST] = {"list_type", "Input should be a valid list"},
    [KIND_NUMBERS] = {"list_type", "Input should be a valid list"},
    [KIND_JSON] = {"dict_type", "Input should be a valid dictionary"},
    [KIND_MODEL] = {"model_attributes_type",
	"Input should be a valid dictionary or object to extract fields from"},
};

bool
bind_value_full(const struct binder *b)
{
	return b->faults->n == FAULTS_MAX;
}

/* At most n bytes of s, never half a character; what was cut is told by an ellipsis. */
static const char *
cut(struct arena *a, const char *s, size_t n)
{
	if (strlen(s) <= n)
		return s;
	while (n > 0 && ((unsigned char)s[n] & 0xc0) == 0x80)
		n--;
	return arena_printf(a, "%.*s…", (int)n, s);
}

static void
add_steps(struct buf *loc, const struct bind_place *place)
{
	if (place == NULL)
		return;
	add_steps(loc, place->up);
	if (place->name == NULL && place->up == NULL)
		return; /* the root is the place itself: ["body"] */
	buf_putc(loc, ',');
	if (place->name == NULL)
		buf_printf(loc, "%zu", place->index);
	else
		buf_json(loc, cut(loc->arena, place->name, NAME_BYTES));
}

struct fault *
bind_value_fault(
    struct binder *b, const struct bind_place *place, const char *type, const char *msg)
{
	const char *root = fault_loc(b->arena, b->where, NULL);
	struct buf loc;

	b->ok = false;
	buf_init(&loc, b->arena);
	buf_add(&loc, root, strlen(root) - 1); /* open again: its bracket closes after the steps */
	add_steps(&loc, place);
	buf_putc(&loc, ']');
	return faults_add(b->faults, type, loc.at, msg);
}

/* {"name":"text"} */
static const char *
text_ctx(struct arena *a, const char *name, const char *text)
{
	struct buf ctx;

	buf_init(&ctx, a);
	buf_printf(&ctx, "{\"%s\":", name);
	buf_json(&ctx, text);
	buf_putc(&ctx, '}');
	return ctx.at;
}

void
bind_value_refuse(
    struct binder *b, const struct bind_place *place, const char *reason, const char *input)
{
	struct fault *fault = bind_value_fault(
	    b, place, "value_error", arena_printf(b->arena, "Value error, %s", reason));

	fault->input = input;
	fault->ctx = text_ctx(b->arena, "reason", reason);
}

void
bind_value_type(struct binder *b, const struct bind_place *place, const char *input)
{
	enum kind kind = place->field->kind;

	if (place->name == NULL) /* an element */
		kind = kind == KIND_NUMBERS ? KIND_NUM : KIND_STR;
	bind_value_fault(b, place, type_faults[kind].type, type_faults[kind].msg)->input = input;
}

const char *
bind_value_echo(struct binder *b, const struct bind_place *place, const char *text)
{
	struct buf echo;

	if (place->field != NULL && place->field->kind == KIND_SECRET)
		return NULL;
	buf_init(&echo, b->arena);
	buf_json(&echo, cut(b->arena, text, ECHO_BYTES));
	return echo.at;
}

static bool
bounded(const struct field *f)
{
	return f->min != 0 || f->max != 0;
}

static const char *
plural(int64_t n)
{
	return n == 1 ? "" : "s";
}

static bool
check_length(struct binder *b, const struct bind_place *place, const char *text)
{
	const struct field *f = place->field;
	int64_t n = str_points(text);
	bool is_short = n < f->min;
	int64_t bound = is_short ? f->min : f->max;
	struct fault *fault;

	if (!bounded(f) || (n >= f->min && n <= f->max))
		return true;
	fault = bind_value_fault(b, place, is_short ? "string_too_short" : "string_too_long",
	    arena_printf(b->arena, "String should have at %s %" PRId64 " character%s",
		is_short ? "least" : "most", bound, plural(bound)));
	fault->input = bind_value_echo(b, place, text);
	fault->ctx = arena_printf(
	    b->arena, "{\"%s\":%" PRId64 "}", is_short ? "min_length" : "max_length", bound);
	return false;
}

bool
bind_value_count(struct binder *b, const struct bind_place *place, size_t n)
{
	const struct field *f = place->field;
	bool is_short = (int64_t)n < f->min;
	int64_t bound = is_short ? f->min : f->max;
	struct fault *fault;

	if (!bounded(f) || ((int64_t)n >= f->min && (int64_t)n <= f->max))
		return true;
	fault = bind_value_fault(b, place, is_short ? "too_short" : "too_long",
	    arena_printf(b->arena,
		"List should have at %s %" PRId64 " item%s after validation, not %zu",
		is_short ? "least" : "most", bound, plural(bound), n));
	fault->ctx = arena_printf(b->arena,
	    "{\"field_type\":\"List\",\"%s\":%" PRId64 ",\"actual_length\":%zu}",
	    is_short ? "min_length" : "max_length", bound, n);
	return false;
}

/* 'a', 'b' or 'c' */
static const char *
choices_text(struct arena *a, const char *const *choices)
{
	struct buf text;

	buf_init(&text, a);
	for (size_t i = 0; choices[i] != NULL; i++) {
		if (i > 0)
			buf_puts(&text, choices[i + 1] == NULL ? " or " : ", ");
		buf_printf(&text, "'%s'", choices[i]);
	}
	return text.at;
}

static bool
check_choices(struct binder *b, const struct bind_place *place, const char *text)
{
	const char *const *choice = place->field->choices;
	const char *expected;
	struct fault *fault;

	if (choice == NULL)
		return true;
	for (; *choice != NULL; choice++) {
		if (strcmp(*choice, text) == 0)
			return true;
	}
	expected = choices_text(b->arena, place->field->choices);
	fault = bind_value_fault(
	    b, place, "enum", arena_printf(b->arena, "Input should be %s", expected));
	fault->input = bind_value_echo(b, place, text);
	fault->ctx = text_ctx(b->arena, "expected", expected);
	return false;
}

/* Pydantic's sentence for a fault type of its own; a reason of ours stands behind it. */
static const char *
parsing_text(struct arena *a, const char *type, const char *reason)
{
	static const struct {
		const char *type, *msg;
	} known[] = {
	    {"uuid_parsing", "Input should be a valid UUID"},
	    {"datetime_parsing", "Input should be a valid datetime"},
	};

	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++) {
		if (strcmp(type, known[i].type) == 0)
			return arena_printf(a, "%s, %s", known[i].msg, reason);
	}
	return reason;
}

static void
refuse_parsing(struct binder *b, const struct bind_place *place, const char *type,
    const char *reason, const char *text)
{
	struct fault *fault =
	    bind_value_fault(b, place, type, parsing_text(b->arena, type, reason));

	fault->input = bind_value_echo(b, place, text);
	fault->ctx = text_ctx(b->arena, "error", reason);
}

static bool
check_format(struct binder *b, const struct bind_place *place, const char *text)
{
	const struct format *format = place->field->format;
	const char *reason;

	if (format == NULL || format->check == NULL)
		return true;
	reason = format->check(text);
	if (reason == NULL)
		return true;
	if (format->type == NULL)
		bind_value_refuse(b, place, reason, bind_value_echo(b, place, text));
	else
		refuse_parsing(b, place, format->type, reason, text);
	return false;
}

/* ${out} is zeroed memory; only the instant has an absent value that is not zero. */
static void
absent(const struct field *f, void *out)
{
	if (f->kind == KIND_INSTANT)
		((struct instant *)out)->us = INSTANT_NONE;
	if (f->kind != KIND_MODEL)
		return;
	for (const struct field *m = f->of->fields; m->name != NULL; m++)
		absent(m, (char *)out + m->at);
}

void
bind_value_missing(struct binder *b, const struct bind_place *place, bool excused)
{
	bool ok = b->ok;

	absent(place->field, place->out);
	if ((place->field->flags & REQUIRED) != 0 && !excused) {
		bind_value_fault(b, place, "missing", "Field required");
		return;
	}
	if (place->field->fallback == NULL)
		return;
	bind_value_parse(b, place, place->field->fallback);
	assert(b->ok == ok); /* a default that its own row refuses is an error of the table */
}

void
bind_value_null(const struct bind_place *place)
{
	if (place->field->kind == KIND_OPT_STR)
		*(struct opt_str *)place->out = (struct opt_str){.set = true};
	else if (place->field->kind == KIND_NUMBERS)
		*(struct numbers *)place->out = (struct numbers){.set = true};
	else
		absent(place->field, place->out);
}

static void
bind_instant(struct binder *b, const struct bind_place *place, const char *text)
{
	if (!clock_parse(text, &((struct instant *)place->out)->us))
		refuse_parsing(
		    b, place, "datetime_parsing", "it is not in the form of RFC 3339", text);
}

void
bind_value_text(struct binder *b, const struct bind_place *place, const char *text)
{
	if (place->field->kind == KIND_INSTANT) {
		bind_instant(b, place, text);
		return;
	}
	if (!check_length(b, place, text) || !check_choices(b, place, text) ||
	    !check_format(b, place, text))
		return;
	if (place->field->kind == KIND_STR)
		*(const char **)place->out = text;
	else if (place->field->kind == KIND_SECRET)
		*(struct secret *)place->out = (struct secret){text};
	else
		*(struct opt_str *)place->out = (struct opt_str){.s = text, .set = true};
}

void
bind_value_element(struct binder *b, const struct bind_place *place, const char *text)
{
	if (check_choices(b, place, text) && check_format(b, place, text))
		*(const char **)place->out = text;
}

void
bind_value_bool(const struct bind_place *place, bool v)
{
	if (place->field->kind == KIND_BOOL)
		*(bool *)place->out = v;
	else
		*(struct opt_bool *)place->out = (struct opt_bool){.v = v, .set = true};
}

void
bind_value_int(struct binder *b, const struct bind_place *place, int64_t n, const char *input)
{
	const struct field *f = place->field;
	bool is_small = n < f->min;
	int64_t bound = is_small ? f->min : f->max;
	struct fault *fault;

	if (!bounded(f) || (n >= f->min && n <= f->max)) {
		if (f->kind == KIND_INT)
			*(int64_t *)place->out = n;
		else
			*(struct opt_int *)place->out = (struct opt_int){.v = n, .set = true};
		return;
	}
	fault = bind_value_fault(b, place, is_small ? "greater_than_equal" : "less_than_equal",
	    arena_printf(b->arena, "Input should be %s than or equal to %" PRId64,
		is_small ? "greater" : "less", bound));
	fault->input = input;
	fault->ctx = arena_printf(b->arena, "{\"%s\":%" PRId64 "}", is_small ? "ge" : "le", bound);
}

void
bind_value_num(const struct bind_place *place, double n)
{
	if (place->field->kind == KIND_NUM)
		*(double *)place->out = n;
	else
		*(struct opt_num *)place->out = (struct opt_num){.v = n, .set = true};
}

static void
parse_bool(struct binder *b, const struct bind_place *place, const char *text)
{
	bool v = strcmp(text, "true") == 0;

	if (v || strcmp(text, "false") == 0)
		bind_value_bool(place, v);
	else
		bind_value_fault(b, place, "bool_parsing",
		    "Input should be a valid boolean, unable to interpret input")
		    ->input = bind_value_echo(b, place, text);
}

static void
parse_int(struct binder *b, const struct bind_place *place, const char *text)
{
	const char *input = bind_value_echo(b, place, text);
	int64_t n;

	if (str_int(text, INT64_MIN, INT64_MAX, &n))
		bind_value_int(b, place, n, input);
	else
		bind_value_fault(b, place, "int_parsing",
		    "Input should be a valid integer, unable to parse string as an integer")
		    ->input = input;
}

void
bind_value_parse(struct binder *b, const struct bind_place *place, const char *text)
{
	switch (place->field->kind) {
	case KIND_STR:
	case KIND_SECRET:
	case KIND_OPT_STR:
	case KIND_INSTANT:
		bind_value_text(b, place, text);
		return;
	case KIND_BOOL:
	case KIND_OPT_BOOL:
		parse_bool(b, place, text);
		return;
	case KIND_INT:
	case KIND_OPT_INT:
		parse_int(b, place, text);
		return;
	case KIND_NUM:
	case KIND_OPT_NUM:
	case KIND_LIST:
	case KIND_NUMBERS:
	case KIND_JSON:
	case KIND_MODEL:
		break;
	}
	assert(!"no text form");
}
