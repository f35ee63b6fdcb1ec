#ifndef TESTS_HTTP_CLIENT_H
#define TESTS_HTTP_CLIENT_H

/*
 * One small HTTP client for every test: a request in, everything that came back out. What holds for
 * each answer whatever was asked is proven here, once: no hash, no password and no refresh token where
 * it does not belong, one request id, one error shape, no caching of what is somebody's. Each answer is
 * also noted in the file CONTRACT_LOG names, for scripts/contract.
 *
 * Results live as long as the test's process. Lost connections and broken promises fail the test.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "tests/http/answer.h"

struct arena;

struct ask {
	const char *method; /* NULL: GET, or POST with a body */
	const char *path;   /* with its query, under the prefix */
	const char *at;     /* instead of path: from the root of the server, as it is */
	const char *token;  /* Authorization: Bearer */
	const char *json;   /* a body of application/json */
	const char *form;   /* a body of application/x-www-form-urlencoded */
	const char *type;   /* Content-Type instead of the one that belongs to the body; "": none */
	const char *from;   /* the address to come from, one of this machine's */
	const char *header[4]; /* whole lines, up to the first NULL */
	size_t body_bytes;     /* of json or form where strlen() does not tell */
};

/* CLIENT_ASK(.path = "/users/me", .token = t) */
#define CLIENT_ASK(...) client_ask(&(const struct ask){__VA_ARGS__})

struct answer *client_ask(const struct ask *);

/* client_ask_all(asks, n): all of them at the same time, answers in the order of the asks. */
struct answer **client_ask_all(const struct ask *, size_t n);

/* client_escape(text): percent-encoded, for queries and forms. */
const char *client_escape(const char *);

/* client_print(fmt, …): text that lives as long as the test. client_arena(): the memory behind it. */
const char *client_print(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
struct arena *client_arena(void);

/* client_base(): BASE_URL without a slash at its end; client_env(name): a variable that must be set. */
const char *client_base(void);
const char *client_env(const char *name);

/* The prefix that every path of a test stands under. */
#define CLIENT_PREFIX "/api/v1"

#endif
