#include "view/counter_ratios.h"

#include <math.h>
#include <string.h>
#include <strings.h>

#define LENGTH(array) (sizeof(array) / sizeof((array)[0]))

enum base { BASE_ELAPSED, BASE_CLOCK, BASE_COUNTER };

struct rule {
	const char *counter;
	enum base base;
	const char *divisor; /* of BASE_COUNTER */
	const char *key, *text;
	enum counter_ratio_unit unit;
};

static const struct rule rules[] = {
	{"task-clock", BASE_ELAPSED, NULL, "cpus_utilized", "CPUs utilized", COUNTER_RATIO_PLAIN},
	{"cpu-clock", BASE_ELAPSED, NULL, "cpus_utilized", "CPUs utilized", COUNTER_RATIO_PLAIN},
	{"cycles", BASE_CLOCK, NULL, "cycles_hz", "GHz", COUNTER_RATIO_HZ},
	{"instructions", BASE_COUNTER, "cycles", "ipc", "insn per cycle", COUNTER_RATIO_PLAIN},
	{"stalled-cycles-frontend", BASE_COUNTER, "cycles", "frontend_stall_ratio",
	 "frontend cycles idle", COUNTER_RATIO_SHARE},
	{"stalled-cycles-backend", BASE_COUNTER, "cycles", "backend_stall_ratio",
	 "backend cycles idle", COUNTER_RATIO_SHARE},
	{"branch-misses", BASE_COUNTER, "branches", "branch_miss_ratio", "of all branches",
	 COUNTER_RATIO_SHARE},
	{"cache-misses", BASE_COUNTER, "cache-references", "cache_miss_ratio", "of all cache refs",
	 COUNTER_RATIO_SHARE},
	{"L1-dcache-load-misses", BASE_COUNTER, "L1-dcache-loads", "l1_dcache_load_miss_ratio",
	 "of all L1-dcache loads", COUNTER_RATIO_SHARE},
	{"L1-icache-load-misses", BASE_COUNTER, "L1-icache-loads", "l1_icache_load_miss_ratio",
	 "of all L1-icache loads", COUNTER_RATIO_SHARE},
	{"LLC-load-misses", BASE_COUNTER, "LLC-loads", "llc_load_miss_ratio", "of all LLC loads",
	 COUNTER_RATIO_SHARE},
	{"dTLB-load-misses", BASE_COUNTER, "dTLB-loads", "dtlb_load_miss_ratio",
	 "of all dTLB loads", COUNTER_RATIO_SHARE},
	{"iTLB-load-misses", BASE_COUNTER, "iTLB-loads", "itlb_load_miss_ratio",
	 "of all iTLB loads", COUNTER_RATIO_SHARE},
};

/* The kernel's general events have two names each. */
static const struct {
	const char *alias, *name;
} aliases[] = {
	{"cpu-cycles", "cycles"},
	{"branch-instructions", "branches"},
	{"idle-cycles-frontend", "stalled-cycles-frontend"},
	{"idle-cycles-backend", "stalled-cycles-backend"},
};

static bool is_name(const char *text, size_t length, const char *name)
{
	return strlen(name) == length && strncasecmp(text, name, length) == 0;
}

/* Whether the counter counts the event `name`, whatever its modifiers. */
static bool is_of_event(const struct counter *counter, const char *name)
{
	size_t length = strcspn(counter->name, ":");

	for (size_t i = 0; i < LENGTH(aliases); i++)
		if (strcmp(aliases[i].name, name) == 0 &&
		    is_name(counter->name, length, aliases[i].alias))
			return true;
	return is_name(counter->name, length, name);
}

/* The counter of `name` with these modifiers (NULL = whatever they are) that was counted. */
static const struct counter *find(const struct counters *counters, const char *name,
				  const char *modifiers)
{
	for (size_t i = 0; i < counters->count; i++) {
		const struct counter *counter = &counters->items[i];
		const char *colon = strchr(counter->name, ':');

		if (counter->state == COUNTER_COUNTED && is_of_event(counter, name) &&
		    (modifiers == NULL || strcmp(colon != NULL ? colon : "", modifiers) == 0))
			return counter;
	}
	return NULL;
}

/* CPU time, or 0. */
static double get_clock_ns(const struct counters *counters)
{
	const struct counter *clock = find(counters, "task-clock", NULL);

	if (clock == NULL)
		clock = find(counters, "cpu-clock", NULL);
	return clock != NULL ? clock->value : 0;
}

static double get_divisor(const struct rule *rule, const struct counters *counters,
			  const struct counter *counter, double elapsed_ns)
{
	const char *colon = strchr(counter->name, ':');
	const struct counter *divisor;

	switch (rule->base) {
	case BASE_ELAPSED:
		return elapsed_ns;
	case BASE_CLOCK:
		return get_clock_ns(counters) / 1e9;
	case BASE_COUNTER:
		divisor = find(counters, rule->divisor, colon != NULL ? colon : "");
		return divisor != NULL ? divisor->value : 0;
	}
	return 0;
}

bool counter_ratios_find(struct counter_ratio *ret_ratio, const struct counters *counters,
			 const struct counter *counter, double elapsed_ns)
{
	for (size_t i = 0; i < LENGTH(rules) && counter->state == COUNTER_COUNTED; i++) {
		const struct rule *rule = &rules[i];
		double divisor;

		if (!is_of_event(counter, rule->counter))
			continue;
		divisor = get_divisor(rule, counters, counter, elapsed_ns);
		if (!(divisor > 0))
			return false;
		*ret_ratio = (struct counter_ratio){.key = rule->key,
						    .text = rule->text,
						    .unit = rule->unit,
						    .value = counter->value / divisor};
		return true;
	}
	return false;
}

double counter_ratios_get_rate(const struct counters *counters, const struct counter *counter,
			       double elapsed_ns)
{
	double clock_ns = get_clock_ns(counters);
	double base_ns = clock_ns > 0 ? clock_ns : elapsed_ns;

	if (counter->is_time || counter->state != COUNTER_COUNTED || !(base_ns > 0))
		return (double)NAN;
	return counter->value / (base_ns / 1e9);
}
