/*
 * The rules, one function each, by theme in view/warning_*.c; warnings.c has the list and the
 * codes. True = it fires, and *ret_warning has everything but the code, in the input's arena.
 * docs/method.md, "Warnings", has each rule's limits, why, and what it cannot see.
 */
#ifndef VIEW_WARNING_RULES_H
#define VIEW_WARNING_RULES_H

#include <stdbool.h>

#include "view/warning_input.h"
#include "view/warnings.h"

typedef bool (*warning_rule_fn)(const struct warning_input *input, struct warning *ret_warning);

bool warning_load_find_tail(const struct warning_input *input, struct warning *ret_warning);
bool warning_load_find_maximum(const struct warning_input *input, struct warning *ret_warning);
bool warning_load_find_failures(const struct warning_input *input, struct warning *ret_warning);

bool warning_cpu_find_single_core(const struct warning_input *input, struct warning *ret_warning);
bool warning_cpu_find_run_queue(const struct warning_input *input, struct warning *ret_warning);
bool warning_cpu_find_switches(const struct warning_input *input, struct warning *ret_warning);
bool warning_cpu_find_shared(const struct warning_input *input, struct warning *ret_warning);

bool warning_host_find_steal(const struct warning_input *input, struct warning *ret_warning);
bool warning_host_find_throttling(const struct warning_input *input, struct warning *ret_warning);
bool warning_host_find_thermal(const struct warning_input *input, struct warning *ret_warning);

bool warning_memory_find_growth(const struct warning_input *input, struct warning *ret_warning);
bool warning_memory_find_swapping(const struct warning_input *input, struct warning *ret_warning);

bool warning_network_find_overflow(const struct warning_input *input, struct warning *ret_warning);
bool warning_network_find_retransmits(const struct warning_input *input,
				      struct warning *ret_warning);

bool warning_disk_find_saturated(const struct warning_input *input, struct warning *ret_warning);

bool warning_waiting_find_waiting(const struct warning_input *input, struct warning *ret_warning);
bool warning_waiting_find_file_locks(const struct warning_input *input,
				     struct warning *ret_warning);

bool warning_lock_find_contention(const struct warning_input *input, struct warning *ret_warning);

bool warning_build_find_debug(const struct warning_input *input, struct warning *ret_warning);
bool warning_build_find_stops(const struct warning_input *input, struct warning *ret_warning);

#endif
