/*
 * The smallest product on top of supervisor, turn and fcgi: it says what it was asked. Its two pools
 * are the product's READ and API pools in small; test_process.py does terrible things to it.
 *
 * echo_server DIR: sockets in DIR/read.sock and DIR/api.sock. Paths: anything echoes; /sleep/MS;
 * /crash aborts; /hang stops the process; /big/BYTES; the READ pool hands what is not a GET of an
 * ordinary path to @api. A file DIR/broken makes every start fail, DIR/slow makes it take a second,
 * DIR/refuse makes reload() say no. ECHO_* in the environment set what is a setting in the product;
 * ECHO_DATABASE is a conninfo that the loop keeps trying.
 */

#include <dirent.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <time.h>
#include <unistd.h>

#include "lib/arena.h"
#include "lib/clock.h"
#include "lib/pg.h"
#include "lib/secret.h"
#include "lib/slots.h"
#include "lib/str.h"
#include "lib/supervisor.h"
#include "lib/turn.h"

enum { ROUTE_ECHO, ROUTE_SLEEP, ROUTE_CRASH, ROUTE_HANG, ROUTE_BIG };
enum { BODY_MAX = 1024 * 1024 };

struct echo {
	const char *dir;
	bool is_read;
	struct slot *slot;
};

static int
setting(const char *name, int otherwise)
{
	const char *value = getenv(name);
	int64_t n = otherwise;

	if (value != NULL && !str_int(value, 0, 1000000000, &n)) {
		fprintf(stderr, "%s is not a number\n", name);
		exit(3);
	}
	return (int)n;
}

static bool
is_there(const struct echo *e, const char *name)
{
	char path[256];

	(void)snprintf(path, sizeof(path), "%s/%s", e->dir, name);
	return access(path, F_OK) == 0;
}

static void
sleep_ms(int64_t ms)
{
	const struct timespec t = {.tv_sec = ms / 1000, .tv_nsec = ms % 1000 * 1000000};

	(void)nanosleep(&t, NULL);
}

static int
route_of(const char *path)
{
	if (str_starts(path, "/sleep/"))
		return ROUTE_SLEEP;
	if (str_starts(path, "/crash"))
		return ROUTE_CRASH;
	if (str_starts(path, "/hang"))
		return ROUTE_HANG;
	return str_starts(path, "/big/") ? ROUTE_BIG : ROUTE_ECHO;
}

/* What the path asks for besides an answer; the number at its end, if any. */
static int64_t
misbehave(int route, const char *path)
{
	const char *slash = strrchr(path, '/');
	int64_t n = 0;

	if (slash == NULL || !str_int(slash + 1, 0, 64 * 1024 * 1024, &n))
		n = 0;
	if (route == ROUTE_SLEEP)
		sleep_ms(n);
	else if (route == ROUTE_CRASH)
		abort();
	else if (route == ROUTE_HANG)
		(void)raise(SIGSTOP);
	return n;
}

static void
put_big(struct buf *b, int64_t bytes)
{
	static const char line[] = "0123456789abcdef";

	for (int64_t i = 0; i < bytes; i++)
		buf_putc(b, line[i % 16]);
}

/* Asked of itself: the /proc of a worker is root's alone. */
static int
descriptors(void)
{
	DIR *d = opendir("/proc/self/fd");
	int n = -3; /* ".", ".." and the one just opened */

	if (d == NULL)
		return 0;
	while (readdir(d) != NULL)
		n++;
	(void)closedir(d); /* only read */
	return n;
}

static void
put_echo(const struct echo *e, struct buf *b, const struct http_request *http)
{
	unsigned char digest[SECRET_DIGEST_BYTES];
	char text[SECRET_TEXT_SIZE(SECRET_DIGEST_BYTES)];

	secret_digest(http->body, http->body_bytes, digest);
	secret_encode(digest, sizeof(digest), text);
	buf_printf(b, "descriptors=%d\ndumpable=%d\n", descriptors(), prctl(PR_GET_DUMPABLE));
	buf_printf(b, "pool=%s\npid=%d\n", e->is_read ? "read" : "api", (int)getpid());
	buf_printf(b, "method=%s\npath=%s\n", http_method_name(http->method), http->path);
	buf_printf(b, "query=%s\nid=%s\n", http->query, http->id);
	buf_printf(b, "ip=%s\nagent=%s\n", http->client_ip, http->user_agent);
	buf_printf(b, "authorization=%s\n", http->authorization);
	buf_printf(b, "bytes=%zu\ntoo_large=%d\ndigest=%s\n", http->body_bytes,
	    http->body_too_large, text);
}

