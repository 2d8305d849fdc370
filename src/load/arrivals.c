#include "load/arrivals.h"

#include <math.h>

#include "util/clock.h"

/*
 * From k itself, not by adding intervals: no rounding adds up. A constant rate is exact to a
 * nanosecond for the first 52 days.
 */
static uint64_t find_due(struct arrivals *arrivals, uint64_t k)
{
	const struct arrivals_plan *plan = arrivals->plan;
	double wanted = plan->is_poisson ? arrivals->drawn : (double)k;
	uint64_t offset_ns;

	if (k >= plan->end_k)
		return ARRIVALS_NEVER;
	if (plan->replay != NULL)
		return plan->begin_ns + plan->replay[k].offset_ns;
	offset_ns = course_find_integral(plan->course, wanted, &arrivals->hint);
	return offset_ns == COURSE_NEVER ? ARRIVALS_NEVER : plan->begin_ns + offset_ns;
}

/* Exponential with mean 1 by inversion; 1 - u is never 0. */
static void draw(struct arrivals *arrivals)
{
	if (!arrivals->plan->is_poisson)
		return;
	arrivals->drawn -= log(1 - rng_next_double(&arrivals->rng)) * arrivals->plan->threads;
}

void arrivals_init_closed(struct arrivals *arrivals)
{
	*arrivals = (struct arrivals){.next_ns = ARRIVALS_NEVER};
}

void arrivals_init(struct arrivals *arrivals, const struct arrivals_plan *plan, uint32_t worker)
{
	*arrivals = (struct arrivals){.plan = plan, .next_k = worker};
	rng_init(&arrivals->rng, plan->seed + worker);
	draw(arrivals);
	arrivals->next_ns = find_due(arrivals, worker);
}

void arrivals_advance(struct arrivals *arrivals)
{
	if (arrivals->next_ns == ARRIVALS_NEVER)
		return;
	arrivals->next_k += arrivals->plan->threads;
	draw(arrivals);
	arrivals->next_ns = find_due(arrivals, arrivals->next_k);
}

static uint64_t count_replayed(const struct arrivals_plan *plan, uint64_t from, uint64_t offset_ns)
{
	uint64_t low = from, high = plan->end_k;

	while (low < high) {
		uint64_t middle = low + (high - low) / 2;

		if (plan->replay[middle].offset_ns <= offset_ns)
			low = middle + 1;
		else
			high = middle;
	}
	return low - from;
}

uint64_t arrivals_count_due(const struct arrivals *arrivals, uint64_t now_ns)
{
	const struct arrivals_plan *plan = arrivals->plan;
	double due, taken;

	if (arrivals->next_ns > now_ns)
		return 0;
	if (plan->replay != NULL)
		return 1 + count_replayed(plan, arrivals->next_k + 1, now_ns - plan->begin_ns) /
				   plan->threads;
	due = course_get_integral(plan->course, now_ns - plan->begin_ns);
	taken = plan->is_poisson ? arrivals->drawn : (double)arrivals->next_k;
	if (due > (double)plan->end_k)
		due = (double)plan->end_k;
	return 1 + (due > taken ? (uint64_t)((due - taken) / plan->threads) : 0);
}
