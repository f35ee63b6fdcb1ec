/*
 * Access tokens. The first byte says what the rest is: the token itself; edits of a good token (place,
 * byte) that must not survive unless they change nothing; or a header and a payload that are signed
 * here, so that the fuzzer gets past the signature. What is accepted has our algorithm and key id,
 * an end in the future and UUIDs, and its own claims sign and verify again.
 */

#include <stdint.h>
#include <string.h>

#include "lib/arena.h"
#include "lib/secret.h"
#include "lib/str.h"
#include "lib/token.h"
#include "lib/token_shape.h"
#include "tests/fuzz/must.h"

#define KEY "0123456789abcdef0123456789abcdef"

enum { NOW = 1700000000, MAC_BYTES = 32 };

static struct token_keys *keys;
static char good[TOKEN_TEXT_SIZE];

static void
start(void)
{
	const char *why;
	struct token_claims c = {.sub = "11111111-2222-4333-8444-555555555555",
	    .jti = "bbbbbbbb-cccc-4ddd-8eee-ffffffffffff",
	    .iat_s = NOW,
	    .exp_s = NOW + 60};

	keys = token_keys_new("HS256", KEY, NULL, "gatehouse", "api", &why);
	must(keys != NULL && token_keys_remember(keys) && token_sign(keys, &c, good));
}

static void
check_accepted(struct arena *a, const char *text, const struct token_claims *c)
{
	struct token_shape shape, ours;
	char again[TOKEN_TEXT_SIZE];
	struct token_claims out;

	must(token_shape_parse(a, text, MAC_BYTES, &shape));
	must(token_shape_parse(a, good, MAC_BYTES, &ours));
	must(strcmp(shape.alg, "HS256") == 0 && strcmp(shape.kid, ours.kid) == 0);
	must(c->exp_s > NOW && c->iat_s <= NOW + 30 && c->iat_s >= 0 && c->ver >= 0);
	must(str_uuid(c->sub) && str_uuid(c->jti) && (*c->sid == '\0' || str_uuid(c->sid)));
	if (c->exp_s <= c->iat_s)
		return;
	must(token_sign(keys, c, again));
	must(token_verify(keys, again, NOW, &out) == TOKEN_OK);
	must(memcmp(c, &out, sizeof(out)) == 0);
}

static enum token_result
ask(struct arena *a, const char *text)
{
	struct token_claims c;
	enum token_result result = token_verify(keys, text, NOW, &c);

	if (result == TOKEN_OK)
		check_accepted(a, text, &c);
	return result;
}

static void
edit(struct arena *a, const uint8_t *p, size_t n)
{
	char *text = arena_strdup(a, good);

	for (; n >= 3; p += 3, n -= 3)
		text[(p[0] << 8 | p[1]) % strlen(good)] = (char)(p[2] == 0 ? 'A' : p[2]);
	must((ask(a, text) == TOKEN_OK) == (strcmp(text, good) == 0));
}

/* The header up to the first newline, the payload behind it. */
static void
forge(struct arena *a, const uint8_t *p, size_t n)
{
	const uint8_t *line = memchr(p, '\n', n);
	size_t header = line == NULL ? n : (size_t)(line - p),
	       payload = line == NULL ? 0 : n - header - 1;
	char *text = arena_alloc(a, SECRET_TEXT_SIZE(n) + 60);
	unsigned char mac[MAC_BYTES];

	secret_encode(p, header, text);
	strcat(text, ".");
	secret_encode(p + n - payload, payload, text + strlen(text));
	secret_mac(KEY, strlen(KEY), text, strlen(text), mac);
	strcat(text, ".");
	secret_encode(mac, sizeof(mac), text + strlen(text));
	(void)ask(a, text);
}

int
LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
	struct arena *a;

	if (keys == NULL)
		start();
	if (n == 0)
		return 0;
	a = arena_new();
	if (p[0] % 3 == 0)
		(void)ask(a, arena_strndup(a, (const char *)p + 1, n - 1));
	else if (p[0] % 3 == 1)
		edit(a, p + 1, n - 1);
	else
		forge(a, p + 1, n - 1);
	arena_free(&a);
	return 0;
}
