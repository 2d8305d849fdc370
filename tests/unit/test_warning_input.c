#include "view/warning_input.h"

#include "sample_warning.h"

static struct warning_input input;

static void start(const char *environment)
{
	warning_input_init(&input, &sample.arena, &sample.side, &sample.machine, environment);
}

static void test_unknown(void)
{
	sample_start();
	start("");
	ok(isnan(input.cpus) && isnan(input.busy) && isnan(input.response_ns) &&
		   isnan(input.somaxconn),
	   "what is not there is not known");
	is_near(input.window_s, 10, 0, "window");
	ok(isnan(warning_input_get_idle_cpus(&input)) && isnan(warning_input_get_busiest(&input)) &&
		   warning_input_find_highest(&input, "cpu.throttles") == NULL,
	   "… nor what is made of it");
	start("{\"somaxconn\": 4096}");
	ok(isnan(input.somaxconn), "environment of another form");
	start("not JSON");
	ok(isnan(input.somaxconn), "… or none");
	start("{\"somaxconn\": \"4096\"}");
	is_near(input.somaxconn, 4096, 0, "a text, as it is stored");
}

static void test_figures(void)
{
	sample_start();
	sample_load(10000, 10000000);
	sample_series("process.cpu_ratio", "", 0.5, 1);
	sample_series("process.wait_ratio", "", 0.1, 1);
	sample_series("cpu.busy_ratio", "host", 0.4, 1);
	start("");
	is_near(input.response_ns, 10e6, 1e4, "mean response time");
	is_near(input.in_flight, 10, 0.1, "Little");
	is_near(input.generator_ratio, 0.05, 1e-9, "0.1 CPU of two threads");
	is_near(warning_input_get_wait_ratio(&input), 0.2, 1e-9, "wait");
	is_near(warning_input_get_idle_cpus(&input), 1.2, 1e-9, "idle CPUs");
	sample.side.load.run_count = 2;
	sample.side.load.duration_ns *= 2;
	start("");
	is_near(input.answers, 5000, 0, "of one run");
	sample.side.load.connections = 4;
	start("");
	is_near(input.in_flight, 4, 1e-9, "no more requests than connections");
	sample.side.load.depth = 2;
	start("");
	is_near(input.in_flight, 5, 0.1, "… than streams on them");
}

/* Zeros of a load without a service are nothing that is known of one. */
static void test_load_alone(void)
{
	sample_start();
	sample_load(10000, 10000000);
	sample_series("process.cpu_ratio", "", 0, 0);
	sample_series("process.wait_ratio", "", 0, 0);
	sample_series("process.thread_max_ratio", "", 0, 0);
	sample_series("process.processes", "", 0, 0);
	sample_series("process.cpu_ratio", "sonde", 0.3, 0.4);
	sample_series("cpu.busy_ratio", "host", 0.4, 1);
	sample_task("sonde", "sonde-load", 0.3, 0, "0-1");
	start("");
	ok(input.is_load_alone && isnan(input.cpus) && isnan(input.wait) &&
		   isnan(warning_input_get_busiest(&input)),
	   "a load alone");
	is_near(warning_input_get_others_cpus(&input), 0.5, 1e-9, "others: all but sonde");
	sample_task("server", "server", 0, 0, "0-1");
	start("");
	ok(!input.is_load_alone, "… no longer alone");
	is_near(input.cpus, 0, 0, "… and its CPU time is known");
}

static void test_names(void)
{
	struct task_usage *task;
	char text[100];

	sample_start();
	start("");
	is_str(warning_input_clean(&input, "a\x1b[2J\nb\x7f%s"), "a?[2J?b?%s", "controls");
	is_str(warning_input_clean(&input, "\xc2\x9b"
					   "31m\xc3\xa9"),
	       "??31m\xc3\xa9", "8-bit controls, and not what looks like them");
	memset(text, 'x', 99);
	text[99] = '\0';
	memcpy(text + 63, "\xc3\xa9", 2);
	is_int(strlen(warning_input_clean(&input, text)), 63 + 3, "cut between characters");
	memset(text, 0x80, 99);
	ok(warning_input_clean(&input, text) != NULL, "no UTF-8 at all");
	task = sample_task("gateway", "gateway", 0, 0, "");
	is_str(warning_input_name_task(&input, task), "gateway", "one name for both");
	task = sample_task("gateway", "w\x01", 0, 0, "");
	is_str(warning_input_name_task(&input, task), "w? of gateway", "both");
	task = sample_task("", "", 0, 0, "");
	is_str(warning_input_name_task(&input, task), "the services", "none");
}

int main(void)
{
	test_unknown();
	test_figures();
	test_load_alone();
	test_names();
	return sample_done();
}
