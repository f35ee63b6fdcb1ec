#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <linux/sock_diag.h>
#include <linux/unix_diag.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/backlog.h"

enum { ANSWER_BYTES = 512 };

struct question {
	struct nlmsghdr head;
	struct unix_diag_req req;
};

/* Netlink wants its messages so aligned. */
struct answer {
	_Alignas(struct nlmsghdr) char bytes[ANSWER_BYTES];
	size_t n;
};

uint64_t
backlog_socket(int fd)
{
	struct stat st;

	return fstat(fd, &st) == 0 ? (uint64_t)st.st_ino : 0;
}

static bool
ask(uint64_t inode, struct answer *a)
{
	const struct question q = {.head = {.nlmsg_len = sizeof(q),
				       .nlmsg_type = SOCK_DIAG_BY_FAMILY,
				       .nlmsg_flags = NLM_F_REQUEST},
	    .req = {.sdiag_family = AF_UNIX,
		.udiag_states = UINT32_MAX,
		.udiag_ino = (uint32_t)inode, /* sockfs counts no further */
		.udiag_show = UDIAG_SHOW_RQLEN,
		.udiag_cookie = {UINT32_MAX, UINT32_MAX}}};
	int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, NETLINK_SOCK_DIAG);
	ssize_t n = -1;

	if (fd < 0)
		return false;
	/* The answer is there when send() returns. */
	if (send(fd, &q, sizeof(q), 0) == (ssize_t)sizeof(q))
		n = recv(fd, a->bytes, sizeof(a->bytes), 0);
	(void)close(fd); /* nothing buffered */
	a->n = n < 0 ? 0 : (size_t)n;
	return n > 0;
}

/* The attributes stand behind the message's own struct, each aligned to four bytes. */
static bool
find_length(const struct answer *a, struct unix_diag_rqlen *length_r)
{
	struct nlmsghdr head;
	struct rtattr attr;
	size_t at = NLMSG_LENGTH(sizeof(struct unix_diag_msg));

	if (a->n < at)
		return false;
	memcpy(&head, a->bytes, sizeof(head));
	if (head.nlmsg_type != SOCK_DIAG_BY_FAMILY || head.nlmsg_len > a->n)
		return false;
	for (at = NLMSG_ALIGN(at); at + sizeof(attr) <= head.nlmsg_len;
	     at += RTA_ALIGN(attr.rta_len)) {
		memcpy(&attr, a->bytes + at, sizeof(attr));
		if (attr.rta_len < sizeof(attr) || attr.rta_len > head.nlmsg_len - at)
			return false;
		if (attr.rta_type != UNIX_DIAG_RQLEN)
			continue;
		if (attr.rta_len < RTA_LENGTH(sizeof(*length_r)))
			return false;
		memcpy(length_r, a->bytes + at + RTA_LENGTH(0), sizeof(*length_r));
		return true;
	}
	return false;
}

bool
backlog_read(uint64_t inode, int64_t *waiting_r, int64_t *limit_r)
{
	struct unix_diag_rqlen length;
	struct answer a;

	if (inode == 0 || !ask(inode, &a) || !find_length(&a, &length))
		return false;
	*waiting_r = length.udiag_rqueue;
	*limit_r = length.udiag_wqueue;
	return true;
}
