#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lib/arena.h"
#include "lib/buf.h"
#include "lib/clock.h"
#include "lib/pg.h"
#include "lib/render.h"

#include "app/api/models.h"
#include "app/command_verbs.h"
#include "app/services/service.h"
#include "app/services/transfer.h"

#include "app/commands.h"

struct exporting {
	struct arena *arena;
	const struct model *model;
	int fd, why; /* errno of a write that failed */
	int64_t n;
};

static const struct error not_written = {.code = "NOT_WRITTEN", .detail = "cannot be written"};

static bool
write_all(int fd, const char *p, size_t n)
{
	while (n > 0) {
		ssize_t done = write(fd, p, n);

		if (done < 0 && errno == EINTR)
			continue;
		if (done < 0)
			return false;
		p += done;
		n -= (size_t)done;
	}
	return true;
}

static const struct error *
page_write(void *cookie, const struct leaver *leavers, size_t n)
{
	struct exporting *x = cookie;
	struct buf b;

	buf_init(&b, x->arena);
	for (size_t i = 0; i < n; i++) {
		const struct leaver *l = &leavers[i];
		struct UserLineOut out = {.id = l->id,
		    .email = l->email,
		    .username = l->username,
		    .full_name = l->full_name,
		    .role = l->role,
		    .is_active = l->is_active,
		    .is_verified = l->is_verified,
		    .created_at = {l->created_us},
		    .password_hash = l->password_hash,
		    .secret_digest = l->secret_digest};

		render_model(&b, x->model, &out);
		buf_putc(&b, '\n');
	}
	if (!write_all(x->fd, b.at, b.bytes)) {
		x->why = errno;
		return &not_written;
	}
	x->n += (int64_t)n;
	return NULL;
}

static int
export_fd(const struct service *s, bool with_hashes, int fd, const char *to)
{
	struct service own = *s;
	struct exporting x = {
	    .fd = fd, .model = with_hashes ? &user_line_out_secrets : &user_line_out};
	const struct error *e;

	own.arena = x.arena = arena_new(); /* wiped page by page */
	pg_deadline(s->pg, INT64_MAX);     /* of each wait its own, for the export has none */
	e = transfer_export(&own, with_hashes, page_write, &x);
	arena_free(&own.arena);
	if (e == &not_written)
		return command_verbs_fail_on(to, strerror(x.why));
	if (e != NULL)
		return command_verbs_fail_on("stopped", e->detail);
	fprintf(stderr, "exported %" PRId64 " users\n", x.n);
	return EXIT_SUCCESS;
}

/* Under the name that was wanted only when all of it is on the disk: half of everybody looks like everybody. */
static bool
publish(int fd, const char *part, const char *to)
{
	return fsync(fd) == 0 && link(part, to) == 0;
}

/* A file that is new, and the owner's alone. */
static int
export_file(const struct service *s, bool with_hashes, const char *to)
{
	char *part = arena_printf(s->arena, "%s.XXXXXX", to);
	int fd, status;

	if (access(to, F_OK) == 0)
		return command_verbs_fail_on(
		    to, strerror(EEXIST)); /* said at once; link() below is what sees to it */
	fd = mkostemp(part, O_CLOEXEC);
	if (fd < 0)
		return command_verbs_fail_on(to, strerror(errno));
	status = export_fd(s, with_hashes, fd, to);
	if (status == EXIT_SUCCESS && !publish(fd, part, to))
		status = command_verbs_fail_on(to, strerror(errno));
	(void)close(fd);    /* it is on the disk or of no use */
	(void)unlink(part); /* likewise */
	return status;
}

int
command_export(struct service *s, int argc, char **argv)
{
	const char *to = NULL;
	bool with_hashes = false;

	for (int i = 0; i < argc; i++) {
		if (strcmp(argv[i], "--with-hashes") == 0)
			with_hashes = true;
		else if (to == NULL && (argv[i][0] != '-' || argv[i][1] == '\0'))
			to = argv[i];
		else
			return 2;
	}
	/* A reader may have enough, a file may be big enough: errors to tell, not deaths. */
	(void)signal(SIGPIPE, SIG_IGN);
	(void)signal(SIGXFSZ, SIG_IGN);
	if (to == NULL || strcmp(to, "-") == 0)
		return export_fd(s, with_hashes, STDOUT_FILENO, "standard output");
	return export_file(s, with_hashes, to);
}
