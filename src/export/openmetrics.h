/*
 * The series and metrics of an arm's runs as OpenMetrics text, version 1.0
 * (https://github.com/prometheus/OpenMetrics, specification/OpenMetrics.md): what Prometheus'
 * `promtool tsdb create-blocks-from openmetrics` takes in, Grafana then shows, and others read.
 *
 *	process.cpu_ratio     sonde_process_cpu_ratio
 *	process.rss           sonde_process_rss_bytes
 *	process.faults_major  sonde_process_faults_major_per_second
 *	a unit of ns          …_seconds, and its values in seconds
 *	metric latency_p99    sonde_run_latency_p99_seconds, one value a run, at its window's end
 *
 * All are gauges: rates were taken by sonde. Labels: experiment, run (its number), arm, scope.
 * Timestamps are the run's wall clock. A metric's name ends in its unit, as the format demands.
 */
#ifndef EXPORT_OPENMETRICS_H
#define EXPORT_OPENMETRICS_H

#include "util/strbuf.h"
#include "view/arm_metrics.h"
#include "view/series_runs.h"

/* `metrics` are of the same arm, and may be of fewer runs. */
void openmetrics_write(struct strbuf *text, const struct series_runs *runs,
		       const struct arm_metrics *metrics);

#endif
