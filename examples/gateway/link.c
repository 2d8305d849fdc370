#include "link.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

#include "function.h"
#include "http.h"

#define READ_BYTES 65536
#define KEEP_BYTES (4 * READ_BYTES)
#define TEXT_MAX_BYTES 1024
#define BODY_MAX_BYTES (1U << 20)

static_assert(HTTP_BODY_MAX_BYTES <= BODY_MAX_BYTES, "a request's body fits into a frame");
static_assert(FUNCTION_OUTPUT_MAX_BYTES <= BODY_MAX_BYTES, "a function's output fits into a frame");

struct link_header {
	uint64_t deadline_ns;
	uint32_t kind;
	uint32_t id;
	int32_t status;
	uint32_t text_size;
	uint32_t body_size;
	uint32_t reserved; /* no padding with unset bytes */
};

/* A frame, or the rest of one, that the socket did not take. */
struct link_parcel {
	struct link_parcel *next;
	int fd; /* to go with the first byte, or -1 */
	size_t size, sent;
	char bytes[];
};

int link_open(struct link *link, struct loop *loop, int fd, void (*ready)(struct watch *, uint32_t))
{
	*link = (struct link){.watch = {fd, ready}, .loop = loop};
	return loop_add(loop, &link->watch, EPOLLIN);
}

static void parcel_free(struct link_parcel *parcel)
{
	if (parcel->fd >= 0)
		(void)close(parcel->fd);
	free(parcel);
}

void link_close(struct link *link)
{
	struct link_parcel *next;

	if (link->loop == NULL)
		return;
	loop_remove(link->loop, &link->watch);
	(void)close(link->watch.fd);
	for (struct link_parcel *parcel = link->first; parcel != NULL; parcel = next) {
		next = parcel->next;
		parcel_free(parcel);
	}
	for (size_t i = 0; i < link->fd_count; i++)
		(void)close(link->fds[i]);
	buffer_release(&link->in);
	*link = (struct link){.watch = {.fd = -1}};
}

/*
 * sendmsg() with a descriptor if there is one. Returns the bytes taken, 0 if none are now, or a
 * negative errno.
 */
static ssize_t send_pieces(int socket_fd, struct iovec *pieces, size_t count, int fd)
{
	union {
		struct cmsghdr header;
		char bytes[CMSG_SPACE(sizeof(int))];
	} control = {.bytes = {0}};
	struct msghdr message = {.msg_iov = pieces, .msg_iovlen = count};
	ssize_t sent;

	if (fd >= 0) {
		message.msg_control = control.bytes;
		message.msg_controllen = sizeof(control.bytes);
		control.header.cmsg_level = SOL_SOCKET;
		control.header.cmsg_type = SCM_RIGHTS;
		control.header.cmsg_len = CMSG_LEN(sizeof(int));
		memcpy(CMSG_DATA(&control.header), &fd, sizeof(int));
	}
	do
		sent = sendmsg(socket_fd, &message, MSG_NOSIGNAL | MSG_DONTWAIT);
	while (sent < 0 && errno == EINTR);
	if (sent >= 0)
		return sent;
	/* ETOOMANYREFS: too many descriptors are under way; it passes as workers take them. */
	return errno == EAGAIN || errno == ETOOMANYREFS ? 0 : -errno;
}

/* Keeps what comes after the first `sent` bytes of the pieces. */
static void keep_rest(struct link *link, const struct iovec *pieces, size_t count, size_t sent,
		      int fd)
{
	struct link_parcel *parcel;
	size_t size = 0;

	for (size_t i = 0; i < count; i++)
		size += pieces[i].iov_len;
	parcel = buffer_zalloc(1, sizeof(*parcel) + size - sent);
	parcel->fd = fd;
	for (size_t i = 0; i < count; i++) {
		size_t skipped = sent < pieces[i].iov_len ? sent : pieces[i].iov_len;

		sent -= skipped;
		if (pieces[i].iov_len == skipped)
			continue;
		memcpy(parcel->bytes + parcel->size, (const char *)pieces[i].iov_base + skipped,
		       pieces[i].iov_len - skipped);
		parcel->size += pieces[i].iov_len - skipped;
	}
	if (link->first == NULL) {
		link->first = parcel;
		loop_change(link->loop, &link->watch, EPOLLIN | EPOLLOUT);
	} else {
		link->last->next = parcel;
	}
	link->last = parcel;
}

int link_send(struct link *link, const struct link_frame *frame)
{
	struct link_header header = {
		.deadline_ns = frame->deadline_ns,
		.kind = (uint32_t)frame->kind,
		.id = frame->id,
		.status = frame->status,
		.text_size = (uint32_t)frame->text_size,
		.body_size = (uint32_t)frame->body_size,
	};
	struct iovec pieces[] = {
		{&header, sizeof(header)},
		{buffer_unconst(frame->text), frame->text_size},
		{buffer_unconst(frame->body), frame->body_size},
	};
	size_t size = sizeof(header) + frame->text_size + frame->body_size;
	ssize_t sent = 0;
	int fd = frame->kind == LINK_CLIENT ? frame->fd : -1;

	if (link->first == NULL)
		sent = send_pieces(link->watch.fd, pieces, 3, fd);
	if (sent < 0)
		return (int)sent;
	if (sent > 0 && fd >= 0) {
		(void)close(fd); /* the copy in the socket is what counts from here on */
		fd = -1;
	}
	if ((size_t)sent < size)
		keep_rest(link, pieces, 3, (size_t)sent, fd);
	return 0;
}

