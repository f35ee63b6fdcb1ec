#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "lib/slots.h"
#include "lib/supervisor.h"

#include "lib/child.h"

static void
take_slot(struct slot *s, int pool, int64_t now_us)
{
	s->pool = pool;
	s->was_ready = s->database_up = false;
	s->route = -1;
	s->request_id[0] = '\0';
	s->started_us = 0;
	s->beat_us = now_us;
}

static int
leave_signals(void)
{
	sigset_t leave;

	(void)sigemptyset(&leave); /* these three cannot fail */
	(void)sigaddset(&leave, SIGTERM);
	(void)sigaddset(&leave, SIGINT);
	(void)sigaddset(&leave, SIGQUIT);
	return signalfd(-1, &leave, SFD_CLOEXEC | SFD_NONBLOCK);
}

/*
 * What is in our memory, keys and passwords, ends up in no core file (PW-13); a pipe in core_pattern
 * knows no limit, only "dumpable". Nobody but root can then trace us or read our /proc either (the
 * leak sanitizer lifts that by itself while it looks), and what we are made to run gains no privilege.
 */
static bool
close_up(void)
{
	const struct rlimit none = {.rlim_cur = 0, .rlim_max = 0};

	return setrlimit(RLIMIT_CORE, &none) == 0 && prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) == 0 &&
	    prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0;
}

/* The parent may have died before prctl(): then nobody would ever tell us to leave (F16). */
static _Noreturn void
live(const struct child_birth *b, pid_t parent, int ready_fd)
{
	struct supervisor_child self = {
	    .ready_fd = ready_fd, .slot = b->row, .pool = b->pool_n, .slots = b->slots};

	if (!close_up() || prctl(PR_SET_PDEATHSIG, SIGTERM) != 0 || getppid() != parent)
		_exit(1);
	for (int i = 0; i < b->close_n; i++)
		(void)close(b->close_fds[i]); /* the parent's, nothing of ours is in them */
	self.signal_fd = leave_signals();
	if (self.signal_fd < 0)
		_exit(1);
	(void)setpriority(PRIO_PROCESS, 0, b->pool->nice); /* a wish; refused, it runs as it is */
	exit(b->pool->run(b->cookie, b->listen_fd, &self));
}

bool
child_start(struct child *c, const struct child_birth *b, int64_t now_us)
{
	pid_t parent = getpid(), pid;
	int ready[2];

	if (pipe2(ready, O_CLOEXEC | O_NONBLOCK) != 0)
		return false;
	take_slot(&b->slots->slot[b->row], b->pool_n, now_us);
	(void)fflush(NULL); /* else what is buffered is written twice */
	pid = fork();
	if (pid == 0) {
		(void)close(ready[0]); /* the parent's end */
		live(b, parent, ready[1]);
	}
	(void)close(ready[1]); /* the child's end */
	if (pid < 0) {
		(void)close(ready[0]); /* unused */
		return false;
	}
	*c = (struct child){.pid = pid, .pool = b->pool_n, .ready_fd = ready[0], .born_us = now_us};
	return true;
}

bool
child_hear(struct child *c, int64_t now_us)
{
	char byte;
	ssize_t n;

	if (c->ready_fd < 0)
		return false;
	n = read(c->ready_fd, &byte, 1);
	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return false;
	(void)close(c->ready_fd); /* it said what it had to, or died */
	c->ready_fd = -1;
	c->ready = n == 1;
	c->ready_us = now_us;
	return c->ready;
}

void
child_kill(struct child *c)
{
	c->killed = true;
	(void)kill(c->pid, SIGKILL); /* ours and not reaped: it exists */
}

void
child_tell(struct child *c, int64_t now_us, int64_t drain_us)
{
	if (!c->ending)
		c->kill_us = now_us + drain_us;
	c->ending = true;
	c->told_us = now_us;
	/* One that is not ready serves nobody and may be in the middle of a long connect. */
	if (c->ready)
		(void)kill(c->pid, SIGTERM); /* as above */
	else
		child_kill(c);
}

void
child_clear(struct child *c)
{
	if (c->ready_fd >= 0)
		(void)close(c->ready_fd); /* nobody is at its other end */
	*c = (struct child){.ready_fd = -1};
}

struct child *
child_next(struct child *table, struct child *c)
{
	for (c = c == NULL ? table : c + 1; c < table + SLOTS_MAX; c++) {
		if (c->pid != 0)
			return c;
	}
	return NULL;
}

struct child *
child_free(struct child *table)
{
	for (struct child *c = table; c < table + SLOTS_MAX; c++) {
		if (c->pid == 0)
			return c;
	}
	return NULL;
}

int
child_count(struct child *table, int pool, uint32_t generation, bool ready)
{
	int n = 0;

	for (struct child *c = NULL; (c = child_next(table, c)) != NULL;)
		n += c->pool == pool && c->generation == generation && !c->ending &&
		    (c->ready || !ready);
	return n;
}
