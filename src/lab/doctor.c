#include "lab/doctor.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "capture/perf_open.h"
#include "lab/tune_setting.h"
#include "procfs/proc_system.h"
#include "util/fmt.h"
#include "util/parse.h"
#include "util/strbuf.h"

struct examination {
	const struct procfs *fs;
	struct arena *arena;
	struct doctor_findings *findings;
	bool is_this_machine;
	bool is_root;
};

static void add(struct examination *examination, struct doctor_finding finding)
{
	vec_push(examination->findings, finding);
}

/* The first line of a file, from the arena; NULL when it cannot be read. */
static const char *read_line(struct examination *examination, const char *path)
{
	struct strbuf text;
	const char *line = NULL;

	strbuf_init(&text, 1 << 20);
	if (proc_file_read(examination->fs, &text, "%s", path) == 0)
		line = arena_strndup(examination->arena, strbuf_text(&text),
				     strcspn(strbuf_text(&text), "\n"));
	strbuf_release(&text);
	return line;
}

static bool read_number(struct examination *examination, const char *path, int64_t *ret_value)
{
	const char *line = read_line(examination, path);

	return line != NULL && parse_i64(line, ret_value) == 0;
}

/* One that tune sets: its value, of the first CPU that is noisy. NULL when it is not there. */
static const struct tune_setting *read_setting(struct examination *examination, const char *name,
					       const char **ret_value)
{
	struct tune_files files = {0};
	const struct tune_setting *setting = tune_setting_read(examination->fs, name, &files);
	size_t noisy = 0;

	while (setting != NULL && noisy < files.count &&
	       tune_setting_is_quiet(setting, files.items[noisy].value))
		noisy++;
	if (setting != NULL)
		*ret_value = arena_strdup(examination->arena,
					  files.items[noisy < files.count ? noisy : 0].value);
	vec_release(&files);
	return setting;
}

/* The same of a sysctl that is a number. */
static const struct tune_setting *read_setting_number(struct examination *examination,
						      const char *name, int64_t *ret_value)
{
	const char *value = "";
	const struct tune_setting *setting = read_setting(examination, name, &value);

	return setting != NULL && parse_i64(value, ret_value) == 0 ? setting : NULL;
}

/* "sudo sysctl KEY=VALUE" and the file in sysctl.d that makes it last. */
static void set_sysctl(struct examination *examination, struct doctor_finding *finding,
		       const char *key, const char *value)
{
	finding->now = arena_printf(examination->arena, "sudo sysctl %s=%s", key, value);
	finding->permanent = arena_printf(
		examination->arena, "echo '%s = %s' | sudo tee -a /etc/sysctl.d/99-sonde.conf", key,
		value);
}

static struct doctor_finding begin(const char *name)
{
	return (struct doctor_finding){.name = name,
				       .value = "not there",
				       .state = DOCTOR_UNKNOWN,
				       .cost = "",
				       .now = "",
				       .permanent = ""};
}

static void examine_paranoid(struct examination *examination)
{
	struct doctor_finding finding = begin("perf_event_paranoid");
	const struct tune_setting *setting;
	int64_t value = 0;

	setting = read_setting_number(examination, "perf_event_paranoid", &value);
	if (setting != NULL) {
		finding.value = arena_printf(examination->arena, "%" PRId64, value);
		finding.state = value <= 1	       ? DOCTOR_GOOD
				: examination->is_root ? DOCTOR_NOTE
						       : DOCTOR_WARNING;
		if (value >= 3)
			finding.cost =
				examination->is_root
					? "root may profile; ordinary users get no profile at all"
					: "no profile at all for ordinary users";
		else if (value == 2)
			finding.cost = "ordinary users see no kernel frames: kernel time is shown "
				       "as [kernel, hidden]";
		if (value > 1)
			set_sysctl(examination, &finding, setting->sysctl, setting->quiet);
	}
	add(examination, finding);
}

static void examine_perf(struct examination *examination)
{
	struct doctor_finding finding = begin("profiling");
	const struct capture_config config = {
		.frequency_hz = 199,
		.stacks = CAPTURE_STACKS_COPY,
		.short_stack_bytes = 8192,
		.full_stack_bytes = 8192,
	};
	struct perf_setup setup;
	struct err err = {0};

	if (!examination->is_this_machine)
		return;
	if (perf_open_probe(&setup, &config, &err) == 0) {
		finding.state = setup.is_kernel_hidden ? DOCTOR_NOTE : DOCTOR_GOOD;
		finding.value = arena_printf(examination->arena, "%s%s", setup.events[0].name,
					     setup.is_kernel_hidden ? ", user code only"
								    : ", user code and kernel");
		if (setup.is_kernel_hidden)
			finding.cost = "kernel time is counted, but its functions are hidden";
	} else {
		finding.state = DOCTOR_WARNING;
		finding.value = "refused";
		finding.cost = arena_printf(
			examination->arena,
			"what sonde starts is sampled by stopping it for moments (ptrace), user "
			"code only; %s",
			err_text(&err));
	}
	add(examination, finding);
}

