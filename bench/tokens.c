#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "lib/secret.h"
#include "lib/token.h"

/*
 * tokens KEY_FILE ISSUER: lines "user session version" become access tokens, as a log-in would have
 * made them. A thousand real log-ins would take longer than the benchmark.
 */

enum { LIFE_S = 30 * 60, KEY_SIZE = 256 };

static int
fail(const char *why)
{
	fprintf(stderr, "tokens: %s\n", why);
	return EXIT_FAILURE;
}

static bool
key_read(const char *path, char key_r[KEY_SIZE])
{
	FILE *f = fopen(path, "re");
	bool ok = f != NULL && fgets(key_r, KEY_SIZE, f) != NULL;

	if (f != NULL)
		(void)fclose(f); /* read only: nothing to lose */
	if (ok)
		key_r[strcspn(key_r, "\r\n")] = '\0';
	return ok;
}

static bool
token_print(const struct token_keys *keys, const char *line)
{
	struct token_claims claims = {.iat_s = time(NULL)};
	char text[TOKEN_TEXT_SIZE];
	long version;

	if (sscanf(line, "%36s %36s %ld", claims.sub, claims.sid, &version) != 3)
		return false;
	claims.ver = version;
	claims.exp_s = claims.iat_s + LIFE_S;
	secret_uuid(claims.jti);
	return token_sign(keys, &claims, text) && puts(text) >= 0;
}

int
main(int argc, char **argv)
{
	char key[KEY_SIZE], line[256];
	struct token_keys *keys;
	const char *why;

	if (argc != 3 || !key_read(argv[1], key))
		return fail("usage: tokens KEY_FILE ISSUER");
	keys = token_keys_new("HS256", key, NULL, argv[2], argv[2], &why);
	if (keys == NULL)
		return fail(why);
	while (fgets(line, sizeof(line), stdin) != NULL) {
		if (!token_print(keys, line))
			return fail("a line is not \"user session version\"");
	}
	token_keys_free(&keys);
	return EXIT_SUCCESS;
}
