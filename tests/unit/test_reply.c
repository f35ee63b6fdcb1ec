#include <criterion/criterion.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>

#include "lib/arena.h"
#include "lib/clock.h"
#include "lib/fault.h"
#include "lib/http.h"
#include "lib/model.h"
#include "lib/reply.h"
#include "lib/str.h"

#include "tests/unit/sample_api.h"

struct Note {
	const char *text;
};

static const struct field note_fields[] = {
    FIELD(struct Note, text, .doc = "What it says."),
    {.name = NULL},
};
static const struct model note_out = MODEL(Note, note_fields, .doc = "A note.");

static struct arena *arena;
static struct reply reply;
static const struct http_request request = {.path = "/v1/things", .id = "abc-1"};

static void
begin(void)
{
	arena = arena_new();
	reply_init(&reply, arena);
}

static void
end(void)
{
	arena_free(&arena);
}

TestSuite(reply, .init = begin, .fini = end);

/* The reply's headers are exactly these lines. */
#define HEADERS_ARE(s) cr_expect_str_eq(reply.headers.at, (s))

/* From {"a":…,"timestamp":"<now>",…} to the same with <now> checked and replaced by T. */
static const char *
timeless(const char *body)
{
	static const char key[] = "\"timestamp\":\"";
	const char *p = strstr(body, key), *stop;
	char now[CLOCK_TEXT_SIZE];

	cr_assert_not_null(p, "%s", body);
	p += strlen(key);
	stop = strchr(p, '"');
	clock_text(clock_now_us(), now);
	cr_expect_eq((size_t)(stop - p), strlen(now));
	cr_expect_eq(strncmp(p, now, strlen("2026-01-01T")), 0, "%s and %s", p, now);
	return arena_printf(arena, "%.*sT%s", (int)(p - body), body, stop);
}

Test(reply, renders_a_model_not_to_be_stored)
{
	struct Note note = {"hello"};

	reply_model(&reply, 201, &note_out, &note);
	cr_expect_eq(reply.status, 201);
	cr_expect_str_eq(reply.body.at, "{\"text\":\"hello\"}");
	HEADERS_ARE("Content-Type: application/json\r\nCache-Control: no-store\r\n");
	cr_expect_null(reply.error);
}

Test(reply, leaves_the_handler_its_own_caching)
{
	struct Note note = {"hello"};

	reply_header(&reply, "Cache-Control", "max-age=%d", 60);
	reply_model(&reply, 200, &note_out, &note);
	HEADERS_ARE("Cache-Control: max-age=60\r\nContent-Type: application/json\r\n");
	reply_header(&reply, "cache-control", "private");
	HEADERS_ARE("Content-Type: application/json\r\ncache-control: private\r\n");
}

Test(reply, replaces_what_was_there)
{
	struct Note note = {"hello"};

	reply_text(&reply, 200, "text/plain", "12345", 5);
	HEADERS_ARE("Content-Type: text/plain\r\n");
	reply_model(&reply, 200, &note_out, &note);
	reply_model(&reply, 202, &note_out, &note);
	cr_expect_str_eq(reply.body.at, "{\"text\":\"hello\"}");
	HEADERS_ARE("Cache-Control: no-store\r\nContent-Type: application/json\r\n");
	reply_empty(&reply, 204);
	cr_expect_eq(reply.body.bytes, 0);
	cr_expect_eq(reply.status, 204);
	HEADERS_ARE("Cache-Control: no-store\r\n");
}

Test(reply, keeps_bytes_of_a_text_as_they_are)
{
	reply_text(&reply, 200, "application/octet-stream", "a\0b", 3);
	cr_expect_eq(reply.body.bytes, 3);
	cr_expect_eq(memcmp(reply.body.at, "a\0b", 3), 0);
}

Test(reply, hands_over_and_says_nothing_else)
{
	reply_header(&reply, "X-Other", "1");
	reply_text(&reply, 500, "text/plain", "x", 1);
	reply_hand_over(&reply, "@api");
	cr_expect(reply.hand_over);
	cr_expect_eq(reply.body.bytes, 0);
	HEADERS_ARE("X-Accel-Redirect: @api\r\n");
}

Test(reply, writes_strong_etags)
{
	reply_etag(&reply, 42);
	HEADERS_ARE("ETag: \"42\"\r\n");
}

