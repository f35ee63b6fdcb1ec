#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lib/arena.h"
#include "lib/bind.h"
#include "lib/buf.h"
#include "lib/clock.h"
#include "lib/lines.h"
#include "lib/pg.h"

#include "app/api/models.h"
#include "app/command_verbs.h"
#include "app/services/service.h"
#include "app/services/transfer.h"

#include "app/commands.h"

/* A batch is one transaction: small enough to be lost without grief and, by its bytes, whatever they are
 * made to bind to, for memory that stays flat. */
enum { BATCH_LINES = 1000, BATCH_BYTES = 4 * 1024 * 1024 };

#define TOLD_TTY_US  CLOCK_US_PER_S
#define TOLD_FILE_US (10 * CLOCK_US_PER_S)

struct importing {
	struct service s; /* its arena is the batch's */
	struct lines lines;
	struct newcomer *batch;
	size_t n, bytes;
	FILE *faults; /* where refused lines are told */
	bool rehearsal, tty;
	int64_t made, there, refused, started_us, told_us;
};

/* {"loc":["body","email"],"msg":"…"} as: "email": … */
static void
fault_say(struct buf *b, const struct fault *f)
{
	static const char body[] = "[\"body\",";
	size_t skip = strlen(body);

	if (strncmp(f->loc, body, skip) == 0)
		buf_printf(b, "%.*s: ", (int)(strlen(f->loc) - skip - 1), f->loc + skip);
	buf_puts(b, f->msg);
	if (strcmp(f->type, "json_invalid") == 0)
		buf_printf(b, " %s", f->ctx);
	if (f->next != NULL)
		buf_puts(b, "; ");
}

static const char *
faults_say(struct arena *a, const struct faults *faults)
{
	struct buf b;

	buf_init(&b, a);
	for (const struct fault *f = faults->first; f != NULL; f = f->next)
		fault_say(&b, f);
	return b.at;
}

/* The field rows of a line are those of the API: what cannot be registered cannot be imported. */
static void
newcomer_bind(struct arena *a, const char *text, size_t bytes, struct newcomer *c)
{
	struct UserLine in = {0};
	struct faults faults;

	faults_init(&faults, a);
	if (!bind_json(a, &user_line, text, bytes, &in, &faults)) {
		c->fate = NEWCOMER_REFUSED;
		c->why = faults_say(a, &faults);
		return;
	}
	c->id = in.id;
	c->email = in.email;
	c->username = in.username;
	c->full_name = in.full_name;
	c->role = in.role;
	c->is_active = in.is_active;
	c->is_verified = in.is_verified;
	c->created_us = in.created_at.us;
	c->password = in.password;
	c->password_hash = in.password_hash;
	c->secret_digest = in.secret_digest;
}

static void
tell_progress(struct importing *m, bool last)
{
	int64_t now_us = clock_mono_us(), took_us = now_us - m->started_us;
	int64_t lines = m->made + m->there + m->refused;

	if (!last && now_us - m->told_us < (m->tty ? TOLD_TTY_US : TOLD_FILE_US))
		return;
	m->told_us = now_us;
	fprintf(stderr,
	    "%s%s %" PRId64 ", already there %" PRId64 ", refused %" PRId64 " of %" PRId64
	    " lines, %" PRId64 " a second%s",
	    m->tty ? "\r\033[K" : "", m->rehearsal ? "would import" : "imported", m->made, m->there,
	    m->refused, lines, lines * CLOCK_US_PER_S / (took_us + 1), last || !m->tty ? "\n" : "");
}

static void
tell_fates(struct importing *m)
{
	for (size_t i = 0; i < m->n; i++) {
		const struct newcomer *c = &m->batch[i];

		m->made += c->fate == NEWCOMER_MADE;
		m->there += c->fate == NEWCOMER_THERE;
		m->refused += c->fate == NEWCOMER_REFUSED;
		if (c->fate == NEWCOMER_MADE)
			continue;
		if (m->faults == stderr && m->tty)
			fputs("\r\033[K", stderr);
		fprintf(m->faults, "line %zu: %s\n", c->line,
		    c->fate == NEWCOMER_THERE ? "already there" : c->why);
	}
}

