/* Files: kept, listed, sent and removed by their owner, and by nobody else. Ranges, and all that goes wrong with
 * disks and processes: tests/proc/test_files.py. */

#include <string.h>

#include <criterion/criterion.h>

#include "lib/arena.h"
#include "lib/buf.h"

#include "tests/http/db.h"
#include "tests/http/person.h"

#define N(x) (sizeof(x) / sizeof((x)[0]))

static struct answer *
put(const struct person *p, const char *name, const char *bytes)
{
	return CLIENT_ASK(.method = "PUT", .path = client_print("/files/%s", client_escape(name)),
	    .token = p->access, .form = bytes, .type = "text/plain; charset=utf-8");
}

static struct answer *
post(const struct person *p, const char *name, const char *type, const char *bytes)
{
	return CLIENT_ASK(.path = client_print("/files?name=%s", client_escape(name)),
	    .token = p->access, .form = bytes, .type = type);
}

static struct answer *
get(const struct person *p, const char *path)
{
	return CLIENT_ASK(.path = path, .token = p->access);
}

/* ${line}: one more in the header, or NULL. */
static struct answer *
drop(const struct person *p, const char *path, const char *line)
{
	return CLIENT_ASK(.method = "DELETE", .path = path, .token = p->access, .header = {line});
}

static const char *
path_of(const struct answer *a)
{
	ANSWER_IS(a, 201, "");
	return client_print("/files/%s", answer_text(a, "id"));
}

static struct answer *
content(const struct person *p, const struct answer *made)
{
	return get(p, client_print("%s/content", path_of(made)));
}

static void
counts_are(const struct person *p, int64_t files, int64_t bytes)
{
	struct answer *me = person_me(p->access);

	cr_assert_eq(answer_number(me, "file_count"), files, "%s", me->body);
	cr_assert_eq(answer_number(me, "total_file_size"), bytes, "%s", me->body);
}

Test(files, what_is_kept_comes_back_as_it_was_sent)
{
	struct person p = person_new();
	struct answer *made = put(&p, "Bericht für Ähm.txt", "line\r\nline"), *read, *a;

	cr_assert_str_eq(answer_text(made, "name"), "Bericht für Ähm.txt");
	cr_assert_str_eq(answer_text(made, "content_type"), "text/plain");
	cr_assert_eq(answer_number(made, "size"), 10);
	read = get(&p, path_of(made));
	cr_assert_str_eq(read->body, made->body);
	cr_assert_str_eq(answer_header(read, "ETag"), answer_header(made, "ETag"));
	a = content(&p, made);
	ANSWER_IS(a, 200, "");
	cr_assert_str_eq(a->body, "line\r\nline");
	cr_assert_str_eq(answer_header(a, "Content-Type"), "text/plain");
	cr_assert_str_eq(answer_header(a, "Cache-Control"), "no-store");
	cr_assert_str_eq(answer_header(a, "Content-Disposition"),
	    "attachment; filename=\"Bericht f_r _hm.txt\";"
	    " filename*=UTF-8''Bericht%20f%C3%BCr%20%C3%84hm.txt");
	counts_are(&p, 1, 10);
}

Test(files, an_empty_one_is_one)
{
	struct person p = person_new();
	struct answer *made =
	    CLIENT_ASK(.method = "PUT", .path = "/files/empty", .token = p.access);

	cr_assert_eq(answer_number(made, "size"), 0);
	cr_assert_str_eq(answer_text(made, "content_type"), "application/octet-stream");
	cr_assert_eq(content(&p, made)->body_bytes, 0);
	counts_are(&p, 1, 0);
}

