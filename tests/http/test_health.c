#include <string.h>

#include <criterion/criterion.h>

#include "tests/http/client.h"

static const char *const prefixes[] = {"", "/api/v1", "/v1"};

Test(health, answers_at_the_root_and_under_both_prefixes)
{
	for (size_t i = 0; i < 3; i++) {
		struct answer *a = CLIENT_ASK(.at = client_print("%s/health", prefixes[i]));
		struct answer *db = CLIENT_ASK(.at = client_print("%s/health/db", prefixes[i]));

		ANSWER_IS(a, 200, "");
		cr_assert_str_eq(a->body, "{\"status\":\"healthy\"}");
		ANSWER_IS(db, 200, "");
		cr_assert_str_eq(db->body,
		    "{\"status\":\"healthy\",\"database\":\"connected\","
		    "\"migrations\":\"current\"}");
	}
}

Test(health, may_not_be_kept_by_a_cache)
{
	cr_assert_str_eq(answer_header(CLIENT_ASK(.path = "/health"), "Cache-Control"), "no-store");
}

/* HT-17: what it is made of is nobody's business. */
Test(health, tells_nothing_about_the_host)
{
	struct answer *a = CLIENT_ASK(.at = "/health/db");

	cr_assert_null(strstr(a->body, "version"));
	cr_assert_null(strstr(a->headers, "ostgre"));
}
