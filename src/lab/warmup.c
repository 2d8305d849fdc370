#include "lab/warmup.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "stats/steady.h"
#include "util/alloc.h"
#include "util/clock.h"
#include "util/fmt.h"

#define SLOT_NS (NS_PER_S / LOAD_SLOTS_PER_SECOND)

/* By tenth of a second: answers, and the mean logarithm of their times (NAN without answers). */
struct slots {
	double *answered, *latency;
	size_t count;
};

static void add_slots(struct slots *slots, const struct load_thread_second *second)
{
	size_t first = (size_t)second->second * LOAD_SLOTS_PER_SECOND;

	for (size_t i = 0; i < LOAD_SLOTS_PER_SECOND; i++) {
		slots->answered[first + i] += (double)second->slots[i].answered;
		slots->latency[first + i] += second->slots[i].log_sum;
	}
}

static void init_slots(struct slots *slots, const struct load_thread_second *seconds, size_t count)
{
	uint32_t last = 0, last_sent = 0;

	for (size_t i = 0; i < count; i++) {
		if (seconds[i].second > last)
			last = seconds[i].second;
		if (seconds[i].sent > 0 && seconds[i].second > last_sent)
			last_sent = seconds[i].second;
	}
	/*
	 * The last second in which something was sent is a whole one when others came after it
	 * (those of the drain, which says nothing here), else rarely.
	 */
	slots->count = ((size_t)last_sent + (last > last_sent)) * LOAD_SLOTS_PER_SECOND;
	slots->answered = alloc_array(slots->count + LOAD_SLOTS_PER_SECOND, sizeof(double));
	slots->latency = alloc_array(slots->count + LOAD_SLOTS_PER_SECOND, sizeof(double));
	for (size_t i = 0; i < count; i++)
		if (seconds[i].second <= last_sent)
			add_slots(slots, &seconds[i]);
	for (size_t i = 0; i < slots->count; i++)
		slots->latency[i] = slots->answered[i] > 0 ? slots->latency[i] / slots->answered[i]
							   : (double)NAN;
}

static uint32_t seconds_of(size_t cut)
{
	return (uint32_t)((cut + LOAD_SLOTS_PER_SECOND - 1) / LOAD_SLOTS_PER_SECOND);
}

static void say_cut(struct warmup *warmup, size_t rate_cut, size_t latency_cut, bool is_open_loop)
{
	char cut[FMT_BYTES], by_rate[FMT_BYTES], by_latency[FMT_BYTES];

	fmt_duration(cut, warmup->cut_seconds * (double)NS_PER_S);
	fmt_duration(by_rate, (double)(rate_cut * SLOT_NS));
	fmt_duration(by_latency, (double)(latency_cut * SLOT_NS));
	if (warmup->cut_seconds == 0)
		snprintf(warmup->text, sizeof(warmup->text),
			 "nothing was cut off: the load was steady from its begin (MSER-5)");
	else if (is_open_loop)
		snprintf(warmup->text, sizeof(warmup->text),
			 "the first %s were cut off (MSER-5: latency settled after %s)", cut,
			 by_latency);
	else
		snprintf(warmup->text, sizeof(warmup->text),
			 "the first %s were cut off (MSER-5: throughput settled after %s, latency "
			 "after %s)",
			 cut, by_rate, by_latency);
}

void warmup_find(struct warmup *ret_warmup, const struct load_thread_second *seconds, size_t count,
		 bool is_open_loop)
{
	struct slots slots;
	size_t rate_cut = 0, latency_cut = 0;
	enum steady_result rate = STEADY_REACHED, latency;
	char whole[FMT_BYTES];

	init_slots(&slots, seconds, count);
	if (!is_open_loop)
		rate = steady_find(slots.answered, slots.count, &rate_cut);
	latency = steady_find(slots.latency, slots.count, &latency_cut);
	*ret_warmup =
		(struct warmup){.is_steady = rate == STEADY_REACHED && latency == STEADY_REACHED};
	fmt_duration(whole, (double)(slots.count * (uint64_t)SLOT_NS));
	if (rate == STEADY_TOO_SHORT || latency == STEADY_TOO_SHORT) {
		snprintf(ret_warmup->text, sizeof(ret_warmup->text),
			 "%s are too short to find the end of a warm-up in; at least %d s", whole,
			 STEADY_MIN_BATCHES * STEADY_BATCH_SLOTS / LOAD_SLOTS_PER_SECOND);
	} else if (!ret_warmup->is_steady) {
		snprintf(ret_warmup->text, sizeof(ret_warmup->text),
			 "no steady state was reached in %s (MSER-5 on %s): all of it is shown",
			 whole, rate == STEADY_REACHED ? "latency" : "throughput");
	} else {
		ret_warmup->cut_seconds =
			seconds_of(rate_cut > latency_cut ? rate_cut : latency_cut);
		say_cut(ret_warmup, rate_cut, latency_cut, is_open_loop);
	}
	free(slots.answered);
	free(slots.latency);
}