Test(reply, asserts_on_a_line_break_in_a_value, .signal = SIGABRT)
{
	fclose(stderr); /* the assertion's message is expected */
	reply_header(&reply, "Location", "%s", "/x\r\nSet-Cookie: a=b");
}

Test(reply, asserts_on_a_line_break_in_a_name, .signal = SIGABRT)
{
	fclose(stderr);
	reply_header(&reply, "X\nY", "1");
}

Test(reply, writes_the_contract_error_body)
{
	reply_error(&reply, &sample_taken, &request, NULL, false, "things");
	cr_expect_eq(reply.status, 409);
	cr_expect_eq(reply.error, &sample_taken);
	cr_expect_str_eq(timeless(reply.body.at),
	    "{\"detail\":\"There is one of that name\",\"error_code\":\"NAME_TAKEN\","
	    "\"timestamp\":\"T\",\"path\":\"/v1/things\",\"request_id\":\"abc-1\"}");
	HEADERS_ARE("Content-Type: application/json\r\nCache-Control: no-store\r\n");
}

Test(reply, lists_the_faults_in_the_detail)
{
	struct faults faults;

	faults_init(&faults, arena);
	reply_error(&reply, &error_validation, &request, &faults, false, "things");
	cr_expect_eq(strncmp(reply.body.at, "{\"detail\":\"", 11), 0, "no faults, no list");
	fault_value(&faults, IN_BODY, "name", "it is bad");
	reply_error(&reply, &error_validation, &request, &faults, false, "things");
	cr_expect_eq(reply.status, 422);
	cr_expect_eq(strncmp(reply.body.at, "{\"detail\":[{\"type\":\"value_error\"", 32), 0, "%s",
	    reply.body.at);
	cr_expect_not_null(strstr(reply.body.at, "\"}}],\"error_code\":\"VALIDATION_ERROR\""), "%s",
	    reply.body.at);
}

Test(reply, challenges_every_401_and_nothing_else)
{
	static const struct {
		const struct error *error;
		bool oauth;
		int status;
		const char *challenge; /* NULL: none */
	} t[] = {
	    {&sample_credentials, false, 401, "Bearer realm=\"things\"\r\n"},
	    {&sample_token_invalid, false, 401,
		"Bearer realm=\"things\", error=\"invalid_token\"\r\n"},
	    {&sample_client, false, 401, "Bearer realm=\"things\"\r\n"},
	    {&sample_client, true, 401, "Bearer realm=\"things\"\r\n"},
	    {&sample_credentials, true, 400, NULL},
	    {&sample_token_invalid, true, 400, NULL},
	    {&sample_taken, false, 409, NULL},
	};

	for (size_t i = 0; i < sizeof(t) / sizeof(t[0]); i++) {
		const char *line;

		reply_error(&reply, t[i].error, &request, NULL, t[i].oauth, "things");
		cr_expect_eq(reply.status, t[i].status, "%zu: %d", i, reply.status);
		line = strstr(reply.headers.at, "WWW-Authenticate: ");
		cr_expect_eq(line != NULL, t[i].challenge != NULL, "%zu", i);
		if (line != NULL && t[i].challenge != NULL)
			cr_expect_eq(strncmp(line + 18, t[i].challenge, strlen(t[i].challenge)), 0,
			    "%zu: %s", i, line);
	}
}

Test(reply, follows_rfc_6749_on_oauth_routes)
{
	static const struct error limited = {.status = 429,
	    .code = "RATE_LIMITED",
	    .detail = "Too many requests",
	    .retry_after_s = 9};
	static const struct error bare = {.status = 503, .code = "AWAY", .detail = "Away"};
	static const struct {
		const struct error *error;
		int status;
		const char *code;
	} t[] = {
	    {&sample_credentials, 400, "invalid_grant"},
	    {&sample_client, 401, "invalid_client"},
	    {&error_validation, 400, "invalid_request"},
	    {&error_unsupported_media, 400, "invalid_request"},
	    {&error_too_large, 413, "invalid_request"},
	    {&error_unavailable, 503, "temporarily_unavailable"},
	    {&error_internal, 500, "server_error"},
	    {&bare, 503, "server_error"},
	    {&limited, 429, "invalid_request"},
	};

	for (size_t i = 0; i < sizeof(t) / sizeof(t[0]); i++) {
		const char *members =
		    arena_printf(arena, ",\"error\":\"%s\",\"error_description\":\"%s\"}",
			t[i].code, t[i].error->detail);

		reply_error(&reply, t[i].error, &request, NULL, true, "things");
		cr_expect_eq(reply.status, t[i].status, "%zu: %d", i, reply.status);
		cr_expect_not_null(strstr(reply.body.at, members), "%zu: %s", i, reply.body.at);
		reply_error(&reply, t[i].error, &request, NULL, false, "things");
		cr_expect_eq(reply.status, t[i].error->status, "%zu", i);
		cr_expect_null(strstr(reply.body.at, "error_description"), "%zu", i);
	}
}

