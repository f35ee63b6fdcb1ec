/* Documents: kept, read, changed and removed by their owner, and by nobody else. */

#include <string.h>

#include <criterion/criterion.h>

#include "lib/arena.h"
#include "lib/buf.h"
#include "lib/pg.h"

#include "tests/http/db.h"
#include "tests/http/person.h"
#include "tests/http/sample.h"

#define N(x) (sizeof(x) / sizeof((x)[0]))

static struct answer *
post(const struct person *p, const char *json)
{
	return CLIENT_ASK(.path = "/documents", .token = p->access, .json = json);
}

static struct answer *
get(const struct person *p, const char *path)
{
	return CLIENT_ASK(.path = path, .token = p->access);
}

/* A document of that title; its path. */
static const char *
kept(const struct person *p, const char *title)
{
	struct answer *a = post(p,
	    client_print("{\"title\":\"%s\",\"content\":\"c\",\"embedding\":%s}", title,
		sample_numbers(SAMPLE_DIMENSIONS)));

	ANSWER_IS(a, 201, "");
	return client_print("/documents/%s", answer_text(a, "id"));
}

static int64_t
counted(const struct person *p)
{
	return answer_number(person_me(p->access), "document_count");
}

Test(documents, what_is_kept_comes_back_as_it_was_sent)
{
	static const char title[] = "a \\\"quoted\\\" {title}, \\\\ and ü",
			  metadata[] = "{\"b\": 12345678901234567890.10, \"a\": [1, {\"c\": "
				       "null}], \"s\": \"x y\\\\\"}";
	struct person p = person_new();
	struct answer *made = post(&p,
			  client_print(
			      "{\"title\":\"%s\",\"content\":\"line\\nline\",\"metadata\":%s}",
			      title, metadata)),
		      *read;

	ANSWER_IS(made, 201, "");
	cr_assert_str_eq(answer_text(made, "title"), "a \"quoted\" {title}, \\ and ü");
	cr_assert_str_eq(answer_text(made, "content"), "line\nline");
	cr_assert_not(answer_is(made, "has_embedding"));
	cr_assert_not(answer_has(made, "embedding"));
	cr_assert_not_null(strstr(made->body, "12345678901234567890.10"), "%s", made->body);
	read = get(&p, client_print("/documents/%s", answer_text(made, "id")));
	cr_assert_str_eq(read->body, made->body);
	cr_assert_str_eq(answer_header(read, "ETag"), answer_header(made, "ETag"));
	cr_assert_eq(counted(&p), 1);
}

Test(documents, an_embedding_is_shown_to_who_asks_for_it)
{
	struct person p = person_new();
	const char *path = kept(&p, "t");
	struct answer *a = get(&p, client_print("%s?include=embedding", path)), *list;
	const cJSON *embedding = cJSON_GetObjectItemCaseSensitive(a->json, "embedding");

	cr_assert_eq(cJSON_GetArraySize(embedding), SAMPLE_DIMENSIONS);
	cr_assert_float_eq(cJSON_GetArrayItem(embedding, 2)->valuedouble, 0.3, 1e-6);
	cr_assert(answer_is(a, "has_embedding"));
	cr_assert_not(answer_has(get(&p, path), "embedding"));
	list = get(&p, "/documents?include=embedding");
	cr_assert_not_null(strstr(list->body, "\"embedding\":[0.1,0.2"), "%s", list->body);
	cr_assert_null(strstr(get(&p, "/documents")->body, "\"embedding\":"));
}

