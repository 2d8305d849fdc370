/* What is decided before rings are opened. */
#include "capture/ring_set.h"

#include "tap.h"

int main(void)
{
	struct ring_set set = {.epoll_fd = -1};

	ring_set_close(&set);
	ring_set_close(&set);

	is_int(ring_set_choose_bytes(1000, 2), 512 << 10, "a trickle");
	is_int(ring_set_choose_bytes(600e3, 2), 2 << 20, "three seconds, rounded up");
	is_int(ring_set_choose_bytes(1e12, 2), 8 << 20, "a flood: as much as is sensible");
	is_int(ring_set_choose_bytes(1e12, 128), 2 << 20, "of many CPUs: 256 MB in all");
	is_int(ring_set_choose_bytes(1e12, 100000), 512 << 10, "and never below the usual");
	return tap_done();
}
