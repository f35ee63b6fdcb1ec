/* Searching one's own documents by nearness. */

#include <math.h>
#include <string.h>

#include <criterion/criterion.h>

#include "lib/buf.h"
#include "lib/pg.h"

#include "app/document.h"
#include "app/store/document_indexes.h"
#include "app/store/document_search.h"
#include "app/store/reconcile.h"
#include "app/store/store.h"

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

/* A connection as the owner of the tables. */
static struct pg *
as_owner(void)
{
	struct pg *pg = pg_new(client_env("DATABASE_URL"), "test");

	cr_assert(pg_connect_wait(pg, 5000000));
	cr_assert_eq(pg_script(pg, "SET statement_timeout = 0"), PG_OK);
	return pg;
}

static void
now_has(const struct person *p, const char *documents)
{
	DB_DO("UPDATE user_stats SET document_count = $2::bigint WHERE user_id = $1::uuid", p->id,
	    documents);
}

/* With the kept count of somebody large, and the index that is made for such: one at a time. */
static void
make_large(struct pg *owner, const struct person *p)
{
	bool alone = false;

	now_has(p, "20000");
	while (!alone)
		cr_assert_null(document_indexes_claim(owner, client_arena(), &alone));
	cr_assert_null(document_indexes_make(owner, client_arena(), p->id));
}

/* Which ones an index finds first is not promised. */
Test(document_search, as_many_as_are_asked_for_come_with_an_index_and_without)
{
	struct person p = with_three(), other = with_three();
	struct pg *owner = as_owner();

	for (int made = 0; made <= 1; made++) {
		now_has(&p, "20000");
		cr_assert_not_null(item(search(&p, ",\"limit\":2"), 1));
		cr_assert_str_eq(titles(search(&p, ",\"limit\":100")), "near middle far opposite ");
		cr_assert_str_eq(
		    titles(search(&p, ",\"limit\":3,\"filter\":{\"k\":2}")), "middle ");
		cr_assert_str_eq(titles(search(&p, ",\"limit\":1,\"metric\":\"l2\"")), "middle ");
		cr_assert_str_eq(titles(search(&other, ",\"limit\":1")), "near ");
		if (made == 0)
			make_large(owner, &p);
	}
	pg_free(&owner);
}

struct looking {
	struct pg *pg;
	const char *user_id, *index;
	const struct document_question *question;
	bool indexed;
	int64_t near, exact; /* scans of the index by either way */
	int64_t all;         /* scans of everybody's documents */
};

/* A statement that is asked again gets a plan for any owner: beyond the fifth time. */
enum { AGAIN = 8 };

static int64_t
scans(const struct looking *l, const char *of)
{
	static const struct pg_statement count = {.name = "test_scans",
	    .sql = "SELECT pg_stat_get_xact_numscans($1::regclass)",
	    .params = 1};
	struct pg_rows rows;

	cr_assert_eq(PG_QUERY(l->pg, client_arena(), &count, &rows, of), PG_OK);
	return pg_int(&rows, 0, 0);
}

static const struct error *
look(void *cookie)
{
	struct looking *l = cookie;
	struct arena *a = client_arena();
	struct document_hit *hits;
	size_t n;

	pg_local(l->pg, "app.user_id", l->user_id);
	cr_assert_null(
	    document_search_begin(l->pg, a, l->user_id, DOCUMENT_INDEX_FROM, &l->indexed));
	for (int i = 0; i < AGAIN; i++) {
		cr_assert_null(document_search_exact(l->pg, a, l->user_id, l->question, &hits, &n));
		cr_assert_eq(n, 2);
	}
	l->exact = scans(l, l->index);
	for (int i = 0; i < AGAIN; i++) {
		cr_assert_null(document_search_near(l->pg, a, l->user_id, l->question, &hits, &n));
		cr_assert_eq(n, 2);
	}
	l->near = scans(l, l->index) - l->exact;
	l->all = scans(l, "documents");
	return NULL;
}

