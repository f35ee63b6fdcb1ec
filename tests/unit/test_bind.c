#include <criterion/criterion.h>
#include <string.h>

#include "lib/arena.h"
#include "lib/bind.h"
#include "lib/buf.h"
#include "lib/model.h"
#include "lib/str.h"

#define N(x) (sizeof(x) / sizeof((x)[0]))

static const char *
check_even(const char *s)
{
	return strlen(s) % 2 == 0 ? NULL : "its length is odd";
}

static const char *
check_uuid(const char *s)
{
	return str_uuid(s) ? NULL : "it is not in the form of RFC 9562";
}

static const struct format even = {.name = "even", .check = check_even};
static const struct format uuid = {.name = "uuid", .check = check_uuid, .type = "uuid_parsing"};
static const char *const colours[] = {"red", "green", "blue", NULL};
static const char *const single[] = {"only", NULL};

struct Doc {
	const char *title;
	int64_t pages;
};

static const struct field doc_fields[] = {
    FIELD(struct Doc, title, .flags = REQUIRED, .min = 1, .max = 5),
    FIELD(struct Doc, pages, .min = 1, .max = 10),
    {0},
};
static const struct model doc = MODEL(Doc, doc_fields, .doc = "");

/* Without a secret: everything may be echoed. */
struct Open {
	const char *email, *full_name, *colour, *only, *id;
	struct opt_str nick, strict;
	bool flag;
	struct opt_bool maybe;
	int64_t n;
	struct opt_int free, size;
	struct instant at;
	struct list docs, ids, tags;
};

static const struct field open_fields[] = {
    FIELD(struct Open, email, .flags = REQUIRED, .format = &even),
    FIELD(struct Open, full_name, .alias = "name", .min = 2, .max = 4),
    FIELD(struct Open, colour, .choices = colours),
    FIELD(struct Open, only, .choices = single),
    FIELD(struct Open, id, .format = &uuid),
    FIELD(struct Open, nick, .flags = NULLABLE),
    FIELD(struct Open, strict, .min = 1, .max = 300),
    FIELD(struct Open, flag, .doc = ""),
    FIELD(struct Open, maybe, .flags = NULLABLE),
    FIELD(struct Open, n, .min = -5, .max = 100, .fallback = "50"),
    FIELD(struct Open, free, .flags = NULLABLE),
    FIELD(struct Open, size, .max = 7),
    FIELD(struct Open, at, .flags = NULLABLE),
    FIELD(struct Open, docs, .of = &doc, .max = 3),
    FIELD(struct Open, ids, .format = &uuid, .min = 1, .max = 2),
    FIELD(struct Open, tags, .doc = ""),
    {0},
};
static const struct model open_model = MODEL(Open, open_fields, .doc = "");

struct Closed {
	const char *email;
	struct secret password;
	int64_t n;
};

static const struct field closed_fields[] = {
    FIELD(struct Closed, email, .min = 3, .max = 100),
    FIELD(
	struct Closed, password, .alias = "pass", .flags = REQUIRED | HASHED, .min = 8, .max = 12),
    FIELD(struct Closed, n, .min = 0, .max = 9),
    {0},
};
static const struct model closed_model = MODEL(Closed, closed_fields, .doc = "");

static struct arena *a;
static struct faults faults;
static struct Open o;
static struct Closed c;

static void
start(void)
{
	a = arena_new();
	faults_init(&faults, a);
}

static void
stop(void)
{
	arena_free(&a);
}

TestSuite(bind, .init = start, .fini = stop);

static const char *
rendered(void)
{
	struct buf b;

	buf_init(&b, a);
	faults_render(&faults, &b);
	return b.at;
}

/* The faults of ${text}, "[]" for none; the return value and the count must say the same. */
static const char *
json_faults(const struct model *m, void *out, const char *text)
{
	bool ok;

	faults_init(&faults, a);
	memset(out, 0, m->size);
	ok = bind_json(a, m, text, strlen(text), out, &faults);
	cr_assert_eq(ok, faults.n == 0, "%s", text);
	return rendered();
}

