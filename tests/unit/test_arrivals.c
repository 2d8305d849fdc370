#include "load/arrivals.h"

#include <math.h>

#include "tap.h"
#include "util/clock.h"

static struct course course;

static struct arrivals_plan make_plan(double rate_hz, uint64_t begin_ns, uint32_t threads,
				      uint64_t end_k)
{
	course_release(&course);
	course_init_constant(&course, rate_hz);
	return (struct arrivals_plan){
		.course = &course, .begin_ns = begin_ns, .end_k = end_k, .threads = threads};
}

static void test_shares(void)
{
	const uint64_t begin_ns = 5000 * (uint64_t)NS_PER_S;
	struct arrivals_plan plan = make_plan(7000, begin_ns, 3, UINT64_MAX);
	struct arrivals workers[3];
	uint64_t seen = 0, last = 0;
	bool right = true;

	for (uint32_t i = 0; i < 3; i++)
		arrivals_init(&workers[i], &plan, i);
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
	struct arrivals_plan plan = make_plan(100000, 0, 1, UINT64_MAX);
	struct arrivals arrivals;
	uint64_t k = 86400ull * 100000 * 10; /* ten days at 100,000/s */

	arrivals_init(&arrivals, &plan, 0);
	arrivals.next_k = k - 1;
	arrivals_advance(&arrivals);
	is_int(arrivals.next_ns, k * 10000, "no drift in ten days");
	plan = make_plan(0.001, 1, 1, UINT64_MAX);
	arrivals_init(&arrivals, &plan, 0);
	is_int(arrivals.next_ns, 1, "the first is at the begin");
	arrivals_advance(&arrivals);
	is_int(arrivals.next_ns, 1 + 1000ull * NS_PER_S, "a request in 1000 s");
}

static void test_end(void)
{
	struct arrivals_plan plan = make_plan(1000, 0, 2, 4);
	struct arrivals arrivals;

	arrivals_init_closed(&arrivals);
	ok(arrivals.next_ns == ARRIVALS_NEVER, "closed loop: nothing is due");
	arrivals_init(&arrivals, &plan, 1);
	is_int(arrivals.next_k, 1, "the second worker begins with the second");
	is_int(arrivals_count_due(&arrivals, 0), 0, "nothing is due yet");
	is_int(arrivals_count_due(&arrivals, NS_PER_S), 2, "two are due in the end");
	arrivals_advance(&arrivals);
	is_int(arrivals.next_ns, 3 * NS_PER_MS, "k = 3");
	arrivals_advance(&arrivals);
	ok(arrivals.next_ns == ARRIVALS_NEVER, "nothing at the end");
	arrivals_advance(&arrivals);
	ok(arrivals.next_ns == ARRIVALS_NEVER, "nor after it");
	plan = make_plan(1000, 0, 4, 2);
	arrivals_init(&arrivals, &plan, 3);
	ok(arrivals.next_ns == ARRIVALS_NEVER, "a worker without a share");
}

/* Gaps of a Poisson process are exponential: mean 1/rate, and e^-x of them longer than x means. */
static void test_poisson(void)
{
	struct arrivals_plan plan = make_plan(1000, 0, 2, UINT64_MAX);
	struct arrivals workers[2], again;
	uint64_t last_ns = 0, longer = 0, n = 200000;
	double sum = 0, squares = 0;
	bool same = true;

	plan.is_poisson = true;
	plan.seed = 7;
	arrivals_init(&workers[0], &plan, 0);
	arrivals_init(&workers[1], &plan, 1);
	arrivals_init(&again, &plan, 0);
	for (uint64_t i = 0; i < n; i++) {
		struct arrivals *next = &workers[workers[1].next_ns < workers[0].next_ns];
		double gap = (double)(next->next_ns - last_ns) / NS_PER_MS;

		sum += gap;
		squares += gap * gap;
		longer += gap > 2;
		last_ns = next->next_ns;
		if (next == &workers[0]) {
			same = same && again.next_ns == next->next_ns;
			arrivals_advance(&again);
		}
		arrivals_advance(next);
	}
	sum /= (double)n;
	ok(fabs(sum - 1) < 0.01, "Poisson arrivals of two workers: mean gap 1 ms at 1000/s");
	ok(fabs(squares / (double)n - 2) < 0.05, "  mean square 2");
	ok(fabs((double)longer / (double)n - exp(-2)) < 0.003, "  e^-2 of them longer than 2 ms");
	ok(same, "  the same seed draws the same");
}

static void test_replay(void)
{
	const struct load_replay_item items[] = {{5, 0}, {5, 1}, {9, 0}, {20, 2}};
	struct arrivals_plan plan = {.replay = items, .begin_ns = 100, .end_k = 4, .threads = 2};
	struct arrivals arrivals;

	arrivals_init(&arrivals, &plan, 1);
	is_int(arrivals.next_ns, 105, "a replay has its own times");
	is_int(arrivals_count_due(&arrivals, 119), 1, "one is due");
	is_int(arrivals_count_due(&arrivals, 120), 2, "two are due");
	arrivals_advance(&arrivals);
	is_int(arrivals.next_ns, 120, "the fourth is the second worker's second");
	arrivals_advance(&arrivals);
	ok(arrivals.next_ns == ARRIVALS_NEVER, "and its last");
}

int main(void)
{
	test_shares();
	test_precision();
	test_end();
	test_poisson();
	test_replay();
	course_release(&course);
	return tap_done();
}
