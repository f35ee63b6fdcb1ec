#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "lib/arena.h"
#include "lib/backlog.h"
#include "lib/buf.h"
#include "lib/metrics.h"
#include "lib/model.h"
#include "lib/slots.h"

#define N(x) (sizeof(x) / sizeof((x)[0]))

static struct slots *slots;
static struct arena *a;

static void
setup(void)
{
	slots = slots_new();
	a = arena_new();
	cr_assert_not_null(slots);
}

static void
teardown(void)
{
	slots_free(&slots);
	arena_free(&a);
}

TestSuite(slots, .init = setup, .fini = teardown);
TestSuite(metrics, .init = setup, .fini = teardown);

Test(slots, a_new_row_has_no_worker_and_no_request)
{
	for (int i = 0; i < SLOTS_MAX; i++) {
		cr_assert_eq(slots->slot[i].pool, -1);
		cr_assert_eq(slots->slot[i].route, -1);
		cr_assert_eq(slots->slot[i].started_us, 0);
	}
}

/* Two who count take no cache line away from each other. */
Test(slots, rows_and_tallies_begin_on_lines_of_their_own)
{
	cr_assert_eq((uintptr_t)&slots->slot[1] % SLOT_LINE, 0);
	cr_assert_eq((uintptr_t)&slots->tally[0][1] % SLOT_LINE, 0);
	cr_assert_eq((uintptr_t)&slots->tally[1][0] % SLOT_LINE, 0);
}

Test(slots, durations_fall_into_the_bucket_they_fit_into)
{
	static const struct {
		int64_t us;
		int bucket;
	} cases[] = {{-5, 0}, {0, 0}, {1000, 0}, {1001, 1}, {2500, 1}, {2501, 2}, {250000, 7},
	    {250001, 8}, {1000000, 8}, {1000001, 9}, {INT64_MAX / 2, 9}};

	for (size_t i = 0; i < N(cases); i++) {
		const struct slot_tally *t = &slots->tally[3][7];
		uint64_t before = t->buckets[cases[i].bucket];

		slots_count(slots, 3, 7, 200, cases[i].us);
		cr_expect_eq(
		    t->buckets[cases[i].bucket], before + 1, "%lld us", (long long)cases[i].us);
	}
}

Test(slots, every_status_has_its_place_and_the_rest_share_one)
{
	const struct slot_tally *t = &slots->tally[0][SLOTS_ROUTES_MAX];

	for (int i = 0; i < SLOT_STATUSES - 1; i++)
		slots_count(slots, 0, -1, slot_statuses[i], 1);
	slots_count(slots, 0, -1, 418, 1);
	slots_count(slots, 0, SLOTS_ROUTES_MAX, 0, 1);
	for (int i = 0; i < SLOT_STATUSES - 1; i++)
		cr_expect_eq(t->statuses[i], 1, "%d", slot_statuses[i]);
	cr_expect_eq(t->statuses[SLOT_STATUSES - 1], 2);
}

static const struct error *
nothing(struct request *rq)
{
	(void)rq;
	return NULL;
}

static const struct route routes[] = {
    {.path = "/one", .id = "one", .handle = nothing},
    {.path = "/two", .id = "two", .handle = nothing},
    {0},
};

static const char *
rendered(const char *const *pools)
{
	struct buf b;

	buf_init(&b, a);
	metrics_render(&b,
	    &(struct metrics){
		.prefix = "x", .version = "1.2", .slots = slots, .pools = pools, .routes = routes});
	return b.at;
}

static void
has(const char *text, const char *lines)
{
	cr_expect_not_null(strstr(text, lines), "no\n%sin\n%s", lines, text);
}

static const char *const pools[] = {"read", "api", NULL};

