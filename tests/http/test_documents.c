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

/* A list of ${n} numbers: the first one, and others all the same. */
static const char *
numbers(const char *first, const char *others, int n)
{
	struct buf b;

	buf_init(&b, client_arena());
	buf_printf(&b, "[%s", n == 0 ? "" : first);
	for (int i = 1; i < n; i++)
		buf_printf(&b, ",%s", others);
	buf_putc(&b, ']');
	return b.at;
}

/* ${format} with ${text} in the place of its %s. */
static const char *
with(const char *format, const char *text)
{
	const char *at = strstr(format, "%s");

	return client_print("%.*s%s%s", (int)(at - format), format, text, at + 2);
}

/* Wherever an embedding may stand, the same ones are taken and refused, and a refused one changes nothing. */
static void
is_embedding(const struct person *p, const char *path, const char *embedding, const char *words)
{
	const struct {
		const char *method, *path, *format;
		int good;
	} places[] = {
	    {"POST", "/documents", "{\"title\":\"t\",\"content\":\"c\",\"embedding\":%s}", 201},
	    {"POST", "/documents/batch",
		"{\"documents\":[{\"title\":\"t\",\"content\":\"c\"},"
		"{\"title\":\"t\",\"content\":\"c\",\"embedding\":%s}]}",
		201},
	    {"POST", "/documents/search", "{\"embedding\":%s}", 200},
	    {"PATCH", path, "{\"embedding\":%s}", 200},
	};
	const char *etag = answer_header(get(p, path), "ETag");
	int64_t before = counted(p);

	for (size_t i = 0; i < N(places); i++) {
		const struct answer *a =
		    CLIENT_ASK(.method = places[i].method, .path = places[i].path,
			.token = p->access, .json = with(places[i].format, embedding));

		cr_assert_eq(a->status, words == NULL ? places[i].good : 422, "%.60s at %s: %s",
		    embedding, places[i].path, a->body);
		cr_assert(words == NULL || strstr(a->body, words) != NULL, "%.60s at %s: %s",
		    embedding, places[i].path, a->body);
	}
	if (words == NULL)
		return;
	cr_assert_eq(counted(p), before);
	cr_assert_str_eq(answer_header(get(p, path), "ETag"), etag);
}

