#ifndef TESTS_HTTP_FORGE_H
#define TESTS_HTTP_FORGE_H

/*
 * Tokens that the program did not make, signed with its own key: what an attacker could try who had
 * one, and what a bug could make of ours. Written against RFC 7515 with OpenSSL alone, so that a
 * fault in the program's own signing or reading cannot hide here too.
 */

#include <cjson/cJSON.h>

/* forge_part(token, n): part 0 (header) or 1 (payload) of a token as a tree; lives with the test. */
cJSON *forge_part(const char *token, int n);

/* forge_claim(token, name): a string member of its payload, NULL without. */
const char *forge_claim(const char *token, const char *name);

/* forge_sign(header, payload, digest): the compact form; ${digest} is "SHA256", "SHA384", "SHA512". */
const char *forge_sign(const char *header, const char *payload, const char *digest);

/* forge_expired(token): the same, with its hour past. */
const char *forge_expired(const char *token);

/* forge_text(tree): printed. */
const char *forge_text(const cJSON *);

#endif
