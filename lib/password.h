#ifndef LIB_PASSWORD_H
#define LIB_PASSWORD_H

/*
 * Password hashing through libxcrypt: yescrypt and bcrypt are made; they and, for accounts that come from
 * elsewhere, SHA-512 verify; nothing else does (PW-08).
 */

#include <stdbool.h>
#include <stddef.h>

#include "lib/secret.h"

/* libxcrypt refuses a longer phrase; bcrypt reads 72 bytes and would silently cut the rest (PW-04). */
enum { PASSWORD_HASH_SIZE = 128, PASSWORD_BYTES_MAX = 511, PASSWORD_BCRYPT_BYTES_MAX = 72 };

enum password_scheme {
	PASSWORD_YESCRYPT,
	PASSWORD_BCRYPT,
	PASSWORD_SHA512 /* verifies, is outdated from its first log-in on, and is never made */
};

enum password_result {
	PASSWORD_MATCH,
	PASSWORD_MISMATCH,
	PASSWORD_FAILED /* crypt itself failed (no memory): never to be answered as a wrong password, PW-12 */
};

/* How this process hashes; made once at start, before requests. */
struct password;

/*
 * password_new(scheme, cost, &why): runs known-answer tests of both schemes, makes the reference
 * setting and the dummy hash of the current cost. NULL with a sentence when a test fails or the cost
 * is not one of the scheme's (yescrypt 1–11, bcrypt 4–16).
 */
struct password *password_new(enum password_scheme, int cost, const char **why_r);
void password_free(struct password **);

/*
 * password_hash(p, phrase, hash): false when crypt failed; then nothing may be stored. ${phrase} has at
 * most PASSWORD_BYTES_MAX bytes, under PASSWORD_BCRYPT 72: the policy's ${max_bytes} sees to it, and
 * more is a programming error (it would be hashed without its tail).
 */
bool password_hash(struct password *, struct secret phrase, char hash_r[PASSWORD_HASH_SIZE])
    __attribute__((warn_unused_result));

/*
 * password_verify(p, phrase, stored): ${stored} NULL (nobody has that name) or unusable verifies
 * against the dummy, at equal cost, and is PASSWORD_MISMATCH (AU-02). A phrase over
 * PASSWORD_BYTES_MAX bytes costs the same and mismatches; against SHA-512, whose time grows with the
 * phrase, one over 128 bytes does.
 */
enum password_result password_verify(struct password *, struct secret phrase, const char *stored);

/*
 * password_stand_in(kind, hash): what looks like a hash, costs as much to verify, and is one of no phrase that
 * anybody could find. ${kind} is how hashes of one scheme and cost begin, as password_kind_pattern finds them.
 * False when nothing that verifies begins so.
 */
bool password_stand_in(const char *kind, char hash_r[PASSWORD_HASH_SIZE])
    __attribute__((warn_unused_result));

/* A regular expression (of PostgreSQL) whose match is the kind of a hash: "$y$jAT$", "$2b$12$", "$6$rounds=5000$". */
extern const char password_kind_pattern[];

/*
 * password_outdated(p, stored, phrase): should ${stored}, just verified, be replaced by a hash of the
 * current scheme and cost? Any other prefix "$scheme$cost$" is outdated, a dearer one too, so that all
 * log-ins take one time in the end. Never for a phrase over 72 bytes when either side is bcrypt: of a
 * bcrypt row its tail was not verified (PW-11), and a new bcrypt row would lose it.
 */
bool password_outdated(const struct password *, const char *stored, struct secret phrase);

/*
 * password_acceptable(hash, &why): may an importer store this foreign hash? What would verify here,
 * with a cost at or under the ceiling (yescrypt 8, bcrypt 14, 700 000 rounds of SHA-512: at most a second
 * of a worker, whoever asks): $y$ with the parameters that libxcrypt writes, $2a$, $2b$, $2y$, or $6$, in
 * full length. Whoever has another one is imported without a password and sets one by mail.
 */
bool password_acceptable(const char *hash, const char **why_r);

#endif