/* False: the end of the import. Lines that were refused and not told would be lost silently. */
static bool
batch_finish(struct importing *m)
{
	const struct error *e;

	if (m->n == 0)
		return true;
	pg_deadline(m->s.pg, INT64_MAX); /* of each wait its own: a file has none */
	e = transfer_import(&m->s, m->batch, m->n, m->rehearsal);
	if (e == NULL)
		tell_fates(m);
	if (e == NULL && fflush(m->faults) != 0) {
		(void)command_verbs_fail_on("the refused lines cannot be told", strerror(errno));
		return false;
	}
	if (e != NULL)
		fprintf(stderr,
		    "%sgatehouse: stopped before line %zu: %s. What is in stays in; import "
		    "the file again to go on.\n",
		    m->tty ? "\r\033[K" : "", m->batch[0].line, e->detail);
	else
		tell_progress(m, false);
	m->n = m->bytes = 0;
	arena_reset(m->s.arena);
	return e == NULL;
}

static bool
is_blank(const char *text, size_t bytes)
{
	return strspn(text, " \t\r") == bytes;
}

static void
line_take(struct importing *m, const char *text, size_t bytes, bool is_long)
{
	struct newcomer *c = &m->batch[m->n++];

	*c = (struct newcomer){.line = m->lines.number};
	m->bytes += bytes;
	if (!is_long) {
		newcomer_bind(m->s.arena, text, bytes, c);
		return;
	}
	c->fate = NEWCOMER_REFUSED;
	c->why = "longer than 64 KiB";
}

static int
import_all(struct importing *m)
{
	const char *text;
	size_t bytes;
	enum lines_got got;

	while ((got = lines_next(&m->lines, &text, &bytes)) == LINES_LINE || got == LINES_LONG) {
		if (got == LINES_LINE && is_blank(text, bytes))
			continue;
		line_take(m, text, bytes, got == LINES_LONG);
		if ((m->n == BATCH_LINES || m->bytes >= BATCH_BYTES) && !batch_finish(m))
			return EXIT_FAILURE;
	}
	if (got == LINES_FAILED)
		return command_verbs_fail_on("the file cannot be read", strerror(errno));
	if (!batch_finish(m))
		return EXIT_FAILURE;
	tell_progress(m, true);
	return m->refused == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}

static int
import_fd(const struct service *s, int fd, FILE *faults, bool rehearsal)
{
	struct importing m = {.s = *s, .faults = faults, .rehearsal = rehearsal};
	int status;

	m.batch = arena_array(s->arena, BATCH_LINES, sizeof(*m.batch));
	m.s.arena = arena_new();
	m.tty = isatty(STDERR_FILENO);
	m.started_us = m.told_us = clock_mono_us();
	lines_init(&m.lines, fd);
	status = import_all(&m);
	lines_free(&m.lines);
	arena_free(&m.s.arena);
	return status;
}

int
command_import(struct service *s, int argc, char **argv)
{
	const char *from = NULL, *faults_to = NULL;
	bool rehearsal = false;
	FILE *faults = stderr;
	int fd = STDIN_FILENO, status;

	for (int i = 0; i < argc; i++) {
		if (strcmp(argv[i], "--dry-run") == 0)
			rehearsal = true;
		else if (strcmp(argv[i], "--errors") == 0 && i + 1 < argc)
			faults_to = argv[++i];
		else if (from == NULL && (argv[i][0] != '-' || argv[i][1] == '\0'))
			from = argv[i];
		else
			return 2;
	}
	if (from == NULL)
		return 2;
	if (strcmp(from, "-") != 0)
		fd = open(from, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return command_verbs_fail_on(from, strerror(errno));
	if (faults_to != NULL)
		faults = fopen(faults_to, "we");
	if (faults == NULL)
		return command_verbs_fail_on(faults_to, strerror(errno));
	status = import_fd(s, fd, faults, rehearsal);
	if (faults != stderr && fclose(faults) != 0)
		status = command_verbs_fail_on(faults_to, strerror(errno));
	if (fd != STDIN_FILENO)
		(void)close(fd); /* it was only read */
	return status;
}
