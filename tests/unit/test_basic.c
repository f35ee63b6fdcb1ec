#include <criterion/criterion.h>
#include <string.h>

#include "lib/arena.h"
#include "lib/basic.h"

#define N(x) (sizeof(x) / sizeof((x)[0]))

static struct arena *a;

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

TestSuite(basic, .init = start, .fini = stop);

Test(basic, reads_a_name_and_a_secret)
{
	static const struct {
		const char *header, *id, *secret;
	} cases[] = {
	    {"Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==", "Aladdin", "open sesame"}, /* RFC 7617 §2 */
	    {"Basic dGVzdDoxMjPCow==", "test", "123\xc2\xa3"},                /* RFC 7617 §2.1 */
	    {"bAsIc   YTpi", "a", "b"},
	    {"Basic YTpiOmM=", "a", "b:c"},
	    {"Basic Og==", "", ""},
	    {"Basic YTo=", "a", ""},
	    {"Basic JTYxJTNhOmIlMkI=", "a:", "b+"},
	    {"Basic YSs6Yis=", "a+", "b+"},
	    {"Basic Pz8/Oj4+Pg==", "???", ">>>"},
	};

	for (size_t i = 0; i < N(cases); i++) {
		struct basic b;

		cr_assert_eq(basic_parse(a, cases[i].header, &b), BASIC_OK, "%zu", i);
		cr_assert_str_eq(b.id, cases[i].id, "%zu", i);
		cr_assert_str_eq(b.secret.s, cases[i].secret, "%zu", i);
	}
}

Test(basic, leaves_other_schemes_alone)
{
	static const char *const headers[] = {
	    "", "B", "Basic", "Bearer YTpi", "Basic\tYTpi", "Basics YTpi", "XBasic YTpi"};
	struct basic b;

	for (size_t i = 0; i < N(headers); i++)
		cr_assert_eq(basic_parse(a, headers[i], &b), BASIC_NONE, "%zu", i);
}

Test(basic, refuses_what_is_not_its_one_spelling)
{
	static const char *const headers[] = {"Basic ", "Basic   ", "Basic YWRh" /* no colon */,
	    "Basic YTp", "Basic YTo",
	    "Basic YTo==", "Basic YTpi=", "Basic YTpi====", "Basic =", "Basic ====", "Basic YT=pi",
	    "Basic YTpi YTpi", "Basic YTpi ", "Basic YTp!",
	    "Basic Og=", "Basic Oh==" /* leftover bits */,
	    "Basic Pz8_Oj4-Pg==" /* the other alphabet */, "Basic YTpiAA==" /* a:b NUL */,
	    "Basic YTolMDA=" /* a:%00 */, "Basic YTolenoA" /* a:%zz NUL */,
	    "Basic YTolNA==" /* a:%4 */, "Basic JTp4" /* %:x */, "Basic YTr/" /* no UTF-8 */,
	    "Basic YTolZmY=" /* a:%ff */};
	struct basic b;

	for (size_t i = 0; i < N(headers); i++)
		cr_assert_eq(basic_parse(a, headers[i], &b), BASIC_BAD, "%zu: %s", i, headers[i]);
}
