#include <criterion/criterion.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <stdio.h>
#include <string.h>

#include "lib/secret.h"
#include "lib/token.h"

#include "forge.h"

/* A test is a process: what it takes here goes with it, and a leak checker still finds it. */
static void *taken[20000];

static char *
take(size_t bytes)
{
	static size_t n;

	cr_assert_lt(n, sizeof(taken) / sizeof(taken[0]));
	taken[n] = calloc(1, bytes);
	cr_assert_not_null(taken[n]);
	return taken[n++];
}

const char *
forge(const char *header, const char *claims, int bits, const char *key)
{
	const EVP_MD *md = bits == 512 ? EVP_sha512() : bits == 384 ? EVP_sha384() : EVP_sha256();
	char *text = take(SECRET_TEXT_SIZE(strlen(header)) + SECRET_TEXT_SIZE(strlen(claims)) + 90);
	unsigned char mac[EVP_MAX_MD_SIZE];
	unsigned n = 0;

	secret_encode(header, strlen(header), text);
	strcat(text, ".");
	secret_encode(claims, strlen(claims), text + strlen(text));
	HMAC(md, key, (int)strlen(key), (const unsigned char *)text, strlen(text), mac, &n);
	strcat(text, ".");
	secret_encode(mac, n, text + strlen(text));
	return text;
}

const char *
forge_edit(const char *text, const char *from, const char *to)
{
	const char *at = strstr(text, from);
	size_t size = strlen(text) + strlen(to) + 1;
	char *edited;

	cr_assert_not_null(at, "\"%s\" is not in %s", from, text);
	edited = take(size);
	(void)snprintf(edited, size, "%.*s%s%s", (int)(at - text), text, to, at + strlen(from));
	return edited;
}

const char *
forge_header(const char *token)
{
	size_t chars = strcspn(token, "."), n;
	char *json = take(chars + 1);

	cr_assert(secret_decode(token, chars, json, chars, &n));
	return json;
}

struct token_keys *
forge_keys(const char *algorithm, const char *key, const char *previous)
{
	const char *why = NULL;
	struct token_keys *k = token_keys_new(algorithm, key, previous, "gatehouse", "api", &why);

	cr_assert_not_null(k, "%s", why);
	return k;
}

struct token_claims
forge_claims(void)
{
	return (struct token_claims){.sub = FORGE_SUB,
	    .sid = FORGE_SID,
	    .jti = FORGE_JTI,
	    .ver = 7,
	    .iat_s = FORGE_NOW,
	    .exp_s = FORGE_NOW + 1800};
}

const char *
forge_kid(const struct token_keys *k)
{
	static char kid[9];
	struct token_claims c = forge_claims();
	char text[TOKEN_TEXT_SIZE];
	const char *at;

	cr_assert(token_sign(k, &c, text));
	at = strstr(forge_header(text), "\"kid\":\"");
	cr_assert_not_null(at);
	(void)snprintf(kid, sizeof(kid), "%.8s", at + 7);
	return kid;
}
