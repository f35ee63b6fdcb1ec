#include <criterion/criterion.h>
#include <string.h>

#include "lib/arena.h"
#include "lib/bind.h"
#include "lib/buf.h"
#include "lib/model.h"
#include "lib/str.h"

#define N(x) (sizeof(x) / sizeof((x)[0]))

static const char *
check_uuid(const char *s)
{
	return str_uuid(s) ? NULL : "it is not in the form of RFC 9562";
}

static const struct format uuid = {.name = "uuid", .check = check_uuid, .type = "uuid_parsing"};
static const char *const colours[] = {"red", "green", "blue", NULL};

struct Login {
	const char *email;
	struct secret password;
};

static const struct field login_fields[] = {
    FIELD(struct Login, email, .min = 3, .max = 100),
    FIELD(struct Login, password, .flags = REQUIRED | HASHED, .min = 8, .max = 12),
    {0},
};
static const struct model login_model = MODEL(Login, login_fields, .doc = "");

static struct arena *a;
static struct faults faults;
static struct Login login;

static void
start(void)
{
	a = arena_new();
}

static void
stop(void)
{
	arena_free(&a);
}

TestSuite(bind_pairs, .init = start, .fini = stop);

struct Query {
	int64_t page;
	struct opt_int size;
	bool flag;
	struct opt_bool active;
	const char *sort, *id, *query;
	struct instant after;
};

static const struct field query_fields[] = {
    FIELD(struct Query, page, .min = 1, .max = 10000, .fallback = "1"),
    FIELD(struct Query, size, .alias = "limit", .min = 1, .max = 100),
    FIELD(struct Query, flag, .fallback = "true"),
    FIELD(struct Query, active, .doc = ""),
    FIELD(struct Query, sort, .choices = colours, .fallback = "red"),
    FIELD(struct Query, id, .flags = REQUIRED, .format = &uuid),
    FIELD(struct Query, query, .min = 1, .max = 20),
    FIELD(struct Query, after, .doc = ""),
    {0},
};
static const struct model query_model = MODEL(Query, query_fields, .doc = "");

#define ID "f81d4fae-7dec-11d0-a765-00a0c91e6bf6"

static struct Query q;

/* ${text} is name=value words between blanks: no decoding here. */
static const char *
pair_faults(const struct model *m, enum where where, void *out, const char *text)
{
	struct pair at[16];
	struct pairs pairs = {.at = at};
	char *rest = arena_strdup(a, text), *word;
	struct buf b;
	bool ok;

	while ((word = strsep(&rest, " ")) != NULL) {
		at[pairs.n].name = strsep(&word, "=");
		at[pairs.n++].value = word;
	}
	faults_init(&faults, a);
	memset(out, 0, m->size);
	ok = bind_pairs(a, m, where, &pairs, out, &faults);
	cr_assert_eq(ok, faults.n == 0, "%s", text);
	buf_init(&b, a);
	faults_render(&faults, &b);
	return b.at;
}

Test(bind_pairs, reads_text)
{
	cr_assert_str_eq(pair_faults(&query_model, IN_QUERY, &q,
			     "page=7 size=100 flag=false active=true sort=blue id=" ID
			     " query=x after=1970-01-01T00:00:00Z utm=1 utm=2"),
	    "[]");
	cr_assert_eq(q.page, 7);
	cr_assert(q.size.set && q.size.v == 100);
	cr_assert_not(q.flag);
	cr_assert(q.active.set && q.active.v);
	cr_assert_str_eq(q.sort, "blue");
	cr_assert_str_eq(q.id, ID);
	cr_assert_str_eq(q.query, "x");
	cr_assert_eq(q.after.us, 0);
}

Test(bind_pairs, fills_in_defaults)
{
	cr_assert_str_eq(pair_faults(&query_model, IN_QUERY, &q, "id=" ID " limit=5"), "[]");
	cr_assert_eq(q.page, 1);
	cr_assert(q.size.set && q.size.v == 5, "by its other name");
	cr_assert(q.flag);
	cr_assert_not(q.active.set);
	cr_assert_str_eq(q.sort, "red");
	cr_assert_null(q.query);
	cr_assert_eq(q.after.us, INSTANT_NONE);
}

#define TEXT(where, type, name, msg, rest) \
	"[{\"type\":\"" type "\",\"loc\":[\"" where "\",\"" name "\"],\"msg\":\"" msg "\"" rest "}]"