Test(documents, what_is_an_embedding_and_what_is_none)
{
	static const struct {
		const char *first, *others;
		int n;
		const char *words; /* of the 422; NULL: it is one */
	} cases[] = {
	    {"1", "0", 384, NULL},
	    {"-0.5", "1e-3", 384, NULL},
	    {"1E+2", "-0", 384, NULL},
	    {"1e-17", "0", 384, NULL},
	    {"1e17", "0", 384, NULL},
	    {"0.1234567890123456789", "3", 384, NULL},
	    {"1", "1", 383, "an embedding has 384 numbers here, not 383"},
	    {"1", "1", 385, "an embedding has 384 numbers here, not 385"},
	    {"1", "1", 1, "an embedding has 384 numbers here, not 1"},
	    {"1", "1", 0, "an embedding has 384 numbers here, not 0"},
	    {"0", "0", 384, "an embedding of zeros has no direction"},
	    {"-0.0", "0", 384, "an embedding of zeros has no direction"},
	    {"1e-19", "0", 384, "an embedding of zeros has no direction"},
	    {"1e-300", "1e-300", 384, "an embedding of zeros has no direction"},
	    {"1e19", "0", 384, "the numbers are too large"},
	    {"1e39", "0", 384, "\"embedding\""},
	    {"1e999", "0", 384, "a number is out of range"},
	    {"-1e999", "0", 384, "a number is out of range"},
	    {"NaN", "0", 384, "json_invalid"},
	    {"Infinity", "0", 384, "json_invalid"},
	    {"0x10", "0", 384, "json_invalid"},
	    {"01", "0", 384, "json_invalid"},
	    {"1,", "0", 384, "json_invalid"},
	    {"null", "0", 384, "\"embedding\""},
	    {"true", "0", 384, "\"embedding\""},
	    {"\"1\"", "0", 384, "\"embedding\""},
	    {"[1]", "0", 384, "\"embedding\""},
	    {"{}", "0", 384, "\"embedding\""},
	};
	static const char *const no_lists[] = {"1", "\"[1]\"", "{\"0\":1}", "false"};
	struct person p = person_new();
	const char *path = kept(&p, "t");

	for (size_t i = 0; i < N(cases); i++)
		is_embedding(
		    &p, path, numbers(cases[i].first, cases[i].others, cases[i].n), cases[i].words);
	for (size_t i = 0; i < N(no_lists); i++)
		is_embedding(&p, path, no_lists[i], "list_type");
	is_embedding(&p, path, client_print("[%s]", numbers("1", "1", 384)), "\"embedding\"");
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

/* Every kind of number, and each with the document that it came with. */
Test(documents, embeddings_of_a_batch_are_kept_to_the_bit)
{
	static const struct {
		const char *sent, *shown;
	} cases[] = {{"0.12345679104328156", "0.12345679"}, {NULL, NULL}, {"-0.0", "-0"},
	    {"1.00000005960464477540", "1.0000001"}, {NULL, NULL}, {"1e-40", "1e-40"},
	    {"-123456789012345678", "-1.2345679e+17"}};
	struct person p = person_new();
	struct answer *a;
	struct buf b;

	buf_init(&b, client_arena());
	for (size_t i = 0; i < N(cases); i++)
		buf_printf(&b, "%c{\"title\":\"%zu\",\"content\":\"c\",\"embedding\":%s}",
		    i == 0 ? '[' : ',', i,
		    cases[i].sent == NULL ? "null" : numbers(cases[i].sent, "1", 384));
	a = CLIENT_ASK(.path = "/documents/batch", .token = p.access,
	    .json = client_print("{\"documents\":%s]}", b.at));
	ANSWER_IS(a, 201, "");
	for (size_t i = 0; i < N(cases); i++) {
		const cJSON *id =
		    cJSON_GetArrayItem(cJSON_GetObjectItemCaseSensitive(a->json, "ids"), (int)i);
		const char *path = client_print("/documents/%s?include=embedding", id->valuestring);
		const struct answer *d = get(&p, path);

		cr_assert_str_eq(answer_text(d, "title"), client_print("%zu", i));
		cr_assert_eq(answer_is(d, "has_embedding"), cases[i].sent != NULL);
		if (cases[i].sent != NULL)
			cr_assert_not_null(
			    strstr(d->body, client_print("\"embedding\":[%s,1,1,", cases[i].shown)),
			    "%zu: %s", i, d->body);
	}
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
	static const struct {
		const char *method, *json;
		int good;
	} verbs[] = {
	    {"GET", NULL, 200}, {"PATCH", "{\"title\":\"x\"}", 200}, {"DELETE", NULL, 204}};
	struct person a = person_new(), b = person_new(), admin = person_admin();
	const struct {
		const struct person *who;
		const char *path;
		int status; /* 0: it is done */
	} cases[] = {
	    {&b, kept(&a, "mine"), 404},
	    {&admin, kept(&a, "mine"), 404},
	    {&a, "/documents/00000000-0000-4000-8000-000000000000", 404},
	    {&a, "/documents/1", 422},
	    {&a, kept(&a, "mine"), 0},
	};

	for (size_t i = 0; i < N(cases); i++) {
		for (size_t v = 0; v < N(verbs); v++) {
			const struct answer *got =
			    CLIENT_ASK(.method = verbs[v].method, .path = cases[i].path,
				.token = cases[i].who->access, .json = verbs[v].json);

			cr_assert_eq(got->status,
			    cases[i].status == 0 ? verbs[v].good : cases[i].status, "%s %s: %s",
			    verbs[v].method, cases[i].path, got->body);
		}
	}
	cr_assert_eq(answer_number(get(&b, "/documents"), "total"), 0);
	cr_assert_eq(answer_number(get(&admin, "/documents"), "total"), 0);
	cr_assert_str_eq(answer_text(get(&a, cases[0].path), "title"), "mine");
	cr_assert_eq(counted(&a), 2);
}

/* Who it belongs to is who asks; no member says so. */
Test(documents, an_owner_cannot_be_named)
{
	struct person a = person_new(), b = person_new();
	const char *path = kept(&b, "his");
	const struct {
		const char *method, *path, *format;
	} cases[] = {
	    {"POST", "/documents", "{\"title\":\"t\",\"content\":\"c\",\"user_id\":\"%s\"}"},
	    {"POST", "/documents", "{\"title\":\"t\",\"content\":\"c\",\"id\":\"%s\"}"},
	    {"PATCH", path, "{\"user_id\":\"%s\"}"},
	};

	for (size_t i = 0; i < N(cases); i++) {
		struct answer *got = CLIENT_ASK(.method = cases[i].method, .path = cases[i].path,
		    .token = b.access, .json = with(cases[i].format, a.id));

		ANSWER_IS(got, 422, "VALIDATION_ERROR");
		cr_assert_not_null(strstr(got->body, "extra_forbidden"), "%s", got->body);
	}
	cr_assert_eq(counted(&a), 0);
	cr_assert_eq(counted(&b), 1);
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

/* As the app role on behalf of that person; what a statement without any WHERE returns. */
static int
as_app(struct pg *pg, const struct person *p, const struct pg_statement *s, enum pg_code wanted)
{
	struct pg_rows rows = {0};
	const char *const other = db_text((const char *const[]){
	    "SELECT id::text FROM users WHERE id <> $1::uuid LIMIT 1", p->id, NULL});

	cr_assert_eq(pg_begin(pg, true), PG_OK);
	pg_local(pg, "app.user_id", p->id);
	cr_assert_eq(pg_exec(pg, client_arena(), s, &other, &rows), wanted, "%s", s->sql);
	pg_rollback(pg);
	return rows.n;
}

/* Whoever forgets the owner in a statement still sees, changes and removes nobody else's rows (DV-01). */
Test(documents, row_level_security_stands_behind_statements_that_name_no_owner)
{
	static const struct pg_statement
	    own[] =
		{
		    {.name = "test_see", .sql = "SELECT id FROM documents"},
		    {.name = "test_lock",
			.sql = "SELECT id FROM documents FOR UPDATE",
			.writes = true},
		    {.name = "test_near",
			.sql =
			    "SELECT id FROM documents ORDER BY embedding <=> embedding LIMIT 100"},
		    {.name = "test_change",
			.sql = "UPDATE documents SET title = 'x' RETURNING id",
			.writes = true},
		    {.name = "test_remove",
			.sql = "DELETE FROM documents RETURNING id",
			.writes = true},
		},
	    refused[] = {
		{.name = "test_forge",
		    .sql = "INSERT INTO documents (id, user_id, title, content)"
			   " VALUES (gen_random_uuid(), $1::uuid, 't', 'c')",
		    .params = 1,
		    .writes = true},
		{.name = "test_give_away",
		    .sql = "UPDATE documents SET user_id = $1::uuid",
		    .params = 1,
		    .writes = true},
		{.name = "test_truncate", .sql = "TRUNCATE documents", .writes = true},
		{.name = "test_switch_off",
		    .sql = "ALTER TABLE documents DISABLE ROW LEVEL SECURITY"},
	    };
	struct person a = person_new(), b = person_new();
	struct pg *pg = pg_new(client_env("APP_DATABASE_URL"), "test");
	struct pg_rows rows;

	(void)kept(&a, "mine");
	(void)kept(&b, "his");
	cr_assert(pg_connect_wait(pg, 5000000));
	for (size_t i = 0; i < N(own); i++)
		cr_assert_eq(as_app(pg, &b, &own[i], PG_OK), 1, "%s", own[i].sql);
	for (size_t i = 0; i < N(refused); i++)
		(void)as_app(pg, &b, &refused[i], PG_FAULT);
	/* It was those transactions', not the session's. */
	cr_assert_eq(pg_exec(pg, client_arena(), &own[0], NULL, &rows), PG_OK);
	cr_assert_eq(rows.n, 0);
	/* To see more than one's own by a setting is an error, not a way. */
	cr_assert_eq(pg_script(pg, "SET row_security = off"), PG_OK);
	(void)as_app(pg, &b, &own[0], PG_FAULT);
	pg_free(&pg);
	cr_assert_eq(counted(&a) + counted(&b), 2);
}
