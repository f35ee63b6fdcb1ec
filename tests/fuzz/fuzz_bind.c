/*
 * Binding. The first byte picks JSON, a form or a query. What is bound keeps its rows; from a model
 * without secrets it renders to JSON that binds to the same again, but for lists of numbers, which are
 * those of the tree. What is refused has faults that are
 * JSON of the promised members, and none at a secret carries an input.
 */

#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cjson/cJSON.h>

#include "lib/arena.h"
#include "lib/bind.h"
#include "lib/buf.h"
#include "lib/form.h"
#include "lib/json.h"
#include "lib/model.h"
#include "lib/render.h"
#include "lib/str.h"
#include "tests/fuzz/must.h"

static const char *
check_uuid(const char *s)
{
	return str_uuid(s) ? NULL : "it is not in the form of RFC 9562";
}

static const struct format uuid = {.name = "uuid", .check = check_uuid, .type = "uuid_parsing"};
static const char *const roles[] = {"user", "admin", NULL};

struct Doc {
	const char *title;
	struct opt_int n;
};

static const struct field doc_fields[] = {
    FIELD(struct Doc, title, .flags = REQUIRED, .min = 1, .max = 4),
    FIELD(struct Doc, n, .flags = NULLABLE, .min = -9, .max = 9),
    {0},
};
static const struct model doc = MODEL(Doc, doc_fields, .doc = "");

struct Plain {
	const char *name, *role, *id;
	struct opt_str nick;
	bool flag;
	struct opt_bool maybe;
	int64_t n;
	struct opt_int free;
	struct instant at;
	struct list docs, tags;
	double num;
	struct opt_num some;
	struct numbers numbers;
	struct json_text object;
};

static const struct field plain_fields[] = {
    FIELD(struct Plain, name, .alias = "alias", .flags = NULLABLE, .min = 2, .max = 5),
    FIELD(struct Plain, role, .flags = NULLABLE, .choices = roles),
    FIELD(struct Plain, id, .flags = NULLABLE, .format = &uuid),
    FIELD(struct Plain, nick, .flags = NULLABLE),
    FIELD(struct Plain, flag, .doc = ""),
    FIELD(struct Plain, maybe, .flags = NULLABLE),
    FIELD(struct Plain, n, .min = -3, .max = 1000, .fallback = "50"),
    FIELD(struct Plain, free, .flags = NULLABLE),
    FIELD(struct Plain, at, .flags = NULLABLE),
    FIELD(struct Plain, docs, .of = &doc, .max = 3),
    FIELD(struct Plain, tags, .format = &uuid, .max = 4),
    FIELD(struct Plain, num, .doc = ""),
    FIELD(struct Plain, some, .flags = NULLABLE),
    FIELD(struct Plain, numbers, .flags = NULLABLE),
    FIELD(struct Plain, object, .flags = NULLABLE, .max = 64),
    {0},
};
static const struct model plain = MODEL(Plain, plain_fields, .doc = "");

struct Login {
	const char *username;
	struct secret password;
	struct opt_int n;
	struct opt_bool maybe;
	struct instant at;
};

static const struct field login_fields[] = {
    FIELD(struct Login, username, .flags = REQUIRED, .min = 1, .max = 8),
    FIELD(struct Login, password, .alias = "pass", .flags = REQUIRED | HASHED, .min = 2, .max = 8),
    FIELD(struct Login, n, .min = 0, .max = 9, .fallback = "5"),
    FIELD(struct Login, maybe, .doc = ""),
    FIELD(struct Login, at, .doc = ""),
    {0},
};
static const struct model login = MODEL(Login, login_fields, .doc = "");

/* The list of faults, as a client reads it. */
static void
check_faults(struct arena *a, const struct faults *faults)
{
	struct json_error error;
	struct buf b;
	cJSON *list;

	must(faults->n > 0 && faults->n <= FAULTS_MAX);
	buf_init(&b, a);
	faults_render(faults, &b);
	must(json_parse(a, b.at, b.bytes, &list, &error));
	must((size_t)cJSON_GetArraySize(list) == faults->n);
	for (const cJSON *f = list->child; f != NULL; f = f->next) {
		const cJSON *loc = cJSON_GetObjectItemCaseSensitive(f, "loc");
		const cJSON *name = cJSON_GetArrayItem(loc, 1);

		must(cJSON_IsString(cJSON_GetObjectItemCaseSensitive(f, "type")));
		must(cJSON_IsString(cJSON_GetObjectItemCaseSensitive(f, "msg")));
		must(cJSON_IsArray(loc) && cJSON_IsString(loc->child));
		if (cJSON_IsString(name) &&
		    (strcmp(name->valuestring, "password") == 0 ||
			strcmp(name->valuestring, "pass") == 0))
			must(!cJSON_HasObjectItem(f, "input"));
	}
}