struct refusal {
	const char *in, *faults;
};

static void
check_refusals(const struct model *m, void *out, const struct refusal *cases, size_t n)
{
	for (size_t i = 0; i < n; i++)
		cr_assert_str_eq(json_faults(m, out, cases[i].in), cases[i].faults, "case %zu", i);
}

Test(bind, fills_every_kind)
{
	const char *all = json_faults(&open_model, &o,
	    "{\"email\":\"ab\",\"full_name\":\"Zo\xc3\xab\",\"colour\":\"blue\",\"only\":\"only\","
	    "\"id\":\"f81d4fae-7dec-11d0-a765-00a0c91e6bf6\",\"nick\":\"n\",\"strict\":\"s\","
	    "\"flag\":true,\"maybe\":false,\"n\":-5,\"free\":9007199254740991,\"size\":7.0,"
	    "\"at\":\"1970-01-01T00:00:01Z\",\"docs\":[{\"title\":\"t1\",\"pages\":1},{\"title\":"
	    "\"t2\"}],"
	    "\"ids\":[\"f81d4fae-7dec-11d0-a765-00a0c91e6bf6\"],\"tags\":[]}");
	const struct Doc *docs = o.docs.at;

	cr_assert_str_eq(all, "[]");
	cr_assert_str_eq(o.email, "ab");
	cr_assert_str_eq(o.full_name, "Zo\xc3\xab");
	cr_assert_str_eq(o.colour, "blue");
	cr_assert(o.nick.set && strcmp(o.nick.s, "n") == 0);
	cr_assert(o.flag);
	cr_assert(o.maybe.set && !o.maybe.v);
	cr_assert_eq(o.n, -5);
	cr_assert(o.free.set && o.free.v == 9007199254740991);
	cr_assert(o.size.set && o.size.v == 7);
	cr_assert_eq(o.at.us, 1000000);
	cr_assert_eq(o.docs.n, 2);
	cr_assert_str_eq(docs[0].title, "t1");
	cr_assert_eq(docs[0].pages, 1);
	cr_assert_str_eq(docs[1].title, "t2");
	cr_assert_eq(docs[1].pages, 0);
	cr_assert_eq(o.ids.n, 1);
	cr_assert_str_eq(*(const char *const *)o.ids.at, "f81d4fae-7dec-11d0-a765-00a0c91e6bf6");
	cr_assert(o.tags.at != NULL && o.tags.n == 0, "an empty list is there");
}

Test(bind, tells_absent_from_null)
{
	cr_assert_str_eq(json_faults(&open_model, &o, "{\"email\":\"ab\"}"), "[]");
	cr_assert_null(o.full_name);
	cr_assert_not(o.nick.set);
	cr_assert_not(o.maybe.set);
	cr_assert_not(o.free.set);
	cr_assert_eq(o.at.us, INSTANT_NONE);
	cr_assert_null(o.docs.at);
	cr_assert_eq(o.n, 50, "the default");
	cr_assert_str_eq(
	    json_faults(&open_model, &o,
		"{\"email\":\"ab\",\"nick\":null,\"maybe\":null,\"free\":null,\"at\":null}"),
	    "[]");
	cr_assert(o.nick.set && o.nick.s == NULL);
	cr_assert_not(o.maybe.set);
	cr_assert_not(o.free.set);
	cr_assert_eq(o.at.us, INSTANT_NONE);
}

Test(bind, takes_either_name)
{
	cr_assert_str_eq(json_faults(&open_model, &o, "{\"email\":\"ab\",\"name\":\"Ada\"}"), "[]");
	cr_assert_str_eq(o.full_name, "Ada");
}

#define FAULT(type, loc, msg)     "{\"type\":\"" type "\",\"loc\":[\"body\"" loc "],\"msg\":\"" msg "\""
#define ONE(type, loc, msg, rest) "[" FAULT(type, loc, msg) rest "}]"

