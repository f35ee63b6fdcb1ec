#include <inttypes.h>
#include <string.h>

#include <criterion/criterion.h>

#include "lib/arena.h"
#include "lib/password.h"

#include "app/api/routes.h"
#include "tests/http/person.h"
#include "tests/http/sample.h"

/*
 * Every field of every route, in path, query, form and JSON, also in structs and lists within: missing,
 * of a wrong type, given twice, one under its bound, one over it, none of its choices, not of its format.
 * Each is one fault of the right type in the right place. A field for which nothing can be made wrong
 * fails the test: nobody would know that it works.
 */

enum { WRONG_MAX = 24 };

struct wrong {
	struct twist twist;
	const char *type;
	bool in_element; /* the fault is not of the list but of its first element */
};

struct wrongs {
	struct wrong at[WRONG_MAX];
	size_t n;
};

enum form { FORM_JSON, FORM_PAIRS, FORM_PATH };

static bool
is_number(const struct field *f)
{
	return f->kind == KIND_INT || f->kind == KIND_OPT_INT;
}

static bool
is_num(const struct field *f)
{
	return f->kind == KIND_NUM || f->kind == KIND_OPT_NUM;
}

static bool
is_list(const struct field *f)
{
	return f->kind == KIND_LIST || f->kind == KIND_NUMBERS;
}

static bool
is_flag(const struct field *f)
{
	return f->kind == KIND_BOOL || f->kind == KIND_OPT_BOOL;
}

static void
add(struct wrongs *w, const struct field *f, const char *value, const char *type)
{
	cr_assert_lt(w->n, (size_t)WRONG_MAX);
	w->at[w->n++] = (struct wrong){{.field = f, .value = value}, type, false};
}

static void
add_text(
    struct wrongs *w, const struct field *f, enum form form, const char *text, const char *type)
{
	add(w, f, form == FORM_JSON ? sample_quoted(text) : text, type);
}

/* In the list of strings ${f} one element that is not right. */
static void
add_element(struct wrongs *w, const struct field *f, const char *value, const char *type)
{
	add(w, f, client_print("[%s]", value), type);
	w->at[w->n - 1].in_element = true;
}

static void
add_bounds(struct wrongs *w, const struct field *f, enum form form)
{
	if (f->min == 0 && f->max == 0)
		return;
	if (is_number(f)) {
		add(w, f, client_print("%" PRId64, f->min - 1), "greater_than_equal");
		add(w, f, client_print("%" PRId64, f->max + 1), "less_than_equal");
		return;
	}
	if (f->kind == KIND_LIST) {
		add(w, f, sample_list(f, f->max + 1), "too_long");
		if (f->min > 0)
			add(w, f, sample_list(f, f->min - 1), "too_short");
		return;
	}
	if (f->kind == KIND_JSON) {
		add(w, f, sample_object(f->max + 1), "value_error");
		return;
	}
	add_text(w, f, form, sample_letters(f, f->max + 1), "string_too_long");
	/* Sent without a value means omitted in a form, and is another path in a path. */
	if (f->min > 1 || (f->min == 1 && form == FORM_JSON))
		add_text(w, f, form, sample_letters(f, f->min - 1), "string_too_short");
}

static const char *
type_fault(const struct field *f)
{
	if (is_number(f))
		return "int_type";
	if (is_flag(f))
		return "bool_type";
	if (is_num(f))
		return "float_type";
	if (f->kind == KIND_JSON)
		return "dict_type";
	if (is_list(f))
		return "list_type";
	if (f->kind == KIND_MODEL)
		return "model_attributes_type";
	return f->kind == KIND_INSTANT ? "datetime_type" : "string_type";
}

static void
add_json_types(struct wrongs *w, const struct field *f)
{
	static const char *const values[] = {"5", "true", "\"text\"", "{}", "[]"};
	bool number = is_number(f) || is_num(f), flag = is_flag(f), list = is_list(f),
	     object = f->kind == KIND_MODEL || f->kind == KIND_JSON;
	const bool fits[] = {number, flag, !number && !flag && !list && !object, object, list};

	for (size_t i = 0; i < sizeof(values) / sizeof(*values); i++) {
		if (!fits[i])
			add(w, f, values[i], type_fault(f));
	}
	if ((f->flags & NULLABLE) == 0)
		add(w, f, "null", type_fault(f));
	if (is_number(f))
		add(w, f, "1.5", "int_from_float");
}

