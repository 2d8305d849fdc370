#include "loop.h"

#include <errno.h>
#include <time.h>
#include <unistd.h>

static uint64_t clock_now_ns(void)
{
	struct timespec now;

	(void)clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * NS_PER_S + (uint64_t)now.tv_nsec;
}

int loop_open(struct loop *loop, void (*sweep)(void *owner), void *owner)
{
	*loop = (struct loop){.sweep = sweep, .owner = owner};
	loop->epoll_fd = epoll_create1(EPOLL_CLOEXEC);
	if (loop->epoll_fd < 0)
		return -errno;
	loop->now_ns = clock_now_ns();
	loop->swept_ns = loop->now_ns;
	return 0;
}

void loop_close(struct loop *loop)
{
	(void)close(loop->epoll_fd);
	loop->epoll_fd = -1;
}

int loop_add(struct loop *loop, struct watch *watch, uint32_t events)
{
	struct epoll_event event = {.events = events, .data.ptr = watch};

	return epoll_ctl(loop->epoll_fd, EPOLL_CTL_ADD, watch->fd, &event) < 0 ? -errno : 0;
}

void loop_change(struct loop *loop, struct watch *watch, uint32_t events)
{
	struct epoll_event event = {.events = events, .data.ptr = watch};

	(void)epoll_ctl(loop->epoll_fd, EPOLL_CTL_MOD, watch->fd, &event);
}

void loop_remove(struct loop *loop, struct watch *watch)
{
	if (watch->fd < 0)
		return;
	(void)epoll_ctl(loop->epoll_fd, EPOLL_CTL_DEL, watch->fd, NULL);
	for (int i = loop->event_next; i < loop->event_count; i++)
		if (loop->events[i].data.ptr == watch)
			loop->events[i].data.ptr = NULL;
}

int loop_run(struct loop *loop)
{
	while (!loop->is_ending) {
		int count = epoll_wait(loop->epoll_fd, loop->events, LOOP_ROUND_EVENTS,
				       (int)(LOOP_SWEEP_NS / 1000000));

		if (count < 0 && errno != EINTR)
			return -errno;
		loop->now_ns = clock_now_ns();
		loop->event_count = count > 0 ? count : 0;
		for (loop->event_next = 0; loop->event_next < loop->event_count;) {
			struct epoll_event *event = &loop->events[loop->event_next++];
			struct watch *watch = event->data.ptr;

			if (watch != NULL)
				watch->ready(watch, event->events);
		}
		if (loop->now_ns - loop->swept_ns >= LOOP_SWEEP_NS) {
			loop->swept_ns = loop->now_ns;
			loop->sweep(loop->owner);
		}
	}
	return 0;
}