Test(reply, tells_when_to_come_back)
{
	reply_error(&reply, &sample_busy, &request, NULL, false, "things");
	HEADERS_ARE("Content-Type: application/json\r\nCache-Control: no-store\r\n"
		    "Retry-After: 7\r\n");
}

Test(reply, tells_of_what_there_was_too_much)
{
	static const char numbers[] =
	    ",\"request_id\":\"abc-1\",\"retry_after\":1200,\"limit\":5,\"window\":3600}";
	size_t n = sizeof(numbers) - 1;

	reply_limited(&reply, &(struct reply_limit){1200, 5, 3600});
	reply_error(&reply, &error_rate_limited, &request, NULL, false, "things");
	cr_expect_eq(reply.status, 429);
	cr_expect_str_eq(reply.body.at + reply.body.bytes - n, numbers);
	HEADERS_ARE("Content-Type: application/json\r\nCache-Control: no-store\r\n"
		    "Retry-After: 1200\r\n");
	reply_error(&reply, &error_rate_limited, &request, NULL, true, "things");
	cr_expect_eq(reply.status, 429);
	cr_expect_not_null(strstr(reply.body.at,
	    "\"window\":3600,\"error\":\"temporarily_unavailable\",\"error_description\":"));
	reply_error(&reply, &error_not_found, &request, NULL, false, "things");
	cr_expect_null(strstr(reply.body.at, "window"));
}

Test(reply, forgets_the_headers_of_a_success_but_not_allow)
{
	struct Note note = {"secret"};

	reply_header(&reply, "Allow", "GET, HEAD, OPTIONS");
	reply_etag(&reply, 1);
	reply_model(&reply, 200, &note_out, &note);
	reply_error(&reply, &error_method_not_allowed, &request, NULL, false, "things");
	cr_expect_eq(reply.status, 405);
	HEADERS_ARE("Allow: GET, HEAD, OPTIONS\r\nContent-Type: application/json\r\n"
		    "Cache-Control: no-store\r\n");
	cr_expect_null(strstr(reply.body.at, "secret"));
}

static const char *
repeated(const char *unit, size_t n)
{
	struct buf b;

	buf_init(&b, arena);
	while (n-- > 0)
		buf_puts(&b, unit);
	return b.at;
}

Test(reply, makes_json_of_any_path)
{
	const struct {
		const char *path, *json;
	} t[] = {
	    {"/a\"b\\c", "/a\\\"b\\\\c"},
	    {"/\x01\n", "/\\u0001\\n"},
	    {"/\xff", "/\xef\xbf\xbd"},
	    {"/\xc3\xa9\xc3", "/\xc3\xa9\xef\xbf\xbd"},
	    {"/\xed\xa0\x80", "/\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd"},
	    {"/\xc0\xaf", "/\xef\xbf\xbd\xef\xbf\xbd"},
	    {"/\xf0\x9f\x98\x80", "/\xf0\x9f\x98\x80"},
	    {"", ""},
	    {repeated("a", 512), repeated("a", 512)},
	    {repeated("a", 513), repeated("a", 512)},
	    {repeated("\xc3\xa9", 300), repeated("\xc3\xa9", 256)},
	    {repeated("\xff", 9000), repeated("\xef\xbf\xbd", 170)},
	};

	for (size_t i = 0; i < sizeof(t) / sizeof(t[0]); i++) {
		struct http_request q = {.path = t[i].path, .id = ""};
		const char *member =
		    arena_printf(arena, "\"path\":\"%s\",\"request_id\":\"\"}", t[i].json);

		reply_error(&reply, &error_not_found, &q, NULL, false, "things");
		cr_expect_not_null(strstr(reply.body.at, member), "%zu: %s", i, reply.body.at);
		cr_expect(str_utf8(reply.body.at, reply.body.bytes), "%zu", i);
	}
}
