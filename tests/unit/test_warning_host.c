#include "sample_warning.h"

static void test_steal(void)
{
	sample_start();
	is_silent("steal", "steal: nothing known");
	sample_series("cpu.steal_ratio", "host", 0.01, 0.2);
	is_silent("steal", "1 %");
	sample_series("cpu.steal_ratio", "host", 0.011, 0.2);
	fires("steal", "more");
	sample_series("cpu.steal_ratio", "host", 0.02, 0.2);
	sample_series("cpu.busy_ratio", "host", 0.18, 0.2);
	is_near(sample_strength("steal"), 0.1, 1e-9, "2 of the 20 % that were wanted");
	says("steal", "20.0 % at most", "… figures");
	sample.machine.series.row_count = 0;
	sample_metric("steal_ratio", "", 0.03);
	fires("steal", "from the metric");
}

static void test_throttling(void)
{
	sample_start();
	is_silent("throttling", "throttling: nothing known");
	sample_series("cgroup.throttled_ratio", "gateway", 0.01, 0.5);
	is_silent("throttling", "1 %");
	sample_series("cgroup.throttled_ratio", "gateway", 0.011, 0.5);
	fires("throttling", "more");
	sample_series("cgroup.throttled_ratio", "gateway", 0.4, 1.5);
	sample_series("cgroup.cpu_limit", "gateway", 0.5, 0.5);
	says("throttling", "stopped gateway for 40.0 %", "40 %");
	says("throttling", "limit 0.50 CPUs", "… the limit");
}

static void test_thermal(void)
{
	sample_start();
	is_silent("thermal", "thermal: nothing known");
	sample_series("cpu.throttles", "cpu1", 0, 0);
	is_silent("thermal", "none");
	sample_series("cpu.throttles", "cpu1", 0.3, 2);
	says("thermal", "(cpu1)", "three events");
	says("thermal", "throttled 3 times", "… how many");
	sample_series("cpu.frequency_hz", "cpu1", 1.5e9, 3e9)->min = 1e9;
	says("thermal", "1.50 GHz in mean, 1.00 at least", "… how slow");
	is_near(sample_strength("thermal"), 0.6, 1e-9, "… half of the speed is lost");
}

int main(void)
{
	test_steal();
	test_throttling();
	test_thermal();
	return sample_done();
}