Test(bind, refuses_what_is_no_object)
{
#define NO_OBJECT "Input should be a valid dictionary or object to extract fields from"
	static const struct refusal cases[] = {
	    {"", ONE("missing", "", "Field required", "")},
	    {"{",
		ONE("json_invalid", ",1", "JSON decode error",
		    ",\"ctx\":{\"error\":\"a member name was expected\"}")},
	    {"{\"email\":\"a\\u0000b\"}",
		ONE("json_invalid", ",11", "JSON decode error",
		    ",\"ctx\":{\"error\":\"a NUL character is not allowed\"}")},
	    {"{\"email\":\"ab\",\"email\":\"ab\"}",
		ONE("json_invalid", ",14", "JSON decode error",
		    ",\"ctx\":{\"error\":\"a member is given twice\"}")},
	    {"[]", ONE("model_attributes_type", "", NO_OBJECT, ",\"input\":[]")},
	    {"null", ONE("model_attributes_type", "", NO_OBJECT, ",\"input\":null")},
	    {"\"x\"", ONE("model_attributes_type", "", NO_OBJECT, ",\"input\":\"x\"")},
	    {"17", ONE("model_attributes_type", "", NO_OBJECT, ",\"input\":17")},
	};

	check_refusals(&open_model, &o, cases, N(cases));
}

Test(bind, refuses_wrong_types)
{
#define STRING "Input should be a valid string"
#define INT    "Input should be a valid integer"
	static const struct refusal cases[] = {
	    {"{\"email\":1}", ONE("string_type", ",\"email\"", STRING, ",\"input\":1")},
	    {"{\"email\":null}", ONE("string_type", ",\"email\"", STRING, ",\"input\":null")},
	    {"{\"email\":true}", ONE("string_type", ",\"email\"", STRING, ",\"input\":true")},
	    {"{\"email\":[1,\"a\"]}",
		ONE("string_type", ",\"email\"", STRING, ",\"input\":[1,\"a\"]")},
	    {"{\"email\":{\"a\":0.1}}",
		ONE("string_type", ",\"email\"", STRING, ",\"input\":{\"a\":0.1}")},
	    {"{\"email\":\"\",\"strict\":null}",
		ONE("string_type", ",\"strict\"", STRING, ",\"input\":null")},
	    {"{\"email\":\"\",\"nick\":1e300}",
		ONE("string_type", ",\"nick\"", STRING, ",\"input\":1e+300")},
	    {"{\"email\":\"\",\"flag\":1}",
		ONE("bool_type", ",\"flag\"", "Input should be a valid boolean", ",\"input\":1")},
	    {"{\"email\":\"\",\"flag\":null}",
		ONE("bool_type", ",\"flag\"", "Input should be a valid boolean",
		    ",\"input\":null")},
	    {"{\"email\":\"\",\"maybe\":\"true\"}",
		ONE("bool_type", ",\"maybe\"", "Input should be a valid boolean",
		    ",\"input\":\"true\"")},
	    {"{\"email\":\"\",\"n\":\"5\"}", ONE("int_type", ",\"n\"", INT, ",\"input\":\"5\"")},
	    {"{\"email\":\"\",\"n\":true}", ONE("int_type", ",\"n\"", INT, ",\"input\":true")},
	    {"{\"email\":\"\",\"n\":1.5}",
		ONE("int_from_float", ",\"n\"", INT ", got a number with a fractional part",
		    ",\"input\":1.5")},
	    {"{\"email\":\"\",\"free\":9007199254740992}",
		ONE("int_type", ",\"free\"", INT, ",\"input\":9007199254740992")},
	    {"{\"email\":\"\",\"free\":-1e300}",
		ONE("int_type", ",\"free\"", INT, ",\"input\":-1e+300")},
	    {"{\"email\":\"\",\"at\":5}",
		ONE("datetime_type", ",\"at\"", "Input should be a valid datetime",
		    ",\"input\":5")},
	    {"{\"email\":\"\",\"at\":\"1970\"}",
		ONE("datetime_parsing", ",\"at\"",
		    "Input should be a valid datetime, it is not in the form of RFC 3339",
		    ",\"input\":\"1970\",\"ctx\":{\"error\":\"it is not in the form of RFC "
		    "3339\"}")},
	    {"{\"email\":\"\",\"docs\":{}}",
		ONE("list_type", ",\"docs\"", "Input should be a valid list", ",\"input\":{}")},
	    {"{\"email\":\"\",\"docs\":null}",
		ONE("list_type", ",\"docs\"", "Input should be a valid list", ",\"input\":null")},
	    {"{\"email\":\"\",\"tags\":[\"a\",3]}",
		ONE("string_type", ",\"tags\",1", STRING, ",\"input\":3")},
	    {"{\"email\":\"\",\"tags\":[null]}",
		ONE("string_type", ",\"tags\",0", STRING, ",\"input\":null")},
	    {"{\"email\":\"\",\"docs\":[7]}",
		ONE("model_attributes_type", ",\"docs\",0", NO_OBJECT, ",\"input\":7")},
	};

	check_refusals(&open_model, &o, cases, N(cases));
}

