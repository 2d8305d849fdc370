#include "monitor/socket_diag.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/inet_diag.h>
#include <linux/netlink.h>
#include <linux/sock_diag.h>
#include <linux/tcp.h>
#include <netinet/in.h>
#include <pthread.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include "util/clock.h"
#include "util/fd.h"

/* enum of the kernel's net/tcp_states.h, which is in no header for programs without libc's clash */
enum { STATE_ESTABLISHED = 1, STATE_LISTEN = 10 };
enum { ANSWER_BYTES = 64 << 10, ANSWER_TIMEOUT_S = 1 };

struct socket_diag {
	int fd;
	int home_fd; /* /proc/PID/ns/net of the namespace; -1 = our own */
	uint32_t sequence;
	uint8_t answer[ANSWER_BYTES];
};

/* --- decoding --- */

/* Copies a struct of `size` that may be shorter, from an older kernel, or longer; the rest is 0. */
static void copy_struct(void *to, size_t size, const uint8_t *bytes, size_t length)
{
	memset(to, 0, size);
	memcpy(to, bytes, length < size ? length : size);
}

static void decode_info(const uint8_t *bytes, size_t length, struct socket_entry *entry)
{
	struct tcp_info info;

	if (length < offsetof(struct tcp_info, tcpi_sndbuf_limited) + sizeof(uint64_t))
		return;
	copy_struct(&info, sizeof(info), bytes, length);
	entry->has_info = true;
	entry->info = (struct socket_info){
		.busy_ns = info.tcpi_busy_time * NS_PER_US,
		.receive_limited_ns = info.tcpi_rwnd_limited * NS_PER_US,
		.send_limited_ns = info.tcpi_sndbuf_limited * NS_PER_US,
		.retransmits = info.tcpi_total_retrans,
		.rtt_ns = info.tcpi_rtt * (uint64_t)NS_PER_US,
		.unacked = info.tcpi_unacked,
		.not_sent_bytes = info.tcpi_notsent_bytes,
	};
}

static bool decode_attributes(const uint8_t *bytes, size_t length, struct socket_entry *entry)
{
	while (length >= sizeof(struct nlattr)) {
		struct nlattr head;
		size_t padded;

		memcpy(&head, bytes, sizeof(head));
		if (head.nla_len < sizeof(head) || head.nla_len > length)
			return false;
		if (head.nla_type == INET_DIAG_INFO)
			decode_info(bytes + sizeof(head), head.nla_len - sizeof(head), entry);
		padded = NLA_ALIGN(head.nla_len);
		if (padded >= length)
			return true;
		bytes += padded;
		length -= padded;
	}
	return true;
}

static bool decode_entry(const uint8_t *bytes, size_t length, struct socket_entry *ret_entry)
{
	struct inet_diag_msg message;

	if (length < sizeof(message))
		return false;
	memcpy(&message, bytes, sizeof(message));
	*ret_entry = (struct socket_entry){
		.family = message.idiag_family,
		.is_listening = message.idiag_state == STATE_LISTEN,
		.local_port = ntohs(message.id.idiag_sport),
		.remote_port = ntohs(message.id.idiag_dport),
		.uid = message.idiag_uid,
		.receive_queue = message.idiag_rqueue,
		.send_queue = message.idiag_wqueue,
		.inode = message.idiag_inode,
		.cookie = (uint64_t)message.id.idiag_cookie[1] << 32 | message.id.idiag_cookie[0],
	};
	return decode_attributes(bytes + sizeof(message), length - sizeof(message), ret_entry);
}

/* An error message: a negative errno, 0 for "done as asked". */
static int decode_error(const uint8_t *bytes, size_t length)
{
	int32_t code;

	if (length < sizeof(code))
		return -EBADMSG;
	memcpy(&code, bytes, sizeof(code));
	return code > 0 || code < -4095 ? -EBADMSG : (int)code;
}

int socket_diag_decode(const void *answer, size_t length, size_t max_count,
		       struct socket_entries *entries)
{
	const uint8_t *bytes = answer;

	while (length >= sizeof(struct nlmsghdr)) {
		struct nlmsghdr head;
		struct socket_entry entry;
		size_t padded;

		memcpy(&head, bytes, sizeof(head));
		if (head.nlmsg_len < sizeof(head) || head.nlmsg_len > length)
			return -EBADMSG;
		if (head.nlmsg_type == NLMSG_DONE)
			return 0;
		if (head.nlmsg_type == NLMSG_ERROR)
			return decode_error(bytes + sizeof(head), head.nlmsg_len - sizeof(head));
		if (head.nlmsg_type == SOCK_DIAG_BY_FAMILY) {
			if (entries->count >= max_count)
				return 0;
			if (!decode_entry(bytes + sizeof(head), head.nlmsg_len - sizeof(head),
					  &entry))
				return -EBADMSG;
			vec_push(entries, entry);
		}
		padded = NLMSG_ALIGN((size_t)head.nlmsg_len);
		if (padded >= length)
			return 1;
		bytes += padded;
		length -= padded;
	}
	return length == 0 ? 1 : -EBADMSG;
}

/* --- the filter --- */

/*
 * Per port: "own port >= p", "own port <= p" (8 bytes each, the port in the second half), and when
 * both hold, but for the last port, a jump of 4 bytes over all that follows. Where one does not
 * hold it goes to the next port; behind the last that is 4 bytes beyond the end, which refuses.
 */
