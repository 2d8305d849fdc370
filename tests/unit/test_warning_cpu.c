#include "sample_warning.h"

/* Of the services in total, in CPUs; busy of the whole machine. */
static void set_cpus(double cpus, double wait, double busy)
{
	sample_series("process.cpu_ratio", "", cpus, cpus);
	sample_series("process.wait_ratio", "", wait, wait);
	sample_series("cpu.busy_ratio", "host", busy, busy);
}

static void test_single_core(void)
{
	sample_start();
	is_silent("single_core", "single core: nothing known");
	sample_task("gateway", "main", 0.99, 0, "0-1");
	is_silent("single_core", "how idle the others are is not known");
	set_cpus(0.99, 0, 0.55);
	fires("single_core", "one thread at 99 %, 0.9 CPUs idle");
	says("single_core", "one thread, main of gateway, uses 99 % of a core",
	     "… thread and role");
	says("single_core", "thread 4711 'main': 0.99 CPUs; idle: 0.9 of 2 CPUs", "… figures");
	set_cpus(0.99, 0, 0.76);
	is_silent("single_core", "the generator has the other one");
	set_cpus(0.99, 0, 0.74);
	fires("single_core", "half a CPU left");
	sample.tasks[0].cpu_ns = 8900000000;
	set_cpus(0.89, 0, 0.5);
	is_silent("single_core", "89 %");
	sample.tasks[0].cpu_ns = SAMPLE_UNKNOWN;
	is_silent("single_core", "unknown CPU time");
	sample_task("sonde", "load-0", 0.98, 0, "0-1");
	is_silent("single_core", "the generator is no service");
	sample.machine.cpu_count = 1;
	sample_task("gateway", "main", 1, 0, "0");
	set_cpus(1, 0, 1);
	is_silent("single_core", "a machine of one CPU");
}

static void test_several_full(void)
{
	sample_start();
	sample.machine.cpu_count = 8;
	for (int i = 0; i < 4; i++)
		sample_task("workers", "nginx", 0.95, 0, "0-7");
	set_cpus(3.8, 0, 0.5);
	says("single_core", "4 threads", "four full threads, four idle CPUs");
	sample_start();
	sample_series("process.thread_max_ratio", "", 0.97, 1);
	sample_series("process.thread_max_ratio", "gateway", 0.95, 0.99);
	set_cpus(0.95, 0, 0.5);
	says("single_core", "the busiest thread of gateway", "by the series, without threads");
	sample_series("process.thread_max_ratio", "gateway", 0.8, 0.99);
	is_silent("single_core", "… a role that is below");
}

static void test_bound(void)
{
	sample_start();
	for (int i = 0; i < 4; i++)
		sample_task("server", "server", 0.245, 0.5, "1");
	set_cpus(0.98, 2, 0.5);
	says("single_core", "may only run on CPU 1", "all threads bound to one full CPU");
	snprintf(sample.tasks[0].cpus, sizeof(sample.tasks[0].cpus), "0-1");
	is_silent("single_core", "one of them is not");
	sample.tasks[0].cpu_ns = 0;
	fires("single_core", "… and did nothing");
	set_cpus(0.9, 2, 0.5);
	is_silent("single_core", "a tenth left");
}

static void test_run_queue(void)
{
	sample_start();
	is_silent("run_queue", "run queue: nothing known");
	set_cpus(1, 0.2, 0.9);
	fires("run_queue", "a fifth");
	set_cpus(1, 0.19, 0.9);
	is_silent("run_queue", "less");
	set_cpus(0.2, 0.09, 0.3);
	is_silent("run_queue", "much of little");
	set_cpus(0.2, 0.1, 0.3);
	sample_series("process.wait_ratio", "gateway", 0.02, 1);
	sample_series("process.wait_ratio", "workers", 0.08, 1);
	sample_metric("wait_per_request", "", 120000);
	says("run_queue", "threads of workers", "the role that waited most");
	says("run_queue", "120 us of each request", "… of a request");
}

/* With load the strength is of the requests' time, not of the threads'. */
static void test_wait_of_requests(void)
{
	sample_start();
	sample_load(10000, 4000000);
	set_cpus(0.1, 0.4, 0.95);
	sample_metric("cpu_per_request", "", 100000);
	is_near(sample_strength("run_queue"), 0.1, 1e-3, "0.4 ms of 4 ms");
	sample_metric("switches_involuntary_per_s", "", 600);
	is_near(sample_strength("involuntary_switches"), 0.8 * 0.1, 1e-3, "… likewise");
	set_cpus(0.1, 0.21, 0.95);
	fires("run_queue", "5 %");
	fires("involuntary_switches", "… here, too");
	set_cpus(0.1, 0.19, 0.95);
	is_silent("run_queue", "less is not felt");
	is_silent("involuntary_switches", "… nor here");
	set_cpus(0.1, 0.4, 0.95);
	says("run_queue", "80.0 % of the time in which they had work", "… the threads' is told");
	says("run_queue", "other programs had 1.8 of the 2 CPUs", "who had the CPUs");
	says("involuntary_switches", "other programs had 1.8 of the 2 CPUs", "… here, too");
	sample_series("process.cpu_ratio", "sonde", 1.6, 1.6);
	ok(strstr(sample_find("run_queue")->text, "other programs") == NULL, "it was sonde");
	set_cpus(0.1, 30, 0.95);
	is_near(sample_strength("run_queue"), 0.997, 1e-3,
		"more than a request's time: of what it took on its threads");
	sample.side.has_load = false;
	set_cpus(0.1, 0.4, 0.95);
	sample.side.metrics.metric_count = 0;
	is_near(sample_strength("run_queue"), 0.8, 1e-9, "without load, of the threads' time");
}

