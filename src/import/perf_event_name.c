#include "import/perf_event_name.h"

#include <inttypes.h>
#include <stddef.h>

static const char *const hardware[] = {
	"cycles",
	"instructions",
	"cache-references",
	"cache-misses",
	"branches",
	"branch-misses",
	"bus-cycles",
	"stalled-cycles-frontend",
	"stalled-cycles-backend",
	"ref-cycles",
};

static const char *const software[] = {
	"cpu-clock",	    "task-clock",   "page-faults",  "context-switches",
	"cpu-migrations",   "minor-faults", "major-faults", "alignment-faults",
	"emulation-faults", "dummy",	    "bpf-output",   "cgroup-switches",
};

static const char *const caches[] = {"L1-dcache", "L1-icache", "LLC", "dTLB",
				     "iTLB",	  "branch",    "node"};
static const char *const operations[] = {"load", "store", "prefetch"};

static const char *find(const char *const *names, size_t count, uint64_t index)
{
	return index < count ? names[index] : NULL;
}

#define FIND(names, index) find((names), sizeof(names) / sizeof((names)[0]), (index))

static const char *find_generic(const struct perf_event_attr *attr, struct arena *arena)
{
	const char *cache, *operation;

	switch (attr->type) {
	case PERF_TYPE_HARDWARE:
		/* the upper half says which kind of core */
		return FIND(hardware, attr->config & UINT32_MAX);
	case PERF_TYPE_SOFTWARE:
		return FIND(software, attr->config);
	case PERF_TYPE_HW_CACHE:
		cache = FIND(caches, attr->config & 0xff);
		operation = FIND(operations, attr->config >> 8 & 0xff);
		if (cache == NULL || operation == NULL)
			return NULL;
		return arena_printf(arena, "%s-%s%s", cache, operation,
				    (attr->config >> 16 & 0xff) == 1 ? "-misses" : "s");
	case PERF_TYPE_RAW:
		return arena_printf(arena, "r%" PRIx64, (uint64_t)attr->config);
	case PERF_TYPE_TRACEPOINT:
		return arena_printf(arena, "tracepoint-%" PRIu64, (uint64_t)attr->config);
	default:
		return NULL;
	}
}

const char *perf_event_name_format(const struct perf_event_attr *attr, struct arena *arena)
{
	const char *name = find_generic(attr, arena);

	return name != NULL ? name
			    : arena_printf(arena, "event-%" PRIu32 "-%" PRIx64, attr->type,
					   (uint64_t)attr->config);
}

bool perf_event_name_is_clock(const struct perf_event_attr *attr)
{
	return attr->type == PERF_TYPE_SOFTWARE && (attr->config == PERF_COUNT_SW_CPU_CLOCK ||
						    attr->config == PERF_COUNT_SW_TASK_CLOCK);
}
