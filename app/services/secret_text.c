#include <string.h>

#include "lib/str.h"

#include "app/services/secret_text.h"

enum { RANDOM_BYTES = 32 };

static const char prefix[] = "ghs_";

_Static_assert(sizeof(prefix) - 1 + SECRET_TEXT_SIZE(RANDOM_BYTES) == SECRET_TEXT_CHARS,
    "room for the prefix, the random part and NUL");

void
secret_text_make(char text_r[SECRET_TEXT_CHARS], unsigned char digest_r[SECRET_DIGEST_BYTES])
{
	unsigned char raw[RANDOM_BYTES];

	secret_random(raw, sizeof(raw));
	memcpy(text_r, prefix, sizeof(prefix));
	secret_encode(raw, sizeof(raw), text_r + sizeof(prefix) - 1);
	secret_digest(text_r, strlen(text_r), digest_r);
	secret_wipe(raw, sizeof(raw));
}

bool
secret_text_parse(struct secret text, unsigned char digest_r[SECRET_DIGEST_BYTES])
{
	unsigned char raw[RANDOM_BYTES];
	const char *random;
	size_t n = 0;
	bool ok;

	if (!str_starts(text.s, prefix))
		return false;
	random = text.s + sizeof(prefix) - 1;
	ok = secret_decode(random, strlen(random), raw, sizeof(raw), &n) && n == sizeof(raw);
	secret_wipe(raw, sizeof(raw));
	if (ok)
		secret_digest(text.s, strlen(text.s), digest_r);
	return ok;
}
