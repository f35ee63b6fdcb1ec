#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>

#include "lib/network.h"

enum { PREFIX_BYTES = 8 };

static bool
network_4(const struct in_addr *in, char text_r[NETWORK_SIZE])
{
	char ip[INET_ADDRSTRLEN];

	if (inet_ntop(AF_INET, in, ip, sizeof(ip)) == NULL)
		return false;
	return snprintf(text_r, NETWORK_SIZE, "%s/32", ip) < NETWORK_SIZE;
}

bool
network_of(const char *ip, char text_r[NETWORK_SIZE])
{
	struct in_addr in;
	struct in6_addr in6;
	char prefix[INET6_ADDRSTRLEN];

	*text_r = '\0';
	if (inet_pton(AF_INET, ip, &in) == 1)
		return network_4(&in, text_r);
	if (inet_pton(AF_INET6, ip, &in6) != 1)
		return false;
	if (IN6_IS_ADDR_V4MAPPED(&in6)) {
		memcpy(&in, in6.s6_addr + sizeof(in6) - sizeof(in), sizeof(in));
		return network_4(&in, text_r);
	}
	memset(in6.s6_addr + PREFIX_BYTES, 0, sizeof(in6) - PREFIX_BYTES);
	if (inet_ntop(AF_INET6, &in6, prefix, sizeof(prefix)) == NULL)
		return false;
	return snprintf(text_r, NETWORK_SIZE, "%s/64", prefix) < NETWORK_SIZE;
}