Test(documents, refuses_what_is_no_embedding)
{
	static const char body[] = "{\"title\":\"t\",\"content\":\"c\",\"embedding\":%s}";
	struct person p = person_new();
	struct answer *a = post(&p, client_print(body, "[1,2,3]"));
	char *zeros = arena_strdup(client_arena(), sample_numbers(SAMPLE_DIMENSIONS));
	struct buf tiny;

	ANSWER_IS(a, 422, "VALIDATION_ERROR");
	cr_assert_str_eq(answer_fault_type(a, "[\"body\",\"embedding\"]"), "value_error");
	cr_assert_not_null(strstr(a->body, "has 384 numbers here, not 3"), "%s", a->body);
	for (char *c = zeros; *c != '\0'; c++)
		*c = *c > '0' && *c <= '9' ? '0' : *c;
	ANSWER_IS(post(&p, client_print(body, zeros)), 422, "VALIDATION_ERROR");
	buf_init(&tiny, client_arena());
	for (int i = 0; i < SAMPLE_DIMENSIONS; i++)
		buf_printf(&tiny, "%c1e-300", i == 0 ? '[' : ',');
	buf_putc(&tiny, ']');
	ANSWER_IS(post(&p, client_print(body, tiny.at)), 422, "VALIDATION_ERROR");
	ANSWER_IS(post(&p, client_print(body, "[NaN]")), 422, "VALIDATION_ERROR");
	ANSWER_IS(post(&p, client_print(body, "[1e999]")), 422, "VALIDATION_ERROR");
	cr_assert_eq(counted(&p), 0);
}

Test(documents, metadata_is_bounded_as_it_will_be_written_out)
{
	struct person p = person_new();
	struct buf numbers;

	buf_init(&numbers, client_arena());
	for (int i = 0; i < 60; i++)
		buf_printf(&numbers, "%c1e300", i == 0 ? '[' : ',');
	ANSWER_IS(post(&p,
		      client_print("{\"title\":\"t\",\"content\":\"c\",\"metadata\":{\"a\":%s]}}",
			  numbers.at)),
	    422, "VALIDATION_ERROR");
	ANSWER_IS(
	    post(&p, "{\"title\":\"t\",\"content\":\"c\",\"metadata\":{\"a\":[1e300,1E-5,2e+3]}}"),
	    201, "");
	ANSWER_IS(post(&p, "{\"title\":\"t\",\"content\":\"c\",\"metadata\":{\"a\":1e-99999}}"),
	    422, "VALIDATION_ERROR");
}

Test(documents, a_batch_is_all_or_nothing)
{
	struct person p = person_new();
	const char *good = "{\"title\":\"t\",\"content\":\"c\"}";
	struct answer *a = CLIENT_ASK(.path = "/documents/batch", .token = p.access,
	    .json = client_print(
		"{\"documents\":[%s,{\"title\":\"t2\",\"content\":\"c\",\"embedding\":%s}]}", good,
		sample_numbers(SAMPLE_DIMENSIONS)));
	const cJSON *ids;

	ANSWER_IS(a, 201, "");
	cr_assert_eq(answer_number(a, "created"), 2);
	ids = cJSON_GetObjectItemCaseSensitive(a->json, "ids");
	cr_assert_eq(cJSON_GetArraySize(ids), 2);
	cr_assert_str_eq(
	    answer_text(
		get(&p, client_print("/documents/%s", cJSON_GetArrayItem(ids, 1)->valuestring)),
		"title"),
	    "t2");
	a = CLIENT_ASK(.path = "/documents/batch", .token = p.access,
	    .json = client_print(
		"{\"documents\":[%s,{\"title\":\"t\",\"content\":\"c\",\"embedding\":[1]},%s,"
		"{\"title\":\"t\",\"content\":\"c\",\"embedding\":[2]}]}",
		good, good));
	ANSWER_IS(a, 422, "VALIDATION_ERROR");
	cr_assert_eq(answer_faults(a), 2);
	cr_assert_str_eq(
	    answer_fault_type(a, "[\"body\",\"documents\",3,\"embedding\"]"), "value_error");
	cr_assert_eq(counted(&p), 2);
}

