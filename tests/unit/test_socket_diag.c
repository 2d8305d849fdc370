/*
 * What the kernel says of TCP sockets: messages made by hand, whole and damaged; the filter, run as
 * the kernel runs it; and the kernel itself, over a listening socket of this test's own.
 */
#include "monitor/socket_diag.h"

#include <arpa/inet.h>
#include <errno.h>
#include <linux/inet_diag.h>
#include <linux/netlink.h>
#include <linux/sock_diag.h>
#include <linux/tcp.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include "tap.h"

enum { WAITING_COUNT = 5, BACKLOG = 16 };

/* --- decoding --- */

struct message {
	struct nlmsghdr head;
	struct inet_diag_msg body;
	struct nlattr other_head; /* an attribute that is not of use, of 5 bytes */
	uint8_t other[8];
	struct nlattr info_head;
	struct tcp_info info;
};

static struct message make_message(void)
{
	struct message message = {
		.head = {.nlmsg_len = sizeof(message), .nlmsg_type = SOCK_DIAG_BY_FAMILY},
		.body = {.idiag_family = AF_INET6,
			 .idiag_state = 1,
			 .id = {.idiag_sport = htons(8080),
				.idiag_dport = htons(40000),
				.idiag_cookie = {7, 1}},
			 .idiag_rqueue = 11,
			 .idiag_wqueue = 12,
			 .idiag_uid = 1000,
			 .idiag_inode = 4711},
		.other_head = {.nla_len = sizeof(struct nlattr) + 5, .nla_type = INET_DIAG_TOS},
		.info_head = {.nla_len = sizeof(struct nlattr) + sizeof(struct tcp_info),
			      .nla_type = INET_DIAG_INFO},
		.info = {.tcpi_rtt = 250,
			 .tcpi_total_retrans = 3,
			 .tcpi_unacked = 4,
			 .tcpi_notsent_bytes = 5000,
			 .tcpi_busy_time = 900,
			 .tcpi_rwnd_limited = 300,
			 .tcpi_sndbuf_limited = 200},
	};

	return message;
}

static void test_decoding(void)
{
	struct socket_entries entries = {0};
	struct message messages[2] = {make_message(), make_message()};
	const struct socket_entry *entry;
	size_t old_length = offsetof(struct message, info) + 104;

	messages[1].body.idiag_state = 10;
	/* a kernel before 4.9: its tcp_info ends before the times */
	messages[1].info_head.nla_len = sizeof(struct nlattr) + 104;
	messages[1].head.nlmsg_len = (uint32_t)old_length;
	is_int(socket_diag_decode(messages, sizeof(messages[0]) + old_length, 10, &entries), 1,
	       "two messages, more to come");
	is_int(entries.count, 2, "are two sockets");
	entry = &entries.items[0];
	ok(entry->family == AF_INET6 && !entry->is_listening && entry->local_port == 8080 &&
		   entry->remote_port == 40000,
	   "family, state and ports");
	ok(entry->receive_queue == 11 && entry->send_queue == 12 && entry->inode == 4711 &&
		   entry->uid == 1000 && entry->cookie == 0x100000007,
	   "queues, inode, user and cookie");
	ok(entry->has_info && entry->info.rtt_ns == 250000 && entry->info.retransmits == 3 &&
		   entry->info.unacked == 4 && entry->info.not_sent_bytes == 5000,
	   "tcp_info: of now");
	ok(entry->info.busy_ns == 900000 && entry->info.receive_limited_ns == 300000 &&
		   entry->info.send_limited_ns == 200000,
	   "tcp_info: times, in ns");
	ok(entries.items[1].is_listening && !entries.items[1].has_info,
	   "a listening one, with less of tcp_info than is needed");
	vec_clear(&entries);
	is_int(socket_diag_decode(messages, sizeof(messages), 1, &entries), 0,
	       "at the maximum it ends");
	is_int(entries.count, 1, "with the first");
	vec_release(&entries);
}

