#ifndef LIB_WATCH_H
#define LIB_WATCH_H

/* What a worker waits for, as one epoll set: signals, its database, the listener, connections. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct epoll_event;
struct pg;

enum watch_source { WATCH_SIGNAL, WATCH_PG, WATCH_LISTENER, WATCH_CONNECTION };

struct watch {
	int epoll;
	int pg_fd;      /* in the set; -1: none */
	bool listening; /* the listener is in the set */
};

bool watch_open(struct watch *) __attribute__((warn_unused_result));
void watch_close(struct watch *);

/* watch_add(w, fd, source, i): wake for ${fd} until it is closed; ${i} tells it from its like. */
bool
watch_add(struct watch *, int fd, enum watch_source, size_t i) __attribute__((warn_unused_result));

/*
 * watch_pg(w, pg): as ${pg}, which may be NULL, wants it now. libpq may close its descriptor and get
 * the same number again, which drops it from the set unseen: the wish is renewed each turn, and
 * right after whatever may have reconnected.
 */
void watch_pg(struct watch *, const struct pg *);

/*
 * watch_listener(w, fd, wanted): in the set only while somebody may come: it is level-triggered and
 * would wake us for nothing. One connection wakes one worker; who is put in last is woken last.
 */
void watch_listener(struct watch *, int fd, bool wanted);

/* The two halves of what epoll_wait() gives back. */
enum watch_source watch_source(const struct epoll_event *);
size_t watch_index(const struct epoll_event *);

#endif