static int send_kept(struct link *link)
{
	while (link->first != NULL) {
		struct link_parcel *parcel = link->first;
		struct iovec piece = {parcel->bytes + parcel->sent, parcel->size - parcel->sent};
		ssize_t sent = send_pieces(link->watch.fd, &piece, 1, parcel->fd);

		if (sent <= 0)
			return (int)sent;
		if (parcel->fd >= 0)
			(void)close(parcel->fd);
		parcel->fd = -1;
		parcel->sent += (size_t)sent;
		if (parcel->sent < parcel->size)
			continue;
		link->first = parcel->next;
		parcel_free(parcel);
	}
	link->last = NULL;
	loop_change(link->loop, &link->watch, EPOLLIN);
	return 0;
}

/*
 * Queues the descriptors that came with a message. More than fit, or cut off by the kernel, is
 * -EBADMSG.
 */
static int take_fds(struct link *link, struct msghdr *message)
{
	int status = (message->msg_flags & MSG_CTRUNC) != 0 ? -EBADMSG : 0;

	for (struct cmsghdr *control = CMSG_FIRSTHDR(message); control != NULL;
	     control = CMSG_NXTHDR(message, control)) {
		size_t count;

		if (control->cmsg_level != SOL_SOCKET || control->cmsg_type != SCM_RIGHTS)
			continue;
		count = (control->cmsg_len - CMSG_LEN(0)) / sizeof(int);
		for (size_t i = 0; i < count; i++) {
			int fd;

			memcpy(&fd, CMSG_DATA(control) + i * sizeof(int), sizeof(int));
			if (link->fd_count < LINK_FDS_MAX) {
				link->fds[link->fd_count++] = fd;
			} else {
				(void)close(fd);
				status = -EBADMSG;
			}
		}
	}
	return status;
}

int link_exchange(struct link *link, uint32_t events)
{
	union {
		struct cmsghdr header;
		char bytes[CMSG_SPACE(sizeof(int) * LINK_FDS_MAX)];
	} control;
	struct iovec piece;
	struct msghdr message = {.msg_iov = &piece,
				 .msg_iovlen = 1,
				 .msg_control = control.bytes,
				 .msg_controllen = sizeof(control.bytes)};
	ssize_t size;

	if ((events & EPOLLOUT) != 0 && link->first != NULL) {
		int status = send_kept(link);

		/* A peer that is gone may have left answers to read: only their end is the end. */
		if (status < 0 && (events & EPOLLIN) == 0)
			return status;
	}
	if ((events & ~(uint32_t)EPOLLOUT) == 0)
		return 0;
	buffer_trim(&link->in, KEEP_BYTES);
	piece.iov_base = buffer_reserve(&link->in, READ_BYTES);
	piece.iov_len = buffer_room(&link->in);
	size = recvmsg(link->watch.fd, &message, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);
	if (size == 0)
		return -ECONNRESET;
	if (size < 0)
		return errno == EAGAIN || errno == EINTR ? 0 : -errno;
	buffer_commit(&link->in, (size_t)size);
	return take_fds(link, &message);
}

int link_next(struct link *link, struct link_frame *ret_frame)
{
	struct link_header header;
	size_t size;

	if (link->in.size < sizeof(header))
		return 0;
	memcpy(&header, buffer_bytes(&link->in), sizeof(header));
	if (header.kind < LINK_CALL || header.kind > LINK_CLOSED ||
	    header.text_size > TEXT_MAX_BYTES || header.body_size > BODY_MAX_BYTES)
		return -EBADMSG;
	size = sizeof(header) + header.text_size + header.body_size;
	if (link->in.size < size)
		return 0;
	if (header.kind == LINK_CLIENT && link->fd_count == 0)
		return -EBADMSG;
	*ret_frame = (struct link_frame){
		.kind = (enum link_kind)header.kind,
		.id = header.id,
		.status = header.status,
		.deadline_ns = header.deadline_ns,
		.text = buffer_bytes(&link->in) + sizeof(header),
		.text_size = header.text_size,
		.body = buffer_bytes(&link->in) + sizeof(header) + header.text_size,
		.body_size = header.body_size,
		.fd = -1,
	};
	if (header.kind == LINK_CLIENT) {
		ret_frame->fd = link->fds[0];
		link->fd_count--;
		memmove(link->fds, link->fds + 1, link->fd_count * sizeof(int));
	}
	buffer_consume(&link->in, size);
	return 1;
}
