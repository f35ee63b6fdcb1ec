#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <jwt.h>

#include "lib/arena.h"
#include "lib/json.h"
#include "lib/json_get.h"
#include "lib/secret.h"
#include "lib/str.h"
#include "lib/token_cache.h"
#include "lib/token_shape.h"

#include "lib/token.h"

enum { LEEWAY_S = 30, KEY_BYTES_MAX = 4096, KID_SIZE = 9, PARTY_BYTES_MAX = 128 };

#define KIND "access"

struct key {
	char *text; /* NULL: there is none */
	int bytes;  /* never 0 in use: libjwt would accept anything */
	char kid[KID_SIZE];
};

struct token_keys {
	const struct algorithm *algorithm;
	struct key current, previous;
	char iss[PARTY_BYTES_MAX + 1], aud[PARTY_BYTES_MAX + 1];
	struct arena *scratch; /* of one check: a new one for each would cost as much as the MAC */
	struct token_cache *cache;
};

static const struct algorithm {
	const char *name;
	jwt_alg_t alg;
	size_t mac_bytes;
} algorithms[] = {
    {"HS256", JWT_ALG_HS256, 32}, {"HS384", JWT_ALG_HS384, 48}, {"HS512", JWT_ALG_HS512, 64}};

static bool
key_init(struct key *key, const char *text, const char **why_r)
{
	size_t n = strlen(text);
	unsigned char digest[SECRET_DIGEST_BYTES];
	char encoded[SECRET_TEXT_SIZE(SECRET_DIGEST_BYTES)];

	if (n < TOKEN_KEY_BYTES_MIN || n > KEY_BYTES_MAX) {
		*why_r = "a token key must have 32 to 4096 bytes";
		return false;
	}
	key->text = strdup(text);
	if (key->text == NULL) {
		*why_r = "no memory for a token key";
		return false;
	}
	key->bytes = (int)n;
	/* Not SHA-256 of the key: of a key over 64 bytes that is what HMAC works with. */
	secret_derive(text, n, "token kid", digest);
	secret_encode(digest, sizeof(digest), encoded);
	memcpy(key->kid, encoded, KID_SIZE - 1);
	secret_wipe(digest, sizeof(digest));
	secret_wipe(encoded, sizeof(encoded));
	return true;
}

static bool
add_claims(jwt_t *jwt, const struct token_keys *k, const struct token_claims *c)
{
	const struct {
		const char *name, *value;
	} texts[] = {{"iss", k->iss}, {"aud", k->aud}, {"sub", c->sub}, {"sid", c->sid},
	    {"jti", c->jti}, {"type", KIND}};
	const struct {
		const char *name;
		int64_t value;
	} integers[] = {{"ver", c->ver}, {"iat", c->iat_s}, {"exp", c->exp_s}};

	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		if (*texts[i].value != '\0' &&
		    jwt_add_grant(jwt, texts[i].name, texts[i].value) != 0)
			return false;
	}
	for (size_t i = 0; i < sizeof(integers) / sizeof(integers[0]); i++) {
		if (jwt_add_grant_int(jwt, integers[i].name, integers[i].value) != 0)
			return false;
	}
	return true;
}

static bool
sign(const struct token_keys *k, const struct key *key, const struct token_claims *c,
    char text_r[TOKEN_TEXT_SIZE])
{
	jwt_t *jwt;
	char *made = NULL;
	bool ok;

	if (jwt_new(&jwt) != 0)
		return false;
	if (jwt_set_alg(jwt, k->algorithm->alg, (const unsigned char *)key->text, key->bytes) ==
		0 &&
	    jwt_add_header(jwt, "kid", key->kid) == 0 && add_claims(jwt, k, c))
		made = jwt_encode_str(jwt);
	jwt_free(jwt);
	ok = made != NULL && strlen(made) < TOKEN_TEXT_SIZE;
	if (ok)
		memcpy(text_r, made, strlen(made) + 1);
	if (made != NULL)
		secret_wipe(made, strlen(made));
	free(made); /* jwt_free_str() is not in every release; both use malloc */
	return ok;
}

bool
token_sign(const struct token_keys *k, const struct token_claims *c, char text_r[TOKEN_TEXT_SIZE])
{
	assert(str_uuid(c->sub) && str_uuid(c->jti) && (*c->sid == '\0' || str_uuid(c->sid)));
	assert(c->ver >= 0 && c->iat_s >= 0 && c->exp_s > c->iat_s);
	return sign(k, &k->current, c, text_r);
}

/* NULL for a key id that is not ours: the table is two rows of memory, never a path or a query. */
static const struct key *
key_named(const struct token_keys *k, const char *kid)
{
	if (strcmp(kid, k->current.kid) == 0)
		return &k->current;
	if (k->previous.text != NULL && strcmp(kid, k->previous.kid) == 0)
		return &k->previous;
	return NULL;
}

