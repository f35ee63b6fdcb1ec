#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "lib/clock.h"

#include "lib/courier.h"

/* After libcurl's own timeout, for what that does not end: a name server, a goodbye. */
#define GRACE_US   (5 * CLOCK_US_PER_S)
#define GOODBYE_US (2 * CLOCK_US_PER_S)

struct child {
	pid_t pid; /* 0: free */
	int fd;    /* where its result comes from, then the end of file when it leaves */
	bool told; /* the result has come */
	int64_t deadline_us;
};

struct courier {
	const struct smtp_server *server;
	struct child at[COURIER_AT_ONCE];
};

struct courier *
courier_new(const struct smtp_server *server)
{
	struct courier *c = calloc(1, sizeof(*c));

	if (c == NULL)
		abort(); /* as the arena does: nothing goes on without memory */
	c->server = server;
	return c;
}

/* Killed or leaving by itself, it is gone in no time. */
static void
bury(struct child *ch)
{
	(void)kill(ch->pid, SIGKILL);    /* not waited for yet: the number is still its own */
	(void)waitpid(ch->pid, NULL, 0); /* how it ended says no more than its result */
	(void)close(ch->fd);             /* read only */
	*ch = (struct child){.pid = 0};
}

void
courier_free(struct courier **c)
{
	if (*c == NULL)
		return;
	for (size_t i = 0; i < COURIER_AT_ONCE; i++) {
		if ((*c)->at[i].pid != 0)
			bury(&(*c)->at[i]);
	}
	free(*c);
	*c = NULL;
}

/* Smaller than PIPE_BUF: it is written whole or not at all. */
static void
tell(void *fd, const struct smtp_result *r)
{
	if (write(*(const int *)fd, r, sizeof(*r)) != (ssize_t)sizeof(*r))
		_exit(EXIT_FAILURE); /* nobody listens any more */
}

/* Nothing of the parent's is cleaned up here: its connections are not ours to close politely. */
static _Noreturn void
live(const struct courier *c, const struct smtp_mail *mail, int fd, pid_t parent)
{
	if (prctl(PR_SET_PDEATHSIG, SIGKILL) != 0 || getppid() != parent)
		_exit(EXIT_FAILURE);
	smtp_send(c->server, mail, tell, &fd);
	_exit(EXIT_SUCCESS);
}

bool
courier_start(struct courier *c, size_t i, const struct smtp_mail *mail, int close_fd)
{
	pid_t parent = getpid(), pid;
	int fds[2];

	if (pipe2(fds, O_CLOEXEC | O_NONBLOCK) != 0)
		return false;
	pid = fork();
	if (pid == 0) {
		(void)close(fds[0]); /* the parent's end */
		if (close_fd >= 0)
			(void)close(close_fd); /* the parent's too */
		live(c, mail, fds[1], parent);
	}
	(void)close(fds[1]); /* the child's end */
	if (pid < 0) {
		(void)close(fds[0]); /* unused */
		return false;
	}
	c->at[i] = (struct child){.pid = pid,
	    .fd = fds[0],
	    .deadline_us = clock_mono_us() + c->server->timeout_us + GRACE_US};
	return true;
}

bool
courier_done(struct courier *c, size_t i, struct smtp_result *r)
{
	struct child *ch = &c->at[i];
	ssize_t n;

	if (ch->pid == 0 || ch->told)
		return false;
	n = read(ch->fd, r, sizeof(*r));
	if (n == (ssize_t)sizeof(*r)) {
		ch->told = true;
		ch->deadline_us = clock_mono_us() + GOODBYE_US;
		return true;
	}
	if (n < 0 && clock_mono_us() < ch->deadline_us)
		return false;
	*r = (struct smtp_result){SMTP_LATER, ""};
	(void)snprintf(r->why, sizeof(r->why), "%s",
	    n < 0 ? "the mail server took too long" : "the process that sent it died");
	bury(ch);
	return true;
}

bool
courier_is_free(struct courier *c, size_t i)
{
	struct child *ch = &c->at[i];
	char end;

	if (ch->told && (read(ch->fd, &end, 1) == 0 || clock_mono_us() >= ch->deadline_us))
		bury(ch);
	return ch->pid == 0;
}

size_t
courier_watch(const struct courier *c, struct pollfd *fds)
{
	size_t n = 0;

	for (size_t i = 0; i < COURIER_AT_ONCE; i++) {
		if (c->at[i].pid != 0)
			fds[n++] = (struct pollfd){.fd = c->at[i].fd, .events = POLLIN};
	}
	return n;
}