static void
check_points(const char *s, int64_t min, int64_t max)
{
	must(s == NULL || (str_points(s) >= min && str_points(s) <= max));
}

static void
check_plain(const struct Plain *p)
{
	const struct Doc *docs = p->docs.at;
	const char *const *tags = p->tags.at;

	check_points(p->name, 2, 5);
	must(p->role == NULL || strcmp(p->role, "user") == 0 || strcmp(p->role, "admin") == 0);
	must(p->id == NULL || str_uuid(p->id));
	must(p->n >= -3 && p->n <= 1000);
	must(llabs(p->free.v) <= 9007199254740991);
	must(p->docs.n <= 3 && p->tags.n <= 4);
	for (size_t i = 0; i < p->docs.n; i++) {
		must(docs[i].title != NULL);
		check_points(docs[i].title, 1, 4);
		must(llabs(docs[i].n.v) <= 9);
	}
	for (size_t i = 0; i < p->tags.n; i++)
		must(str_uuid(tags[i]));
}

/* A number read as a double and then made a float may be the one beside it. */
static void
check_numbers(struct arena *a, const char *text, size_t bytes, const struct numbers *numbers)
{
	const cJSON *list, *e = NULL;
	struct json_error error;
	size_t i = 0;
	cJSON *tree;

	must(json_parse(a, text, bytes, &tree, &error));
	list = cJSON_GetObjectItemCaseSensitive(tree, "numbers");
	must(numbers->set == (list != NULL));
	must((numbers->at != NULL) == cJSON_IsArray(list));
	cJSON_ArrayForEach(e, list)
	{
		float f = (float)e->valuedouble;

		must(i < numbers->n && numbers->at[i] >= nextafterf(f, -INFINITY) &&
		    numbers->at[i] <= nextafterf(f, INFINITY));
		i++;
	}
	must(i == numbers->n);
}

static void
try_plain(struct arena *a, const char *text, size_t bytes)
{
	struct Plain one = {0}, two = {0};
	struct buf first, second;
	struct faults faults;

	faults_init(&faults, a);
	if (!bind_json(a, &plain, text, bytes, &one, &faults)) {
		check_faults(a, &faults);
		return;
	}
	must(faults.n == 0);
	check_plain(&one);
	check_numbers(a, text, bytes, &one.numbers);
	buf_init(&first, a);
	render_model(&first, &plain, &one);
	must(bind_json(a, &plain, first.at, first.bytes, &two, &faults));
	buf_init(&second, a);
	render_model(&second, &plain, &two);
	must(strcmp(first.at, second.at) == 0);
}

static void
check_login(const struct Login *l)
{
	must(l->username != NULL && l->password.s != NULL);
	check_points(l->username, 1, 8);
	check_points(l->password.s, 2, 8);
	must(l->n.set && l->n.v >= 0 && l->n.v <= 9);
}

static void
try_login(struct arena *a, const char *text, size_t bytes, int form)
{
	struct Login l = {0};
	struct faults faults;
	struct pairs pairs;
	const char *why;
	int ok;

	faults_init(&faults, a);
	if (form == 0) {
		ok = bind_json(a, &login, text, bytes, &l, &faults);
	} else {
		if (!form_decode(a, text, bytes, &pairs, &why))
			return;
		ok = bind_pairs(a, &login, form == 1 ? IN_BODY : IN_QUERY, &pairs, &l, &faults);
	}
	if (ok)
		check_login(&l);
	else
		check_faults(a, &faults);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes)
{
	struct arena *a = arena_new();
	char *text = malloc(bytes + 1);

	memcpy(text, data, bytes);
	text[bytes] = '\0';
	if (bytes > 0) {
		if (text[0] % 4 == 0)
			try_plain(a, text + 1, bytes - 1);
		else
			try_login(a, text + 1, bytes - 1, text[0] % 4 - 1);
	}
	arena_free(&a);
	free(text);
	return 0;
}