static void
add_pair_types(struct wrongs *w, const struct field *f)
{
	if (is_number(f))
		add(w, f, "x", "int_parsing");
	else if (is_flag(f))
		add(w, f, "x", "bool_parsing");
	cr_assert_not_null(f->example, "%s has no example", f->name);
	add(w, f, f->example, "value_error");
	w->at[w->n - 1].twist.twice = true;
}

/* ${n} characters of four bytes each. */
static const char *
long_characters(size_t n)
{
	static const char smile[] = "\xf0\x9f\x98\x80";
	char *text = arena_alloc(client_arena(), n * (sizeof(smile) - 1) + 1);

	for (size_t i = 0; i < n; i++)
		memcpy(text + i * (sizeof(smile) - 1), smile, sizeof(smile) - 1);
	return text;
}

/* What is right in every other way; a format that is not here would never be seen to refuse. */
static const char *
not_of_format(const struct format *format)
{
	static const char *const wrong[][2] = {{"email", "nobody"}, {"uuid", "no-uuid"},
	    {"username", "-nobody"}, {"display-name", "a\tb"}, {"search", "a\tb"},
	    {"line", "a\tb"}};

	if (strcmp(format->name, "password") == 0)
		return long_characters(PASSWORD_BYTES_MAX / 4 + 1);
	for (size_t i = 0; i < sizeof(wrong) / sizeof(*wrong); i++) {
		if (strcmp(wrong[i][0], format->name) == 0)
			return wrong[i][1];
	}
	cr_assert_fail("no wrong value for the format %s", format->name);
	return NULL;
}

static void
add_format(struct wrongs *w, const struct field *f, enum form form)
{
	const char *type = f->format->type == NULL ? "value_error" : f->format->type;
	const char *text = not_of_format(f->format);

	if (f->kind == KIND_LIST)
		add_element(w, f, sample_quoted(text), type);
	else
		add_text(w, f, form, text, type);
}

static void
add_words(struct wrongs *w, const struct field *f, enum form form)
{
	if (f->kind == KIND_LIST && f->of == NULL)
		add_element(w, f, "5", "string_type");
	if (f->kind == KIND_NUMBERS) {
		add_element(w, f, "\"5\"", "float_type");
		add_element(w, f, "null", "float_type");
		add_element(w, f, "1e39", "finite_number");
		add(w, f, sample_numbers(SAMPLE_DIMENSIONS - 1), "value_error");
		add(w, f, sample_numbers(SAMPLE_DIMENSIONS + 1), "value_error");
	}
	if (f->kind == KIND_LIST && f->choices != NULL)
		add_element(w, f, "\"no-such-choice\"", "enum");
	else if (f->choices != NULL)
		add_text(w, f, form, "no-such-choice", "enum");
	if (f->kind == KIND_LIST && f->of != NULL)
		add_element(w, f, "5", "model_attributes_type");
	if (f->kind == KIND_INSTANT)
		add_text(w, f, form, "yesterday", "datetime_parsing");
	/* What is none of the choices is not of the format either. */
	if (f->format != NULL && f->choices == NULL)
		add_format(w, f, form);
}

static struct wrongs
wrongs_of(const struct field *f, enum form form)
{
	struct wrongs w = {.n = 0};

	add_bounds(&w, f, form);
	if ((f->flags & REQUIRED) != 0 && form != FORM_PATH)
		add(&w, f, NULL, "missing");
	if (form == FORM_JSON)
		add_json_types(&w, f);
	if (form == FORM_PAIRS)
		add_pair_types(&w, f);
	add_words(&w, f, form);
	return w;
}

/* One way of sending a part of a request. */
struct way {
	const struct model *model;
	const char *where;
	enum form form;
};

/* A model on the way, which may stand within another; ${loc} is open: "[\"body\",\"data\"". */
struct place {
	const struct route *route;
	const struct way *way;
	const char *token, *loc;
};