Test(document_search, only_the_one_way_reads_the_index_and_only_its_owner_has_it)
{
	struct person p = with_three(), other = with_three();
	struct pg *owner = as_owner();
	static const float axis[SAMPLE_DIMENSIONS] = {1};
	const struct document_question q = {.embedding = {axis, SAMPLE_DIMENSIONS}, .limit = 2};
	struct looking l = {
	    .pg = pg_new(client_env("APP_DATABASE_URL"), "test"), .user_id = p.id, .question = &q};

	make_large(owner, &p);
	l.index = DB_TEXT("SELECT 'documents_near_' || replace($1, '-', '')", p.id);
	cr_assert(pg_connect_wait(l.pg, 5000000));
	/* So few rows would be sorted faster. */
	cr_assert_eq(pg_script(l.pg, "SET enable_sort = off"), PG_OK);
	cr_assert_null(store_transaction(l.pg, false, look, &l));
	cr_assert(l.indexed);
	cr_assert_eq(l.exact, 0);
	cr_assert_eq(l.near, AGAIN);
	cr_assert_eq(l.all, 0);
	now_has(&other, "20000");
	l.user_id = other.id;
	cr_assert_null(store_transaction(l.pg, false, look, &l));
	cr_assert_not(l.indexed);
	cr_assert_eq(l.near, 0);
	cr_assert_eq(l.all, 0);
	pg_free(&l.pg);
	pg_free(&owner);
}

/* -1: as it should be. */
static int
index_fault(struct pg *owner, const struct person *p)
{
	struct document_index_faults f;

	cr_assert_null(document_indexes_read(owner, client_arena(), DOCUMENT_INDEX_FROM, &f));
	for (size_t i = 0; i < f.n; i++) {
		if (strcmp(f.at[i].user_id, p->id) == 0)
			return (int)f.at[i].state;
	}
	return -1;
}

Test(document_search, whose_index_is_missing_or_superfluous_is_found)
{
	struct person p = with_three();
	struct pg *owner = as_owner();

	cr_assert_eq(index_fault(owner, &p), -1);
	now_has(&p, "10000");
	cr_assert_eq(index_fault(owner, &p), -1);
	now_has(&p, "10001");
	cr_assert_eq(index_fault(owner, &p), DOCUMENT_INDEX_MISSING);
	make_large(owner, &p);
	cr_assert_eq(index_fault(owner, &p), -1);
	now_has(&p, "5001");
	cr_assert_eq(index_fault(owner, &p), -1);
	now_has(&p, "5000");
	cr_assert_eq(index_fault(owner, &p), DOCUMENT_INDEX_SUPERFLUOUS);
	cr_assert_null(document_indexes_drop(owner, client_arena(), p.id));
	cr_assert_eq(index_fault(owner, &p), -1);
	pg_free(&owner);
}

Test(document_search, an_index_whose_making_was_interrupted_is_found_and_serves_nobody)
{
	static const struct pg_statement write = {
	    .name = "test_write", .sql = "LOCK TABLE documents IN ROW EXCLUSIVE MODE"};
	struct person p = with_three();
	struct pg *owner = as_owner(), *writer = as_owner();
	bool alone = false;

	now_has(&p, "20000");
	while (!alone)
		cr_assert_null(document_indexes_claim(owner, client_arena(), &alone));
	cr_assert_eq(pg_begin(writer, true), PG_OK);
	cr_assert_eq(pg_exec(writer, client_arena(), &write, NULL, NULL), PG_OK);
	/* It waits for who writes. */
	cr_assert_eq(pg_script(owner, "SET statement_timeout = 200"), PG_OK);
	cr_assert_not_null(document_indexes_make(owner, client_arena(), p.id));
	pg_rollback(writer);
	cr_assert_eq(pg_script(owner, "SET statement_timeout = 0"), PG_OK);
	cr_assert_eq(index_fault(owner, &p), DOCUMENT_INDEX_INVALID);
	cr_assert_str_eq(titles(search(&p, ",\"limit\":3")), "near middle far ");
	cr_assert_null(document_indexes_drop(owner, client_arena(), p.id));
	cr_assert_null(document_indexes_make(owner, client_arena(), p.id));
	cr_assert_eq(index_fault(owner, &p), -1);
	pg_free(&writer);
	pg_free(&owner);
}

static bool
differs(struct pg *pg, const char *user_id)
{
	struct reconcile_difference *d;
	size_t n;

	cr_assert_null(reconcile_counts(pg, client_arena(), 100000, &d, &n));
	for (size_t i = 0; i < n; i++) {
		if (strcmp(d[i].user_id, user_id) == 0)
			return true;
	}
	return false;
}

Test(document_search, a_wrong_count_is_found_and_put_right)
{
	struct person p = with_three();
	struct pg *pg = as_owner();
	bool all = false;

	cr_assert_null(reconcile_sees_all(pg, client_arena(), &all));
	cr_assert(all);
	cr_assert_not(differs(pg, p.id));
	now_has(&p, "7");
	cr_assert(differs(pg, p.id));
	cr_assert_null(reconcile_fix(pg, client_arena(), p.id));
	cr_assert_not(differs(pg, p.id));
	cr_assert_eq(answer_number(person_me(p.access), "document_count"), 5);
	pg_free(&pg);
}
