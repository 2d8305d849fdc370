/*
 * The floor under an io_uring client's CPU per request: the job of floor_epoll through a ring,
 * without SQPOLL. Sends of one round of completions are batched into one io_uring_enter, unless -s.
 *
 *	floor_uring [-c CONNECTIONS] [-d SECONDS] [-m] [-t] [-f] [-s] PORT
 *
 * -m: multishot receive into a ring of provided buffers, instead of one receive per answer
 * -t: IORING_SETUP_SINGLE_ISSUER | DEFER_TASKRUN (else COOP_TASKRUN)
 * -f: registered files
 * -s: send(2) at once instead of a send through the ring
 */
#include <errno.h>
#include <liburing.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "floor.h"

enum { BUFFER_BYTES = 2048, BUFFER_COUNT = 1024, GROUP = 1, SEND_FLAG = 1 };

static bool is_multishot, is_deferred, has_files, is_direct;

struct uring {
	struct floor floor;
	struct io_uring ring;
	struct io_uring_buf_ring *buffers;
	char *memory; /* BUFFER_BYTES a provided buffer, or a connection */
};

static void take_option(int letter)
{
	is_multishot |= letter == 'm';
	is_deferred |= letter == 't';
	has_files |= letter == 'f';
	is_direct |= letter == 's';
}

static struct io_uring_sqe *next_sqe(struct uring *uring)
{
	struct io_uring_sqe *sqe = io_uring_get_sqe(&uring->ring);

	if (sqe == NULL) {
		io_uring_submit(&uring->ring);
		sqe = io_uring_get_sqe(&uring->ring);
	}
	return sqe;
}

static int file_of(const struct uring *uring, uint32_t i)
{
	return has_files ? (int)i : uring->floor.connections[i].fd;
}

static void add_recv(struct uring *uring, uint32_t i)
{
	struct io_uring_sqe *sqe = next_sqe(uring);

	if (is_multishot) {
		io_uring_prep_recv_multishot(sqe, file_of(uring, i), NULL, 0, 0);
		sqe->flags |= IOSQE_BUFFER_SELECT;
		sqe->buf_group = GROUP;
	} else {
		io_uring_prep_recv(sqe, file_of(uring, i), uring->memory + (size_t)i * BUFFER_BYTES,
				   BUFFER_BYTES, 0);
		sqe->ioprio |= IORING_RECVSEND_POLL_FIRST;
	}
	if (has_files)
		sqe->flags |= IOSQE_FIXED_FILE;
	io_uring_sqe_set_data64(sqe, (uint64_t)i << 1);
}

static void send_request(struct uring *uring, uint32_t i)
{
	struct floor *floor = &uring->floor;
	struct io_uring_sqe *sqe;

	floor->connections[i].sent_ns = floor_now();
	if (is_direct) {
		if (send(floor->connections[i].fd, floor->request, floor->request_length,
			 MSG_NOSIGNAL | MSG_DONTWAIT) < 0)
			floor_die("send");
		return;
	}
	sqe = next_sqe(uring);
	io_uring_prep_send(sqe, file_of(uring, i), floor->request, floor->request_length,
			   MSG_NOSIGNAL);
	sqe->flags |= IOSQE_CQE_SKIP_SUCCESS;
	if (has_files)
		sqe->flags |= IOSQE_FIXED_FILE;
	io_uring_sqe_set_data64(sqe, (uint64_t)i << 1 | SEND_FLAG);
}

static void give_back(struct uring *uring, uint32_t buffer)
{
	io_uring_buf_ring_add(uring->buffers, uring->memory + (size_t)buffer * BUFFER_BYTES,
			      BUFFER_BYTES, (unsigned short)buffer,
			      io_uring_buf_ring_mask(BUFFER_COUNT), 0);
	io_uring_buf_ring_advance(uring->buffers, 1);
}

