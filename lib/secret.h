#ifndef LIB_SECRET_H
#define LIB_SECRET_H

/* Randomness, digests and comparisons for values an attacker wants. */

#include <stdbool.h>
#include <stddef.h>

enum { SECRET_DIGEST_BYTES = 32 };

/*
 * A value that is never rendered, logged or echoed: there is no printf-able form and the model
 * layer knows it by its type. ${s} is NULL when the field was absent.
 */
struct secret {
	const char *s;
};

/*
 * secret_random(p, n): n bytes of getrandom(2), with no state of our own that a fork could copy
 * (CR-03). Aborts when the kernel has none: nothing may go on with a guessable token.
 */
void secret_random(void *p, size_t n);

/* secret_uuid(text): a random version 4 UUID (RFC 9562 §5.4) as 36 characters and NUL. */
void secret_uuid(char text_r[37]);

/* secret_wipe(p, n): zero the bytes, not optimised away. Copies in registers are out of reach. */
void secret_wipe(void *p, size_t n);

/* secret_equal(a, b, n): equality in a time that does not depend on where the bytes differ. */
bool secret_equal(const void *a, const void *b, size_t n) __attribute__((warn_unused_result));

/* secret_same(a, b): the same text, NULL only like NULL; only the lengths show in the time. */
bool secret_same(struct secret a, struct secret b) __attribute__((warn_unused_result));

/* SHA-256 (FIPS 180-4) and HMAC-SHA-256 (RFC 2104). Abort when libcrypto cannot. */
void secret_digest(const void *p, size_t n, unsigned char out_r[SECRET_DIGEST_BYTES]);
void secret_mac(const void *key, size_t key_bytes, const void *p, size_t n,
    unsigned char out_r[SECRET_DIGEST_BYTES]);

/*
 * secret_derive(key, key_bytes, purpose, out): a key of its own for every purpose
 * (HMAC-SHA-256(key, purpose)), so that no value made for one purpose verifies for another.
 */
void secret_derive(const void *key, size_t key_bytes, const char *purpose,
    unsigned char out_r[SECRET_DIGEST_BYTES]);

/*
 * secret_encode(p, n, text): base64url without padding (RFC 4648 §5); ${text} has room for
 * SECRET_TEXT_SIZE(n) bytes, NUL included.
 */
#define SECRET_TEXT_SIZE(n) (((n)*4 + 2) / 3 + 1)
void secret_encode(const void *p, size_t n, char *text_r);

/*
 * secret_decode(text, chars, p, max, &n): the strict reverse: only the URL alphabet, no padding,
 * no blanks, unused bits zero, so that a value has exactly one spelling. False when it is not
 * that, or longer than ${max} bytes.
 */
bool secret_decode(const char *text, size_t chars, void *p, size_t max, size_t *n_r)
    __attribute__((warn_unused_result));

#endif
