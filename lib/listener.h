#ifndef LIB_LISTENER_H
#define LIB_LISTENER_H

/*
 * A listening UNIX socket: never open to more than its group (HT-14), never taken from a living
 * instance, and removed only by who made it. Only nginx's group may connect, since whoever can
 * speak FastCGI to us can say that it is anybody.
 */

#include <stdbool.h>
#include <sys/types.h>

struct listener {
	int fd; /* non-blocking, close-on-exec; -1: none */
	const char *path;
	dev_t device;
	ino_t inode;
};

/*
 * listener_open(l, path, backlog, group, why): bind ${path}, an absolute path that is borrowed, mode
 * 0660, owned by ${group} (NULL: ours), and listen. False with a sentence in ${why}: a living
 * instance has it, it is no socket, the path is too long, the group is unknown or not ours to give.
 */
bool listener_open(struct listener *, const char *path, int backlog, const char *group,
    const char **why_r) __attribute__((warn_unused_result));

/*
 * listener_end(l): nobody new: the path goes, connecting is refused from now on, in every
 * process that inherited it; what was connected already can still be accepted.
 */
void listener_end(struct listener *);

/* listener_close(l): end it and give the descriptor back. */
void listener_close(struct listener *);

#endif