Test(bind, refuses_what_is_out_of_bounds)
{
	static const struct refusal cases[] = {
	    {"{}", ONE("missing", ",\"email\"", "Field required", "")},
	    {"{\"email\":\"\",\"full_name\":\"\xc3\xab\"}",
		ONE("string_too_short", ",\"full_name\"",
		    "String should have at least 2 characters",
		    ",\"input\":\"\xc3\xab\",\"ctx\":{\"min_length\":2}")},
	    {"{\"email\":\"\",\"full_name\":\"abcde\"}",
		ONE("string_too_long", ",\"full_name\"", "String should have at most 4 characters",
		    ",\"input\":\"abcde\",\"ctx\":{\"max_length\":4}")},
	    {"{\"email\":\"\",\"name\":\"a\"}",
		ONE("string_too_short", ",\"name\"", "String should have at least 2 characters",
		    ",\"input\":\"a\",\"ctx\":{\"min_length\":2}")},
	    {"{\"email\":\"\",\"strict\":\"\"}",
		ONE("string_too_short", ",\"strict\"", "String should have at least 1 character",
		    ",\"input\":\"\",\"ctx\":{\"min_length\":1}")},
	    {"{\"email\":\"\",\"n\":-6}",
		ONE("greater_than_equal", ",\"n\"", "Input should be greater than or equal to -5",
		    ",\"input\":-6,\"ctx\":{\"ge\":-5}")},
	    {"{\"email\":\"\",\"n\":101}",
		ONE("less_than_equal", ",\"n\"", "Input should be less than or equal to 100",
		    ",\"input\":101,\"ctx\":{\"le\":100}")},
	    {"{\"email\":\"\",\"size\":-1}",
		ONE("greater_than_equal", ",\"size\"", "Input should be greater than or equal to 0",
		    ",\"input\":-1,\"ctx\":{\"ge\":0}")},
	    {"{\"email\":\"\",\"colour\":\"Red\"}",
		ONE("enum", ",\"colour\"", "Input should be 'red', 'green' or 'blue'",
		    ",\"input\":\"Red\",\"ctx\":{\"expected\":\"'red', 'green' or 'blue'\"}")},
	    {"{\"email\":\"\",\"only\":\"\"}",
		ONE("enum", ",\"only\"", "Input should be 'only'",
		    ",\"input\":\"\",\"ctx\":{\"expected\":\"'only'\"}")},
	    {"{\"email\":\"odd\"}",
		ONE("value_error", ",\"email\"", "Value error, its length is odd",
		    ",\"input\":\"odd\",\"ctx\":{\"reason\":\"its length is odd\"}")},
	    {"{\"email\":\"\",\"id\":\"1\"}",
		ONE("uuid_parsing", ",\"id\"",
		    "Input should be a valid UUID, it is not in the form of RFC 9562",
		    ",\"input\":\"1\",\"ctx\":{\"error\":\"it is not in the form of RFC 9562\"}")},
	    {"{\"email\":\"\",\"ids\":[]}",
		ONE("too_short", ",\"ids\"",
		    "List should have at least 1 item after validation, not 0",
		    ",\"ctx\":{\"field_type\":\"List\",\"min_length\":1,\"actual_length\":0}")},
	    {"{\"email\":\"\",\"ids\":[1,2,3]}",
		ONE("too_long", ",\"ids\"",
		    "List should have at most 2 items after validation, not 3",
		    ",\"ctx\":{\"field_type\":\"List\",\"max_length\":2,\"actual_length\":3}")},
	    {"{\"email\":\"\",\"ids\":[\"f81d4fae-7dec-11d0-a765-00a0c91e6bf6\",\"x\"]}",
		ONE("uuid_parsing", ",\"ids\",1",
		    "Input should be a valid UUID, it is not in the form of RFC 9562",
		    ",\"input\":\"x\",\"ctx\":{\"error\":\"it is not in the form of RFC 9562\"}")},
	    {"{\"email\":\"\",\"docs\":[{\"title\":\"t\"},{\"title\":\"\"}]}",
		ONE("string_too_short", ",\"docs\",1,\"title\"",
		    "String should have at least 1 character",
		    ",\"input\":\"\",\"ctx\":{\"min_length\":1}")},
	    {"{\"email\":\"\",\"full_name\":\"Ada\",\"name\":\"Ada\"}",
		ONE("value_error", ",\"name\"", "Value error, given together with 'full_name'",
		    ",\"ctx\":{\"reason\":\"given together with 'full_name'\"}")},
	};

	check_refusals(&open_model, &o, cases, N(cases));
}

