#include <string.h>

#include "lib/str.h"

#include "app/services/refresh_token.h"

enum {
	ID_BYTES = 16,
	GENERATION_BYTES = 8,
	SEED_BYTES = 32,
	HEAD_BYTES = ID_BYTES + GENERATION_BYTES,
	TOKEN_BYTES = HEAD_BYTES + SECRET_DIGEST_BYTES
};

static const char prefix[] = "ghr_";

static void
head_make(const char *session_id, int64_t generation, unsigned char head_r[HEAD_BYTES])
{
	str_uuid_raw(session_id, head_r);
	for (unsigned i = 0; i < GENERATION_BYTES; i++)
		head_r[ID_BYTES + i] = (unsigned char)((uint64_t)generation >> (56 - 8 * i));
}

static void
mac_make(const unsigned char head[HEAD_BYTES], const unsigned char *key,
    const unsigned char seed[SEED_BYTES], unsigned char mac_r[SECRET_DIGEST_BYTES])
{
	unsigned char text[HEAD_BYTES + SEED_BYTES];

	memcpy(text, head, HEAD_BYTES);
	memcpy(text + HEAD_BYTES, seed, SEED_BYTES);
	secret_mac(key, SECRET_DIGEST_BYTES, text, sizeof(text), mac_r);
	secret_wipe(text, sizeof(text));
}

bool
refresh_token_parse(struct secret text, struct refresh_token *t)
{
	unsigned char raw[TOKEN_BYTES];
	uint64_t generation = 0;
	size_t n;

	if (!str_starts(text.s, prefix))
		return false;
	text.s += sizeof(prefix) - 1;
	if (!secret_decode(text.s, strlen(text.s), raw, sizeof(raw), &n) || n != sizeof(raw))
		return false;
	str_uuid_text(raw, t->session_id);
	for (unsigned i = 0; i < GENERATION_BYTES; i++)
		generation = generation << 8 | raw[ID_BYTES + i];
	t->generation = (int64_t)generation;
	memcpy(t->mac, raw + HEAD_BYTES, sizeof(t->mac));
	return true;
}

static void
key_derive(const char *secret, unsigned char key_r[SECRET_DIGEST_BYTES])
{
	secret_derive(secret, strlen(secret), "refresh-token", key_r);
}

void
refresh_token_keys(const char *now, const char *previous, struct refresh_keys *keys)
{
	keys->has_previous = *previous != '\0';
	key_derive(now, keys->now);
	key_derive(previous, keys->previous);
}

static bool
proven_by(
    const struct refresh_token *t, const unsigned char *key, const unsigned char seed[SEED_BYTES])
{
	unsigned char head[HEAD_BYTES], mac[SECRET_DIGEST_BYTES];

	head_make(t->session_id, t->generation, head);
	mac_make(head, key, seed, mac);
	return secret_equal(mac, t->mac, sizeof(mac));
}

bool
refresh_token_proven(const struct refresh_token *t, const struct refresh_keys *keys,
    const unsigned char seed[SEED_BYTES])
{
	return proven_by(t, keys->now, seed) ||
	    (keys->has_previous && proven_by(t, keys->previous, seed));
}

void
refresh_token_make(const char *session_id, int64_t generation, const struct refresh_keys *keys,
    const unsigned char seed[SEED_BYTES], char text_r[REFRESH_TOKEN_SIZE])
{
	unsigned char raw[TOKEN_BYTES];

	head_make(session_id, generation, raw);
	mac_make(raw, keys->now, seed, raw + HEAD_BYTES);
	memcpy(text_r, prefix, sizeof(prefix));
	secret_encode(raw, sizeof(raw), text_r + sizeof(prefix) - 1);
	secret_wipe(raw, sizeof(raw));
}
