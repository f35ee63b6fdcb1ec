#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "lib/clock.h"
#include "lib/str.h"

#include "lib/depot.h"

enum {
	FOLDERS = 256,
	ARRIVED_MAX = 32, /* digits of a name that nginx gives */
	SYNC_MAX_S = 100, /* below the web server's patience with an upload */
	BEAT_MS = 500,
	STEPS_MAX = 1024 /* entries looked at in one call */
};

struct depot {
	int incoming, kept; /* folders */
	_Atomic int64_t *beat_us;
	DIR *walk; /* of depot_old(), NULL between two folders */
	int folder;
};

static int
folder_open(int at, const char *name, mode_t mode)
{
	int fd;

	if (mkdirat(at, name, mode) != 0 && errno != EEXIST)
		return -1;
	fd = openat(at, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd >= 0 && faccessat(at, name, W_OK | X_OK, AT_EACCESS) != 0) {
		(void)close(fd); /* nothing was written */
		fd = -1;
	}
	return fd;
}

/* From another one nothing can be moved: each upload would be refused after it was taken. */
static bool
same_file_system(const struct depot *d)
{
	struct stat from, to;

	if (fstat(d->incoming, &from) != 0 || fstat(d->kept, &to) != 0)
		return false;
	errno = EXDEV;
	return from.st_dev == to.st_dev;
}

struct depot *
depot_open(const char *dir, const char **why_r)
{
	static char why[256];
	struct depot *d = calloc(1, sizeof(*d));
	int at = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	bool ok = false;

	if (d == NULL)
		abort(); /* as arenas do */
	d->incoming = d->kept = -1;
	if (at >= 0) {
		d->incoming = folder_open(at, "incoming", 0770);
		if (d->incoming >= 0)
			d->kept = folder_open(at, "kept", 0750);
		ok = d->kept >= 0 && same_file_system(d);
	}
	if (!ok) {
		(void)snprintf(why, sizeof(why), "%s: %s", dir, strerror(errno));
		*why_r = why;
		depot_free(&d);
	}
	if (at >= 0)
		(void)close(at); /* nothing was written */
	return d;
}

void
depot_free(struct depot **d)
{
	if (*d == NULL)
		return;
	if ((*d)->walk != NULL)
		(void)closedir((*d)->walk);
	if ((*d)->incoming >= 0)
		(void)close((*d)->incoming);
	if ((*d)->kept >= 0)
		(void)close((*d)->kept);
	free(*d);
	*d = NULL;
}

void
depot_beat(struct depot *d, _Atomic int64_t *beat_us)
{
	d->beat_us = beat_us;
}

bool
depot_room(const struct depot *d, int64_t bytes)
{
	struct statvfs v;

	if (fstatvfs(d->incoming, &v) != 0 || v.f_frsize == 0)
		return true; /* who writes will find out */
	return (uint64_t)bytes / v.f_frsize < v.f_bavail && v.f_bavail > 0;
}

const char *
depot_arrived(const char *path)
{
	const char *slash = strrchr(path, '/'), *name = slash == NULL ? path : slash + 1;
	size_t n = strlen(name);

	return n > 0 && n <= ARRIVED_MAX && strspn(name, "0123456789") == n ? name : NULL;
}

/* The exit status of the process that syncs is the errno. */
static int
sync_one(const struct depot *d, const char *arrived)
{
	int fd = openat(d->incoming, arrived, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);

	if (fd >= 0)
		return fsync(fd) == 0 ? 0 : errno;
	if (errno != EACCES)
		return errno;
	/* Another user's. Since Linux 5.8 this tells of failed writes, too. */
	return syncfs(d->incoming) == 0 ? 0 : errno;
}

/* True when it has ended. The beat goes on: who waits for a disk is not stuck. */
static bool
sync_wait(struct depot *d, int pidfd)
{
	struct pollfd p = {.fd = pidfd, .events = POLLIN};
	int64_t until = clock_mono_us() + SYNC_MAX_S * CLOCK_US_PER_S;

	while (poll(&p, 1, BEAT_MS) <= 0) {
		if (d->beat_us != NULL)
			atomic_store(d->beat_us, clock_mono_us());
		if (clock_mono_us() > until)
			return false;
	}
	return true;
}

/* Gigabytes take a disk many seconds, in which this process could not even say that it lives. */
static int
sync_beside(struct depot *d, const char *arrived)
{
	pid_t pid = fork();
	int pidfd, status = 0;

	if (pid < 0)
		return errno;
	if (pid == 0)
		_exit(sync_one(d, arrived) & 0xff);
	pidfd = (int)syscall(SYS_pidfd_open, pid, 0);
	if (pidfd >= 0 && !sync_wait(d, pidfd)) {
		(void)kill(pid, SIGKILL); /* it may be beyond that; init will have it */
		(void)close(pidfd);
		return ETIMEDOUT;
	}
	if (pidfd >= 0)
		(void)close(pidfd);
	if (waitpid(pid, &status, 0) != pid || !WIFEXITED(status))
		return EIO;
	return WEXITSTATUS(status);
}

