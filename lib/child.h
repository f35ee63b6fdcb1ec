#ifndef LIB_CHILD_H
#define LIB_CHILD_H

/* One child of the supervisor: forked, ready, told to leave, gone. No policy here. */

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

struct slots;
struct supervisor_child;
struct supervisor_pool;

struct child {
	pid_t pid; /* 0: this row is free */
	int pool;
	uint32_t generation;
	int ready_fd; /* readable when it is ready; -1: known or not to come */
	bool ready, ending, killed;
	int64_t born_us, ready_us;
	int64_t told_us, kill_us; /* of an ending one: last TERM, and when its time is up */
};

/* What a fork is made with. */
struct child_birth {
	const struct supervisor_pool *pool;
	void *cookie;
	struct slots *slots;
	int row;              /* of the slot */
	int pool_n;           /* index of the pool */
	int listen_fd;        /* -1: none */
	const int *close_fds; /* the parent's descriptors it must not keep */
	int close_n;
};

/*
 * child_start(c, birth, now_us): fork. The child dies with its parent, has every signal blocked that
 * the parent has, leaves no core file, and never returns. False when the kernel has no process or
 * descriptor left.
 */
bool child_start(struct child *, const struct child_birth *, int64_t now_us)
    __attribute__((warn_unused_result));

/* child_hear(c, now_us): take what the ready pipe says; true when it just became ready. */
bool child_hear(struct child *, int64_t now_us);

/* child_tell(c, now_us, drain_us): TERM; KILL is due after ${drain_us}, at once if it never got
 * ready. child_kill(c): KILL now. */
void child_tell(struct child *, int64_t now_us, int64_t drain_us);
void child_kill(struct child *);

/* child_clear(c): after it was reaped. */
void child_clear(struct child *);

/*
 * A table has as many rows as there are slots. child_next(table, c): the one that lives after ${c}, the
 * first after NULL; NULL after the last. child_free(table): a row without a child, or NULL.
 * child_count(table, pool, generation, ready): those that are not told to leave, only ready ones if
 * ${ready}.
 */
struct child *child_next(struct child *table, struct child *);
struct child *child_free(struct child *table);
int child_count(struct child *table, int pool, uint32_t generation, bool ready);

#endif
