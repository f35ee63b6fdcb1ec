#include <criterion/criterion.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cjson/cJSON.h>

#include "lib/arena.h"
#include "lib/clock.h"
#include "lib/json.h"
#include "lib/log.h"

/* Standard error becomes ${fd}; a test process is its own, nothing is put back. */
static void
log_into(int fd)
{
	cr_assert_eq(dup2(fd, STDERR_FILENO), STDERR_FILENO);
	log_init(LOG_DEBUG);
}

static int
log_into_pipe(void)
{
	int ends[2];

	cr_assert_eq(pipe2(ends, O_CLOEXEC), 0);
	cr_assert_eq(fcntl(ends[0], F_SETFL, O_NONBLOCK), 0);
	log_into(ends[1]);
	(void)close(ends[1]);
	return ends[0];
}

/* The one line that was written, parsed by the strict gate: it is JSON and nothing follows. */
static cJSON *
line_of(struct arena *a, int fd)
{
	char *text = arena_alloc(a, 8192);
	ssize_t n = read(fd, text, 8191);
	struct json_error why;
	cJSON *tree;

	cr_assert_gt(n, 1);
	cr_assert_leq(n, 4096);
	cr_assert_eq(text[n - 1], '\n');
	cr_assert_eq(memchr(text, '\n', (size_t)n), text + n - 1, "more than one line");
	text[n - 1] = '\0';
	cr_assert(json_parse(a, text, (size_t)n - 1, &tree, &why), "%s at %zu: %s", text,
	    why.offset, why.why);
	return tree;
}

static const char *
text_of(const cJSON *line, const char *name)
{
	return cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(line, name));
}

static int
dropped_of(const cJSON *line)
{
	const cJSON *n = cJSON_GetObjectItemCaseSensitive(line, "dropped");

	return n == NULL ? 0 : n->valueint;
}

Test(log, writes_one_object_per_line)
{
	struct arena *a = arena_new();
	int fd = log_into_pipe();
	const cJSON *line;
	int64_t us;

	log_line(
	    LOG_WARN, "started", LOG_S("name", "gatehouse"), LOG_S("none", NULL), LOG_I("n", -42));
	line = line_of(a, fd);
	cr_assert_str_eq(text_of(line, "level"), "warn");
	cr_assert_str_eq(text_of(line, "event"), "started");
	cr_assert_str_eq(text_of(line, "name"), "gatehouse");
	cr_assert(cJSON_IsNull(cJSON_GetObjectItemCaseSensitive(line, "none")));
	cr_assert_eq(cJSON_GetObjectItemCaseSensitive(line, "n")->valueint, -42);
	cr_assert_eq(cJSON_GetObjectItemCaseSensitive(line, "pid")->valueint, getpid());
	cr_assert(clock_parse(text_of(line, "time"), &us));
	arena_free(&a);
}

Test(log, leaves_out_what_is_below_the_level)
{
	int fd = log_into_pipe();
	struct arena *a = arena_new();
	const cJSON *line;
	char c;

	log_init(LOG_ERROR);
	log_event(LOG_WARN, "quiet", NULL, 0);
	cr_assert_eq(read(fd, &c, 1), -1);
	log_event(LOG_ERROR, "loud", NULL, 0);
	line = line_of(a, fd);
	cr_assert_str_eq(text_of(line, "event"), "loud");
	cr_assert_eq(dropped_of(line), 0, "what is not wanted is not lost");
	arena_free(&a);
}

Test(log, knows_its_levels)
{
	cr_assert_eq(log_level_parse("debug"), LOG_DEBUG);
	cr_assert_eq(log_level_parse("error"), LOG_ERROR);
	cr_assert_eq(log_level_parse("Error"), LOG__MAX);
	cr_assert_eq(log_level_parse(""), LOG__MAX);
}