/* The other parts of the request are right, so that only this one is at fault. */
static struct answer *
send(const struct route *r, const struct way *way, const struct twist *twist, const char *token)
{
	struct ask ask = {.method = http_method_name(r->method), .token = token};
	bool in_body = strcmp(way->where, "body") == 0, in_path = way->form == FORM_PATH;
	bool in_query = !in_body && !in_path;

	ask.path = sample_path(r, in_path ? twist : NULL);
	if (r->query_in != NULL)
		ask.path = client_print(
		    "%s?%s", ask.path, sample_pairs(r->query_in, in_query ? twist : NULL));
	if (in_body ? way->form == FORM_PAIRS : r->media == MEDIA_FORM)
		ask.form = sample_pairs(r->body_in, in_body ? twist : NULL);
	else if (r->body_in != NULL)
		ask.json = sample_json(r->body_in, in_body ? twist : NULL);
	return client_ask(&ask);
}

static const char *
loc_of(const struct place *p, const struct field *f, bool in_element)
{
	return client_print("%s,\"%s\"%s]", p->loc, f->name, in_element ? ",0" : "");
}

static void
check_field(const struct place *p, const struct field *f)
{
	struct wrongs w = wrongs_of(f, p->way->form);
	const char *id = p->route->id;
	int status = (p->route->flags & ROUTE_OAUTH) != 0 ? 400 : 422;

	cr_assert_gt(w.n, (size_t)0, "%s: nothing about %s can be made wrong", id, f->name);
	for (size_t i = 0; i < w.n; i++) {
		struct answer *a = send(p->route, p->way, &w.at[i].twist, p->token);
		const char *sent = w.at[i].twist.value == NULL ? "nothing" : w.at[i].twist.value;
		const char *loc = loc_of(p, f, w.at[i].in_element);

		cr_assert_eq(
		    a->status, status, "%s %s = %.60s: %ld %s", id, loc, sent, a->status, a->body);
		cr_assert_str_eq(answer_fault_type(a, loc), w.at[i].type, "%s %s = %.60s: %s", id,
		    loc, sent, a->body);
		cr_assert_eq(answer_faults(a), 1, "%s %s = %.60s: %s", id, loc, sent, a->body);
	}
}

/*
 * With nothing wrong there is no fault. All fields of a body, because some need each other; those of a
 * query one by one, because some exclude each other. A cursor is bound to what it answered.
 */
static void
check_straight(const struct route *r, const struct way *way, const char *token)
{
	struct twist twist = {.all = strcmp(way->where, "query") != 0};
	const struct field *f = twist.all ? NULL : way->model->fields;

	do {
		struct answer *a;

		if (f != NULL && strcmp(f->name, "cursor") == 0)
			continue;
		twist.field = f;
		twist.value = f == NULL ? NULL : f->example;
		a = send(r, way, &twist, token);
		cr_assert_eq(
		    answer_faults(a), 0, "%s with the rows' own examples: %s", r->id, a->body);
	} while (f != NULL && (++f)->name != NULL);
}

/* As the form of the way writes it: a number, a list, or so many letters. */
static const char *
of_size(const struct field *f, enum form form, int64_t n)
{
	if (is_number(f))
		return client_print("%" PRId64, n);
	if (f->kind == KIND_LIST)
		return sample_list(f, n);
	if (f->kind == KIND_JSON)
		return sample_object(n);
	return form == FORM_JSON ? sample_quoted(sample_letters(f, n)) : sample_letters(f, n);
}

/* On the bound is inside it. */
static void
check_at_bounds(const struct place *p, const struct field *f)
{
	const char *loc = loc_of(p, f, false);
	const int64_t bounds[] = {f->min, f->max};

	if (f->max == 0)
		return;
	for (size_t i = 0; i < 2; i++) {
		struct twist twist = {.field = f};
		const char *type;

		if (bounds[i] == 0)
			continue;
		twist.value = of_size(f, p->way->form, bounds[i]);
		type = answer_fault_type(send(p->route, p->way, &twist, p->token), loc);
		cr_assert(strstr(type, "too_") == NULL && strstr(type, "_equal") == NULL,
		    "%s %s at its bound %" PRId64 ": %s", p->route->id, loc, bounds[i], type);
	}
}