static void take_completion(struct uring *uring, const struct io_uring_cqe *cqe)
{
	struct floor *floor = &uring->floor;
	uint32_t i = (uint32_t)(cqe->user_data >> 1);
	struct floor_connection *connection = &floor->connections[i];

	if (cqe->res <= 0) {
		errno = -cqe->res;
		floor_die((cqe->user_data & SEND_FLAG) != 0 ? "send" : "recv");
	}
	if ((cqe->flags & IORING_CQE_F_BUFFER) != 0)
		give_back(uring, cqe->flags >> IORING_CQE_BUFFER_SHIFT);
	connection->received += (uint32_t)cqe->res;
	if (connection->received >= floor->answer_length) {
		connection->received = 0;
		floor->latency_sum_ns += floor_now() - connection->sent_ns;
		floor->requests++;
		send_request(uring, i);
	}
	if ((cqe->flags & IORING_CQE_F_MORE) == 0)
		add_recv(uring, i);
}

static void make_buffers(struct uring *uring)
{
	uint32_t count = is_multishot ? BUFFER_COUNT : uring->floor.connection_count;
	struct io_uring_buf_reg reg = {.ring_entries = BUFFER_COUNT, .bgid = GROUP};
	void *ring = NULL;

	uring->memory = malloc((size_t)count * BUFFER_BYTES);
	if (uring->memory == NULL)
		floor_die("malloc");
	if (!is_multishot)
		return;
	if (posix_memalign(&ring, 4096, BUFFER_COUNT * sizeof(struct io_uring_buf)) != 0)
		floor_die("posix_memalign");
	uring->buffers = ring;
	io_uring_buf_ring_init(uring->buffers);
	reg.ring_addr = (uint64_t)(uintptr_t)ring;
	if (io_uring_register_buf_ring(&uring->ring, &reg, 0) != 0)
		floor_die("io_uring_register_buf_ring");
	for (uint32_t b = 0; b < BUFFER_COUNT; b++)
		give_back(uring, b);
}

static void open_ring(struct uring *uring)
{
	struct io_uring_params params = {.flags = IORING_SETUP_CQSIZE, .cq_entries = 4096};
	int *fds = calloc(uring->floor.connection_count, sizeof(*fds));

	params.flags |= is_deferred ? IORING_SETUP_SINGLE_ISSUER | IORING_SETUP_DEFER_TASKRUN
				    : IORING_SETUP_COOP_TASKRUN;
	errno = -io_uring_queue_init_params(1024, &uring->ring, &params);
	if (errno != 0 || fds == NULL)
		floor_die("io_uring_queue_init_params");
	io_uring_register_ring_fd(&uring->ring);
	for (uint32_t i = 0; i < uring->floor.connection_count; i++)
		fds[i] = uring->floor.connections[i].fd;
	if (has_files &&
	    io_uring_register_files(&uring->ring, fds, uring->floor.connection_count) != 0)
		floor_die("io_uring_register_files");
	free(fds);
	make_buffers(uring);
}

int main(int argc, char **argv)
{
	static struct uring uring;
	struct io_uring_cqe *cqes[128];
	char variant[128];

	floor_open(&uring.floor, argc, argv, "mtfs", take_option);
	floor_learn_answer(&uring.floor);
	open_ring(&uring);
	floor_begin(&uring.floor);
	for (uint32_t i = 0; i < uring.floor.connection_count; i++) {
		add_recv(&uring, i);
		send_request(&uring, i);
	}
	while (floor_now() < uring.floor.end_ns) {
		unsigned count;

		io_uring_submit_and_wait(&uring.ring, 1);
		count = io_uring_peek_batch_cqe(&uring.ring, cqes, 128);
		for (unsigned c = 0; c < count; c++)
			take_completion(&uring, cqes[c]);
		io_uring_cq_advance(&uring.ring, count);
	}
	snprintf(variant, sizeof(variant), "io_uring, %s receive%s%s%s",
		 is_multishot ? "multishot" : "single", is_deferred ? ", deferred task work" : "",
		 has_files ? ", registered files" : "",
		 is_direct ? ", send(2)" : ", batched sends");
	floor_report(&uring.floor, variant);
	io_uring_queue_exit(&uring.ring);
	free(uring.buffers);
	free(uring.memory);
	return 0;
}
