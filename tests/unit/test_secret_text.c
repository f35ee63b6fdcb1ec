#include <criterion/criterion.h>
#include <string.h>

#include "lib/secret.h"

#include "app/services/secret_text.h"

Test(secret_text, what_is_made_is_understood)
{
	for (int i = 0; i < 100; i++) {
		char text[SECRET_TEXT_CHARS];
		unsigned char made[SECRET_DIGEST_BYTES], read[SECRET_DIGEST_BYTES],
		    plain[SECRET_DIGEST_BYTES];

		secret_text_make(text, made);
		cr_assert_eq(strlen(text), sizeof(text) - 1);
		cr_assert(secret_text_parse((struct secret){text}, read));
		cr_assert_arr_eq(made, read, sizeof(made));
		/* What an operator computes with sha256sum to find out whose it is. */
		secret_digest(text, strlen(text), plain);
		cr_assert_arr_eq(made, plain, sizeof(made));
	}
}

Test(secret_text, no_two_are_the_same)
{
	char one[SECRET_TEXT_CHARS], two[SECRET_TEXT_CHARS];
	unsigned char digest[SECRET_DIGEST_BYTES];

	secret_text_make(one, digest);
	secret_text_make(two, digest);
	cr_assert_str_neq(one, two);
}

Test(secret_text, has_one_spelling)
{
	static const char *const wrong[] = {"", "ghs_", "g", "ghs",
	    "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",      /* no prefix */
	    "GHS_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",  /* another */
	    "ghr_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",  /* a refresh token's */
	    " ghs_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA", /* a blank */
	    "ghs_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",   /* 31 bytes and a half */
	    "ghs_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA", /* 33 bytes */
	    "ghs_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAB",  /* leftover bits */
	    "ghs_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=", /* padding */
	    "ghs_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA+"}; /* the other alphabet */
	unsigned char digest[SECRET_DIGEST_BYTES];

	for (size_t i = 0; i < sizeof(wrong) / sizeof(*wrong); i++)
		cr_assert_not(secret_text_parse((struct secret){wrong[i]}, digest), "%zu", i);
	cr_assert(secret_text_parse(
	    (struct secret){"ghs_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"}, digest));
}