bool
depot_sync(struct depot *d, const char *arrived, int64_t bytes)
{
	struct stat st;

	if (fstatat(d->incoming, arrived, &st, AT_SYMLINK_NOFOLLOW) != 0)
		return false;
	if (!S_ISREG(st.st_mode) || st.st_nlink != 1 || st.st_size != bytes) {
		errno = EINVAL;
		return false;
	}
	errno = sync_beside(d, arrived);
	return errno == 0;
}

void
depot_place(const char *kept, char place_r[DEPOT_PLACE_SIZE])
{
	(void)snprintf(place_r, DEPOT_PLACE_SIZE, "%.2s/%.36s", kept, kept);
}

/* The mode of the folder around it, whatever the umask: the web server has to pass. */
static bool
same_mode(const struct depot *d, int fd)
{
	struct stat outer, inner;

	if (fstat(d->kept, &outer) != 0 || fstat(fd, &inner) != 0)
		return false;
	return outer.st_mode == inner.st_mode || fchmod(fd, outer.st_mode & 07777) == 0;
}

static int
kept_folder(const struct depot *d, const char *kept)
{
	const char name[] = {kept[0], kept[1], '\0'};
	int fd = openat(d->kept, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (fd < 0 && errno == ENOENT) {
		if ((mkdirat(d->kept, name, 0700) != 0 && errno != EEXIST) || fsync(d->kept) != 0)
			return -1;
		fd = openat(d->kept, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	}
	if (fd >= 0 && !same_mode(d, fd)) {
		(void)close(fd); /* nothing was written */
		fd = -1;
	}
	return fd;
}

bool
depot_keep(struct depot *d, const char *arrived, const char *kept)
{
	int folder = kept_folder(d, kept), e;
	bool ok;

	if (folder < 0)
		return false;
	ok = renameat(d->incoming, arrived, folder, kept) == 0 && fsync(folder) == 0;
	e = errno;
	(void)close(folder); /* synced, or failed already */
	errno = e;
	return ok;
}

bool
depot_drop(struct depot *d, const char *kept)
{
	char place[DEPOT_PLACE_SIZE];

	depot_place(kept, place);
	return unlinkat(d->kept, place, 0) == 0 || errno == ENOENT;
}

/* Not the time of its last byte: moving a file is a change of it. */
static bool
is_old(int folder, const char *name, int64_t age_s)
{
	int64_t limit = clock_now_us() / CLOCK_US_PER_S - age_s;
	struct stat st;

	return fstatat(folder, name, &st, AT_SYMLINK_NOFOLLOW) == 0 && S_ISREG(st.st_mode) &&
	    st.st_mtime < limit && st.st_ctime < limit;
}

/* The next folder that there is; false after the last. */
static bool
walk_open(struct depot *d)
{
	char name[3];
	int fd;

	while (d->walk == NULL && d->folder < FOLDERS) {
		(void)snprintf(name, sizeof(name), "%02x", (unsigned)d->folder & 0xff);
		fd = openat(d->kept, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
		d->walk = fd < 0 ? NULL : fdopendir(fd);
		if (d->walk == NULL) {
			if (fd >= 0)
				(void)close(fd);
			d->folder++;
		}
	}
	return d->walk != NULL;
}

bool
depot_old(struct depot *d, int64_t age_s, char (*names_r)[DEPOT_NAME_SIZE], size_t max, size_t *n_r)
{
	const struct dirent *entry;

	*n_r = 0;
	for (int steps = 0; steps < STEPS_MAX && *n_r < max; steps++) {
		if (!walk_open(d)) {
			d->folder = 0;
			return false;
		}
		entry = readdir(d->walk);
		if (entry == NULL) {
			(void)closedir(d->walk);
			d->walk = NULL;
			d->folder++;
		} else if (str_uuid(entry->d_name) &&
		    is_old(dirfd(d->walk), entry->d_name, age_s)) {
			memcpy(names_r[(*n_r)++], entry->d_name, DEPOT_NAME_SIZE);
		}
	}
	return true;
}

size_t
depot_abandoned(struct depot *d, int64_t age_s)
{
	int fd = openat(d->incoming, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *walk = fd < 0 ? NULL : fdopendir(fd);
	const struct dirent *entry;
	size_t n = 0;

	if (walk == NULL) {
		if (fd >= 0)
			(void)close(fd);
		return 0;
	}
	for (int steps = 0; steps < STEPS_MAX && (entry = readdir(walk)) != NULL; steps++) {
		if (depot_arrived(entry->d_name) != NULL && is_old(fd, entry->d_name, age_s))
			n += unlinkat(fd, entry->d_name, 0) == 0;
	}
	(void)closedir(walk);
	return n;
}