Test(documents, a_full_batch_fits)
{
	struct person p = person_new();
	const char *embedding = sample_numbers(SAMPLE_DIMENSIONS);
	struct answer *a;
	struct buf b;

	buf_init(&b, client_arena());
	for (int i = 0; i < 500; i++)
		buf_printf(&b, "%c{\"title\":\"%d\",\"content\":\"%01000d\",\"embedding\":%s}",
		    i == 0 ? '[' : ',', i, i, embedding);
	a = CLIENT_ASK(.path = "/documents/batch", .token = p.access,
	    .json = client_print("{\"documents\":%s]}", b.at));
	ANSWER_IS(a, 201, "");
	cr_assert_eq(answer_number(a, "created"), 500);
	cr_assert_eq(counted(&p), 500);
}

Test(documents, too_many_numbers_are_refused_soon)
{
	struct person p = person_new();
	char *json = arena_alloc(client_arena(), 2 * 1000000 + 64), *to;
	struct answer *a;

	to = stpcpy(json, "{\"documents\":[{\"embedding\":[1");
	for (int i = 1; i < 1000000; i++)
		to = stpcpy(to, ",1");
	strcpy(to, "]}]}");
	a = CLIENT_ASK(.path = "/documents/batch", .token = p.access, .json = json);
	ANSWER_IS(a, 422, "VALIDATION_ERROR");
	cr_assert_lt(a->seconds, 2.0);
}

Test(documents, a_change_is_partial_and_moves_the_etag)
{
	struct person p = person_new();
	const char *path = kept(&p, "old");
	const char *etag = answer_header(get(&p, path), "ETag");
	const char *match = client_print("If-Match: %s", etag);
	struct answer *a = CLIENT_ASK(.method = "PATCH", .path = path, .token = p.access,
	    .json = "{\"title\":\"new\"}", .header = {match});

	ANSWER_IS(a, 200, "");
	cr_assert_str_eq(answer_text(a, "title"), "new");
	cr_assert_str_eq(answer_text(a, "content"), "c");
	cr_assert(answer_is(a, "has_embedding"));
	cr_assert_str_neq(answer_header(a, "ETag"), etag);
	ANSWER_IS(CLIENT_ASK(.method = "PATCH", .path = path, .token = p.access,
		      .json = "{\"title\":\"newer\"}", .header = {match}),
	    412, "PRECONDITION_FAILED");
	ANSWER_IS(
	    CLIENT_ASK(.method = "DELETE", .path = path, .token = p.access, .header = {match}), 412,
	    "PRECONDITION_FAILED");
	a = CLIENT_ASK(.method = "PATCH", .path = path, .token = p.access,
	    .json = "{\"embedding\":null}");
	ANSWER_IS(a, 200, "");
	cr_assert_not(answer_is(a, "has_embedding"));
	etag = answer_header(a, "ETag");
	a = CLIENT_ASK(.method = "PATCH", .path = path, .token = p.access, .json = "{}");
	cr_assert_str_eq(answer_header(a, "ETag"), etag);
	ANSWER_IS(CLIENT_ASK(.method = "DELETE", .path = path, .token = p.access), 204, "");
	ANSWER_IS(get(&p, path), 404, "NOT_FOUND");
	ANSWER_IS(
	    CLIENT_ASK(.method = "DELETE", .path = path, .token = p.access), 404, "NOT_FOUND");
	cr_assert_eq(counted(&p), 0);
}

Test(documents, somebody_elses_is_as_unknown_as_none)
{
	struct person a = person_new(), b = person_new(), admin = person_admin();
	const char *path = kept(&a, "mine");
	const struct person *others[] = {&b, &admin};

	for (size_t i = 0; i < N(others); i++) {
		const char *token = others[i]->access;

		ANSWER_IS(get(others[i], path), 404, "NOT_FOUND");
		ANSWER_IS(CLIENT_ASK(.method = "PATCH", .path = path, .token = token,
			      .json = "{\"title\":\"x\"}"),
		    404, "NOT_FOUND");
		ANSWER_IS(
		    CLIENT_ASK(.method = "DELETE", .path = path, .token = token), 404, "NOT_FOUND");
		cr_assert_eq(answer_number(get(others[i], "/documents"), "total"), 0);
	}
	cr_assert_str_eq(answer_text(get(&a, path), "title"), "mine");
}

