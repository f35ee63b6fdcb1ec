/* Searching one's own documents by nearness. */

#include <math.h>
#include <string.h>

#include <criterion/criterion.h>

#include "lib/buf.h"

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

/* With the kept count above the bound the index is asked; where it finds too few, all are compared. */
Test(document_search, the_index_loses_nothing_that_is_asked_for)
{
	struct person p = with_three();

	cr_assert_eq(
	    DB_DO("UPDATE user_stats SET document_count = 20000 WHERE user_id = $1::uuid", p.id),
	    1);
	cr_assert_str_eq(titles(search(&p, ",\"limit\":2")), "near middle ");
	cr_assert_str_eq(titles(search(&p, ",\"limit\":100")), "near middle far opposite ");
	cr_assert_str_eq(titles(search(&p, ",\"limit\":3,\"filter\":{\"k\":2}")), "middle ");
}
