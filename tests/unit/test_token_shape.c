#include <criterion/criterion.h>
#include <string.h>

#include "lib/arena.h"
#include "lib/secret.h"
#include "lib/token.h"
#include "lib/token_shape.h"

#define N(x) (sizeof(x) / sizeof((x)[0]))

/* {"alg":"a","typ":"JWT","kid":"k"}, and 32 bytes of nothing: no signature is looked at here. */
#define HEADER "eyJhbGciOiJhIiwidHlwIjoiSldUIiwia2lkIjoiayJ9"
#define MAC    "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"

enum { MAC_BYTES = 32 };

static bool
takes(const char *text)
{
	struct arena *a = arena_new();
	struct token_shape shape;
	bool ok = token_shape_parse(a, text, MAC_BYTES, &shape);

	if (ok) {
		cr_expect_str_eq(shape.alg, "a");
		cr_expect_str_eq(shape.kid, "k");
		cr_expect_not_null(shape.claims);
	}
	arena_free(&a);
	return ok;
}

Test(token_shape, is_three_parts_of_an_object_an_object_and_a_mac)
{
	static const char *const fine[] = {HEADER ".e30." MAC, HEADER ".eyJhIjpbXX0." MAC};
	static const char *const bad[] = {HEADER ".W10." MAC /* [] */,
	    HEADER ".bnVsbA." MAC /* null */, HEADER ".MQ." MAC, HEADER ".e30", HEADER ".e30.",
	    HEADER ".e30.A" MAC, HEADER ".e30.AA" MAC, HEADER ".e30.AAAA" MAC, HEADER ".e30.AAAA",
	    HEADER ".e30." MAC ".", HEADER ".e30." MAC ".A", HEADER ".e30..",
	    HEADER ".e30." MAC "=", HEADER ".e31." MAC /* a second spelling of {} */,
	    HEADER ".e30.AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAB", HEADER "..e30." MAC,
	    "." HEADER ".e30." MAC, "e30.e30." MAC, "W10.e30." MAC, HEADER ".e30=." MAC,
	    HEADER ".eyJhIjoxLCJhIjoyfQ." MAC /* {"a":1,"a":2} */};

	for (size_t i = 0; i < N(fine); i++)
		cr_expect(takes(fine[i]), "fine %zu", i);
	for (size_t i = 0; i < N(bad); i++)
		cr_expect_not(takes(bad[i]), "bad %zu: %s", i, bad[i]);
}

/* Blanks in the payload make any length: exactly the stated one passes. */
Test(token_shape, has_a_greatest_length)
{
	for (size_t more = 0; more < 20; more++) {
		size_t blanks = 2990 + more, room = TOKEN_CHARS_MAX + 100;
		char json[3100], text[TOKEN_CHARS_MAX + 100];

		memset(json, ' ', blanks);
		memcpy(json, "{}", 2);
		memcpy(text, HEADER ".", sizeof(HEADER) + 1);
		secret_encode(json, blanks, text + strlen(text));
		memcpy(text + strlen(text), "." MAC, sizeof("." MAC));
		cr_assert_lt(strlen(text), room);
		cr_expect_eq(
		    takes(text), strlen(text) <= TOKEN_CHARS_MAX, "%zu characters", strlen(text));
	}
}