size_t socket_diag_filter(const struct socket_ports *ports,
			  uint8_t ret_program[static SOCKET_DIAG_FILTER_BYTES])
{
	enum { PORT_BYTES = 20, LAST_BYTES = 16 };
	size_t count = ports->count < SOCKET_DIAG_PORTS_MAX ? ports->count : SOCKET_DIAG_PORTS_MAX;
	size_t total = count > 0 ? count * PORT_BYTES - (PORT_BYTES - LAST_BYTES) : 0;

	for (size_t i = 0; i < count; i++) {
		uint16_t port = ports->items[i];
		struct inet_diag_bc_op program[] = {
			{INET_DIAG_BC_S_GE, 8, 20},
			{0, 0, port},
			{INET_DIAG_BC_S_LE, 8, 12},
			{0, 0, port},
			{INET_DIAG_BC_JMP, 4, (uint16_t)(total - i * PORT_BYTES - LAST_BYTES)},
		};

		memcpy(ret_program + i * PORT_BYTES, program,
		       i + 1 < count ? PORT_BYTES : LAST_BYTES);
	}
	return total;
}

/* --- the socket --- */

static int open_socket(void)
{
	struct timeval timeout = {.tv_sec = ANSWER_TIMEOUT_S};
	int fd = socket(AF_NETLINK, SOCK_DGRAM | SOCK_CLOEXEC, NETLINK_SOCK_DIAG);

	if (fd < 0)
		return -errno;
	setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &timeout, sizeof(timeout));
	return fd;
}

/* A thread of its own: who has entered a namespace may not be able to go back. */
static void *open_inside(void *data)
{
	int *fd = data;

	*fd = setns(*fd, CLONE_NEWNET) < 0 ? -errno : open_socket();
	return NULL;
}

static int open_there(int home_fd)
{
	pthread_t thread;
	int fd = home_fd, r;

	if (home_fd < 0)
		return open_socket();
	r = pthread_create(&thread, NULL, open_inside, &fd);
	if (r != 0)
		return -r;
	pthread_join(thread, NULL);
	return fd;
}

int socket_diag_open(struct socket_diag **ret_diag, pid_t pid, struct err *err)
{
	struct socket_diag *diag;
	int home_fd = -1, fd;

	if (pid > 0) {
		char path[48];

		snprintf(path, sizeof(path), "/proc/%d/ns/net", (int)pid);
		home_fd = open(path, O_RDONLY | O_CLOEXEC);
		if (home_fd < 0)
			return err_set(err, -errno, "%s cannot be opened: %s", path,
				       strerror(errno));
	}
	fd = open_there(home_fd);
	if (fd < 0) {
		fd_cleanup(&home_fd);
		return err_set(err, fd, "the kernel's socket tables cannot be asked: %s",
			       strerror(-fd));
	}
	diag = alloc_new(struct socket_diag);
	diag->fd = fd;
	diag->home_fd = home_fd;
	*ret_diag = diag;
	return 0;
}

void socket_diag_close(struct socket_diag *diag)
{
	if (diag == NULL)
		return;
	fd_cleanup(&diag->fd);
	fd_cleanup(&diag->home_fd);
	free(diag);
}

static int send_query(struct socket_diag *diag, const struct socket_query *query)
{
	struct {
		struct nlmsghdr head;
		struct inet_diag_req_v2 request;
		struct nlattr filter_head;
		uint8_t filter[SOCKET_DIAG_FILTER_BYTES];
	} message = {
		.head = {.nlmsg_len = sizeof(message.head) + sizeof(message.request),
			 .nlmsg_type = SOCK_DIAG_BY_FAMILY,
			 .nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP,
			 .nlmsg_seq = ++diag->sequence},
		.request = {.sdiag_family = query->family,
			    .sdiag_protocol = IPPROTO_TCP,
			    .idiag_ext = query->has_info ? 1 << (INET_DIAG_INFO - 1) : 0,
			    .idiag_states =
				    1u << (query->is_listening ? STATE_LISTEN : STATE_ESTABLISHED)},
	};
	size_t filter_length =
		query->ports != NULL ? socket_diag_filter(query->ports, message.filter) : 0;

	if (filter_length > 0) {
		message.filter_head.nla_type = INET_DIAG_REQ_BYTECODE;
		message.filter_head.nla_len =
			(uint16_t)(sizeof(message.filter_head) + filter_length);
		message.head.nlmsg_len += message.filter_head.nla_len;
	}
	return send(diag->fd, &message, message.head.nlmsg_len, 0) < 0 ? -errno : 0;
}

/* 1 when more is to come, as socket_diag_decode(). */
static int receive(struct socket_diag *diag, size_t max_count, struct socket_entries *entries)
{
	ssize_t got;

	do {
		got = recv(diag->fd, diag->answer, sizeof(diag->answer), MSG_TRUNC);
	} while (got < 0 && errno == EINTR);
	if (got < 0)
		return errno == EAGAIN ? -ETIMEDOUT : -errno;
	if ((size_t)got > sizeof(diag->answer))
		return -EMSGSIZE;
	return socket_diag_decode(diag->answer, (size_t)got, max_count, entries);
}

/* What is left of a dump that ended early would answer the next question. */
static int start_over(struct socket_diag *diag)
{
	int fd = open_there(diag->home_fd);

	if (fd < 0)
		return fd;
	fd_cleanup(&diag->fd);
	diag->fd = fd;
	return 0;
}

int socket_diag_list(struct socket_diag *diag, const struct socket_query *query,
		     struct socket_entries *entries, struct err *err)
{
	int more = send_query(diag, query);

	if (more == 0)
		more = 1;
	while (more > 0)
		more = receive(diag, query->max_count, entries);
	if (more < 0 || entries->count >= query->max_count) {
		int r = start_over(diag);

		if (more == 0)
			more = r;
	}
	return more == 0 ? 0
			 : err_set(err, more, "the kernel's socket tables cannot be read: %s",
				   strerror(-more));
}