static void
answer(const struct echo *e, struct turn_request *rq)
{
	struct reply *r = &rq->reply;
	int64_t n;

	rq->route = route_of(rq->http.path);
	slot_begin(e->slot, rq->route, rq->http.id);
	if (e->is_read && (rq->http.method > METHOD_HEAD || rq->route == ROUTE_SLEEP)) {
		r->status = 200;
		r->hand_over = true;
		buf_puts(&r->headers, "X-Accel-Redirect: @api\r\n");
		return;
	}
	n = misbehave(rq->route, rq->http.path);
	r->status = 200;
	buf_puts(&r->headers, "Content-Type: text/plain\r\n");
	if (rq->route == ROUTE_BIG)
		put_big(&r->body, n);
	else
		put_echo(e, &r->body, &rq->http);
}

static void
serve(void *cookie, struct turn_request *rq, size_t n)
{
	for (size_t i = 0; i < n; i++)
		answer(cookie, &rq[i]);
}

static int
run_pool(const struct echo *from, bool is_read, int listen_fd, struct supervisor_child *child)
{
	struct echo e = {
	    .dir = from->dir, .is_read = is_read, .slot = &child->slots->slot[child->slot]};
	const char *database = getenv("ECHO_DATABASE");
	struct pg *pg = database == NULL ? NULL : pg_new(database, "echo");
	const struct turn_options o = {.listen_fd = listen_fd,
	    .signal_fd = child->signal_fd,
	    .batch = is_read ? 16 : 1,
	    .kept_max = setting("ECHO_KEPT_MAX", 64),
	    .body_max = BODY_MAX,
	    .requests_max = (uint64_t)setting("ECHO_REQUESTS_MAX", 0),
	    .drain_us = setting("ECHO_DRAIN_MS", 2000) * INT64_C(1000),
	    .pg = pg,
	    .slot = e.slot,
	    .kept = is_read,
	    .cookie = &e,
	    .note = log_event,
	    .serve = serve};

	int status;

	if (is_there(&e, "broken")) {
		pg_free(&pg);
		return 7;
	}
	if (is_there(&e, "slow"))
		sleep_ms(1000);
	supervisor_ready(child);
	status = turn_run(&o);
	pg_free(&pg);
	return status;
}

static int
run_read(void *cookie, int listen_fd, struct supervisor_child *child)
{
	return run_pool(cookie, true, listen_fd, child);
}

static int
run_api(void *cookie, int listen_fd, struct supervisor_child *child)
{
	return run_pool(cookie, false, listen_fd, child);
}

static bool
reload(void *cookie)
{
	return !is_there(cookie, "refuse");
}

int
main(int argc, char **argv)
{
	struct echo e = {.dir = argc == 2 ? argv[1] : "/tmp"};
	char read_sock[256], api_sock[256];
	const struct supervisor_pool pools[] = {
	    {"read", read_sock, setting("ECHO_BACKLOG", 1024), setting("ECHO_READ", 2), 0,
		run_read},
	    {"api", api_sock, setting("ECHO_BACKLOG", 1024), setting("ECHO_API", 2), 5, run_api},
	    {.name = NULL},
	};
	const struct supervisor_options o = {
	    .pools = pools,
	    .cookie = &e,
	    .socket_group = getenv("ECHO_GROUP"),
	    .ready_us = setting("ECHO_READY_MS", 5000) * INT64_C(1000),
	    .stuck_us = setting("ECHO_STUCK_MS", 3000) * INT64_C(1000),
	    .drain_us = setting("ECHO_KILL_MS", 5000) * INT64_C(1000),
	    .start_failures_max = setting("ECHO_FAILURES_MAX", 3),
	    .note = log_event,
	    .reload = reload,
	};

	if (argc != 2) {
		fprintf(stderr, "usage: echo_server DIR\n");
		return 3;
	}
	log_init(LOG_DEBUG);
	(void)snprintf(read_sock, sizeof(read_sock), "%s/read.sock", e.dir);
	(void)snprintf(api_sock, sizeof(api_sock), "%s/api.sock", e.dir);
	return supervisor_run(&o);
}
