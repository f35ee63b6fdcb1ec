#ifndef LIB_NETWORK_H
#define LIB_NETWORK_H

#include <stdbool.h>

/* Room for "ffff:ffff:ffff:ffff::/64" and NUL, and some. */
enum { NETWORK_SIZE = 48 };

/*
 * network_of(ip, text): what counts as one client: an IPv4 address, "192.0.2.1/32", also where it is
 * written as an IPv6 one; the /64 of an IPv6 address, since a single host may use all of it (RL-03).
 * One spelling each. False, and "", for what is no address: nginx may be reached over a socket.
 */
bool network_of(const char *ip, char text_r[NETWORK_SIZE]);

#endif