Test(files, names_are_nothing_but_names)
{
	static const char *const names[] = {"../../x", "..", ".", "/etc/passwd", ".htaccess", "CON",
	    "a\r\nSet-Cookie: stolen=1", "a\"b\\c", "\xe2\x80\xaegpj.exe", "%2e%2e%2f",
	    "x; filename=y", "\t", "\xf0\x9f\x92\xa9", "_gatehouse/asked", "'"};
	struct person p = person_new();

	for (size_t i = 0; i < N(names); i++) {
		struct answer *made = post(&p, names[i], "text/plain", names[i]), *a;
		const char *disposition;

		ANSWER_IS(made, 201, "");
		cr_assert_str_eq(answer_text(made, "name"), names[i]);
		a = content(&p, made);
		cr_assert_str_eq(a->body, names[i]);
		disposition = answer_header(a, "Content-Disposition");
		cr_assert_null(strpbrk(disposition + strlen("attachment; filename=\""), "/\\"),
		    "%s", disposition);
		cr_assert_null(answer_header(a, "Set-Cookie"));
		cr_assert_not_null(strstr(disposition, "\"; filename*=UTF-8''"), "%s", disposition);
		cr_assert_null(strstr(disposition, "%E2%80%AE"), "%s", disposition);
	}
	cr_assert_eq(DB_INT("SELECT count(*) FROM files WHERE user_id = $1::uuid", p.id), N(names));
}

Test(files, a_name_is_one_to_255_characters_of_text)
{
	char *long_name = arena_alloc(client_arena(), 600);
	struct person p = person_new();
	struct answer *a;

	for (int i = 0; i < 255; i++)
		memcpy(long_name + 2 * i, "\xc3\xa4", 2);
	ANSWER_IS(put(&p, long_name, "x"), 201, "");
	memcpy(long_name + 510, "a", 2);
	a = put(&p, long_name, "x");
	ANSWER_IS(a, 422, "VALIDATION_ERROR");
	cr_assert_str_eq(answer_fault_type(a, "[\"path\",\"id\"]"), "string_too_long");
	memset(long_name, 'a', 300);
	long_name[300] = '\0';
	a = post(&p, long_name, "text/plain", "x");
	ANSWER_IS(a, 422, "VALIDATION_ERROR");
	ANSWER_IS(post(&p, "", "text/plain", "x"), 422, "VALIDATION_ERROR");
	ANSWER_IS(CLIENT_ASK(.path = "/files?name=a%00b", .token = p.access, .form = "x"), 422,
	    "VALIDATION_ERROR");
	ANSWER_IS(CLIENT_ASK(.path = "/files?name=%ff", .token = p.access, .form = "x"), 422,
	    "VALIDATION_ERROR");
	ANSWER_IS(CLIENT_ASK(.path = "/files?name=a&name=b", .token = p.access, .form = "x"), 422,
	    "VALIDATION_ERROR");
	counts_are(&p, 1, 1);
}

/* Whatever a browser would make of it, on this origin. */
Test(files, nothing_is_sent_as_what_a_browser_runs)
{
	static const struct {
		const char *declared, *kept, *sent;
	} types[] = {
	    {"text/html", "text/html", "application/octet-stream"},
	    {"image/svg+xml", "image/svg+xml", "application/octet-stream"},
	    {"Text/HTML; charset=utf-8", "text/html", "application/octet-stream"},
	    {"application/javascript", "application/javascript", "application/octet-stream"},
	    {"text/xml", "text/xml", "application/octet-stream"},
	    {"image/png", "image/png", "image/png"},
	    {"", "application/octet-stream", "application/octet-stream"},
	};
	struct person p = person_new();

	for (size_t i = 0; i < N(types); i++) {
		struct answer *made = post(&p, "f", types[i].declared, "<script>alert(1)</script>"),
			      *a;

		ANSWER_IS(made, 201, "");
		cr_assert_str_eq(answer_text(made, "content_type"), types[i].kept);
		a = content(&p, made);
		cr_assert_str_eq(answer_header(a, "Content-Type"), types[i].sent);
		cr_assert_str_eq(answer_header(a, "X-Content-Type-Options"), "nosniff");
		cr_assert_not_null(strstr(answer_header(a, "Content-Security-Policy"), "sandbox"));
		cr_assert_eq(
		    strncmp(answer_header(a, "Content-Disposition"), "attachment;", 11), 0);
	}
}

Test(files, refuses_what_has_no_media_type)
{
	static const char *const types[] = {"multipart/form-data; boundary=x", "nonsense", "a/",
	    "/b", "a/b c", "a b/c", "text/plain, text/html"};
	struct person p = person_new();

	for (size_t i = 0; i < N(types); i++)
		ANSWER_IS(post(&p, "f", types[i], "x"), 415, "UNSUPPORTED_MEDIA_TYPE");
	ANSWER_IS(CLIENT_ASK(.method = "PUT", .path = "/files/f", .token = p.access, .form = "x",
		      .type = "multipart/mixed"),
	    415, "UNSUPPORTED_MEDIA_TYPE");
	counts_are(&p, 0, 0);
}

