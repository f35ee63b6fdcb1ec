#include <errno.h>
#include <limits.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include "lib/str.h"

#include "lib/secret.h"

void
secret_random(void *p, size_t n)
{
	unsigned char *at = p;

	while (n > 0) {
		ssize_t got = getrandom(at, n, 0);

		if (got < 0 && errno == EINTR)
			continue;
		if (got <= 0)
			abort();
		at += got;
		n -= (size_t)got;
	}
}

void
secret_uuid(char text_r[37])
{
	unsigned char raw[16];

	secret_random(raw, sizeof(raw));
	raw[6] = (unsigned char)((raw[6] & 0x0f) | 0x40);
	raw[8] = (unsigned char)((raw[8] & 0x3f) | 0x80);
	str_uuid_text(raw, text_r);
}

void
secret_wipe(void *p, size_t n)
{
	explicit_bzero(p, n);
}

bool
secret_equal(const void *a, const void *b, size_t n)
{
	return CRYPTO_memcmp(a, b, n) == 0;
}

bool
secret_same(struct secret a, struct secret b)
{
	size_t n;

	if (a.s == NULL || b.s == NULL)
		return a.s == b.s;
	n = strlen(a.s);
	return n == strlen(b.s) && secret_equal(a.s, b.s, n);
}

void
secret_digest(const void *p, size_t n, unsigned char out_r[SECRET_DIGEST_BYTES])
{
	if (EVP_Digest(p, n, out_r, NULL, EVP_sha256(), NULL) != 1)
		abort();
}

void
secret_mac(const void *key, size_t key_bytes, const void *p, size_t n,
    unsigned char out_r[SECRET_DIGEST_BYTES])
{
	if (HMAC(EVP_sha256(), key, (int)key_bytes, p, n, out_r, NULL) == NULL)
		abort();
}

void
secret_derive(const void *key, size_t key_bytes, const char *purpose,
    unsigned char out_r[SECRET_DIGEST_BYTES])
{
	secret_mac(key, key_bytes, purpose, strlen(purpose), out_r);
}

static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

void
secret_encode(const void *p, size_t n, char *text_r)
{
	const unsigned char *at = p;
	unsigned held = 0, bits = 0;

	for (size_t i = 0; i < n; i++) {
		held = (held << 8 | at[i]) & 0xffff;
		for (bits += 8; bits >= 6; bits -= 6)
			*text_r++ = alphabet[held >> (bits - 6) & 63];
	}
	if (bits > 0)
		*text_r++ = alphabet[held << (6 - bits) & 63];
	*text_r = '\0';
}

/* By character: 1 + the value of the digit, 0 for what is none. Made from the alphabet on first use. */
static const unsigned char *
digit_values(void)
{
	static unsigned char table[UCHAR_MAX + 1];

	for (unsigned i = 0; table[(unsigned char)alphabet[63]] == 0 && i < 64; i++)
		table[(unsigned char)alphabet[i]] = (unsigned char)(i + 1);
	return table;
}

bool
secret_decode(const char *text, size_t chars, void *p, size_t max, size_t *n_r)
{
	const unsigned char *values = digit_values();
	unsigned char *at = p;
	unsigned held = 0, bits = 0;
	size_t n = 0;

	for (size_t i = 0; i < chars; i++) {
		unsigned digit = values[(unsigned char)text[i]];

		if (digit == 0)
			return false;
		held = (held << 6 | (digit - 1)) & 0xffff;
		if ((bits += 6) < 8)
			continue;
		bits -= 8;
		if (n == max)
			return false;
		at[n++] = (unsigned char)(held >> bits);
	}
	/* A lone sextet is no byte, and leftover bits that are set would be a second spelling. */
	if (bits == 6 || (held & ((1u << bits) - 1)) != 0)
		return false;
	*n_r = n;
	return true;
}
