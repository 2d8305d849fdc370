#include "capture/process_clock.h"

#include <time.h>

static bool read_ns(pid_t pid, uint64_t *ret_ns)
{
	struct timespec time;
	clockid_t clock;

	if (clock_getcpuclockid(pid, &clock) != 0 || clock_gettime(clock, &time) < 0)
		return false;
	*ret_ns = (uint64_t)time.tv_sec * 1000000000 + (uint64_t)time.tv_nsec;
	return true;
}

void process_clocks_release(struct process_clocks *clocks)
{
	vec_release(&clocks->clocks);
}

void process_clocks_add(struct process_clocks *clocks, pid_t pid, bool is_new)
{
	struct process_clock clock = {.pid = pid};

	for (size_t i = 0; i < clocks->clocks.count; i++)
		if (clocks->clocks.items[i].pid == pid)
			return;
	if (is_new || read_ns(pid, &clock.seen_ns))
		vec_push(&clocks->clocks, clock);
}

uint64_t process_clocks_advance(struct process_clocks *clocks)
{
	uint64_t sum_ns = 0, now_ns;
	size_t kept = 0;

	for (size_t i = 0; i < clocks->clocks.count; i++) {
		struct process_clock clock = clocks->clocks.items[i];

		if (!read_ns(clock.pid, &now_ns))
			continue;
		/* less than before: the pid is somebody else's by now */
		sum_ns += now_ns > clock.seen_ns ? now_ns - clock.seen_ns : 0;
		clock.seen_ns = now_ns;
		clocks->clocks.items[kept++] = clock;
	}
	clocks->clocks.count = kept;
	return sum_ns;
}