Test(documents, lists_page_in_every_way)
{
	struct person p = person_new();
	struct answer *a;
	const char *cursor;

	for (int i = 0; i < 5; i++)
		(void)kept(&p, client_print("t%d", i));
	a = get(&p, "/documents?size=2");
	cr_assert_eq(answer_number(a, "total"), 5);
	cr_assert_eq(answer_number(a, "pages"), 3);
	cr_assert_not_null(strstr(a->body, "\"title\":\"t4\""));
	cursor = answer_text(a, "next_cursor");
	a = get(&p, client_print("/documents?size=2&cursor=%s", cursor));
	cr_assert_not_null(strstr(a->body, "\"title\":\"t2\""), "%s", a->body);
	a = get(&p, "/documents?skip=4&limit=2&count=none");
	cr_assert_not_null(strstr(a->body, "\"title\":\"t0\""), "%s", a->body);
	cr_assert_eq(answer_number(a, "total"), -1);
	ANSWER_IS(get(&p, client_print("/documents?include=embedding&cursor=%s", cursor)), 422,
	    "VALIDATION_ERROR");
}

/* Whoever forgets the owner in a statement still sees nobody else's rows (DV-01). */
Test(documents, row_level_security_stands_behind_every_statement)
{
	static const struct pg_statement all = {.name = "test_all",
	    .sql = "SELECT count(*), count(*) FILTER (WHERE user_id <> $1::uuid) FROM documents",
	    .params = 1};
	static const struct pg_statement alter = {.name = "test_alter",
	    .sql = "UPDATE documents SET title = 'x' WHERE user_id = $1::uuid",
	    .params = 1,
	    .writes = true};
	static const struct pg_statement remove = {.name = "test_remove",
	    .sql = "DELETE FROM documents WHERE user_id = $1::uuid",
	    .params = 1,
	    .writes = true};
	static const struct pg_statement forge = {.name = "test_forge",
	    .sql = "INSERT INTO documents (id, user_id, title, content)"
		   " VALUES (gen_random_uuid(), $1::uuid, 't', 'c')",
	    .params = 1,
	    .writes = true};
	struct person a = person_new(), b = person_new();
	struct pg *pg = pg_new(client_env("APP_DATABASE_URL"), "test");
	struct arena *arena = client_arena();
	struct pg_rows rows;

	(void)kept(&a, "mine");
	(void)kept(&b, "his");
	cr_assert(pg_connect_wait(pg, 5000000));
	cr_assert_eq(pg_begin(pg, true), PG_OK);
	pg_local(pg, "app.user_id", b.id);
	cr_assert_eq(PG_QUERY(pg, arena, &all, &rows, b.id), PG_OK);
	cr_assert_eq(pg_int(&rows, 0, 0), 1);
	cr_assert_eq(pg_int(&rows, 0, 1), 0);
	cr_assert_eq(PG_QUERY(pg, arena, &alter, &rows, a.id), PG_OK);
	cr_assert_eq(rows.n, 0);
	cr_assert_eq(PG_QUERY(pg, arena, &remove, &rows, a.id), PG_OK);
	cr_assert_eq(rows.n, 0);
	cr_assert_eq(PG_QUERY(pg, arena, &forge, &rows, a.id), PG_FAULT);
	pg_rollback(pg);
	/* It was that transaction's, not the session's. */
	cr_assert_eq(PG_QUERY(pg, arena, &all, &rows, b.id), PG_OK);
	cr_assert_eq(pg_int(&rows, 0, 0), 0);
	pg_free(&pg);
}
