#include "load/arrivals.h"

#include "tap.h"
#include "util/clock.h"

static void test_shares(void)
{
	const uint64_t begin_ns = 5000 * (uint64_t)NS_PER_S;
	struct arrivals workers[3];
	uint64_t seen = 0, last = 0;
	bool right = true;

	for (uint32_t i = 0; i < 3; i++)
		arrivals_init_constant(&workers[i], begin_ns, 7000, i, 3, UINT64_MAX);
	for (uint64_t k = 0; k < 70000; k++) {
		struct arrivals *next = &workers[k % 3];

		right = right && next->next_k == k && next->next_ns >= last &&
			next->next_ns == begin_ns + k * 1000000 / 7;
		last = next->next_ns;
		seen += next->next_ns < begin_ns + 10 * (uint64_t)NS_PER_S;
		arrivals_advance(next);
	}
	ok(right, "three workers share a schedule: request k at k / rate, to the nanosecond");
	is_int(seen, 70000, "10 s at 7000/s are 70000");
}

static void test_precision(void)
{
	struct arrivals arrivals;
	uint64_t k = 86400ull * 100000 * 10; /* ten days at 100,000/s */

	arrivals_init_constant(&arrivals, 0, 100000, 0, 1, UINT64_MAX);
	arrivals.next_k = k - 1;
	arrivals_advance(&arrivals);
	is_int(arrivals.next_ns, k * 10000, "no drift in ten days");
	arrivals_init_constant(&arrivals, 1, 0.001, 0, 1, UINT64_MAX);
	is_int(arrivals.next_ns, 1, "the first is at the begin");
	arrivals_advance(&arrivals);
	is_int(arrivals.next_ns, 1 + 1000ull * NS_PER_S, "a request in 1000 s");
}

static void test_end(void)
{
	struct arrivals arrivals;

	arrivals_init_closed(&arrivals);
	ok(arrivals.next_ns == ARRIVALS_NEVER, "closed loop: nothing is due");
	arrivals_init_constant(&arrivals, 0, 1000, 1, 2, 4);
	is_int(arrivals.next_k, 1, "the second worker begins with the second");
	arrivals_advance(&arrivals);
	is_int(arrivals.next_ns, 3 * NS_PER_MS, "k = 3");
	arrivals_advance(&arrivals);
	ok(arrivals.next_ns == ARRIVALS_NEVER, "nothing at the end");
	arrivals_advance(&arrivals);
	ok(arrivals.next_ns == ARRIVALS_NEVER, "nor after it");
	arrivals_init_constant(&arrivals, 0, 1000, 3, 4, 2);
	ok(arrivals.next_ns == ARRIVALS_NEVER, "a worker without a share");
}

int main(void)
{
	test_shares();
	test_precision();
	test_end();
	return tap_done();
}
