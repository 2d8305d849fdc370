/* What is decided before rings are opened. */
#include "capture/ring_set.h"

#include <errno.h>

#include "tap.h"

int main(void)
{
	struct ring_set set = {.epoll_fd = -1};
	static const int wanted[] = {0, 1, 2, 3, 5, 10, 11};
	unsigned wrong = 0;

	is_int(ring_set_parse_cpus(&set, "0-3,5,10-11\n"), 0, "a list of CPUs");
	is_int(set.cpus.count, 7, "how many");
	for (size_t i = 0; i < set.cpus.count && i < 7; i++)
		wrong += set.cpus.items[i].cpu != wanted[i] || set.cpus.items[i].fd != -1;
	is_int(wrong, 0, "which, without events");
	is_int(ring_set_parse_cpus(&set, "\n"), -EBADMSG, "none");
	is_int(ring_set_parse_cpus(&set, "x"), -EBADMSG, "nonsense");
	vec_clear(&set.cpus);
	is_int(ring_set_parse_cpus(&set, "0-4000000000"), 0, "too many to be true");
	ok(set.cpus.count <= 8192, "are cut");
	ring_set_close(&set);
	ring_set_close(&set);

	is_int(ring_set_choose_bytes(1000, 2), 512 << 10, "a trickle");
	is_int(ring_set_choose_bytes(600e3, 2), 2 << 20, "three seconds, rounded up");
	is_int(ring_set_choose_bytes(1e12, 2), 8 << 20, "a flood: as much as is sensible");
	is_int(ring_set_choose_bytes(1e12, 128), 2 << 20, "of many CPUs: 256 MB in all");
	is_int(ring_set_choose_bytes(1e12, 100000), 512 << 10, "and never below the usual");
	return tap_done();
}