Test(log, hostile_text_stays_one_valid_line)
{
	static const char *const hostile[] = {"a\nlevel=admin", "\"}\n{\"level\":\"error\"}", "\\",
	    "\\\"", "\r\n\t\x01\x1f\x7f", "\xff\xfe\xc0\xaf",
	    "\xe2\x80\xae"
	    "drowssap",
	    "\x1b[2J", "Zoë 😀", ""};
	struct arena *a = arena_new();
	int fd = log_into_pipe();

	for (size_t i = 0; i < sizeof(hostile) / sizeof(hostile[0]); i++) {
		const cJSON *line;

		log_line(LOG_INFO, hostile[i], LOG_S("text", hostile[i]), LOG_S(hostile[i], "x"),
		    LOG_I("last", i));
		line = line_of(a, fd);
		cr_assert_str_eq(text_of(line, "level"), "info", "case %zu", i);
		cr_assert_eq(cJSON_GetObjectItemCaseSensitive(line, "last")->valueint, (int)i);
		if (strspn(hostile[i], "\"\\}{:\nabcdefghijklmnopqrstuvwxyz=") ==
		    strlen(hostile[i]))
			cr_assert_str_eq(text_of(line, "text"), hostile[i], "case %zu", i);
	}
	arena_free(&a);
}

/*
 * Every length around the limit, plain and sixfold escaped, in the event, a value and a name; the
 * ordinary bytes in front move each escape over each position.
 */
Test(log, cuts_what_is_too_long_and_stays_valid)
{
	struct arena *a = arena_new();
	int fd = log_into_pipe();

	for (size_t n = 600; n < 4300; n += n < 3900 && n > 700 ? 97 : 1) {
		char *plain = arena_alloc(a, n + 1), *wild = arena_alloc(a, n + 1);

		memset(plain, 'x', n);
		memset(wild, '\x01', n);
		memset(wild, 'x', n % 17);
		log_line(LOG_INFO, plain, LOG_S("a", wild), LOG_I("n", INT64_MIN));
		(void)line_of(a, fd);
		log_line(
		    LOG_INFO, "e", LOG_S("a", plain), LOG_S("b", plain), LOG_I("n", INT64_MIN));
		cr_assert_str_eq(text_of(line_of(a, fd), "event"), "e");
		log_line(LOG_INFO, wild, LOG_S(wild, plain), LOG_S(plain, wild), LOG_S("c", NULL));
		(void)line_of(a, fd);
		log_line(LOG_INFO, "e", LOG_S(plain, "v"), LOG_S(wild, "v"));
		(void)line_of(a, fd);
		arena_reset(a);
	}
	arena_free(&a);
}

Test(log, takes_more_fields_than_fit)
{
	struct arena *a = arena_new();
	struct log_field fields[500];
	int fd = log_into_pipe();

	for (int i = 0; i < 500; i++)
		fields[i] = LOG_I(arena_printf(a, "field_number_%d", i), i);
	log_event(LOG_INFO, "many", fields, 500);
	cr_assert_eq(
	    cJSON_GetObjectItemCaseSensitive(line_of(a, fd), "field_number_9")->valueint, 9);
	arena_free(&a);
}

#define DROPPED "\"dropped\":"

/* Ten times what ${fd} can hold: the next line says how many were lost, the one after it nothing. */
static void
overflow(int fd, bool hold)
{
	enum { LINES = 30000 };
	static char text[1 << 22];
	struct arena *a = arena_new();
	int arrived = 0, told = 0;
	ssize_t n;

	if (hold)
		log_hold();
	for (int i = 0; i < LINES; i++)
		log_line(LOG_INFO, "fill", LOG_I("i", i));
	errno = 77;
	log_event(LOG_INFO, "lost", NULL, 0);
	cr_assert_eq(errno, 77, "the caller's errno");
	log_release();
	while ((n = read(fd, text, sizeof(text) - 1)) > 0) {
		text[n] = '\0';
		for (ssize_t i = 0; i < n; i++)
			arrived += text[i] == '\n';
		for (const char *at = text; (at = strstr(at, DROPPED)) != NULL;)
			told += atoi(at += strlen(DROPPED));
	}
	cr_assert_gt(arrived, 0);
	cr_assert_lt(arrived, LINES, "nothing was ever dropped");
	log_event(LOG_INFO, "again", NULL, 0);
	cr_assert_eq(told + dropped_of(line_of(a, fd)), LINES + 1 - arrived);
	log_event(LOG_INFO, "and again", NULL, 0);
	cr_assert_eq(dropped_of(line_of(a, fd)), 0, "once");
	arena_free(&a);
}

