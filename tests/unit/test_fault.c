#include <criterion/criterion.h>

#include "lib/arena.h"
#include "lib/buf.h"
#include "lib/fault.h"

static struct arena *a;
static struct faults f;
static struct buf b;

static void
start(void)
{
	a = arena_new();
	faults_init(&f, a);
	buf_init(&b, a);
}

static void
stop(void)
{
	arena_free(&a);
}

TestSuite(fault, .init = start, .fini = stop);

Test(fault, no_faults_are_an_empty_list)
{
	faults_render(&f, &b);
	cr_assert_str_eq(b.at, "[]");
	cr_assert_eq(f.n, 0);
}

Test(fault, places_are_json_arrays)
{
	cr_assert_str_eq(fault_loc(a, IN_BODY, "email"), "[\"body\",\"email\"]");
	cr_assert_str_eq(fault_loc(a, IN_QUERY, "a\"b"), "[\"query\",\"a\\\"b\"]");
	cr_assert_str_eq(fault_loc(a, IN_PATH, "id"), "[\"path\",\"id\"]");
	cr_assert_str_eq(fault_loc(a, IN_BODY, NULL), "[\"body\"]");
}

Test(fault, renders_in_the_order_they_came)
{
	struct fault *fault = faults_add(&f, "int_type", fault_loc(a, IN_BODY, "n"), "Input \"x\"");

	fault->input = "\"5\"";
	fault->ctx = "{\"ge\":1}";
	(void)faults_add(&f, "missing", fault_loc(a, IN_BODY, NULL), "Field required");
	faults_render(&f, &b);
	cr_assert_str_eq(b.at,
	    "[{\"type\":\"int_type\",\"loc\":[\"body\",\"n\"],\"msg\":\"Input \\\"x\\\"\","
	    "\"input\":\"5\",\"ctx\":{\"ge\":1}},"
	    "{\"type\":\"missing\",\"loc\":[\"body\"],\"msg\":\"Field required\"}]");
}

Test(fault, says_its_reason_twice)
{
	fault_value(&f, IN_QUERY, "cursor", "not a \"cursor\"");
	faults_render(&f, &b);
	cr_assert_str_eq(b.at,
	    "[{\"type\":\"value_error\",\"loc\":[\"query\",\"cursor\"],"
	    "\"msg\":\"Value error, not a \\\"cursor\\\"\",\"ctx\":{\"reason\":\"not a "
	    "\\\"cursor\\\"\"}}]");
}

Test(fault, drops_what_exceeds_the_bound)
{
	size_t shown = 0;

	for (int i = 0; i < FAULTS_MAX + 50; i++)
		faults_add(&f, "missing", "[]", "Field required")->input = "1";
	cr_assert_eq(f.n, FAULTS_MAX);
	for (const struct fault *fault = f.first; fault != NULL; fault = fault->next)
		shown++;
	cr_assert_eq(shown, FAULTS_MAX);
}
