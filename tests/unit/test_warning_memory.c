#include "sample_warning.h"

static void test_growth(void)
{
	static double values[60];
	struct series_view_row *row;

	sample_start();
	is_silent("memory_growth", "growth: nothing known");
	for (int i = 0; i < 60; i++)
		values[i] = 50e6 + 100e3 * i;
	sample.machine.window_ns = 60e9;
	row = sample_series("process.rss", "", 50e6, 60e6);
	row->values = values;
	row->point_count = 60;
	fires("memory_growth", "100 kB/s");
	says("memory_growth", "grows by 100 kB/s", "… figures");
	sample_series("cgroup.memory_limit", "server", 100e6, 100e6);
	says("memory_growth", "its limit is reached in", "… until when");
	for (int i = 0; i < 60; i++)
		values[i] = 50e6;
	is_silent("memory_growth", "steady");
}

static void test_swapping(void)
{
	sample_start();
	sample_series("memory.swap_in", "host", 100, 300);
	is_silent("swapping", "swapping: others' pages, as far as is known");
	sample_series("process.faults_major", "", 0.9, 3);
	is_silent("swapping", "nine faults");
	sample_series("process.faults_major", "", 1, 3);
	fires("swapping", "ten");
	sample_series("pressure.memory_some_ratio", "host", 0.7, 0.9);
	is_near(sample_strength("swapping"), 0.7, 1e-9, "as strong as the pressure");
	sample_series("memory.swap_in", "host", 0.9, 3);
	is_silent("swapping", "nine pages: the faults are of files");
}

int main(void)
{
	test_growth();
	test_swapping();
	return sample_done();
}
