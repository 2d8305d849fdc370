#include "view/warnings.h"

#include <string.h>

#include "view/warning_rules.h"

/* Of equal strength the first in this list comes first. */
static const struct {
	const char *code;
	warning_rule_fn find;
} rules[] = {
	{"failures", warning_load_find_failures},
	{"single_core", warning_cpu_find_single_core},
	{"throttling", warning_host_find_throttling},
	{"file_lock", warning_waiting_find_file_locks},
	{"lock_contention", warning_lock_find_contention},
	{"listen_overflow", warning_network_find_overflow},
	{"shared_cores", warning_cpu_find_shared},
	{"run_queue", warning_cpu_find_run_queue},
	{"involuntary_switches", warning_cpu_find_switches},
	{"disk_saturated", warning_disk_find_saturated},
	{"swapping", warning_memory_find_swapping},
	{"memory_growth", warning_memory_find_growth},
	{"waiting", warning_waiting_find_waiting},
	{"debug_build", warning_build_find_debug},
	{"profiler_stops", warning_build_find_stops},
	{"steal", warning_host_find_steal},
	{"thermal", warning_host_find_thermal},
	{"retransmits", warning_network_find_retransmits},
	{"tail_latency", warning_load_find_tail},
	{"slow_maximum", warning_load_find_maximum},
};

enum { RULE_COUNT = sizeof(rules) / sizeof(rules[0]) };

/* Behind those that are as strong. */
static void insert(struct warnings *warnings, struct warning warning)
{
	uint32_t at = warnings->count++;

	for (; at > 0 && warnings->items[at - 1].strength < warning.strength; at--)
		warnings->items[at] = warnings->items[at - 1];
	warnings->items[at] = warning;
}

void warnings_find(struct warnings *ret_warnings, struct arena *arena,
		   const struct run_summary_side *side, const struct machine_view *machine,
		   const char *environment)
{
	struct warning_input input;

	warning_input_init(&input, arena, side, machine, environment);
	*ret_warnings = (struct warnings){
		.items = arena_alloc(arena, RULE_COUNT, sizeof(*ret_warnings->items))};
	for (size_t i = 0; i < RULE_COUNT; i++) {
		struct warning warning = {.text = "", .evidence = "", .next = ""};

		if (!rules[i].find(&input, &warning))
			continue;
		warning.code = rules[i].code;
		warning.strength = warning_input_clamp(warning.strength);
		insert(ret_warnings, warning);
	}
}

const struct warning *warnings_get(const struct warnings *warnings, const char *code)
{
	for (uint32_t i = 0; i < warnings->count; i++)
		if (strcmp(warnings->items[i].code, code) == 0)
			return &warnings->items[i];
	return NULL;
}