Test(files, a_file_takes_the_name_of_another)
{
	struct person p = person_new();
	struct answer *first = put(&p, "n", "first"),
		      *second = post(&p, "n", "image/png", "second");

	cr_assert_str_neq(path_of(first), path_of(second));
	ANSWER_IS(get(&p, path_of(first)), 404, "NOT_FOUND");
	ANSWER_IS(content(&p, first), 404, "NOT_FOUND");
	cr_assert_str_eq(content(&p, second)->body, "second");
	cr_assert_str_neq(answer_header(first, "ETag"), answer_header(second, "ETag"));
	counts_are(&p, 1, 6);
}

/* "changed" as a file, with one more line in the header. */
static struct answer *
put_with(const struct person *p, const char *method, const char *path, const char *line)
{
	return CLIENT_ASK(.method = method, .path = path, .token = p->access, .form = "changed",
	    .type = "text/plain", .header = {line});
}

/* RFC 9110 §13.1.1, §13.1.2; "E" stands for the ETag of what has the name. */
Test(files, conditions_keep_from_overwriting)
{
	static const struct {
		const char *method, *path, *name, *value;
		int status;
	} steps[] = {
	    {"PUT", "/files/n", "If-Match", "*", 412},
	    {"PUT", "/files/n", "If-None-Match", "*", 201},
	    {"PUT", "/files/n", "If-None-Match", "*", 412},
	    {"POST", "/files?name=n", "If-None-Match", "*", 412},
	    {"POST", "/files?name=n", "If-None-Match", "E", 412},
	    {"PUT", "/files/n", "If-None-Match", "\"99\", W/E", 412},
	    {"PUT", "/files/n", "If-None-Match", "\"99\"", 201},
	    {"PUT", "/files/n", "If-Match", "\"99\"", 412},
	    {"POST", "/files?name=n", "If-Match", "W/E", 412},
	    {"PUT", "/files/n", "If-Match", "\"99\", E", 201},
	    {"POST", "/files?name=n", "If-Match", "E", 201},
	    {"PUT", "/files/n", "If-Match", "*", 201},
	};
	struct person p = person_new();
	const char *etag = "\"1\"";

	for (size_t i = 0; i < N(steps); i++) {
		const char *value = steps[i].value;
		size_t n = strcspn(value, "E");
		struct answer *a = put_with(&p, steps[i].method, steps[i].path,
		    client_print(
			"%s: %.*s%s", steps[i].name, (int)n, value, value[n] == '\0' ? "" : etag));

		ANSWER_IS(a, steps[i].status, steps[i].status == 201 ? "" : "PRECONDITION_FAILED");
		if (a->status == 201)
			etag = answer_header(a, "ETag");
		counts_are(&p, i > 0, i > 0 ? 7 : 0);
	}
}

Test(files, etag_of_a_deleted_one_is_not_that_of_the_next)
{
	struct person p = person_new();
	struct answer *old = put(&p, "n", "12345");
	const char *etag = answer_header(old, "ETag");

	ANSWER_IS(drop(&p, path_of(old), NULL), 204, "");
	ANSWER_IS(put(&p, "n", "another"), 201, "");
	ANSWER_IS(put_with(&p, "PUT", "/files/n", client_print("If-Match: %s", etag)), 412,
	    "PRECONDITION_FAILED");
}

/* RFC 9110 §14.5 */
Test(files, a_part_is_not_kept_as_the_whole)
{
	struct person p = person_new();
	static const char part[] = "Content-Range: bytes 0-6/100";

	ANSWER_IS(put_with(&p, "PUT", "/files/n", part), 400, "BAD_REQUEST");
	ANSWER_IS(put_with(&p, "POST", "/files?name=n", part), 400, "BAD_REQUEST");
	counts_are(&p, 0, 0);
}

