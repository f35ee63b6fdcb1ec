#ifndef LIB_BACKLOG_H
#define LIB_BACKLOG_H

/*
 * How many connections wait in a listening UNIX socket. Only the kernel knows, and it tells anybody of the
 * same network namespace, also who does not have the socket (sock_diag(7)).
 */

#include <stdbool.h>
#include <stdint.h>

/* backlog_socket(fd): what the kernel calls this socket; 0 where it will not say. */
uint64_t backlog_socket(int fd);

/* backlog_read(socket, waiting, limit): false where the kernel will not say, or there is no such socket. */
bool backlog_read(uint64_t socket, int64_t *waiting_r, int64_t *limit_r)
    __attribute__((warn_unused_result));

#endif
