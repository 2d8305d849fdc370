#include "model/metric.h"

#include <stddef.h>
#include <string.h>

static const struct metric_info metrics[] = {
	{"rate_rps", "requests/s", METRIC_PER_SECOND, METRIC_LOG_RATIO, +1, true},
	{"latency_p50", "p50", METRIC_NS, METRIC_LOG_RATIO, -1, true},
	{"latency_p95", "p95", METRIC_NS, METRIC_LOG_RATIO, -1, true},
	{"latency_p99", "p99", METRIC_NS, METRIC_LOG_RATIO, -1, true},
	{"latency_mean", "mean", METRIC_NS, METRIC_LOG_RATIO, -1, true},
	{"latency_max", "max", METRIC_NS, METRIC_LOG_RATIO, -1, true},
	{"success_ratio", "success", METRIC_RATIO, METRIC_DIFFERENCE, +1, true},
	{"bytes_in_per_s", "received", METRIC_BYTES_PER_SECOND, METRIC_DIFFERENCE, 0, true},
	{"cpu_per_request", "CPU per request", METRIC_NS, METRIC_LOG_RATIO, -1, true},
	{"cpu_mean", "CPU mean", METRIC_RATIO, METRIC_LOG_RATIO, 0, true},
	{"cpu_peak", "CPU peak", METRIC_RATIO, METRIC_LOG_RATIO, 0, true},
	{"cpu_user_share", "user share of CPU", METRIC_RATIO, METRIC_DIFFERENCE, 0, true},
	{"cpu_system_share", "system share of CPU", METRIC_RATIO, METRIC_DIFFERENCE, 0, true},
	{"switches_voluntary_per_s", "voluntary switches/s", METRIC_PER_SECOND, METRIC_DIFFERENCE,
	 0, true},
	{"switches_involuntary_per_s", "involuntary switches/s", METRIC_PER_SECOND,
	 METRIC_DIFFERENCE, 0, true},
	{"rss_peak", "RSS peak", METRIC_BYTES, METRIC_LOG_RATIO, -1, true},
	{"latency_p75", "p75", METRIC_NS, METRIC_LOG_RATIO, -1, false},
	{"latency_p90", "p90", METRIC_NS, METRIC_LOG_RATIO, -1, false},
	{"latency_min", "min", METRIC_NS, METRIC_LOG_RATIO, -1, false},
	{"service_p50", "service p50", METRIC_NS, METRIC_LOG_RATIO, -1, false},
	{"service_p99", "service p99", METRIC_NS, METRIC_LOG_RATIO, -1, false},
	{"rate_last_rps", "requests/s, last window", METRIC_PER_SECOND, METRIC_LOG_RATIO, 0, false},
	{"requests", "requests", METRIC_COUNT, METRIC_DIFFERENCE, 0, false},
	{"failures_per_request", "failures per request", METRIC_RATIO, METRIC_DIFFERENCE, -1,
	 false},
	{"switches_voluntary_per_request", "voluntary switches per request", METRIC_COUNT,
	 METRIC_DIFFERENCE, -1, false},
	{"switches_involuntary_per_request", "involuntary switches per request", METRIC_COUNT,
	 METRIC_DIFFERENCE, -1, false},
	{"wait_per_request", "run-queue wait per request", METRIC_NS, METRIC_DIFFERENCE, -1, false},
	{"faults_minor_per_request", "minor faults per request", METRIC_COUNT, METRIC_DIFFERENCE,
	 -1, false},
	{"faults_major_per_request", "major faults per request", METRIC_COUNT, METRIC_DIFFERENCE,
	 -1, false},
	{"bytes_per_request", "bytes per answer", METRIC_BYTES, METRIC_DIFFERENCE, 0, false},
	{"client_cpu_per_request", "generator's CPU per request", METRIC_NS, METRIC_LOG_RATIO, 0,
	 false},
	{"core_loop", "fixed loop on the services' CPUs", METRIC_NS, METRIC_LOG_RATIO, 0, false},
	{"steal_ratio", "steal", METRIC_RATIO, METRIC_DIFFERENCE, 0, false},
};

const struct metric_info *metric_find(const char *name)
{
	for (size_t i = 0; i < sizeof(metrics) / sizeof(metrics[0]); i++)
		if (strcmp(metrics[i].name, name) == 0)
			return &metrics[i];
	return NULL;
}

const struct metric_info *metric_list(uint32_t *ret_count)
{
	*ret_count = (uint32_t)(sizeof(metrics) / sizeof(metrics[0]));
	return metrics;
}

const char *metric_unit_name(enum metric_unit unit)
{
	switch (unit) {
	case METRIC_PER_SECOND:
		return "per_s";
	case METRIC_NS:
		return "ns";
	case METRIC_RATIO:
		return "ratio";
	case METRIC_BYTES:
		return "bytes";
	case METRIC_BYTES_PER_SECOND:
		return "bytes_per_s";
	case METRIC_COUNT:
		return "count";
	}
	return "count";
}
