#ifndef TESTS_UNIT_FORGE_H
#define TESTS_UNIT_FORGE_H

/* Tokens as an attacker, another issuer or a leaked key would make them: by OpenSSL, not by libjwt. */

#include <stddef.h>

#define FORGE_KEY "0123456789abcdef0123456789abcdef"
#define FORGE_SUB "11111111-2222-4333-8444-555555555555"
#define FORGE_SID "66666666-7777-4888-9999-aaaaaaaaaaaa"
#define FORGE_JTI "bbbbbbbb-cccc-4ddd-8eee-ffffffffffff"

/* What FORGE_HEADER and FORGE_CLAIMS say: fine at FORGE_NOW for iss "gatehouse", aud "api". */
enum { FORGE_NOW = 1700000000 };
#define FORGE_HEADER "{\"alg\":\"HS256\",\"typ\":\"JWT\",\"kid\":\"KID\"}"
#define FORGE_CLAIMS                                                                            \
	"{\"iss\":\"gatehouse\",\"aud\":\"api\",\"sub\":\"" FORGE_SUB "\",\"sid\":\"" FORGE_SID \
	"\",\"jti\":\"" FORGE_JTI                                                               \
	"\",\"type\":\"access\",\"ver\":7,\"iat\":1700000000,\"exp\":1700001800}"

/* forge(header, claims, bits, key): the token, in a buffer of its own that the test never frees. */
const char *forge(const char *header, const char *claims, int bits, const char *key);

/* forge_edit(text, from, to): ${text} with its one ${from} replaced; not freed either. */
const char *forge_edit(const char *text, const char *from, const char *to);

/* forge_header(token): the JSON of its first part. */
const char *forge_header(const char *token);

struct token_claims;
struct token_keys;

/* The keys that take it: iss "gatehouse", aud "api"; to be freed. The same claims, typed. */
struct token_keys *forge_keys(const char *algorithm, const char *key, const char *previous);
struct token_claims forge_claims(void);

/* forge_kid(k): the key id that ${k} signs with; good until the next call. */
const char *forge_kid(const struct token_keys *);

#endif
