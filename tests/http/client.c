#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include <criterion/criterion.h>
#include <curl/curl.h>

#include "lib/arena.h"
#include "lib/buf.h"

#include "tests/http/promise.h"

#include "tests/http/client.h"

enum { TIMEOUT_S = 30 };

struct arena *
client_arena(void)
{
	static struct arena *arena;

	if (arena == NULL)
		arena = arena_new();
	return arena;
}

const char *
client_print(const char *fmt, ...)
{
	char *text;
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = vsnprintf(NULL, 0, fmt, ap);
	va_end(ap);
	cr_assert(n >= 0);
	text = arena_alloc(client_arena(), (size_t)n + 1);
	va_start(ap, fmt);
	(void)vsnprintf(text, (size_t)n + 1, fmt, ap); /* measured above */
	va_end(ap);
	return text;
}

const char *
client_env(const char *name)
{
	const char *value = getenv(name);

	cr_assert(
	    value != NULL && *value != '\0', "%s is not set: these tests run inside a stack", name);
	return value;
}

const char *
client_base(void)
{
	const char *base = client_env("BASE_URL");
	size_t n = strlen(base);

	return base[n - 1] == '/' ? arena_strndup(client_arena(), base, n - 1) : base;
}

const char *
client_escape(const char *text)
{
	char *escaped = curl_easy_escape(NULL, text, (int)strlen(text));
	const char *copy = arena_strdup(client_arena(), escaped);

	curl_free(escaped);
	return copy;
}

/* What one transfer reads from and writes to. */
struct transfer {
	const struct ask *ask;
	CURL *curl;
	struct curl_slist *lines;
	struct buf headers, body;
};

static size_t
take(char *p, size_t size, size_t n, void *cookie)
{
	buf_add(cookie, p, size * n);
	return size * n;
}

static size_t
take_header(char *p, size_t size, size_t n, void *cookie)
{
	struct buf *b = cookie;

	/* A 100 Continue, or the status line of the answer: what came before is not it. */
	if (size * n >= 5 && strncmp(p, "HTTP/", 5) == 0)
		buf_init(b, b->arena);
	else
		buf_add(b, p, size * n);
	return size * n;
}

static const char *
method_of(const struct ask *ask)
{
	if (ask->method != NULL)
		return ask->method;
	return ask->json != NULL || ask->form != NULL ? "POST" : "GET";
}

static const char *
path_of(const struct ask *ask)
{
	return ask->at != NULL ? ask->at : client_print(CLIENT_PREFIX "%s", ask->path);
}

static void
add_line(struct transfer *t, const char *line)
{
	struct curl_slist *lines = curl_slist_append(t->lines, line);

	cr_assert_not_null(lines);
	t->lines = lines;
}

/* RFC 9110 §8.6: methods that expect a body say that there is none. */
static void
add_no_body(struct transfer *t)
{
	const struct ask *ask = t->ask;
	const char *method = method_of(ask);

	for (size_t i = 0; i < 4 && ask->header[i] != NULL; i++) {
		if (strncmp(ask->header[i], "Content-Length:", 15) == 0)
			return;
	}
	if (strcmp(method, "POST") == 0 || strcmp(method, "PUT") == 0)
		add_line(t, "Content-Length: 0");
}

static void
add_body(struct transfer *t)
{
	const struct ask *ask = t->ask;
	const char *body = ask->json != NULL ? ask->json : ask->form;
	const char *type =
	    ask->json != NULL ? "application/json" : "application/x-www-form-urlencoded";
	size_t n;

	if (body == NULL) {
		add_no_body(t);
		return;
	}
	n = ask->body_bytes != 0 ? ask->body_bytes : strlen(body);
	curl_easy_setopt(t->curl, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)n);
	curl_easy_setopt(t->curl, CURLOPT_POSTFIELDS, body);
	if (ask->type != NULL)
		type = ask->type;
	add_line(t, *type == '\0' ? "Content-Type:" : client_print("Content-Type: %s", type));
}

