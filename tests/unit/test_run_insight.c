#include "view/run_insight.h"

#include "sample_warning.h"

static struct run_insight insight;

static void find(const char *word)
{
	run_insight_find(&insight, &sample.arena, &sample.side, &sample.machine, "", word);
}

static void test_nothing(void)
{
	sample_start();
	find("");
	ok(isnan(insight.on_cpu_ratio) && isnan(insight.waiting_ratio) && isnan(insight.cpus) &&
		   isnan(insight.busiest_thread) && isnan(insight.system_share),
	   "nothing known");
	is_int(insight.bound, CPU_BOUND_UNKNOWN, "… bound");
	is_int(insight.growth.verdict, MEMORY_NOT_KNOWN, "… memory");
	ok(insight.hot_function == NULL && insight.not_seen_count == 0, "… hot, not seen");
	is_str(insight.next[0], "sonde show --all", "there is always a next step");
	ok(insight.next[1] == NULL, "… one");
}

static void test_of_request(void)
{
	sample_start();
	sample_load(1000, 4000000);
	sample_metric("cpu_per_request", "", 1000000);
	sample_metric("wait_per_request", "", 400000);
	sample_metric("cpu_mean", "", 0.1);
	find("");
	ok(insight.is_of_request, "of a request");
	is_near(insight.response_ns, 4e6, 1e4, "… its time");
	is_near(insight.on_cpu_ratio, 0.25, 1e-3, "on a CPU");
	is_near(insight.run_queue_ratio, 0.1, 1e-3, "in the run queue");
	is_near(insight.waiting_ratio, 0.65, 1e-3, "the rest");
	sample_metric("cpu_per_request", "", 6000000);
	sample_metric("wait_per_request", "", 2000000);
	find("");
	is_near(insight.on_cpu_ratio, 0.75, 1e-9, "on several CPUs at once");
	is_near(insight.waiting_ratio, 0, 1e-9, "… no share is negative");
	sample.side.metrics.metric_count = 1;
	find("");
	ok(insight.on_cpu_ratio > 0 && isnan(insight.run_queue_ratio) &&
		   isnan(insight.waiting_ratio),
	   "the wait is not known");
}

static void test_of_threads(void)
{
	sample_start();
	sample_series("process.cpu_ratio", "", 0.6, 1);
	sample_series("process.wait_ratio", "", 0.2, 1);
	sample_task("server", "a", 0.4, 0, "0");
	sample_task("sonde", "sonde", 0.9, 0, "0");
	find("");
	ok(!insight.is_of_request, "without load: of the time with work");
	is_near(insight.on_cpu_ratio, 0.75, 1e-9, "on a CPU");
	is_near(insight.run_queue_ratio, 0.25, 1e-9, "in the run queue");
	is_near(insight.busiest_thread, 0.4, 1e-9, "the busiest of the services' threads");
}

static void is_bound(double cpus, double system, enum cpu_bound bound, const char *what)
{
	sample_start();
	sample_metric("cpu_mean", "", cpus);
	sample_metric("cpu_system_share", "", system);
	find("");
	is_int(insight.bound, bound, what);
}

static void test_bound(void)
{
	is_bound(1, 0.5, CPU_BOUND_SYSTEM, "half of it in the kernel");
	is_bound(1, 0.49, CPU_BOUND_MIXED, "less");
	is_bound(1, 0.31, CPU_BOUND_MIXED, "more than 30 %");
	is_bound(1, 0.3, CPU_BOUND_USER, "30 %");
	is_bound(0.049, 0.9, CPU_BOUND_UNKNOWN, "hardly any CPU time");
	is_bound(0.05, 0.9, CPU_BOUND_SYSTEM, "enough");
}

static void test_not_seen(void)
{
	sample_start();
	sample.machine.lens_count = 1;
	sample.lens = (struct lens){.name = "syscalls", .text = "not asked for: --syscalls"};
	sample_profile("server", 0, 0.9);
	sample.side.profile.summary.quality.is_kernel_hidden = true;
	for (int i = 0; i < 4; i++)
		sample_task("server", "server", 0.1, 0, "0");
	find("");
	is_int(insight.not_seen_count, 3, "three things");
	is_str(insight.not_seen[0], "syscalls: not asked for: --syscalls", "a lens that was off");
	ok(strstr(insight.not_seen[1], "sudo sysctl") != NULL, "the kernel");
	ok(strstr(insight.not_seen[2], "all 4 of server") != NULL, "threads without names");
	sample.lens.is_on = true;
	snprintf(sample.tasks[2].name, sizeof(sample.tasks[2].name), "pool");
	find("");
	is_int(insight.not_seen_count, 1, "a lens that was on, threads with names");
	is_str(insight.hot_function, "parse", "hot");
	is_near(insight.hot_ratio, 0.12, 1e-9, "… share");
}

static void test_next(void)
{
	sample_start();
	sample_task("server", "main", 0.99, 0, "0-1");
	sample_series("cpu.busy_ratio", "host", 0.5, 1);
	sample_profile("server", 0, 0.9);
	find("");
	is_str(insight.next[0], "sonde report --by thread", "of the strongest warning");
	is_str(insight.next[1], "sonde flame -o flame.svg", "and a general one");
	find("@last/proxy#2");
	is_str(insight.next[0], "sonde report @last/proxy#2 --by thread", "of the run meant");
	find("my run's.sonde");
	is_str(insight.next[1], "sonde flame 'my run'\\''s.sonde' -o flame.svg",
	       "as a shell takes it");
	sample.machine.task_count = 0;
	find("");
	is_str(insight.next[0], "sonde flame -o flame.svg", "nothing stands out");
	is_str(insight.next[1], "sonde report", "… two general ones");
	sample_start();
	sample_load(10, 1000000);
	find("");
	is_str(insight.next[0], "sonde show --all", "of a load alone: its figures");
	sample_metric("cpu_mean", "", 0.1);
	find("k7f3");
	is_str(insight.next[0], "sonde run --syscalls", "no profile: another lens");
	is_str(insight.next[1], "sonde show k7f3 --all", "… and all figures");
}

int main(void)
{
	test_nothing();
	test_of_request();
	test_of_threads();
	test_bound();
	test_not_seen();
	test_next();
	return sample_done();
}
