/* Searching one's own documents by nearness. */

#include <math.h>
#include <string.h>

#include <criterion/criterion.h>

#include "lib/buf.h"
#include "lib/pg.h"

#include "app/store/document_search.h"
#include "app/store/documents.h"
#include "app/store/reconcile.h"

#include "tests/http/db.h"
#include "tests/http/person.h"
#include "tests/http/sample.h"

/* A vector of that length in the plane of the first two axes; its angle in degrees. */
static const char *
at_angle(double length, double degrees)
{
	struct buf b;

	buf_init(&b, client_arena());
	buf_printf(&b, "[%.9g,%.9g", length * cos(degrees * M_PI / 180),
	    length * sin(degrees * M_PI / 180));
	for (int i = 2; i < SAMPLE_DIMENSIONS; i++)
		buf_puts(&b, ",0");
	buf_putc(&b, ']');
	return b.at;
}

static void
keep(const struct person *p, const char *title, const char *embedding, const char *metadata)
{
	ANSWER_IS(CLIENT_ASK(.path = "/documents", .token = p->access,
		      .json = client_print(
			  "{\"title\":\"%s\",\"content\":\"c\",\"embedding\":%s,\"metadata\":%s}",
			  title, embedding, metadata)),
	    201, "");
}

static struct person
with_three(void)
{
	struct person p = person_new();

	keep(&p, "far", at_angle(1, 90), "{\"k\":1,\"tags\":[\"a\"]}");
	keep(&p, "near", at_angle(9, 10), "{\"k\":1}");
	keep(&p, "middle", at_angle(1, 40), "{\"k\":2}");
	keep(&p, "opposite", at_angle(1, 180), "{}");
	ANSWER_IS(CLIENT_ASK(.path = "/documents", .token = p.access,
		      .json = "{\"title\":\"none\",\"content\":\"c\"}"),
	    201, "");
	return p;
}

static struct answer *
search(const struct person *p, const char *more)
{
	return CLIENT_ASK(.path = "/documents/search", .token = p->access,
	    .json = client_print("{\"embedding\":%s%s}", at_angle(1, 0), more));
}

static const cJSON *
item(const struct answer *a, int i)
{
	ANSWER_IS(a, 200, "");
	return cJSON_GetArrayItem(cJSON_GetObjectItemCaseSensitive(a->json, "items"), i);
}

static double
number(const cJSON *item, const char *name)
{
	return cJSON_GetNumberValue(cJSON_GetObjectItemCaseSensitive(item, name));
}

/* The titles in their order, each with a blank behind. */
static const char *
titles(const struct answer *a)
{
	const char *all = "";
	const cJSON *hit;

	for (int i = 0; (hit = item(a, i)) != NULL; i++)
		all = client_print("%s%s ", all,
		    cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(hit, "title")));
	return all;
}

Test(document_search, the_nearest_come_first_by_every_metric)
{
	struct person p = with_three();

	cr_assert_str_eq(titles(search(&p, "")), "near middle far opposite ");
	cr_assert_str_eq(titles(search(&p, ",\"metric\":\"cosine\"")), "near middle far opposite ");
	cr_assert_str_eq(titles(search(&p, ",\"metric\":\"l2\"")), "middle far opposite near ");
	cr_assert_str_eq(
	    titles(search(&p, ",\"metric\":\"inner_product\"")), "near middle far opposite ");
}

Test(document_search, distances_and_scores_are_what_they_say)
{
	struct person p = with_three();
	const cJSON *hit = item(search(&p, ""), 1);

	cr_assert_float_eq(number(hit, "distance"), 1 - cos(40 * M_PI / 180), 1e-6);
	cr_assert_float_eq(number(hit, "score"), cos(40 * M_PI / 180), 1e-6);
	hit = item(search(&p, ",\"metric\":\"l2\""), 1);
	cr_assert_float_eq(number(hit, "distance"), sqrt(2), 1e-6);
	cr_assert_float_eq(number(hit, "score"), 1 / (1 + sqrt(2)), 1e-6);
	hit = item(search(&p, ",\"metric\":\"inner_product\""), 0);
	cr_assert_float_eq(number(hit, "score"), 9 * cos(10 * M_PI / 180), 1e-5);
	cr_assert_float_eq(number(hit, "distance"), -9 * cos(10 * M_PI / 180), 1e-5);
}