static void examine_counters(struct examination *examination)
{
	struct doctor_finding finding = begin("hardware_counters");
	static const char *const events[] = {"cycles"};
	const struct capture_config config = {
		.frequency_hz = 199, .events = events, .event_count = 1};
	struct perf_setup setup;
	struct err err = {0};
	int r;

	if (!examination->is_this_machine)
		return;
	r = perf_open_probe(&setup, &config, &err);
	finding.value = r == 0 ? "there" : r == -ENOENT ? "none" : "refused";
	finding.state = r == 0 ? DOCTOR_GOOD : DOCTOR_NOTE;
	if (r == -ENOENT)
		finding.cost = "the sampler uses cpu-clock; cycles, instructions and cache misses "
			       "cannot be counted (usual in virtual machines)";
	else if (r < 0)
		finding.cost = arena_strdup(examination->arena, err_text(&err));
	add(examination, finding);
}

static void examine_kptr(struct examination *examination)
{
	struct doctor_finding finding = begin("kptr_restrict");
	const struct tune_setting *setting;
	int64_t value = 0;

	setting = read_setting_number(examination, "kptr_restrict", &value);
	if (setting != NULL) {
		bool is_hidden = value >= 2 || (value == 1 && !examination->is_root);

		finding.value = arena_printf(examination->arena, "%" PRId64, value);
		finding.state = is_hidden ? DOCTOR_NOTE : DOCTOR_GOOD;
		if (is_hidden) {
			finding.cost = "kernel functions have no names in profiles";
			set_sysctl(examination, &finding, setting->sysctl, setting->quiet);
		}
	}
	add(examination, finding);
}

static void examine_mlock(struct examination *examination)
{
	struct doctor_finding finding = begin("perf_event_mlock_kb");
	int64_t value;

	if (read_number(examination, "/proc/sys/kernel/perf_event_mlock_kb", &value)) {
		finding.value = arena_printf(examination->arena, "%" PRId64 " kB a CPU", value);
		finding.state = value >= 516 || examination->is_root ? DOCTOR_GOOD : DOCTOR_NOTE;
		if (finding.state != DOCTOR_GOOD) {
			finding.cost = "small ring buffers: samples may be lost at high rates";
			set_sysctl(examination, &finding, "kernel.perf_event_mlock_kb", "2064");
		}
	}
	add(examination, finding);
}

static void examine_ptrace(struct examination *examination)
{
	struct doctor_finding finding = begin("ptrace_scope");
	const struct tune_setting *setting;
	int64_t value = 0;

	/* without Yama there is no such file, and nothing in the way */
	finding.state = DOCTOR_GOOD;
	setting = read_setting_number(examination, "ptrace_scope", &value);
	if (setting != NULL) {
		finding.value = arena_printf(examination->arena, "%" PRId64, value);
		if (value > 0 && !examination->is_root) {
			finding.state = DOCTOR_NOTE;
			finding.cost = "only processes that sonde started can be looked into, not "
				       "those of -p";
			set_sysctl(examination, &finding, setting->sysctl, setting->quiet);
		}
	}
	add(examination, finding);
}

static void examine_bpf(struct examination *examination)
{
	struct doctor_finding finding = begin("bpf");
	int64_t value;

	if (examination->is_root) {
		finding.value = "allowed (root)";
		finding.state = DOCTOR_GOOD;
	} else if (read_number(examination, "/proc/sys/kernel/unprivileged_bpf_disabled", &value)) {
		finding.value = value == 0 ? "allowed" : "root only";
		finding.state = value == 0 ? DOCTOR_GOOD : DOCTOR_NOTE;
		finding.cost =
			value == 0 ? "" : "nothing needs it yet: everything here works without BPF";
	}
	add(examination, finding);
}

static void examine_governor(struct examination *examination)
{
	struct doctor_finding finding = begin("governor");
	const char *governor = "";
	const struct tune_setting *setting = read_setting(examination, "governor", &governor);

	finding.state = DOCTOR_GOOD;
	if (setting != NULL) {
		finding.value = governor;
		if (!tune_setting_is_quiet(setting, governor)) {
			finding.state = DOCTOR_WARNING;
			finding.cost = setting->why;
			finding.now = tune_setting_format_command(setting, examination->arena,
								  setting->quiet);
			finding.permanent = "echo 'GOVERNOR=\"performance\"' | sudo tee "
					    "/etc/default/cpufrequtils";
		}
	}
	add(examination, finding);
}

static void examine_turbo(struct examination *examination)
{
	struct doctor_finding finding = begin("turbo");
	const char *value = "";
	const struct tune_setting *setting = read_setting(examination, "turbo", &value);

	finding.state = DOCTOR_GOOD;
	if (setting != NULL) {
		bool is_on = !tune_setting_is_quiet(setting, value);

		finding.value = is_on ? "on" : "off";
		if (is_on) {
			finding.state = DOCTOR_NOTE;
			finding.cost = setting->why;
			finding.now = tune_setting_format_command(setting, examination->arena,
								  setting->quiet);
		}
	}
	add(examination, finding);
}