/* RFC 9110 §8.6: 1*DIGIT */
Test(files, a_length_may_begin_with_zeros)
{
	struct person p = person_new();
	struct answer *made = put_with(&p, "PUT", "/files/n", "Content-Length: 0007");

	ANSWER_IS(made, 201, "");
	cr_assert_eq(answer_number(made, "size"), 7);
	cr_assert_str_eq(content(&p, made)->body, "changed");
}

Test(files, deleting_one_is_for_good)
{
	struct person p = person_new();
	struct answer *made = put(&p, "n", "12345");
	const char *etag = answer_header(made, "ETag"), *path = path_of(made);

	ANSWER_IS(drop(&p, path, "If-Match: \"99\""), 412, "PRECONDITION_FAILED");
	counts_are(&p, 1, 5);
	ANSWER_IS(drop(&p, path, client_print("If-Match: %s", etag)), 204, "");
	ANSWER_IS(content(&p, made), 404, "NOT_FOUND");
	ANSWER_IS(drop(&p, path, NULL), 404, "NOT_FOUND");
	counts_are(&p, 0, 0);
}

Test(files, somebody_elses_are_not_there)
{
	struct person p = person_new(), other = person_new();
	struct answer *made = put(&p, "n", "mine");

	ANSWER_IS(get(&other, path_of(made)), 404, "NOT_FOUND");
	ANSWER_IS(content(&other, made), 404, "NOT_FOUND");
	ANSWER_IS(drop(&other, path_of(made), NULL), 404, "NOT_FOUND");
	cr_assert_eq(answer_number(get(&other, "/files"), "total"), 0);
	ANSWER_IS(put(&other, "n", "yours"), 201, "");
	cr_assert_str_eq(content(&p, made)->body, "mine");
}

Test(files, a_list_goes_to_its_end)
{
	struct person p = person_new();
	struct answer *a;

	for (int i = 0; i < 3; i++)
		ANSWER_IS(put(&p, client_print("n%d", i), "x"), 201, "");
	a = get(&p, "/files?size=2");
	cr_assert_eq(answer_number(a, "total"), 3);
	cr_assert_not_null(strstr(a->body, "\"n2\""));
	a = get(&p, client_print("/files?size=2&cursor=%s", answer_text(a, "next_cursor")));
	cr_assert_not_null(strstr(a->body, "\"n0\""));
	cr_assert_null(answer_text(a, "next_cursor"));
}

Test(files, more_than_is_left_is_refused_unseen)
{
	struct person p = person_new();
	struct answer *made = put(&p, "n", "12345");

	DB_DO("UPDATE user_stats SET total_file_size = 10737418240 - 5 WHERE user_id = $1::uuid",
	    p.id);
	ANSWER_IS(put(&p, "m", "123456"), 413, "QUOTA_EXCEEDED");
	ANSWER_IS(post(&p, "m", "text/plain", "123456"), 413, "QUOTA_EXCEEDED");
	/* What it replaces makes room. */
	ANSWER_IS(put(&p, "n", "1234567890"), 201, "");
	ANSWER_IS(put(&p, "m", "1"), 413, "QUOTA_EXCEEDED");
	ANSWER_IS(CLIENT_ASK(.method = "PUT", .path = "/files/e", .token = p.access), 201, "");
	ANSWER_IS(content(&p, made), 404, "NOT_FOUND");
	DB_DO("UPDATE user_stats SET total_file_size = 10, file_count = 100000"
	      " WHERE user_id = $1::uuid",
	    p.id);
	ANSWER_IS(put(&p, "m", "1"), 413, "QUOTA_EXCEEDED");
}

/* None of the body is sent: the answer comes without it. */
Test(files, what_is_too_large_is_refused_before_it_is_sent)
{
	static const char *const ways[][2] = {{"PUT", "/files/n"}, {"POST", "/files?name=n"}};
	struct person p = person_new();

	for (size_t i = 0; i < N(ways); i++) {
		ANSWER_IS(CLIENT_ASK(.method = ways[i][0], .path = ways[i][1], .token = p.access,
			      .header = {"Content-Length: 1073741825"}),
		    413, "PAYLOAD_TOO_LARGE");
		ANSWER_IS(CLIENT_ASK(.method = ways[i][0], .path = ways[i][1],
			      .header = {"Content-Length: 1073741824"}),
		    401, "NOT_AUTHENTICATED");
		ANSWER_IS(CLIENT_ASK(.method = ways[i][0], .path = ways[i][1], .token = p.access,
			      .form = "0\r\n\r\n", .header = {"Transfer-Encoding: chunked"}),
		    411, "BAD_REQUEST");
	}
	counts_are(&p, 0, 0);
}