Test(bind, refuses_unknown_members_without_their_value)
{
#define EXTRA "Extra inputs are not permitted"
	static const struct refusal cases[] = {
	    {"{\"email\":\"\",\"pasword\":\"hunter22\"}",
		ONE("extra_forbidden", ",\"pasword\"", EXTRA, "")},
	    {"{\"email\":\"\",\"Flag\":true}", ONE("extra_forbidden", ",\"Flag\"", EXTRA, "")},
	    {"{\"email\":\"\",\"\":1}", ONE("extra_forbidden", ",\"\"", EXTRA, "")},
	    {"{\"email\":\"\",\"docs\":[{\"title\":\"t\",\"is_admin\":true}]}",
		ONE("extra_forbidden", ",\"docs\",0,\"is_admin\"", EXTRA, "")},
	    {"{\"email\":\"\","
	     "\"1234567890123456789012345678901234567890123456789012345678901234567890\":1}",
		ONE("extra_forbidden",
		    ",\"1234567890123456789012345678901234567890123456789012345678901234…\"", EXTRA,
		    "")},
	};

	check_refusals(&open_model, &o, cases, N(cases));
}

Test(bind, reports_everything_at_once)
{
	cr_assert_str_eq(json_faults(&open_model, &o, "{\"n\":101,\"x\":1,\"docs\":[{},1]}"),
	    "[" FAULT("missing", ",\"email\"", "Field required") "}," FAULT("less_than_equal",
		",\"n\"",
		"Input should be less than or equal to 100") ",\"input\":101,\"ctx\":{\"le\":100}}"
							     "," FAULT("missing",
								 ",\"docs\",0,\"title\"",
								 "Field required") "}," FAULT("mode"
											      "l_"
											      "attr"
											      "ibut"
											      "es_"
											      "typ"
											      "e",
								 ",\"docs\",1",
								 NO_OBJECT) ",\"input\":1}," FAULT("extra_forbidden",
								 ",\"x\"", EXTRA) "}]");
}

