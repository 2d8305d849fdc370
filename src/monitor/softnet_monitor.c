/*
 * Received packets at the CPUs, summed over all of them, whatever their namespace (kernel:
 * networking/scaling.rst): processed; dropped, because a CPU's backlog was full (loopback and
 * containers' veth go through it, and RPS); squeezed, the times that a CPU had to put off packets
 * because its share of time or packets was used up. Packets count again at each device on their
 * way.
 */
#include <stdlib.h>
#include <string.h>

#include "monitor/kept_file.h"
#include "monitor/monitor_ops.h"
#include "procfs/proc_softnet.h"

struct softnet_monitor {
	struct kept_file file;
	struct strbuf *missing;
	struct strbuf buffer;
	struct proc_softnet last, now;
	uint64_t last_ns; /* 0 = not read yet */
};

static void *start(struct monitor_context *context)
{
	struct softnet_monitor *monitor = alloc_new(struct softnet_monitor);

	kept_file_init(&monitor->file, &context->fs, "/proc/net/softnet_stat");
	monitor->missing = context->missing;
	strbuf_init(&monitor->buffer, 4 << 20);
	return monitor;
}

static const struct proc_softnet_cpu *find_cpu(const struct proc_softnet *softnet, size_t place,
					       uint32_t cpu)
{
	if (place < softnet->count && softnet->items[place].cpu == cpu)
		return &softnet->items[place];
	for (size_t i = 0; i < softnet->count; i++)
		if (softnet->items[i].cpu == cpu)
			return &softnet->items[i];
	return NULL;
}

/* Of 32 bits, which begin again at 0: a busy CPU's within the hour. */
static uint32_t get_growth(uint32_t before, uint32_t after)
{
	uint32_t growth = after - before;

	/* half of the range in an interval: it went back */
	return growth > UINT32_MAX / 2 ? 0 : growth;
}

/* CPUs that were not there last time count from this one on. */
static void add_points(const struct softnet_monitor *monitor, uint64_t elapsed_ns, uint64_t now_ns,
		       struct series_list *series)
{
	uint64_t processed = 0, dropped = 0, squeezed = 0;

	for (size_t i = 0; i < monitor->now.count; i++) {
		const struct proc_softnet_cpu *now = &monitor->now.items[i];
		const struct proc_softnet_cpu *last = find_cpu(&monitor->last, i, now->cpu);

		if (last == NULL)
			continue;
		processed += get_growth(last->processed, now->processed);
		dropped += get_growth(last->dropped, now->dropped);
		squeezed += get_growth(last->squeezed, now->squeezed);
	}
	series_list_add(series, "softnet.processed", "host", SERIES_PER_SECOND, now_ns,
			monitor_rate(0, processed, elapsed_ns));
	series_list_add(series, "softnet.dropped", "host", SERIES_PER_SECOND, now_ns,
			monitor_rate(0, dropped, elapsed_ns));
	series_list_add(series, "softnet.squeezed", "host", SERIES_PER_SECOND, now_ns,
			monitor_rate(0, squeezed, elapsed_ns));
}

static void sample(void *state, uint64_t now_ns, struct series_list *series)
{
	struct softnet_monitor *monitor = state;
	uint64_t elapsed_ns = monitor_growth(monitor->last_ns, now_ns);
	struct proc_softnet swap = monitor->last;
	int r = kept_file_read(&monitor->file, &monitor->buffer);

	if (r == 0)
		r = proc_softnet_parse(strbuf_text(&monitor->buffer), monitor->buffer.length,
				       &monitor->now);
	if (r < 0) {
		monitor_add_missing(monitor->missing, "softnet: %s cannot be read: %s",
				    monitor->file.path, strerror(-r));
		return;
	}
	if (monitor->last_ns > 0 && elapsed_ns > 0)
		add_points(monitor, elapsed_ns, now_ns, series);
	monitor->last = monitor->now;
	monitor->now = swap;
	monitor->last_ns = now_ns;
}

static void stop(void *state)
{
	struct softnet_monitor *monitor = state;

	kept_file_release(&monitor->file);
	vec_release(&monitor->last);
	vec_release(&monitor->now);
	strbuf_release(&monitor->buffer);
	free(monitor);
}

const struct monitor_ops softnet_monitor_ops = {.start = start, .sample = sample, .stop = stop};