/* How many fields of ${m} itself were reached; those within count where they stand. */
static size_t
check_model(const struct place *p, const struct model *m)
{
	size_t n = 0;

	for (const struct field *f = m->fields; f->name != NULL; f++, n++) {
		struct place within = *p;

		check_field(p, f);
		check_at_bounds(p, f);
		if (f->of == NULL)
			continue;
		within.loc =
		    client_print("%s,\"%s\"%s", p->loc, f->name, f->kind == KIND_LIST ? ",0" : "");
		(void)check_model(&within, f->of);
	}
	return n;
}

static size_t
check_way(const struct route *r, const struct way *way)
{
	struct place top = {r, way, NULL, client_print("[\"%s\"", way->where)};
	struct person admin;

	if (way->model == NULL)
		return 0;
	admin = person_admin();
	check_straight(r, way, admin.access);
	/* Done rightly it may have been a logout, or the end of the account. */
	if (person_me(admin.access)->status != 200)
		admin = person_admin();
	top.token = admin.access;
	return check_model(&top, way->model);
}

static size_t
rows(const struct model *m)
{
	size_t n = 0;

	while (m != NULL && m->fields[n].name != NULL)
		n++;
	return n;
}

Test(fields, whatever_is_wrong_is_said_of_the_right_field)
{
	for (const struct route *r = routes_all(); r->path != NULL; r++) {
		const struct way ways[] = {{r->path_in, "path", FORM_PATH},
		    {r->query_in, "query", FORM_PAIRS},
		    {(r->media & MEDIA_JSON) != 0 ? r->body_in : NULL, "body", FORM_JSON},
		    {(r->media & MEDIA_FORM) != 0 ? r->body_in : NULL, "body", FORM_PAIRS}};
		size_t reached[4];

		for (size_t i = 0; i < 4; i++)
			reached[i] = check_way(r, &ways[i]);
		cr_assert_eq(reached[0], rows(r->path_in), "%s", r->id);
		cr_assert_eq(reached[1], rows(r->query_in), "%s", r->id);
		cr_assert(reached[2] == rows(r->body_in) || reached[3] == rows(r->body_in),
		    "%s: no way to its body", r->id);
	}
}

/* All faults at once: a client mends a form in one go. */
Test(fields, all_faults_are_told_at_once)
{
	struct person admin = person_admin();

	for (const struct route *r = routes_all(); r->path != NULL; r++) {
		const char *members = "";
		struct answer *a;

		if (r->body_in == NULL || (r->media & MEDIA_JSON) == 0)
			continue;
		for (const struct field *f = r->body_in->fields; f->name != NULL; f++)
			members = client_print("%s%s\"%s\":%s", members,
			    *members == '\0' ? "" : ",", f->name, is_list(f) ? "5" : "[]");
		a = CLIENT_ASK(.method = http_method_name(r->method), .path = sample_path(r, NULL),
		    .token = admin.access, .json = client_print("{%s,\"x\":1}", members));
		cr_assert_eq(
		    a->status, (r->flags & ROUTE_OAUTH) != 0 ? 400 : 422, "%s: %s", r->id, a->body);
		cr_assert_eq(answer_faults(a), rows(r->body_in) + 1, "%s: %s", r->id, a->body);
	}
}

Test(fields, every_body_has_its_media_type_and_its_limit)
{
	struct person admin = person_admin();

	for (const struct route *r = routes_all(); r->path != NULL; r++) {
		bool oauth = (r->flags & ROUTE_OAUTH) != 0;
		struct ask ask = {.method = http_method_name(r->method),
		    .token = admin.access,
		    .type = "text/plain"};
		struct answer *a;

		if (r->body_in == NULL)
			continue;
		ask.path = sample_path(r, NULL);
		/* One byte too much. */
		ask.json =
		    client_print("%0*d", (int)(r->body_max == 0 ? BODY_MAX : r->body_max) + 1, 0);
		a = client_ask(&ask);
		/* nginx's own refusal, before any route is known. */
		ANSWER_IS(a, 413, "PAYLOAD_TOO_LARGE");
		ask.json = "{}";
		a = client_ask(&ask);
		ANSWER_IS(a, oauth ? 400 : 415, "UNSUPPORTED_MEDIA_TYPE");
	}
}
