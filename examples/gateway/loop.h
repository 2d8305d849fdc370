/*
 * loop: epoll, a clock that is read once per round, and a sweep.
 *
 * Each process of the gateway has one loop and one thread. A watch is embedded in what it watches;
 * removing one also drops its events of the round that is being handled, so its owner may be freed
 * at once.
 *
 * There are no timers: things with a deadline are looked through four times a second by `sweep`.
 * With some thousand connections that costs less than keeping an ordered structure up to date at
 * each request, and a timeout of seconds does not need more.
 */
#ifndef GATEWAY_LOOP_H
#define GATEWAY_LOOP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/epoll.h>

#define LOOP_ROUND_EVENTS 128
#define LOOP_SWEEP_NS 250000000ULL
#define NS_PER_S 1000000000ULL

#define container_of(pointer, type, member)                                                        \
	((type *)(void *)((char *)(pointer)-offsetof(type, member)))

struct watch {
	int fd;
	void (*ready)(struct watch *watch, uint32_t events);
};

struct loop {
	int epoll_fd;
	uint64_t now_ns; /* CLOCK_MONOTONIC, as of this round */
	uint64_t swept_ns;
	bool is_ending; /* set it to leave loop_run() after the round */
	struct epoll_event events[LOOP_ROUND_EVENTS];
	int event_next, event_count; /* what is left of the round */
	void (*sweep)(void *owner);
	void *owner;
};

/* Both return 0 or a negative errno. */
int loop_open(struct loop *loop, void (*sweep)(void *owner), void *owner);
int loop_run(struct loop *loop);
void loop_close(struct loop *loop);

/* `events` as for epoll_ctl(). Returns 0 or a negative errno (-ENOSPC, -ENOMEM). */
int loop_add(struct loop *loop, struct watch *watch, uint32_t events);
void loop_change(struct loop *loop, struct watch *watch, uint32_t events);

/*
 * The descriptor stays open and the caller's. Does nothing for a watch without descriptor (fd -1).
 */
void loop_remove(struct loop *loop, struct watch *watch);

#endif