Test(metrics, rows_are_added_up)
{
	const char *text;

	slots->slot[0].beat_us = slots->slot[900].beat_us = 1;
	slots_count(slots, 0, 1, 200, 1500);
	slots_count(slots, 900, 1, 200, 2000000);
	slots_count(slots, 900, 1, 422, 1);
	slots_count(slots, 900, -1, 404, 1);
	text = rendered(pools);
	has(text,
	    "# HELP x_requests_total Requests answered, by operation and status.\n"
	    "# TYPE x_requests_total counter\n"
	    "x_requests_total{route=\"two\",status=\"200\"} 2\n"
	    "x_requests_total{route=\"two\",status=\"422\"} 1\n"
	    "x_requests_total{route=\"none\",status=\"404\"} 1\n# HELP ");
	has(text,
	    "# TYPE x_request_duration_seconds histogram\n"
	    "x_request_duration_seconds_bucket{route=\"two\",le=\"0.001000\"} 1\n"
	    "x_request_duration_seconds_bucket{route=\"two\",le=\"0.002500\"} 2\n");
	has(text,
	    "x_request_duration_seconds_bucket{route=\"two\",le=\"1.000000\"} 2\n"
	    "x_request_duration_seconds_bucket{route=\"two\",le=\"+Inf\"} 3\n"
	    "x_request_duration_seconds_sum{route=\"two\"} 2.001501\n"
	    "x_request_duration_seconds_count{route=\"two\"} 3\n");
	cr_expect_null(strstr(text, "\"one\""), "nobody asked for it: %s", text);
	has(text, "x_info{version=\"1.2\"} 1\n");
}

Test(metrics, workers_are_told_by_pool_and_state)
{
	const char *text;

	slots->slot[0].pool = slots->slot[1].pool = slots->slot[2].pool = 1;
	slots->slot[0].was_ready = slots->slot[1].was_ready = true;
	slots->slot[1].started_us = 7;
	slots->slot[1].database_up = true;
	slots->pools[0].starts = 3;
	slots->pools[1].crashes = 2;
	slots->crashed_routes[5] = 1;
	slots->reloads = 4;
	text = rendered(pools);
	has(text, "x_workers{pool=\"read\",state=\"starting\"} 0\n");
	has(text,
	    "x_workers{pool=\"api\",state=\"starting\"} 1\n"
	    "x_workers{pool=\"api\",state=\"idle\"} 1\n"
	    "x_workers{pool=\"api\",state=\"busy\"} 1\n");
	has(text,
	    "x_database_connections{pool=\"api\",state=\"up\"} 1\n"
	    "x_database_connections{pool=\"api\",state=\"down\"} 2\n");
	has(text, "x_worker_starts_total{pool=\"read\"} 3\n");
	has(text, "x_worker_crashes_total{pool=\"api\"} 2\n");
	has(text, "x_isolated_routes 1\n");
	has(text, "x_reloads_total 4\n");
	cr_expect_null(strstr(text, "queue_length{"), "none has a socket: %s", text);
}

static int
listening(struct sockaddr_un *at, int backlog)
{
	int fd = socket(AF_UNIX, SOCK_STREAM, 0);

	*at = (struct sockaddr_un){.sun_family = AF_UNIX};
	(void)snprintf(
	    at->sun_path + 1, sizeof(at->sun_path) - 1, "gatehouse-test-%d", (int)getpid());
	cr_assert_eq(bind(fd, (struct sockaddr *)at, sizeof(*at)), 0);
	cr_assert_eq(listen(fd, backlog), 0);
	return fd;
}

Test(metrics, a_queue_is_what_nobody_has_accepted)
{
	struct sockaddr_un at;
	int fd = listening(&at, 5), client[3];
	const char *text;

	slots->pools[1].socket = backlog_socket(fd);
	for (size_t i = 0; i < 3; i++) {
		client[i] = socket(AF_UNIX, SOCK_STREAM, 0);
		cr_assert_eq(connect(client[i], (struct sockaddr *)&at, sizeof(at)), 0);
	}
	text = rendered(pools);
	has(text, "x_queue_length{pool=\"api\"} 3\n# HELP x_queue_limit");
	has(text, "x_queue_limit{pool=\"api\"} 5\n");
	cr_assert_geq(accept(fd, NULL, NULL), 0);
	has(rendered(pools), "x_queue_length{pool=\"api\"} 2\n");
}

Test(metrics, a_socket_that_is_gone_has_no_queue)
{
	struct sockaddr_un at;
	int64_t waiting, limit;
	int fd = listening(&at, 5);
	uint64_t was = backlog_socket(fd);

	cr_assert(backlog_read(was, &waiting, &limit));
	cr_assert_eq(close(fd), 0);
	cr_assert_not(backlog_read(was, &waiting, &limit));
	cr_assert_not(backlog_read(0, &waiting, &limit));
	cr_assert_eq(backlog_socket(-1), 0);
}