static void examine_cores(struct examination *examination)
{
	struct doctor_finding finding = begin("cores");
	long online = sysconf(_SC_NPROCESSORS_ONLN);

	if (!examination->is_this_machine)
		return;
	finding.value = arena_printf(examination->arena, "%ld", online);
	finding.state = online >= 4 ? DOCTOR_GOOD : DOCTOR_NOTE;
	if (online < 4)
		finding.cost = "service and load generator share few cores: pin the services "
			       "(cpus: in the plan) and the generator takes the others";
	add(examination, finding);
}

static void examine_descriptors(struct examination *examination)
{
	struct doctor_finding finding = begin("descriptors");
	struct rlimit limit;

	if (!examination->is_this_machine || getrlimit(RLIMIT_NOFILE, &limit) < 0)
		return;
	finding.value =
		arena_printf(examination->arena, "%llu", (unsigned long long)limit.rlim_cur);
	finding.state = limit.rlim_cur >= 16384 ? DOCTOR_GOOD : DOCTOR_NOTE;
	if (finding.state != DOCTOR_GOOD) {
		finding.cost = arena_printf(
			examination->arena, "at most about %llu connections at a time",
			(unsigned long long)(limit.rlim_cur > 100 ? limit.rlim_cur - 100 : 0));
		finding.now = "ulimit -n 65536";
		finding.permanent =
			"echo '* - nofile 65536' | sudo tee /etc/security/limits.d/99-sonde.conf";
	}
	add(examination, finding);
}

static void examine_ports(struct examination *examination)
{
	struct doctor_finding finding = begin("ephemeral_ports");
	const char *line = read_line(examination, "/proc/sys/net/ipv4/ip_local_port_range");
	int first, last;

	if (line != NULL && sscanf(line, "%d %d", &first, &last) == 2) {
		finding.value = arena_printf(examination->arena, "%d to %d", first, last);
		finding.state = last - first >= 16000 ? DOCTOR_GOOD : DOCTOR_NOTE;
		if (finding.state != DOCTOR_GOOD) {
			finding.cost = arena_printf(examination->arena,
						    "at most %d connections to one address",
						    last - first + 1);
			set_sysctl(examination, &finding, "net.ipv4.ip_local_port_range",
				   "\"15000 65000\"");
		}
	}
	add(examination, finding);
}

static void examine_load(struct examination *examination)
{
	struct doctor_finding finding = begin("busy");
	const char *line = read_line(examination, "/proc/loadavg");
	long online = sysconf(_SC_NPROCESSORS_ONLN);
	struct proc_loadavg load;

	if (line != NULL && proc_system_parse_loadavg(line, strlen(line), &load) == 0) {
		finding.value = arena_printf(examination->arena, "load average %.2f on %ld cores",
					     load.average_1min, online);
		finding.state =
			load.average_1min < 0.3 * (double)online ? DOCTOR_GOOD : DOCTOR_WARNING;
		if (finding.state != DOCTOR_GOOD)
			finding.cost = "something else is running: figures vary and latencies "
				       "grow; `top` shows what";
	}
	add(examination, finding);
}

static void examine_clocksource(struct examination *examination)
{
	static const char *const fast[] = {"tsc", "kvm-clock", "arch_sys_counter",
					   "hyperv_clocksource_tsc_page"};
	struct doctor_finding finding = begin("clocksource");
	const char *name = read_line(
		examination, "/sys/devices/system/clocksource/clocksource0/current_clocksource");

	if (name != NULL) {
		finding.value = name;
		finding.state = DOCTOR_WARNING;
		for (size_t i = 0; i < sizeof(fast) / sizeof(fast[0]); i++)
			if (strcmp(fast[i], name) == 0)
				finding.state = DOCTOR_GOOD;
		if (finding.state != DOCTOR_GOOD)
			finding.cost = "each look at the clock is a system call: the generator "
				       "costs more CPU per request";
	}
	add(examination, finding);
}

const char *doctor_state_name(enum doctor_state state)
{
	switch (state) {
	case DOCTOR_GOOD:
		return "good";
	case DOCTOR_NOTE:
		return "note";
	case DOCTOR_WARNING:
		return "warning";
	case DOCTOR_UNKNOWN:
		return "unknown";
	}
	return "unknown";
}

void doctor_examine(const struct procfs *fs, struct arena *arena, struct doctor_findings *findings)
{
	struct examination examination = {.fs = fs,
					  .arena = arena,
					  .findings = findings,
					  .is_this_machine = fs->root[0] == '\0',
					  .is_root = fs->root[0] == '\0' && geteuid() == 0};

	examine_perf(&examination);
	examine_paranoid(&examination);
	examine_kptr(&examination);
	examine_mlock(&examination);
	examine_counters(&examination);
	examine_bpf(&examination);
	examine_ptrace(&examination);
	examine_governor(&examination);
	examine_turbo(&examination);
	examine_cores(&examination);
	examine_descriptors(&examination);
	examine_ports(&examination);
	examine_clocksource(&examination);
	examine_load(&examination);
}