/* ID-06: cJSON's plain getter would find "email" here. */
Test(bind, names_are_case_sensitive)
{
	cr_assert_str_eq(json_faults(&open_model, &o, "{\"Email\":\"ab\"}"),
	    "[" FAULT("missing", ",\"email\"", "Field required") "}," FAULT(
		"extra_forbidden", ",\"Email\"", EXTRA) "}]");
}

/* Whatever is wrong in whatever place, the word never comes back. */
Test(bind, never_echoes_a_secret)
{
	static const char *const cases[] = {"{\"password\":\"hunter2\"}", "{\"pass\":\"hunter2\"}",
	    "{\"pass\":\"hunter2\",\"password\":\"hunter2\"}",
	    "{\"password\":\"hunter2hunter2hunter2\"}", "{\"password\":[\"hunter2\"]}",
	    "{\"password\":{\"a\":\"hunter2\"}}", "{\"pasword\":\"hunter2\"}",
	    "{\"email\":{\"password\":\"hunter2\"},\"n\":[\"hunter2\"]}", "\"hunter2\"",
	    "[\"hunter2\"]", "{\"password\":\"hunter2\"",
	    "{\"password\":\"hunter2\",\"password\":\"hunter2\"}"};

	for (size_t i = 0; i < N(cases); i++) {
		const char *text = json_faults(&closed_model, &c, cases[i]);

		cr_assert_str_neq(text, "[]", "case %zu", i);
		cr_assert_null(strstr(text, "hunter2"), "case %zu: %s", i, text);
	}
	cr_assert_str_eq(json_faults(&closed_model, &c, "{\"password\":7}"),
	    ONE("string_type", ",\"password\"", STRING, ""));
	cr_assert_str_eq(json_faults(&closed_model, &c, "{\"password\":\"short\",\"email\":\"a\"}"),
	    "[" FAULT("string_too_short", ",\"email\"",
		"String should have at least 3 characters") ",\"input\":\"a\",\"ctx\":{\"min_"
							    "length\":3}}," FAULT("string_too_"
										  "short",
								",\"password\"",
								"String should have at least 8 "
								"characters") ",\"ctx\":{\"min_"
									      "length\":8}}]");
	cr_assert_str_eq(json_faults(&closed_model, &c, "{\"password\":\"longenough\"}"), "[]");
	cr_assert_str_eq(c.password.s, "longenough");
}

/* 300 bytes of two-byte characters, shifted by one: the cut must not halve one. */
Test(bind, cuts_what_it_echoes)
{
	struct buf text;
	const char *input;

	buf_init(&text, a);
	buf_puts(&text, "{\"email\":\"x");
	for (int i = 0; i < 150; i++)
		buf_puts(&text, "\xc3\xab");
	buf_puts(&text, "\",\"nick\":[");
	for (int i = 0; i < 200; i++)
		buf_puts(&text, "1,");
	buf_puts(&text, "1]}");
	(void)json_faults(&open_model, &o, text.at);
	cr_assert_eq(faults.n, 2);
	input = faults.first->input;
	cr_assert(str_utf8(input, strlen(input)));
	cr_assert_eq(strlen(input), 1 + 255 + strlen("…") + 1);
	cr_assert_null(faults.first->next->input, "half a container is no JSON");
}

Test(bind, stops_at_the_bound_of_faults)
{
	struct buf text;

	buf_init(&text, a);
	buf_puts(&text, "{\"email\":\"\",\"tags\":[");
	for (int i = 0; i < 100000; i++)
		buf_puts(&text, "1,");
	buf_puts(&text, "1]}");
	cr_assert_not(bind_json(a, &open_model, text.at, text.bytes, &o, &faults));
	cr_assert_eq(faults.n, FAULTS_MAX);
	cr_assert_not(
	    bind_json(a, &open_model, "{}", 2, &o, &faults), "dropped, but not forgotten");
	cr_assert_eq(faults.n, FAULTS_MAX);
}
