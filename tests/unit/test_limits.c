#include <criterion/criterion.h>
#include <string.h>

#include "lib/arena.h"
#include "lib/network.h"

#include "app/api/limits.h"
#include "app/limits.h"

static struct arena *a;

static void
set_up(void)
{
	a = arena_new();
}

static void
tear_down(void)
{
	arena_free(&a);
}

TestSuite(limits, .init = set_up, .fini = tear_down);

static bool
has(const struct limits *l, const struct limit *limit, int64_t count, int64_t seconds)
{
	const struct limits_rule *rule = limits_rule(l, limit);

	return rule->count == count && rule->seconds == seconds;
}

Test(limits, nothing_said_leaves_what_the_table_says)
{
	struct limits l;
	const char *why;

	cr_assert(limits_parse(a, "", &l, &why));
	cr_expect_not(l.off);
	for (size_t i = 0; limits_all[i] != NULL; i++)
		cr_expect(has(&l, limits_all[i], limits_all[i]->count, limits_all[i]->seconds),
		    "%s", limits_all[i]->operation);
	cr_expect(has(&l, &limit_registration, 5, 3600));
	cr_expect(has(&l, &limit_change_password, 3, 3600));
}

Test(limits, what_is_said_holds_and_the_rest_stays)
{
	struct limits l;
	const char *why;

	cr_assert(limits_parse(a, "login=7/60,registration=1/2678400", &l, &why));
	cr_expect_not(l.off);
	cr_expect(has(&l, &limit_login, 7, 60));
	cr_expect(has(&l, &limit_registration, 1, 2678400));
	cr_expect(has(&l, &limit_login_account, 20, 900));
	cr_assert(limits_parse(a, "off", &l, &why));
	cr_expect(l.off);
}

Test(limits, what_cannot_be_read_is_named)
{
	static const struct {
		const char *text, *says;
	} cases[] = {
	    {"on", "\"on\""},
	    {"OFF", "\"OFF\""},
	    {" ", "\" \""},
	    {",", "\"\""},
	    {"login=5/60,", "\"\""},
	    {"login", "\"login\""},
	    {"login=5", "\"login=5\""},
	    {"login/5", "\"login/5\""},
	    {"login/5=60", "\"login/5=60\""},
	    {"off,login=5/60", "\"off\""},
	    {"sign_in=5/60", "sign_in"},
	    {"Login=5/60", "Login"},
	    {"=5/60", "\"\""},
	    {"login=0/60", "count"},
	    {"login=-1/60", "count"},
	    {"login=/60", "count"},
	    {"login=05/60", "count"},
	    {"login= 5/60", "count"},
	    {"login=1000001/60", "count"},
	    {"login=99999999999999999999/60", "count"},
	    {"login=5/0", "seconds"},
	    {"login=5/", "seconds"},
	    {"login=5/60s", "seconds"},
	    {"login=5/60/7", "seconds"},
	    {"login=5/2678401", "seconds"},
	    {"login=5/60,registration=1/1,login=6/60", "login twice"},
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct limits l;
		const char *why = NULL;

		cr_expect_not(limits_parse(a, cases[i].text, &l, &why), "case %zu", i);
		cr_expect(
		    why != NULL && strstr(why, cases[i].says) != NULL, "case %zu: %s", i, why);
	}
}

Test(network, is_an_address_or_the_64_of_one)
{
	static const struct {
		const char *ip, *network;
	} cases[] = {
	    {"192.0.2.1", "192.0.2.1/32"},
	    {"::ffff:192.0.2.1", "192.0.2.1/32"},
	    {"::ffff:c000:201", "192.0.2.1/32"},
	    {"2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"},
	    {"2001:db8:1:2::1", "2001:db8:1:2::/64"},
	    {"2001:0DB8:0001:0002:ffff:ffff:ffff:ffff", "2001:db8:1:2::/64"},
	    {"2001:db8:1:3::1", "2001:db8:1:3::/64"},
	    {"2001:db8::1", "2001:db8::/64"},
	    {"::1", "::/64"},
	    {"ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", "ffff:ffff:ffff:ffff::/64"},
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		char text[NETWORK_SIZE];

		cr_expect(network_of(cases[i].ip, text), "case %zu", i);
		cr_expect_str_eq(text, cases[i].network, "case %zu: %s", i, text);
	}
}

Test(network, of_what_is_no_address_is_none)
{
	static const char *const cases[] = {"", "unix:", "localhost", "192.0.2", "192.0.2.1 ",
	    "192.0.2.1/32", "192.0.2.1, 192.0.2.2", "2001:db8::/64", "fe80::1%eth0", "[::1]"};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		char text[NETWORK_SIZE] = "x";

		cr_expect_not(network_of(cases[i], text), "case %zu", i);
		cr_expect_str_empty(text, "case %zu", i);
	}
}
