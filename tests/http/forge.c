#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <criterion/criterion.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>

#include "lib/arena.h"
#include "lib/secret.h"

#include "tests/http/client.h"

#include "tests/http/forge.h"

enum { PART_MAX = 4096, KEY_MAX = 512, EXPIRED_S = 60 };

static void
release(void *p)
{
	cJSON_Delete(p);
}

cJSON *
forge_part(const char *token, int n)
{
	char *raw = arena_alloc(client_arena(), PART_MAX + 1);
	size_t bytes;
	cJSON *json;

	for (; n > 0; n--)
		token = strchr(token, '.') + 1;
	cr_assert(secret_decode(token, strcspn(token, "."), raw, PART_MAX, &bytes));
	json = cJSON_ParseWithLength(raw, bytes);
	cr_assert_not_null(json, "%s", raw);
	arena_defer(client_arena(), release, json);
	return json;
}

const char *
forge_claim(const char *token, const char *name)
{
	return cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(forge_part(token, 1), name));
}

const char *
forge_text(const cJSON *json)
{
	char *text = cJSON_PrintUnformatted(json);
	const char *copy = arena_strdup(client_arena(), text);

	cJSON_free(text);
	return copy;
}

/* The stack's: from the environment, or from the file that the stack keeps. */
static const char *
key(void)
{
	const char *given = getenv("SECRET_KEY"), *file = getenv("SECRET_KEY_FILE");
	char *text;
	FILE *f;
	size_t n;

	if (given != NULL && *given != '\0')
		return given;
	if (file == NULL || *file == '\0')
		file = client_print("%s/secrets/secret_key", client_env("STATE_DIR"));
	f = fopen(file, "re");
	cr_assert_not_null(f, "no SECRET_KEY, and %s cannot be read", file);
	text = arena_alloc(client_arena(), KEY_MAX + 1);
	n = fread(text, 1, KEY_MAX, f);
	fclose(f);
	text[n] = '\0';
	text[strcspn(text, "\r\n")] = '\0';
	return text;
}

static const char *
encoded(const void *p, size_t n)
{
	char *text = arena_alloc(client_arena(), SECRET_TEXT_SIZE(n));

	secret_encode(p, n, text);
	return text;
}

const char *
forge_sign(const char *header, const char *payload, const char *digest)
{
	const char *text = client_print(
	    "%s.%s", encoded(header, strlen(header)), encoded(payload, strlen(payload)));
	unsigned char mac[EVP_MAX_MD_SIZE];
	unsigned n = 0;
	const EVP_MD *md = EVP_get_digestbyname(digest);

	cr_assert_not_null(md);
	cr_assert_not_null(HMAC(
	    md, key(), (int)strlen(key()), (const unsigned char *)text, strlen(text), mac, &n));
	return client_print("%s.%s", text, encoded(mac, n));
}

const char *
forge_expired(const char *token)
{
	cJSON *payload = forge_part(token, 1);
	double past = (double)(time(NULL) - EXPIRED_S);

	cJSON_SetNumberValue(cJSON_GetObjectItemCaseSensitive(payload, "iat"), past - EXPIRED_S);
	cJSON_SetNumberValue(cJSON_GetObjectItemCaseSensitive(payload, "exp"), past);
	return forge_sign(forge_text(forge_part(token, 0)), forge_text(payload), "SHA256");
}