Test(bind_pairs, refuses_bad_text)
{
#define INT_TEXT  "Input should be a valid integer, unable to parse string as an integer"
#define BOOL_TEXT "Input should be a valid boolean, unable to interpret input"
#define TWICE     "given more than once"
	static const struct {
		const char *in, *faults;
	} cases[] = {
	    {"page=", TEXT("query", "int_parsing", "page", INT_TEXT, ",\"input\":\"\"")},
	    {"page=x", TEXT("query", "int_parsing", "page", INT_TEXT, ",\"input\":\"x\"")},
	    {"page=1.0", TEXT("query", "int_parsing", "page", INT_TEXT, ",\"input\":\"1.0\"")},
	    {"page=99999999999999999999",
		TEXT("query", "int_parsing", "page", INT_TEXT,
		    ",\"input\":\"99999999999999999999\"")},
	    {"page=0",
		TEXT("query", "greater_than_equal", "page",
		    "Input should be greater than or equal to 1",
		    ",\"input\":\"0\",\"ctx\":{\"ge\":1}")},
	    {"limit=101",
		TEXT("query", "less_than_equal", "limit",
		    "Input should be less than or equal to 100",
		    ",\"input\":\"101\",\"ctx\":{\"le\":100}")},
	    {"flag=1", TEXT("query", "bool_parsing", "flag", BOOL_TEXT, ",\"input\":\"1\"")},
	    {"active=True",
		TEXT("query", "bool_parsing", "active", BOOL_TEXT, ",\"input\":\"True\"")},
	    {"sort=",
		TEXT("query", "enum", "sort", "Input should be 'red', 'green' or 'blue'",
		    ",\"input\":\"\",\"ctx\":{\"expected\":\"'red', 'green' or 'blue'\"}")},
	    {"query=",
		TEXT("query", "string_too_short", "query",
		    "String should have at least 1 character",
		    ",\"input\":\"\",\"ctx\":{\"min_length\":1}")},
	    {"page=1 page=1",
		TEXT("query", "value_error", "page", "Value error, " TWICE,
		    ",\"ctx\":{\"reason\":\"" TWICE "\"}")},
	    {"limit=1 limit=1",
		TEXT("query", "value_error", "limit", "Value error, " TWICE,
		    ",\"ctx\":{\"reason\":\"" TWICE "\"}")},
	    {"size=1 limit=1",
		TEXT("query", "value_error", "limit", "Value error, given together with 'size'",
		    ",\"ctx\":{\"reason\":\"given together with 'size'\"}")},
	};

	for (size_t i = 0; i < N(cases); i++) {
		const char *in = arena_printf(a, "id=" ID " %s", cases[i].in);

		cr_assert_str_eq(
		    pair_faults(&query_model, IN_QUERY, &q, in), cases[i].faults, "case %zu", i);
	}
	cr_assert_str_eq(pair_faults(&query_model, IN_PATH, &q, "id=me"),
	    TEXT("path", "uuid_parsing", "id",
		"Input should be a valid UUID, it is not in the form of RFC 9562",
		",\"input\":\"me\",\"ctx\":{\"error\":\"it is not in the form of RFC 9562\"}"));
	cr_assert_str_eq(pair_faults(&query_model, IN_QUERY, &q, "x=1"),
	    TEXT("query", "missing", "id", "Field required", ""));
}

/* RFC 6749 §3.2: parameters without a value are treated as if they were omitted. */
Test(bind_pairs, an_empty_form_field_is_absent)
{
	cr_assert_str_eq(pair_faults(&login_model, IN_BODY, &login, "password= email="),
	    TEXT("body", "missing", "password", "Field required", ""));
	cr_assert_str_eq(
	    pair_faults(&login_model, IN_BODY, &login, "password= password=longenough"),
	    TEXT("body", "value_error", "password", "Value error, " TWICE,
		",\"ctx\":{\"reason\":\"" TWICE "\"}"));
	cr_assert_str_eq(
	    pair_faults(&login_model, IN_BODY, &login, "password=longenough email= client_id=x"),
	    "[]");
	cr_assert_null(login.email);
	cr_assert_str_eq(pair_faults(&login_model, IN_BODY, &login, "password=short"),
	    TEXT("body", "string_too_short", "password", "String should have at least 8 characters",
		",\"ctx\":{\"min_length\":8}"));
}
