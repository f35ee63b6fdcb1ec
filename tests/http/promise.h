#ifndef TESTS_HTTP_PROMISE_H
#define TESTS_HTTP_PROMISE_H

/* What holds for every answer, whatever was asked; checked by the client on each one. */

struct answer;
struct ask;

/* promise_check(method, path, ask, answer): fails the test at the first promise that is broken. */
void promise_check(const char *method, const char *path, const struct ask *, const struct answer *);

/* promise_secret(text): no later answer may hold it; only its own refresh_token member may. */
void promise_secret(const char *text);

#endif
