#include "sample_warning.h"

int main(void)
{
	sample_start();
	is_silent("disk_saturated", "disk: nothing known");
	sample_series("disk.busy_ratio", "sda", 0.3, 1);
	sample_series("disk.busy_ratio", "nvme0n1", 0.95, 1);
	is_silent("disk_saturated", "busy, and nothing known of its requests");
	sample_series("disk.write_await", "nvme0n1", 1e6, 2e6);
	sample_series("pressure.io_some_ratio", "host", 0.19, 1);
	is_silent("disk_saturated", "busy, and quick: it does several at once");
	sample_series("pressure.io_some_ratio", "host", 0.2, 1);
	fires("disk_saturated", "busy, and somebody stalls");
	sample_series("disk.write_await", "nvme0n1", 9.9e6, 2e6);
	sample_series("pressure.io_some_ratio", "host", 0.02, 1);
	is_silent("disk_saturated", "busy, and not slow");
	sample_series("disk.write_await", "nvme0n1", 10e6, 2e6);
	says("disk_saturated", "the disk nvme0n1 had work for 95.0 %", "busy, and slow");
	sample_series("process.read_bytes", "", 0, 0);
	sample_series("process.write_bytes", "", 0, 0);
	says("disk_saturated", "another program's", "the services did nothing there");
	sample_series("cgroup.io_some_ratio", "server", 0.6, 1);
	sample_series("process.write_bytes", "", 1e6, 0);
	is_near(sample_strength("disk_saturated"), 0.6, 1e-9, "as strong as its own cgroup stalls");
	sample_series("disk.busy_ratio", "nvme0n1", 0.9, 1);
	fires("disk_saturated", "90 %");
	sample_series("disk.busy_ratio", "nvme0n1", 0.89, 1);
	is_silent("disk_saturated", "not all of the time");
	sample_start();
	sample_series("disk.busy_ratio", "sda", 1, 1);
	sample_series("disk.read_await", "sda", 50e6, 1);
	is_near(sample_strength("disk_saturated"), 0.5, 1e-9, "how much stalls is not known");
	return sample_done();
}
