#include <criterion/criterion.h>
#include <string.h>

#include "lib/arena.h"
#include "lib/bind.h"
#include "lib/model.h"

/* .unless: one and two, or three and neither of them. */

struct Either {
	const char *one, *two, *three;
};

static const struct field fields[] = {
    FIELD(struct Either, one, .flags = REQUIRED, .unless = "three", .doc = "1"),
    FIELD(struct Either, two, .flags = REQUIRED, .unless = "three", .doc = "2"),
    FIELD(struct Either, three, .flags = NULLABLE, .max = 3, .doc = "3"), {.name = NULL}};
static const struct model either = MODEL(Either, fields, .doc = "Two or one.");

static bool
has(const struct faults *faults, const char *type, const char *loc)
{
	for (const struct fault *f = faults->first; f != NULL; f = f->next) {
		if (strcmp(f->type, type) == 0 && strcmp(f->loc, loc) == 0)
			return true;
	}
	return false;
}

Test(bind_unless, requires_unless_another_stands_in)
{
	static const struct {
		const char *in;
		bool one, two, three; /* at fault */
	} cases[] = {
	    {"{\"three\":\"c\"}", false, false, false},
	    {"{\"one\":\"a\",\"two\":\"b\"}", false, false, false},
	    {"{\"one\":\"a\",\"two\":\"b\",\"three\":\"c\"}", false, false, false},
	    {"{}", true, true, false},
	    {"{\"three\":null}", true, true, false},
	    {"{\"one\":\"a\"}", false, true, false},
	    {"{\"one\":\"a\",\"three\":\"c\"}", false, true, false},
	    {"{\"two\":\"b\",\"three\":\"c\"}", true, false, false},
	    {"{\"three\":\"long\"}", false, false, true},
	    {"{\"two\":\"b\",\"three\":\"long\"}", true, false, true},
	};
	struct arena *a = arena_new();

	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct Either out = {.one = NULL};
		struct faults faults;
		size_t n = (size_t)cases[i].one + cases[i].two + cases[i].three;

		faults_init(&faults, a);
		cr_expect_eq(bind_json(a, &either, cases[i].in, strlen(cases[i].in), &out, &faults),
		    n == 0, "%zu", i);
		cr_expect_eq(faults.n, n, "%zu", i);
		cr_expect_eq(has(&faults, "missing", "[\"body\",\"one\"]"), cases[i].one, "%zu", i);
		cr_expect_eq(has(&faults, "missing", "[\"body\",\"two\"]"), cases[i].two, "%zu", i);
		cr_expect_eq(has(&faults, "string_too_long", "[\"body\",\"three\"]"),
		    cases[i].three, "%zu", i);
	}
	arena_free(&a);
}