Test(document_search, finds_no_more_than_is_asked_for)
{
	struct person p = with_three();

	cr_assert_str_eq(titles(search(&p, ",\"limit\":2")), "near middle ");
	cr_assert_str_eq(titles(search(&p, ",\"min_score\":0.5")), "near middle ");
	cr_assert_str_eq(titles(search(&p, ",\"min_score\":2")), "");
	cr_assert_str_eq(titles(search(&p, ",\"filter\":{\"k\":1}")), "near far ");
	cr_assert_str_eq(titles(search(&p, ",\"filter\":{\"tags\":[\"a\"]}")), "far ");
	cr_assert_str_eq(titles(search(&p, ",\"filter\":{\"k\":\"1\"}")), "");
	cr_assert_str_eq(titles(search(&p, ",\"filter\":{}")), "near middle far opposite ");
}

Test(document_search, finds_nothing_of_anybody_else)
{
	struct person a = with_three(), b = person_new();

	cr_assert_str_eq(titles(search(&b, ",\"limit\":100")), "");
	keep(&b, "own", at_angle(1, 170), "{}");
	cr_assert_str_eq(titles(search(&b, ",\"limit\":100")), "own ");
	cr_assert_str_eq(titles(search(&a, ",\"limit\":1")), "near ");
}

/*
 * With the kept count above the bound the index is asked; where it finds too few, all are compared. Which
 * ones it finds first is not promised: what others have crowds its graph.
 */
Test(document_search, as_many_as_are_asked_for_come_by_way_of_the_index_too)
{
	struct person p = with_three();

	cr_assert_eq(
	    DB_DO("UPDATE user_stats SET document_count = 20000 WHERE user_id = $1::uuid", p.id),
	    1);
	cr_assert_not_null(item(search(&p, ",\"limit\":2"), 1));
	cr_assert_str_eq(titles(search(&p, ",\"limit\":100")), "near middle far opposite ");
	cr_assert_str_eq(titles(search(&p, ",\"limit\":3,\"filter\":{\"k\":2}")), "middle ");
}

struct looking {
	struct pg *pg;
	const char *user_id;
	const struct document_question *question;
	int64_t near, exact; /* scans of the index by either way */
};

static int64_t
scans(struct pg *pg)
{
	static const struct pg_statement count = {.name = "test_scans",
	    .sql = "SELECT pg_stat_get_xact_numscans('documents_near'::regclass)",
	    .params = 0};
	struct pg_rows rows;

	cr_assert_eq(pg_exec(pg, client_arena(), &count, NULL, &rows), PG_OK);
	return pg_int(&rows, 0, 0);
}

static const struct error *
look(void *cookie)
{
	struct looking *l = cookie;
	struct document_hit *hits;
	size_t n;

	cr_assert_null(
	    document_search_exact(l->pg, client_arena(), l->user_id, l->question, &hits, &n));
	cr_assert_eq(n, 2);
	l->exact = scans(l->pg);
	cr_assert_null(
	    document_search_near(l->pg, client_arena(), l->user_id, l->question, &hits, &n));
	cr_assert_leq(n, 2);
	l->near = scans(l->pg) - l->exact;
	return NULL;
}

Test(document_search, only_the_one_way_reads_the_index)
{
	struct person p = with_three();
	const struct document_question q = {.embedding = at_angle(1, 0), .limit = 2};
	struct looking l = {
	    .pg = pg_new(client_env("APP_DATABASE_URL"), "test"), .user_id = p.id, .question = &q};

	cr_assert(pg_connect_wait(l.pg, 5000000));
	cr_assert_null(documents_transaction(l.pg, p.id, false, look, &l));
	cr_assert_eq(l.exact, 0);
	cr_assert_eq(l.near, 1);
	pg_free(&l.pg);
}

static bool
differs(struct pg *pg, const char *user_id)
{
	struct reconcile_difference *d;
	size_t n;

	cr_assert_null(reconcile_documents(pg, client_arena(), 100000, &d, &n));
	for (size_t i = 0; i < n; i++) {
		if (strcmp(d[i].user_id, user_id) == 0)
			return true;
	}
	return false;
}

Test(document_search, a_wrong_count_is_found_and_put_right)
{
	struct person p = with_three();
	struct pg *pg = pg_new(client_env("DATABASE_URL"), "test");
	bool all = false;

	cr_assert(pg_connect_wait(pg, 5000000));
	cr_assert_null(reconcile_sees_all(pg, client_arena(), &all));
	cr_assert(all);
	cr_assert_not(differs(pg, p.id));
	DB_DO("UPDATE user_stats SET document_count = 7 WHERE user_id = $1::uuid", p.id);
	cr_assert(differs(pg, p.id));
	cr_assert_null(reconcile_fix_documents(pg, client_arena(), p.id));
	cr_assert_not(differs(pg, p.id));
	cr_assert_eq(answer_number(person_me(p.access), "document_count"), 5);
	pg_free(&pg);
}
