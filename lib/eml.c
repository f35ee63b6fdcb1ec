#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "lib/eml.h"

enum { NAME_SIZE = 256 };

static bool
write_all(int fd, const char *p, size_t n)
{
	while (n > 0) {
		ssize_t wrote = write(fd, p, n);

		if (wrote < 0 && errno == EINTR)
			continue;
		if (wrote <= 0)
			return false;
		p += wrote;
		n -= (size_t)wrote;
	}
	return fsync(fd) == 0;
}

static bool
write_file(int dir, const char *name, const void *data, size_t bytes)
{
	int fd = openat(dir, name, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600);
	bool good;

	if (fd < 0)
		return false;
	good = write_all(fd, data, bytes);
	return close(fd) == 0 && good;
}

bool
eml_write(const char *folder, const char *name, const void *data, size_t bytes, const char **why_r)
{
	char temporary[NAME_SIZE];
	int dir = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	bool good;

	assert((size_t)snprintf(temporary, sizeof(temporary), ".%s.new", name) < sizeof(temporary));
	good = dir >= 0 && write_file(dir, temporary, data, bytes) &&
	    renameat(dir, temporary, dir, name) == 0 && fsync(dir) == 0;
	if (!good)
		*why_r = strerror(errno);
	if (!good && dir >= 0)
		(void)unlinkat(dir, temporary, 0); /* it may not be there */
	if (dir >= 0)
		(void)close(dir); /* opened to name it */
	return good;
}