/*
 * The only call of jwt_decode(). It takes the algorithm from the token (which token_verify() has
 * compared by then) and, given no key, verifies nothing.
 */
static jwt_t *
decode(const struct token_keys *k, const struct key *key, const char *text)
{
	jwt_t *jwt = NULL;
	int rc;

	assert(key->text != NULL && key->bytes >= TOKEN_KEY_BYTES_MIN);
	rc = jwt_decode(&jwt, text, (const unsigned char *)key->text, key->bytes);
	if (rc == ENOMEM)
		abort(); /* as in lib/arena: a good token must not be called bad */
	if (rc != 0)
		return NULL;
	if (jwt_get_alg(jwt) == k->algorithm->alg)
		return jwt;
	jwt_free(jwt);
	return NULL;
}

/*
 * The signature is over the text, and two parsers have read it: what they disagree on (1.0, for one)
 * is not taken from either.
 */
static bool
read_integer(const struct cJSON *claims, jwt_t *jwt, const char *name, int64_t *n_r)
{
	return json_get_integer(claims, name, n_r) && *n_r >= 0 &&
	    jwt_get_grant_int(jwt, name) == *n_r;
}

static bool
read_uuid(const struct cJSON *claims, const char *name, char uuid_r[37])
{
	const char *text = json_get_text(claims, name);

	if (text == NULL || !str_uuid(text))
		return false;
	memcpy(uuid_r, text, 37);
	return true;
}

static bool
text_is(const struct cJSON *claims, const char *name, const char *text)
{
	const char *have = json_get_text(claims, name);

	return have != NULL && strcmp(have, text) == 0;
}

/* What may change from one check of a token to the next. */
static enum token_result
timely(const struct token_claims *c, int64_t now_s)
{
	if (c->iat_s > now_s + LEEWAY_S)
		return TOKEN_INVALID;
	return c->exp_s > now_s ? TOKEN_OK : TOKEN_EXPIRED;
}

/* RFC 7519 §4.1.5. Ours carry none, but whoever has the key may. */
static bool
begun(const struct cJSON *claims, jwt_t *jwt, int64_t now_s)
{
	int64_t nbf_s = 0;

	return !json_get_has(claims, "nbf") ||
	    (read_integer(claims, jwt, "nbf", &nbf_s) && nbf_s <= now_s + LEEWAY_S);
}

static enum token_result
read_claims(const struct token_keys *k, const struct cJSON *claims, jwt_t *jwt, int64_t now_s,
    struct token_claims *c)
{
	if (!text_is(claims, "iss", k->iss) || !json_get_names(claims, "aud", k->aud) ||
	    !text_is(claims, "type", KIND))
		return TOKEN_INVALID;
	if (!read_uuid(claims, "sub", c->sub) || !read_uuid(claims, "jti", c->jti) ||
	    (json_get_has(claims, "sid") && !read_uuid(claims, "sid", c->sid)))
		return TOKEN_INVALID;
	if (!read_integer(claims, jwt, "ver", &c->ver) ||
	    !read_integer(claims, jwt, "iat", &c->iat_s) ||
	    !read_integer(claims, jwt, "exp", &c->exp_s) || !begun(claims, jwt, now_s))
		return TOKEN_INVALID;
	return timely(c, now_s);
}

static enum token_result
verify(struct token_keys *k, const char *text, int64_t now_s, struct token_claims *claims_r,
    bool *keep_r)
{
	enum token_result result;
	struct token_shape shape;
	const struct key *key;
	jwt_t *jwt;

	if (!token_shape_parse(k->scratch, text, k->algorithm->mac_bytes, &shape) ||
	    strcmp(shape.alg, k->algorithm->name) != 0)
		return TOKEN_INVALID;
	key = key_named(k, shape.kid);
	if (key == NULL)
		return TOKEN_INVALID;
	jwt = decode(k, key, text);
	if (jwt == NULL)
		return TOKEN_INVALID;
	result = read_claims(k, shape.claims, jwt, now_s, claims_r);
	*keep_r = result == TOKEN_OK && !json_get_has(shape.claims, "nbf");
	jwt_free(jwt);
	return result;
}

enum token_result
token_verify(struct token_keys *k, const char *text, int64_t now_s, struct token_claims *claims_r)
{
	unsigned char digest[SECRET_DIGEST_BYTES];
	struct token_claims claims = {.ver = 0};
	enum token_result result;
	bool keep = false; /* not one with nbf, which the cache does not know */

	/* A longer one is refused below; this much of it is no other token's whole text. */
	secret_digest(text, strnlen(text, TOKEN_CHARS_MAX + 1), digest);
	if (k->cache != NULL && token_cache_find(k->cache, digest, &claims)) {
		result = timely(&claims, now_s);
	} else {
		result = verify(k, text, now_s, &claims, &keep);
		arena_reset(k->scratch);
		if (keep && k->cache != NULL)
			token_cache_keep(k->cache, digest, &claims);
	}
	if (result == TOKEN_INVALID)
		claims = (struct token_claims){.ver = 0};
	*claims_r = claims;
	return result;
}