Test(files, who_asks_about_an_upload_is_nginx_alone)
{
	struct person p = person_new();
	static const char *const places[] = {"/_gatehouse/asked", "/_gatehouse/upload",
	    "/_gatehouse/refused", "/_gatehouse/answer", "/_gatehouse/416", "/_files/",
	    "/_files/00/x"};

	for (size_t i = 0; i < N(places); i++) {
		ANSWER_IS(CLIENT_ASK(.at = places[i], .token = p.access), 404, "NOT_FOUND");
		ANSWER_IS(CLIENT_ASK(.method = "PUT", .at = places[i], .token = p.access,
			      .header = {"Gatehouse-Upload: taken",
				  "Gatehouse-Upload-File: /etc/passwd"}),
		    404, "NOT_FOUND");
	}
	ANSWER_IS(CLIENT_ASK(.method = "PUT", .path = "/files", .token = p.access), 405,
	    "METHOD_NOT_ALLOWED");
	ANSWER_IS(CLIENT_ASK(.method = "POST", .path = "/files/x", .token = p.access), 405,
	    "METHOD_NOT_ALLOWED");
	ANSWER_IS(CLIENT_ASK(.method = "PUT", .at = "/nowhere/files/x", .token = p.access), 404,
	    "NOT_FOUND");
}

/* nginx knows no route: it asks about these as about a file. */
Test(files, a_path_that_only_ends_like_an_upload_is_refused_as_any_other)
{
	static const char *const ways[][3] = {
	    {"POST", "/users/files", "GET, HEAD, PUT, PATCH, DELETE"},
	    {"POST", "/files/files", "GET, HEAD, PUT, DELETE"},
	    {"PUT", "/users/files/activate", "POST"}, {"PUT", "/files/files/content", "GET, HEAD"}};
	struct person p = person_new();

	for (size_t i = 0; i < N(ways); i++) {
		struct answer *a = CLIENT_ASK(.method = ways[i][0], .path = ways[i][1],
		    .token = p.access, .form = "x");

		ANSWER_IS(a, 405, "METHOD_NOT_ALLOWED");
		cr_assert_str_eq(
		    answer_header(a, "Allow"), client_print("%s, OPTIONS", ways[i][2]));
		cr_assert_null(answer_header(a, "Retry-After"));
	}
}

Test(files, both_prefixes_and_a_slash_at_the_end_are_the_same)
{
	static const char *const paths[] = {"/v1/files/a", "/api/v1/files/a/", "/v1/files/a/?x=y"};
	struct person p = person_new();

	for (size_t i = 0; i < N(paths); i++)
		ANSWER_IS(CLIENT_ASK(.method = "PUT", .at = paths[i], .token = p.access,
			      .form = "x", .type = "text/plain"),
		    201, "");
	ANSWER_IS(CLIENT_ASK(.at = "/v1/files/?name=a", .token = p.access, .form = "x",
		      .type = "text/plain"),
	    201, "");
	counts_are(&p, 1, 1);
}

Test(files, a_browser_of_an_allowed_origin_gets_them)
{
	struct person p = person_new();
	struct answer *made = put(&p, "n", "x"),
		      *a = CLIENT_ASK(.path = client_print("%s/content", path_of(made)),
			  .token = p.access, .header = {"Origin: https://app.example"});

	cr_assert_str_eq(answer_header(a, "Access-Control-Allow-Origin"), "https://app.example");
	cr_assert_eq(answer_headers(a, "Access-Control-Allow-Origin"), 1);
	cr_assert_not_null(
	    strstr(answer_header(a, "Access-Control-Expose-Headers"), "Content-Disposition"));
	a = CLIENT_ASK(.method = "PUT", .path = "/files/n",
	    .header = {"Origin: https://app.example"});
	ANSWER_IS(a, 401, "NOT_AUTHENTICATED");
	cr_assert_str_eq(answer_header(a, "Access-Control-Allow-Origin"), "https://app.example");
}
