/*
 * link: what gateway and worker say to each other, over one Unix stream socket per worker.
 *
 * In proxy mode:
 *	LINK_CALL	to the worker	call `text` ("runtime module handler") with `body`
 *	LINK_ANSWER	to the gateway	the answer to call `id`: status, type (`text`), `body`
 * In zero-copy mode:
 *	LINK_CLIENT	to the worker	a client: its descriptor, the bytes already read
 *					(`body`), and until when its request must be whole
 *	LINK_CLOSED	to the gateway	one of those clients is gone
 *
 * A frame is a fixed header in the machine's own byte order (both ends are one program), then text,
 * then body. Any number of frames may be under way; sending never blocks: what the socket does not
 * take is kept and follows.
 *
 * A descriptor travels with the first byte of its frame. The kernel hands descriptors out in that
 * order too, and at latest with that byte, so the receiver queues them and each LINK_CLIENT frame
 * takes the next.
 */
#ifndef GATEWAY_LINK_H
#define GATEWAY_LINK_H

#include <stddef.h>
#include <stdint.h>

#include "buffer.h"
#include "loop.h"

#define LINK_FDS_MAX 16

enum link_kind { LINK_CALL = 1, LINK_ANSWER, LINK_CLIENT, LINK_CLOSED };

struct link_frame {
	enum link_kind kind;
	uint32_t id;
	int status;
	uint64_t deadline_ns;
	const char *text;
	size_t text_size;
	const char *body;
	size_t body_size;
	int fd; /* LINK_CLIENT only, else -1 */
};

struct link_parcel;

struct link {
	struct watch watch;
	struct loop *loop;
	struct buffer in;
	int fds[LINK_FDS_MAX]; /* received, not yet taken */
	size_t fd_count;
	struct link_parcel *first, *last; /* not yet sent */
};

/*
 * Takes the descriptor; `ready` is called when there is something to read (or the peer is gone).
 * 0 or a negative errno.
 */
int link_open(struct link *link, struct loop *loop, int fd,
	      void (*ready)(struct watch *, uint32_t));

/* Does nothing for a link that is not open. */
void link_close(struct link *link);

/*
 * Sends a frame, or keeps a copy of what the socket does not take now. On success the descriptor is
 * the link's. Returns a negative errno when the peer is gone; then nothing was taken.
 */
int link_send(struct link *link, const struct link_frame *frame);

/*
 * To be called first in `ready`: sends what was kept and reads once. Returns 0, or a negative
 * errno: the link is over.
 */
int link_exchange(struct link *link, uint32_t events);

/*
 * The next whole frame: 1, 0 if there is none, -EBADMSG if the peer talks nonsense. Its bytes are
 * good until the next link_exchange(); its descriptor is the caller's.
 */
int link_next(struct link *link, struct link_frame *ret_frame);

#endif