static void test_ends(void)
{
	struct socket_entries entries = {0};
	struct {
		struct nlmsghdr head;
		int32_t code;
	} end = {.head = {.nlmsg_len = sizeof(end), .nlmsg_type = NLMSG_DONE}};

	is_int(socket_diag_decode(&end, sizeof(end), 10, &entries), 0, "the end of a dump");
	end.head.nlmsg_type = NLMSG_ERROR;
	end.code = -ENOENT;
	is_int(socket_diag_decode(&end, sizeof(end), 10, &entries), -ENOENT, "the kernel's errno");
	end.code = 5;
	is_int(socket_diag_decode(&end, sizeof(end), 10, &entries), -EBADMSG, "which is none");
	end.head.nlmsg_len = sizeof(end.head);
	is_int(socket_diag_decode(&end, sizeof(end.head), 10, &entries), -EBADMSG,
	       "or is not there");
	end.head.nlmsg_type = 77;
	is_int(socket_diag_decode(&end, sizeof(end.head), 10, &entries), 1,
	       "a message of another kind is passed over");
	is_int(socket_diag_decode(&end, 0, 10, &entries), 1, "nothing at all");
	is_int(entries.count, 0, "none of them is a socket");
}

static void test_damaged(void)
{
	struct message whole = make_message(), bad;
	struct socket_entries entries = {0};
	size_t cut;

	for (cut = 1; cut < sizeof(whole); cut++)
		if (socket_diag_decode(&whole, cut, 10, &entries) != -EBADMSG)
			break;
	is_int(cut, sizeof(whole), "cut anywhere");
	bad = whole;
	bad.head.nlmsg_len = 4;
	is_int(socket_diag_decode(&bad, sizeof(bad), 10, &entries), -EBADMSG,
	       "a message shorter than its head");
	bad = whole;
	bad.head.nlmsg_len = sizeof(bad.head) + 8;
	is_int(socket_diag_decode(&bad, sizeof(bad), 10, &entries), -EBADMSG,
	       "a message too short for a socket");
	bad = whole;
	bad.other_head.nla_len = 0;
	is_int(socket_diag_decode(&bad, sizeof(bad), 10, &entries), -EBADMSG,
	       "an attribute without a length");
	bad = whole;
	bad.info_head.nla_len = 0xffff;
	is_int(socket_diag_decode(&bad, sizeof(bad), 10, &entries), -EBADMSG,
	       "an attribute longer than its message");
	is_int(entries.count, 0, "no socket comes of them");
	vec_release(&entries);
}

/* --- the filter --- */

/*
 * As net/ipv4/inet_diag.c runs a program: accepted when it ends exactly at its end. -1 = it refers
 * to what the kernel would not let pass.
 */
static int run_filter(const uint8_t *program, size_t length, uint16_t port)
{
	size_t at = 0;

	while (at < length) {
		struct inet_diag_bc_op op, value = {0};
		bool holds = false;

		memcpy(&op, program + at, sizeof(op));
		if (op.code != INET_DIAG_BC_JMP)
			memcpy(&value, program + at + sizeof(op), sizeof(value));
		if (op.code == INET_DIAG_BC_S_GE)
			holds = port >= value.no;
		else if (op.code == INET_DIAG_BC_S_LE)
			holds = port <= value.no;
		else if (op.code != INET_DIAG_BC_JMP)
			return -1;
		if (op.yes % 4 != 0 || op.no % 4 != 0 || op.no < 4 || at + op.yes > length ||
		    at + op.no > length + 4)
			return -1;
		at += holds ? op.yes : op.no;
	}
	return at == length;
}

static void test_filter(void)
{
	uint16_t numbers[SOCKET_DIAG_PORTS_MAX + 1];
	uint8_t program[SOCKET_DIAG_FILTER_BYTES];
	struct socket_ports ports = {.items = numbers};
	bool is_right = true;

	is_int(socket_diag_filter(&ports, program), 0, "filter: no ports, no program");
	for (uint16_t i = 0; i < SOCKET_DIAG_PORTS_MAX + 1; i++)
		numbers[i] = (uint16_t)(65535 - i * 1000);
	for (ports.count = 1; ports.count <= SOCKET_DIAG_PORTS_MAX; ports.count++) {
		size_t length = socket_diag_filter(&ports, program);

		for (uint32_t port = 1; port <= UINT16_MAX; port++) {
			bool is_in =
				(65535 - port) % 1000 == 0 && (65535 - port) / 1000 < ports.count;

			is_right &= run_filter(program, length, (uint16_t)port) == is_in;
		}
	}
	ok(is_right, "filter: lets through its ports and no other");
	ports.count = SOCKET_DIAG_PORTS_MAX + 1;
	is_int(socket_diag_filter(&ports, program), SOCKET_DIAG_FILTER_BYTES - 4,
	       "filter: more ports than there is room for");
}

