#include "lab/selftest.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>

#include "lab/interrupt.h"
#include "lab/selftest_judge.h"
#include "lab/selftest_measure.h"
#include "lab/selftest_scenario.h"
#include "procfs/proc_file.h"
#include "procfs/proc_system.h"
#include "util/clock.h"
#include "util/strbuf.h"

_Static_assert((int)SELFTEST_SCENARIOS <= (int)STORE_SELFTEST_SCENARIOS, "the record is too small");

/* ---- the machine meanwhile ---- */

/* CPU time so far: of all CPUs, of sonde and the servers that it waited for, and stolen. */
struct machine_time {
	uint64_t wall_ns, busy_ns, steal_ns, total_ns, own_ns;
};

static uint64_t get_usage_ns(int who)
{
	struct rusage usage;

	getrusage(who, &usage);
	return (uint64_t)(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) * NS_PER_S +
	       (uint64_t)(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) * NS_PER_US;
}

/* Zero where /proc/stat is not to be had. */
static void read_machine(struct machine_time *ret_time)
{
	struct machine_time time = {
		.wall_ns = clock_now_ns(),
		.own_ns = get_usage_ns(RUSAGE_SELF) + get_usage_ns(RUSAGE_CHILDREN),
	};
	struct proc_system_stat stat = {0};
	struct procfs fs = {0};
	struct strbuf text;

	strbuf_init(&text, 4 << 20);
	if (proc_file_read(&fs, &text, "/proc/stat") == 0 &&
	    proc_system_parse_stat(strbuf_text(&text), text.length, &stat) == 0) {
		const uint64_t *state_ns = stat.total.state_ns;

		for (int i = CPU_USER; i <= CPU_STEAL; i++)
			time.total_ns += state_ns[i];
		time.steal_ns = state_ns[CPU_STEAL];
		time.busy_ns =
			time.total_ns - time.steal_ns - state_ns[CPU_IDLE] - state_ns[CPU_IOWAIT];
	}
	proc_system_stat_release(&stat);
	strbuf_release(&text);
	*ret_time = time;
}

static void fill_machine(struct store_selftest *selftest, const struct machine_time *before)
{
	struct machine_time after;
	double wall_ns, total_ns, others_ns;

	read_machine(&after);
	wall_ns = (double)(after.wall_ns - before->wall_ns);
	total_ns = (double)(after.total_ns - before->total_ns);
	/* ticks against nanoseconds: a quiet machine may come out below zero */
	others_ns =
		(double)(after.busy_ns - before->busy_ns) - (double)(after.own_ns - before->own_ns);
	selftest->other_cpus = wall_ns > 0 && others_ns > 0 ? others_ns / wall_ns : 0;
	selftest->steal_ratio =
		total_ns > 0 ? (double)(after.steal_ns - before->steal_ns) / total_ns : 0;
}

static void fill_boot_id(struct store_selftest *selftest)
{
	struct procfs fs = {0};
	struct strbuf text;

	strbuf_init(&text, 256);
	if (proc_file_read(&fs, &text, "/proc/sys/kernel/random/boot_id") == 0)
		snprintf(selftest->boot_id, sizeof(selftest->boot_id), "%.*s",
			 (int)strcspn(strbuf_text(&text), "\n"), strbuf_text(&text));
	strbuf_release(&text);
}

/* ---- the scenarios ---- */

int selftest_check(const struct selftest_options *options, struct err *err)
{
	if (options->rate_hz < SELFTEST_RATE_MIN_HZ || options->rate_hz > SELFTEST_RATE_MAX_HZ)
		return err_set(err, -EINVAL,
			       "a self-test's rate is from 10 to 100,000 requests/s, not %.6g",
			       options->rate_hz);
	if (options->duration_ns > 0 && options->duration_ns < NS_PER_S)
		return err_set(err, -EINVAL, "a scenario takes a second at least: -d 1s");
	if (options->scenario != NULL && selftest_scenario_find(options->scenario) == NULL) {
		struct strbuf names;

		strbuf_init(&names, 256);
		for (int i = 0; i < SELFTEST_SCENARIOS; i++)
			strbuf_addf(&names, " %s", selftest_scenarios[i].name);
		err_set(err, -EINVAL, "there is no scenario '%s'; those that are:%s",
			options->scenario, strbuf_text(&names));
		strbuf_release(&names);
		return -EINVAL;
	}
	return 0;
}

static uint64_t get_duration_ns(const struct selftest_options *options,
				const struct selftest_scenario *scenario)
{
	if (options->duration_ns > 0)
		return options->duration_ns;
	return (options->is_quick ? scenario->quick_seconds : scenario->seconds) * 1ull * NS_PER_S;
}

static int run_scenarios(const struct selftest_options *options, struct store_selftest *selftest,
			 struct err *err)
{
	uint32_t count = options->scenario != NULL ? 1 : SELFTEST_SCENARIOS;
	int r = 0;

	for (int i = 0; i < SELFTEST_SCENARIOS && r == 0; i++) {
		const struct selftest_scenario *scenario = &selftest_scenarios[i];
		uint32_t number = selftest->scenario_count + 1;

		if (options->scenario != NULL && strcmp(options->scenario, scenario->name) != 0)
			continue;
		if (options->progress != NULL)
			options->progress(options->context, scenario->name, number, count);
		r = selftest_measure(scenario, options->rate_hz, get_duration_ns(options, scenario),
				     options->seed,
				     &selftest->scenarios[selftest->scenario_count++], err);
		if (r == 0 && interrupt_get_count() > 0)
			r = err_set(err, -ECANCELED, "interrupted");
	}
	return r;
}

int selftest_run_load(const struct selftest_options *options, struct store_selftest *ret_selftest,
		      struct err *err)
{
	struct store_selftest selftest = {.kind = "load", .rate_hz = options->rate_hz};
	struct machine_time before;
	int r = selftest_check(options, err);

	if (r < 0)
		return r;
	snprintf(selftest.version, sizeof(selftest.version), "%s", options->version);
	fill_boot_id(&selftest);
	read_machine(&before);
	r = run_scenarios(options, &selftest, err);
	if (r < 0)
		return r;
	fill_machine(&selftest, &before);
	selftest.wall_ns = clock_wall_ns();
	selftest_judge_all(&selftest);
	*ret_selftest = selftest;
	return 0;
}
