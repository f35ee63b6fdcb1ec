/* GET /metrics: for this machine only, in the words of Prometheus, and true. */

#include <string.h>

#include <criterion/criterion.h>

#include "lib/clock.h"

#include "tests/http/person.h"
#include "tests/http/prometheus.h"

#define N(x)    (sizeof(x) / sizeof((x)[0]))
#define WAIT_US (20 * CLOCK_US_PER_S)

static struct prometheus
scrape(void)
{
	struct answer *a = CLIENT_ASK(.at = "/metrics");

	ANSWER_IS(a, 200, "");
	cr_assert_str_eq(
	    answer_header(a, "Content-Type"), "text/plain; version=0.0.4; charset=utf-8");
	cr_assert_str_eq(answer_header(a, "Cache-Control"), "no-store");
	return prometheus_parse(a->body);
}

static double
answered(const struct prometheus *p, const char *route, const char *status)
{
	double n = prometheus_value(p, "gatehouse_requests_total",
	    client_print("route=\"%s\",status=\"%s\"", route, status));

	return n < 0 ? 0 : n;
}

/* What was answered is counted after the answer went out, by whichever worker gave it. */
static void
reaches(const char *route, const char *status, double n)
{
	int64_t until = clock_mono_us() + WAIT_US;
	struct prometheus p;

	do
		p = scrape();
	while (answered(&p, route, status) < n && clock_mono_us() < until);
	cr_assert_geq(answered(&p, route, status), n, "%s %s", route, status);
}

/* HT-17. Another address of the same machine is a stranger already. */
Test(metrics, are_not_public)
{
	static const char *const other[] = {
	    "/api/v1/metrics", "/v1/metrics", "/metrics/", "//metrics", "/x/../metrics/"};
	struct person admin = person_admin();

	ANSWER_IS(CLIENT_ASK(.at = "/metrics", .from = "127.0.0.2"), 404, "NOT_FOUND");
	ANSWER_IS(CLIENT_ASK(.at = "/metrics", .from = "127.0.0.2", .token = admin.access), 404,
	    "NOT_FOUND");
	ANSWER_IS(CLIENT_ASK(.at = "/metrics", .from = "127.0.0.2",
		      .header = {"X-Forwarded-For: 127.0.0.1", "Gatehouse-Internal: 1"}),
	    404, "NOT_FOUND");
	for (size_t i = 0; i < N(other); i++)
		ANSWER_IS(CLIENT_ASK(.at = other[i], .header = {"Gatehouse-Internal: 1"}), 404,
		    "NOT_FOUND");
	(void)scrape();
}

Test(metrics, are_not_in_the_document)
{
	cr_assert_null(strstr(CLIENT_ASK(.at = "/openapi.json")->body, "metrics"));
}

Test(metrics, only_reading_has_a_meaning)
{
	struct answer *a = CLIENT_ASK(.method = "POST", .at = "/metrics");

	ANSWER_IS(a, 405, "METHOD_NOT_ALLOWED");
	cr_assert_eq(CLIENT_ASK(.method = "HEAD", .at = "/metrics")->status, 200);
}

Test(metrics, requests_are_counted_by_route_and_status)
{
	struct prometheus before = scrape();
	struct person p = person_new();

	for (int i = 0; i < 20; i++)
		ANSWER_IS(CLIENT_ASK(.path = "/health"), 200, "");
	for (int i = 0; i < 10; i++)
		ANSWER_IS(person_me("nonsense"), 401, "TOKEN_INVALID");
	ANSWER_IS(CLIENT_ASK(.path = "/nowhere"), 404, "NOT_FOUND");
	ANSWER_IS(CLIENT_ASK(.path = "/health", .method = "DELETE"), 405, "METHOD_NOT_ALLOWED");
	ANSWER_IS(person_me(p.access), 200, "");
	reaches("health", "200", answered(&before, "health", "200") + 20);
	reaches("me_read", "401", answered(&before, "me_read", "401") + 10);
	reaches("me_read", "200", answered(&before, "me_read", "200") + 1);
	reaches("login", "200", answered(&before, "login", "200") + 1);
	reaches("register", "201", answered(&before, "register", "201") + 1);
	reaches("none", "404", answered(&before, "none", "404") + 1);
	reaches("none", "405", answered(&before, "none", "405") + 1);
}

/* A request that one pool hands to another is one request, and it is counted where it was answered. */
Test(metrics, what_is_handed_over_is_counted_once)
{
	struct prometheus p = scrape();
	double n = prometheus_sum(&p, "gatehouse_requests_total", "route=\"metrics\"");

	p = scrape();
	p = scrape();
	/* Others scrape meanwhile, so at the most is nobody's to say; none has an odd status. */
	cr_assert_geq(prometheus_sum(&p, "gatehouse_requests_total", "route=\"metrics\""), n + 1);
	cr_assert_eq(
	    prometheus_sum(&p, "gatehouse_requests_total", "status=\"other\""), 0, "a hand-over");
}

Test(metrics, durations_are_those_of_the_requests)
{
	struct prometheus p;
	double n, sum;

	(void)person_new();
	p = scrape();
	n = prometheus_value(&p, "gatehouse_request_duration_seconds_count", "route=\"login\"");
	sum = prometheus_value(&p, "gatehouse_request_duration_seconds_sum", "route=\"login\"");
	cr_assert_gt(n, 0);
	cr_assert_gt(sum, 0);
	cr_assert_lt(sum / n, 5, "nobody waits so long: %f s", sum / n);
}

Test(metrics, counters_only_grow)
{
	struct prometheus before = scrape(), after;

	(void)person_new();
	after = scrape();
	for (size_t i = 0; i < before.n; i++) {
		const struct prometheus_sample *s = &before.samples[i];

		if (strstr(s->name, "_total") == NULL && strstr(s->name, "_seconds_") == NULL)
			continue;
		cr_assert_geq(prometheus_value(&after, s->name, s->labels), s->value, "%s{%s}",
		    s->name, s->labels);
	}
}

Test(metrics, every_pool_shows_its_workers_and_its_queue)
{
	static const char *const pools[] = {"read", "api", "auth", "background"};
	struct prometheus p = scrape();

	for (size_t i = 0; i < N(pools); i++) {
		const char *pool = client_print("pool=\"%s\"", pools[i]);
		double workers = prometheus_sum(&p, "gatehouse_workers", pool);
		bool has_queue = strcmp(pools[i], "background") != 0;

		cr_assert_geq(workers, 1, "%s", pools[i]);
		cr_assert_geq(prometheus_sum(&p, "gatehouse_database_connections", pool), 1);
		cr_assert_geq(prometheus_value(&p, "gatehouse_database_connections",
				  client_print("%s,state=\"up\"", pool)),
		    1, "%s", pools[i]);
		cr_assert_geq(prometheus_value(&p, "gatehouse_worker_starts_total", pool), workers);
		cr_assert_eq(prometheus_value(&p, "gatehouse_queue_length", pool) >= 0, has_queue,
		    "%s", pools[i]);
		cr_assert_eq(prometheus_value(&p, "gatehouse_queue_limit", pool) >= 4, has_queue);
	}
	cr_assert_geq(prometheus_value(&p, "gatehouse_workers", "pool=\"api\",state=\"busy\""), 1,
	    "the one who answers this");
	cr_assert_eq(prometheus_sum(&p, "gatehouse_info", "version=\""), 1);
}