static void test_switches(void)
{
	sample_start();
	is_silent("involuntary_switches", "switches: nothing known");
	sample_metric("switches_involuntary_per_s", "", 600);
	set_cpus(1.5, 0.3, 0.9);
	fires("involuntary_switches", "400 a CPU second");
	sample_metric("switches_involuntary_per_s", "", 300);
	is_silent("involuntary_switches", "200");
	sample_metric("switches_involuntary_per_s", "", 6000);
	set_cpus(1.5, 0.14, 0.9);
	is_silent("involuntary_switches", "many, and hardly anybody waited for it");
	set_cpus(1.5, 0.16, 0.9);
	fires("involuntary_switches", "… somebody did");
	sample_metric("switches_involuntary_per_s", "", 301);
	fires("involuntary_switches", "just above 200 a CPU second");
	sample.side.metrics.metric_count = 0;
	sample_series("process.switches_involuntary", "", 600, 700);
	set_cpus(1.5, 0.3, 0.9);
	says("involuntary_switches", "400 times for each second", "from the series");
}

static void test_shared(void)
{
	sample_start();
	sample_task("server", "server", 0.9, 0.3, "0-1");
	sample_task("sonde", "load", 0.8, 0.1, "0-1");
	set_cpus(0.9, 0.3, 0.95);
	is_silent("shared_cores", "shared: no load");
	sample_load(10000, 2000000);
	fires("shared_cores", "a full machine of two, and waits");
	says("shared_cores", "generator 0.80 CPUs and 0.10 waiting", "… figures");
	ok(sample_strength("shared_cores") > sample_strength("run_queue"),
	   "it is the cause of the run-queue wait");
	set_cpus(0.9, 0.09, 0.9);
	sample.tasks[0].wait_ns = 900000000;
	sample.tasks[1].wait_ns = 200000000;
	fires("shared_cores", "90 % busy, 0.11 CPUs of wait");
	set_cpus(0.9, 0.09, 0.89);
	is_silent("shared_cores", "89 %");
	set_cpus(0.9, 0.07, 0.95);
	sample.tasks[0].wait_ns = 700000000;
	is_silent("shared_cores", "less than 0.1");
	sample.machine.cpu_count = 8;
	set_cpus(4, 0.2, 0.95);
	sample.tasks[0].cpu_ns = 40000000000;
	sample.tasks[0].wait_ns = 210000000;
	sample.tasks[1].wait_ns = 10000000;
	is_silent("shared_cores", "less than 5 % of what both used");
	sample.tasks[0].wait_ns = 2400000000;
	fires("shared_cores", "5 %");
	sample.tasks[0].cpu_ns = 9000000000;
	set_cpus(0.9, 0.01, 0.95);
	sample.tasks[0].wait_ns = sample.tasks[1].wait_ns = 100000000;
	is_silent("shared_cores", "a core each is no competition");
	set_cpus(0.4, 0.02, 0.5);
	is_silent("shared_cores", "a machine with room");
	set_cpus(0.9, 0.3, 0.3);
	fires("shared_cores", "bound to one CPU of many, waiting");
	snprintf(sample.tasks[1].cpus, sizeof(sample.tasks[1].cpus), "2-3,5");
	is_silent("shared_cores", "on other CPUs");
	snprintf(sample.tasks[1].cpus, sizeof(sample.tasks[1].cpus), "2,1-1,…");
	fires("shared_cores", "a list that was cut");
	sample.tasks[1].cpus[0] = '\0';
	is_silent("shared_cores", "CPUs unknown");
	snprintf(sample.tasks[1].cpus, sizeof(sample.tasks[1].cpus), "0-99999999999999999999");
	fires("shared_cores", "an absurd list ends");
	sample.tasks[1].cpu_ns = 1000000000;
	fires("shared_cores", "a tenth of a CPU");
	sample.tasks[1].cpu_ns = 990000000;
	is_silent("shared_cores", "a generator that hardly does anything");
}

/* sonde's main thread may run anywhere, and hardly does. */
static void test_idle_threads(void)
{
	sample_start();
	sample_load(1000, 1000000);
	sample_task("server", "server", 0.9, 0.3, "0");
	sample_task("sonde", "sonde-load", 0.15, 0.1, "1");
	sample_task("sonde", "sonde", 0.007, 0, "0-1");
	set_cpus(0.9, 0.3, 0.95);
	is_silent("shared_cores", "0.7 % of a CPU, 4.5 % of its side");
	sample.tasks[2].cpu_ns = 110000000;
	fires("shared_cores", "1.1 % of a CPU");
	sample.tasks[2].cpu_ns = 90000000;
	fires("shared_cores", "5.7 % of its side");
}

int main(void)
{
	test_single_core();
	test_several_full();
	test_bound();
	test_run_queue();
	test_wait_of_requests();
	test_switches();
	test_shared();
	test_idle_threads();
	return sample_done();
}
