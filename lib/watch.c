#include <errno.h>
#include <sys/epoll.h>
#include <unistd.h>

#include "lib/pg.h"

#include "lib/watch.h"

static bool
control(const struct watch *w, int op, int fd, uint32_t events, uint64_t tag)
{
	struct epoll_event e = {.events = events, .data.u64 = tag};

	return epoll_ctl(w->epoll, op, fd, &e) == 0;
}

static uint64_t
tag(enum watch_source source, size_t i)
{
	return (uint64_t)source << 32 | i;
}

enum watch_source
watch_source(const struct epoll_event *e)
{
	return (enum watch_source)(e->data.u64 >> 32);
}

size_t
watch_index(const struct epoll_event *e)
{
	return (size_t)(e->data.u64 & UINT32_MAX);
}

bool
watch_open(struct watch *w)
{
	*w = (struct watch){.epoll = epoll_create1(EPOLL_CLOEXEC), .pg_fd = -1};
	return w->epoll >= 0;
}

void
watch_close(struct watch *w)
{
	if (w->epoll >= 0)
		(void)close(w->epoll); /* nothing buffered */
	w->epoll = -1;
}

bool
watch_add(struct watch *w, int fd, enum watch_source source, size_t i)
{
	return control(w, EPOLL_CTL_ADD, fd, EPOLLIN, tag(source, i));
}

void
watch_pg(struct watch *w, const struct pg *pg)
{
	int fd = pg == NULL ? -1 : pg_fd(pg);

	if (w->pg_fd >= 0 && w->pg_fd != fd)
		(void)control(
		    w, EPOLL_CTL_DEL, w->pg_fd, 0, 0); /* mostly closed, and gone already */
	w->pg_fd = fd;
	if (fd < 0)
		return;
	if (!control(w, EPOLL_CTL_MOD, fd, pg_events(pg), tag(WATCH_PG, 0)) && errno == ENOENT)
		(void)control(
		    w, EPOLL_CTL_ADD, fd, pg_events(pg), tag(WATCH_PG, 0)); /* else pg_wake_us() */
}

void
watch_listener(struct watch *w, int fd, bool wanted)
{
	if (wanted == w->listening)
		return;
	if (wanted)
		wanted =
		    control(w, EPOLL_CTL_ADD, fd, EPOLLIN | EPOLLEXCLUSIVE, tag(WATCH_LISTENER, 0));
	else
		(void)control(w, EPOLL_CTL_DEL, fd, 0, 0); /* it is there */
	w->listening = wanted;
}
