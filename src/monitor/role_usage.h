/*
 * The services' use by role: where process_account.c sums up, and what it publishes of the sums.
 * Once published, a cumulative value never falls.
 */
#ifndef MONITOR_ROLE_USAGE_H
#define MONITOR_ROLE_USAGE_H

#include "monitor/monitor.h"
#include "monitor/process_detail.h"
#include "monitor/process_meter.h"

struct role_usage {
	struct process_times kept; /* of processes that are gone */
	struct process_task_sums kept_tasks;
	struct process_storage kept_storage;
	struct process_times sum; /* between begin and publish: with those that are there */
	struct process_task_sums task_sum;
	struct process_storage storage_sum;
	/* published; has_storage and the last three are set directly, between begin and publish */
	struct monitor_usage usage;
};

/* What is of the moment, or of the interval since it was asked for last. */
struct role_gauges {
	uint64_t thread_max_ns; /* CPU time of the busiest thread */
	bool has_descriptors, has_pss;
	uint64_t descriptor_count;
	uint64_t pss_bytes;
};

/*
 * Zeroed, with count 1. Entry 0 is no role's: what cannot be told apart between several services.
 */
struct role_usages {
	struct role_usage items[MONITOR_USAGE_MAX];
	uint32_t count;
};

/* Added when it is new; entry 0 when there is no room for more. */
struct role_usage *role_usage_get(struct role_usages *usages, const char *role);

/* Starts all sums from what is kept. */
void role_usage_begin(struct role_usages *usages);
void role_usage_publish(struct role_usages *usages);

/* As monitor_set_get_usage(): entry 0 is the sum of all. */
uint32_t role_usage_report(const struct role_usages *usages,
			   struct monitor_usage usage[static MONITOR_USAGE_MAX]);

#endif