static void
transfer_begin(struct transfer *t, const struct ask *ask)
{
	const char *method = method_of(ask);

	*t = (struct transfer){.ask = ask, .curl = curl_easy_init()};
	cr_assert_not_null(t->curl);
	buf_init(&t->headers, client_arena());
	buf_init(&t->body, client_arena());
	add_line(t, "Expect:"); /* a body in two steps would only cost time here */
	add_body(t);
	if (ask->token != NULL)
		add_line(t, client_print("Authorization: Bearer %s", ask->token));
	for (size_t i = 0; i < 4 && ask->header[i] != NULL; i++)
		add_line(t, ask->header[i]);
	curl_easy_setopt(t->curl, CURLOPT_URL, client_print("%s%s", client_base(), path_of(ask)));
	curl_easy_setopt(t->curl, CURLOPT_INTERFACE, ask->from);
	curl_easy_setopt(t->curl, CURLOPT_PATH_AS_IS, 1L);
	curl_easy_setopt(t->curl, CURLOPT_CUSTOMREQUEST, method);
	curl_easy_setopt(t->curl, CURLOPT_NOBODY, strcmp(method, "HEAD") == 0 ? 1L : 0L);
	curl_easy_setopt(t->curl, CURLOPT_HTTPHEADER, t->lines);
	curl_easy_setopt(t->curl, CURLOPT_WRITEFUNCTION, take);
	curl_easy_setopt(t->curl, CURLOPT_WRITEDATA, &t->body);
	curl_easy_setopt(t->curl, CURLOPT_HEADERFUNCTION, take_header);
	curl_easy_setopt(t->curl, CURLOPT_HEADERDATA, &t->headers);
	curl_easy_setopt(t->curl, CURLOPT_TIMEOUT, (long)TIMEOUT_S);
	curl_easy_setopt(t->curl, CURLOPT_NOSIGNAL, 1L);
	curl_easy_setopt(t->curl, CURLOPT_NOPROXY, "*");
}

static void
release_json(void *p)
{
	cJSON_Delete(p);
}

static const cJSON *
parse(const struct buf *body)
{
	const char *end;
	cJSON *json = cJSON_ParseWithLengthOpts(body->at, body->bytes + 1, &end, 1);

	arena_defer(client_arena(), release_json, json);
	return json;
}

static struct answer *
transfer_end(struct transfer *t)
{
	struct answer *a = arena_alloc(client_arena(), sizeof(*a));

	curl_easy_getinfo(t->curl, CURLINFO_RESPONSE_CODE, &a->status);
	curl_easy_getinfo(t->curl, CURLINFO_TOTAL_TIME, &a->seconds);
	a->headers = t->headers.at;
	a->body = t->body.at;
	a->body_bytes = t->body.bytes;
	a->json = parse(&t->body);
	curl_slist_free_all(t->lines);
	curl_easy_cleanup(t->curl);
	promise_check(method_of(t->ask), path_of(t->ask), t->ask, a);
	return a;
}

struct answer *
client_ask(const struct ask *ask)
{
	struct transfer t;
	CURLcode code;

	transfer_begin(&t, ask);
	code = curl_easy_perform(t.curl);
	cr_assert_eq(
	    code, CURLE_OK, "%s %s: %s", method_of(ask), path_of(ask), curl_easy_strerror(code));
	return transfer_end(&t);
}

static void
perform_all(CURLM *multi)
{
	int running;

	cr_assert_eq(curl_multi_perform(multi, &running), CURLM_OK);
	while (running > 0) {
		cr_assert_eq(curl_multi_poll(multi, NULL, 0, 1000, NULL), CURLM_OK);
		cr_assert_eq(curl_multi_perform(multi, &running), CURLM_OK);
	}
}

struct answer **
client_ask_all(const struct ask *asks, size_t n)
{
	struct transfer *t = arena_array(client_arena(), n, sizeof(*t));
	struct answer **answers = arena_array(client_arena(), n, sizeof(struct answer *));
	CURLM *multi = curl_multi_init();
	const CURLMsg *message;
	int left;

	for (size_t i = 0; i < n; i++) {
		transfer_begin(&t[i], &asks[i]);
		curl_multi_add_handle(multi, t[i].curl);
	}
	perform_all(multi);
	while ((message = curl_multi_info_read(multi, &left)) != NULL)
		cr_assert_eq(
		    message->data.result, CURLE_OK, "%s", curl_easy_strerror(message->data.result));
	for (size_t i = 0; i < n; i++) {
		curl_multi_remove_handle(multi, t[i].curl);
		answers[i] = transfer_end(&t[i]);
	}
	curl_multi_cleanup(multi);
	return answers;
}
