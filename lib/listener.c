#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <stddef.h>
#include <string.h>
#include <sys/file.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#include "lib/listener.h"

enum { LOCK_TRIES = 100, LOCK_PAUSE_NS = 10 * 1000 * 1000 }; /* a second in all */

/*
 * Two instances starting together could both find a dead socket, and the later bind would win: the
 * look and the bind are done under a lock on the folder, which the kernel drops with the process.
 */
static int
lock_folder(const char *path)
{
	const struct timespec pause = {.tv_nsec = LOCK_PAUSE_NS};
	char folder[sizeof(((struct sockaddr_un *)0)->sun_path)];
	size_t n = (size_t)(strrchr(path, '/') - path);
	int fd;

	memcpy(folder, path, n);
	folder[n] = '\0';
	fd = open(n == 0 ? "/" : folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	for (int i = 0; fd >= 0 && i < LOCK_TRIES; i++) {
		if (flock(fd, LOCK_EX | LOCK_NB) == 0)
			return fd;
		(void)nanosleep(&pause, NULL); /* signals are blocked; early is fine */
	}
	if (fd >= 0)
		(void)close(fd); /* read-only */
	return -1;
}

/* A socket of somebody who left without cleaning up is removed; anything else stays. */
static bool
clear_path(const struct sockaddr_un *address, const char **why_r)
{
	struct stat st;
	int fd, error;

	if (lstat(address->sun_path, &st) != 0) {
		*why_r = "the socket's folder cannot be searched";
		return errno == ENOENT;
	}
	*why_r = "the socket's path is taken by something that is no socket";
	if (!S_ISSOCK(st.st_mode))
		return false;
	*why_r = "no descriptor is left to look at the socket with";
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return false;
	error = connect(fd, (const struct sockaddr *)address, sizeof(*address)) == 0 ? 0 : errno;
	(void)close(fd); /* nothing was sent */
	*why_r = "another instance is listening on the socket";
	if (error != ECONNREFUSED) /* a full backlog says EAGAIN: alive as well */
		return false;
	*why_r = "a dead instance's socket cannot be removed";
	return unlink(address->sun_path) == 0;
}

/* Born closed to all but us, whatever the umask; opened to the group as the last step. */
static bool
bind_closed(
    struct listener *l, const struct sockaddr_un *address, const char *group, const char **why_r)
{
	const struct group *gr = group == NULL ? NULL : getgrnam(group);
	struct stat st;
	mode_t before;
	bool bound;

	*why_r = "the socket's group does not exist";
	if (group != NULL && gr == NULL)
		return false;
	*why_r = "the socket cannot be bound";
	before = umask(0177);
	bound = bind(l->fd, (const struct sockaddr *)address, sizeof(*address)) == 0;
	(void)umask(before); /* cannot fail */
	if (!bound || lstat(address->sun_path, &st) != 0)
		return false;
	l->path = address->sun_path;
	l->device = st.st_dev;
	l->inode = st.st_ino;
	*why_r = "the socket cannot be given to its group";
	if (gr != NULL && chown(address->sun_path, (uid_t)-1, gr->gr_gid) != 0)
		return false;
	*why_r = "the socket's mode cannot be set";
	return chmod(address->sun_path, 0660) == 0;
}

bool
listener_open(
    struct listener *l, const char *path, int backlog, const char *group, const char **why_r)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	bool ok;
	int lock;

	*l = (struct listener){.fd = -1};
	*why_r = "the socket's path is not absolute or too long";
	if (path[0] != '/' || strlen(path) >= sizeof(address.sun_path))
		return false;
	memcpy(address.sun_path, path, strlen(path));
	*why_r = "the socket's folder does not exist or is locked by another instance";
	lock = lock_folder(path);
	if (lock < 0)
		return false;
	l->fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	ok = clear_path(&address, why_r) && l->fd >= 0 && bind_closed(l, &address, group, why_r);
	if (ok) {
		*why_r = "the socket cannot be listened on";
		ok = listen(l->fd, backlog) == 0;
	}
	if (l->path != NULL)
		l->path = path;
	if (!ok)
		listener_close(l);
	(void)close(lock); /* gives the lock back */
	return ok;
}

void
listener_end(struct listener *l)
{
	struct stat st;

	if (l->path != NULL && lstat(l->path, &st) == 0 && st.st_dev == l->device &&
	    st.st_ino == l->inode)
		(void)unlink(l->path); /* a path that stays is found dead by the next start */
	l->path = NULL;
	if (l->fd >= 0)
		(void)shutdown(l->fd, SHUT_RDWR); /* of a listening socket: cannot fail */
}

void
listener_close(struct listener *l)
{
	listener_end(l);
	if (l->fd >= 0)
		(void)close(l->fd); /* nothing buffered */
	l->fd = -1;
}