/* --- the kernel --- */

struct listener {
	int fd;
	struct sockaddr_in address;
	int waiting[WAITING_COUNT];
};

static bool listen_here(struct listener *listener)
{
	socklen_t length = sizeof(listener->address);

	listener->address =
		(struct sockaddr_in){.sin_family = AF_INET, .sin_addr = {htonl(INADDR_LOOPBACK)}};
	listener->fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (listener->fd < 0 ||
	    bind(listener->fd, (struct sockaddr *)&listener->address, length) < 0 ||
	    listen(listener->fd, BACKLOG) < 0 ||
	    getsockname(listener->fd, (struct sockaddr *)&listener->address, &length) < 0)
		return false;
	for (int i = 0; i < WAITING_COUNT; i++) {
		listener->waiting[i] = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
		if (connect(listener->waiting[i], (struct sockaddr *)&listener->address, length) <
		    0)
			return false;
	}
	return true;
}

static const struct socket_entry *find_port(const struct socket_entries *entries, uint16_t port)
{
	for (size_t i = 0; i < entries->count; i++)
		if (entries->items[i].local_port == port)
			return &entries->items[i];
	return NULL;
}

static void test_kernel(void)
{
	struct socket_entries entries = {0};
	struct listener listener = {0};
	struct socket_ports ports = {0};
	struct socket_diag *diag = NULL;
	struct socket_query query = {.family = AF_INET, .is_listening = true, .max_count = 10000};
	const struct socket_entry *entry;
	struct err err = {0};
	uint16_t port;

	if (socket_diag_open(&diag, 0, &err) < 0 ||
	    socket_diag_list(diag, &query, &entries, &err) < 0) {
		printf("ok - # SKIP %s\n", err_text(&err));
		tap_count++;
		socket_diag_close(diag);
		return;
	}
	ok(listen_here(&listener), "kernel: a socket listens, and connections wait");
	port = ntohs(listener.address.sin_port);
	vec_clear(&entries);
	is_int(socket_diag_list(diag, &query, &entries, &err), 0, "kernel: listening sockets");
	entry = find_port(&entries, port);
	ok(entry != NULL && entry->is_listening, "kernel: ours is among them");
	is_int(entry != NULL ? entry->receive_queue : 0, WAITING_COUNT, "kernel: who waits");
	is_int(entry != NULL ? entry->send_queue : 0, BACKLOG, "kernel: and who may");

	vec_push(&ports, port);
	query = (struct socket_query){
		.family = AF_INET, .has_info = true, .ports = &ports, .max_count = 10000};
	vec_clear(&entries);
	is_int(socket_diag_list(diag, &query, &entries, &err), 0, "kernel: connections of a port");
	is_int(entries.count, WAITING_COUNT, "kernel: the server's ends alone");
	ok(entries.count > 0 && entries.items[0].has_info && entries.items[0].info.rtt_ns > 0 &&
		   entries.items[0].local_port == port,
	   "kernel: with tcp_info");
	query.max_count = 2;
	for (int i = 0; i < 2; i++) {
		vec_clear(&entries);
		is_int(socket_diag_list(diag, &query, &entries, &err), 0, "kernel: the first two");
		is_int(entries.count, 2, "kernel: and no more");
	}
	query.family = 200;
	ok(socket_diag_list(diag, &query, &entries, &err) < 0, "kernel: an unknown family");
	query = (struct socket_query){
		.family = AF_INET, .ports = &ports, .is_listening = true, .max_count = 10000};
	vec_clear(&entries);
	is_int(socket_diag_list(diag, &query, &entries, &err), 0, "kernel: it answers again");
	is_int(entries.count, 1, "kernel: the listening socket of the port");
	for (int i = 0; i < WAITING_COUNT; i++)
		close(listener.waiting[i]);
	close(listener.fd);
	vec_release(&ports);
	vec_release(&entries);
	socket_diag_close(diag);
}

static void test_no_namespace(void)
{
	struct socket_diag *diag = NULL;
	struct err err = {0};

	is_int(socket_diag_open(&diag, 0x3fffffff, &err), -ENOENT, "no such process");
	ok(strstr(err.text, "ns/net cannot be opened") != NULL && diag == NULL, "is said");
	socket_diag_close(NULL);
}

int main(void)
{
	test_decoding();
	test_ends();
	test_damaged();
	test_filter();
	test_kernel();
	test_no_namespace();
	return tap_done();
}
