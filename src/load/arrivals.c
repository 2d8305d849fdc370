#include "load/arrivals.h"

#include "util/clock.h"

/*
 * From k itself, not by adding intervals: no rounding adds up. Exact to a nanosecond for the first
 * 52 days.
 */
static void set_next(struct arrivals *arrivals, uint64_t k)
{
	arrivals->next_k = k;
	if (k >= arrivals->end_k)
		arrivals->next_ns = ARRIVALS_NEVER;
	else
		arrivals->next_ns = arrivals->begin_ns +
				    (uint64_t)((double)k * (double)NS_PER_S / arrivals->rate_hz);
}

void arrivals_init_closed(struct arrivals *arrivals)
{
	*arrivals = (struct arrivals){.next_ns = ARRIVALS_NEVER};
}

void arrivals_init_constant(struct arrivals *arrivals, uint64_t begin_ns, double rate_hz,
			    uint32_t worker, uint32_t threads, uint64_t end_k)
{
	*arrivals = (struct arrivals){
		.begin_ns = begin_ns, .rate_hz = rate_hz, .end_k = end_k, .step = threads};
	set_next(arrivals, worker);
}

void arrivals_advance(struct arrivals *arrivals)
{
	set_next(arrivals, arrivals->next_k + arrivals->step);
}