/* "eyJhbGciOiJub25lIiwidHlwIjoiSldUIn0" is {"alg":"none","typ":"JWT"}. */
static bool
refuses_unsigned(const struct token_keys *k, const struct key *key, const char *good)
{
	static const char header[] = "eyJhbGciOiJub25lIiwidHlwIjoiSldUIn0";
	const char *payload = strchr(good, '.'), *mac = strrchr(good, '.');
	char text[sizeof(header) + TOKEN_TEXT_SIZE] = "";
	jwt_t *jwt;

	memcpy(text, header, sizeof(header) - 1);
	memcpy(text + sizeof(header) - 1, payload, (size_t)(mac - payload) + 1);
	jwt = decode(k, key, text);
	jwt_free(jwt);
	return jwt == NULL;
}

/* With the longest claims there can be, so that a token that fits once fits always. */
static bool
known_answers(struct token_keys *k, const struct key *key, const char **why_r)
{
	enum { IAT = 1000000000 };
	struct token_claims in = {.ver = JSON_INT_MAX, .iat_s = IAT, .exp_s = JSON_INT_MAX}, out;
	char text[TOKEN_TEXT_SIZE], *at;
	bool good;

	secret_uuid(in.sub);
	secret_uuid(in.sid);
	secret_uuid(in.jti);
	if (!sign(k, key, &in, text)) {
		*why_r = "a token cannot be signed: issuer and audience are too long once escaped";
		return false;
	}
	*why_r = "the token library fails its known-answer test";
	good = token_verify(k, text, IAT, &out) == TOKEN_OK && strcmp(in.sub, out.sub) == 0 &&
	    strcmp(in.sid, out.sid) == 0 && strcmp(in.jti, out.jti) == 0 && in.ver == out.ver &&
	    in.iat_s == out.iat_s && in.exp_s == out.exp_s;
	good = good && token_verify(k, text, in.exp_s, &out) == TOKEN_EXPIRED;
	good = good && refuses_unsigned(k, key, text);
	at = strrchr(text, '.') + 1;
	*at = *at == 'A' ? 'B' : 'A';
	return good && token_verify(k, text, IAT, &out) == TOKEN_INVALID;
}

static bool
party_init(char party_r[PARTY_BYTES_MAX + 1], const char *text, const char **why_r)
{
	size_t n = strlen(text);

	if (n == 0 || n > PARTY_BYTES_MAX || !str_utf8(text, n)) {
		*why_r = "issuer and audience of tokens must have 1 to 128 bytes of UTF-8";
		return false;
	}
	memcpy(party_r, text, n + 1);
	return true;
}

static const struct algorithm *
algorithm_named(const char *name)
{
	for (size_t i = 0; i < sizeof(algorithms) / sizeof(algorithms[0]); i++) {
		if (strcmp(name, algorithms[i].name) == 0)
			return &algorithms[i];
	}
	return NULL;
}

struct token_keys *
token_keys_new(const char *algorithm, const char *key, const char *previous, const char *iss,
    const char *aud, const char **why_r)
{
	struct token_keys *k = calloc(1, sizeof(*k));

	if (k == NULL) {
		*why_r = "no memory for the token keys";
		return NULL;
	}
	k->scratch = arena_new();
	k->algorithm = algorithm_named(algorithm);
	if (k->algorithm == NULL)
		*why_r = "the token algorithm must be HS256, HS384 or HS512";
	else if (key_init(&k->current, key, why_r) &&
	    (previous == NULL || key_init(&k->previous, previous, why_r)) &&
	    party_init(k->iss, iss, why_r) && party_init(k->aud, aud, why_r) &&
	    known_answers(k, &k->current, why_r) &&
	    (previous == NULL || known_answers(k, &k->previous, why_r)))
		return k;
	token_keys_free(&k);
	return NULL;
}

bool
token_keys_remember(struct token_keys *k)
{
	k->cache = token_cache_new();
	return k->cache != NULL;
}

static void
key_fini(struct key *key)
{
	if (key->text != NULL)
		secret_wipe(key->text, (size_t)key->bytes);
	free(key->text);
}

void
token_keys_free(struct token_keys **k)
{
	if (*k == NULL)
		return;
	key_fini(&(*k)->current);
	key_fini(&(*k)->previous);
	token_cache_free(&(*k)->cache);
	arena_free(&(*k)->scratch);
	secret_wipe(*k, sizeof(**k));
	free(*k);
	*k = NULL;
}