Test(log, a_full_pipe_drops_and_does_not_block, .timeout = 10)
{
	overflow(log_into_pipe(), false);
}

Test(log, held_lines_that_are_dropped_are_counted, .timeout = 10)
{
	overflow(log_into_pipe(), true);
}

Test(log, held_lines_come_whole_and_in_order)
{
	enum { LINES = 100 };
	static char text[1 << 16];
	int fd = log_into_pipe(), next = 0;
	char *at = text, *end;

	log_hold();
	log_line(LOG_INFO, "fill", LOG_I("i", 0));
	cr_assert_eq(read(fd, text, 1), -1, "written at once");
	for (int i = 1; i < LINES; i++)
		log_line(LOG_INFO, "fill", LOG_I("i", i));
	log_release();
	cr_assert_gt(read(fd, text, sizeof(text) - 1), LINES);
	for (; (end = strchr(at, '\n')) != NULL; at = end + 1, next++) {
		const char *number = strstr(at, "\"i\":");

		cr_assert(number != NULL && number < end && end[-1] == '}');
		cr_assert_eq(atoi(number + 4), next);
	}
	cr_assert_eq(next, LINES);
	cr_assert_eq(*at, '\0', "half a line");
}

/* The descriptor others share keeps its flags. */
Test(log, leaves_the_flags_of_standard_error_alone)
{
	(void)log_into_pipe();
	cr_assert_eq(fcntl(STDERR_FILENO, F_GETFL) & O_NONBLOCK, 0);
}

Test(log, a_full_socket_drops_and_does_not_block, .timeout = 10)
{
	int ends[2];

	cr_assert_eq(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends), 0);
	cr_assert_eq(fcntl(ends[0], F_SETFL, O_NONBLOCK), 0);
	log_into(ends[1]);
	overflow(ends[0], false);
}

static void
expect_one_lost(struct arena *a, int fd)
{
	log_event(LOG_INFO, "heard", NULL, 0);
	cr_assert_eq(dropped_of(line_of(a, fd)), 1);
}

Test(log, a_reader_that_died_kills_nobody)
{
	struct arena *a = arena_new();

	(void)close(log_into_pipe());
	log_event(LOG_ERROR, "nobody reads", NULL, 0);
	expect_one_lost(a, log_into_pipe());
	arena_free(&a);
}

Test(log, a_closed_standard_error_is_no_fault)
{
	struct arena *a = arena_new();
	int fd = log_into_pipe(), kept = dup(STDERR_FILENO);

	(void)close(STDERR_FILENO);
	log_event(LOG_ERROR, "nowhere", NULL, 0);
	cr_assert_eq(dup2(kept, STDERR_FILENO), STDERR_FILENO);
	expect_one_lost(a, fd);
	arena_free(&a);
}

Test(log, follows_standard_error_when_it_is_replaced)
{
	struct arena *a = arena_new();
	int first = log_into_pipe(), ends[2];
	char c;

	cr_assert_eq(pipe2(ends, O_CLOEXEC | O_NONBLOCK), 0);
	cr_assert_eq(dup2(ends[1], STDERR_FILENO), STDERR_FILENO);
	log_event(LOG_INFO, "moved", NULL, 0);
	cr_assert_str_eq(text_of(line_of(a, ends[0]), "event"), "moved");
	cr_assert_eq(read(first, &c, 1), -1);
	arena_free(&a);
}

Test(log, appends_to_a_file_after_what_others_wrote)
{
	struct arena *a = arena_new();
	char path[] = "/tmp/gatehouse-log-XXXXXX";
	int fd = mkstemp(path);

	cr_assert_geq(fd, 0);
	log_into(fd);
	cr_assert_eq(write(fd, "{}\n", 3), 3);
	log_event(LOG_INFO, "in a file", NULL, 0);
	cr_assert_eq(lseek(fd, 3, SEEK_SET), 3);
	cr_assert_str_eq(text_of(line_of(a, fd), "event"), "in a file");
	(void)unlink(path);
	arena_free(&a);
}
