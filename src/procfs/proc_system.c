#include "procfs/proc_system.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "procfs/proc_scan.h"
#include "procfs/proc_stat.h"
#include "util/clock.h"

void proc_system_stat_release(struct proc_system_stat *stat)
{
	vec_release(&stat->cpus);
	*stat = (struct proc_system_stat){0};
}

static uint64_t scale(uint64_t value, uint64_t factor)
{
	uint64_t scaled;

	return __builtin_mul_overflow(value, factor, &scaled) ? UINT64_MAX : scaled;
}

/* Old kernels show fewer states; user to idle are always there. */
static bool scan_cpu_states(struct proc_scan *line, struct cpu_sample *cpu)
{
	int state;

	for (state = 0; state < CPU_STATE_COUNT; state++) {
		uint64_t ticks;

		if (!proc_scan_u64(line, &ticks))
			break;
		cpu->state_ns[state] = scale(ticks, PROC_TICK_NS);
	}
	return state > CPU_IDLE;
}

static bool parse_cpu_line(struct proc_scan line, struct proc_system_stat *stat)
{
	struct cpu_sample cpu = {0};
	uint64_t number;

	if (line.at < line.end && *line.at == ' ') {
		stat->total = cpu;
		return scan_cpu_states(&line, &stat->total);
	}
	if (!proc_scan_u64(&line, &number) || number > UINT32_MAX || !scan_cpu_states(&line, &cpu))
		return false;
	cpu.cpu = (uint32_t)number;
	vec_push(&stat->cpus, cpu);
	return true;
}

static bool parse_stat_line(struct proc_scan line, struct proc_system_stat *stat)
{
	if (proc_scan_text(&line, "cpu"))
		return parse_cpu_line(line, stat);
	if (proc_scan_text(&line, "ctxt "))
		return proc_scan_u64(&line, &stat->switch_count);
	if (proc_scan_text(&line, "btime "))
		return proc_scan_u64(&line, &stat->boot_wall_s);
	if (proc_scan_text(&line, "processes "))
		return proc_scan_u64(&line, &stat->process_count);
	if (proc_scan_text(&line, "procs_running "))
		return proc_scan_u64(&line, &stat->running_count);
	if (proc_scan_text(&line, "procs_blocked "))
		return proc_scan_u64(&line, &stat->blocked_count);
	return true;
}

int proc_system_parse_stat(const char *text, size_t length, struct proc_system_stat *stat)
{
	struct proc_scan scan = {text, text + length}, line;
	struct proc_system_stat parsed = {.cpus = {stat->cpus.items, 0, stat->cpus.capacity}};
	bool is_whole = length >= 4 && memcmp(text, "cpu ", 4) == 0;

	while (is_whole && proc_scan_line(&scan, &line))
		is_whole = parse_stat_line(line, &parsed);
	if (!is_whole)
		parsed = (struct proc_system_stat){
			.cpus = {parsed.cpus.items, 0, parsed.cpus.capacity}};
	*stat = parsed;
	return is_whole ? 0 : -EBADMSG;
}

/* "some avg10=0.00 avg60=0.00 avg300=0.00 total=9443814", in microseconds. */
static bool scan_pressure_total(struct proc_scan line, uint64_t *ret_ns)
{
	struct proc_scan word;
	uint64_t us;

	while (proc_scan_word(&line, &word)) {
		if (!proc_scan_text(&word, "total="))
			continue;
		if (!proc_scan_u64(&word, &us) || word.at != word.end)
			return false;
		*ret_ns = scale(us, NS_PER_US);
		return true;
	}
	return false;
}

int proc_system_parse_pressure(const char *text, size_t length, struct proc_pressure *ret_pressure)
{
	struct proc_scan scan = {text, text + length}, line;
	struct proc_pressure pressure = {0};
	bool is_found = false;

	while (proc_scan_line(&scan, &line)) {
		uint64_t *total_ns;

		if (proc_scan_text(&line, "some "))
			total_ns = &pressure.some_ns;
		else if (proc_scan_text(&line, "full "))
			total_ns = &pressure.full_ns;
		else
			continue;
		if (!scan_pressure_total(line, total_ns))
			return -EBADMSG;
		is_found = true;
	}
	if (!is_found)
		return -EBADMSG;
	*ret_pressure = pressure;
	return 0;
}

/* "0.17": digits, a point, two digits. */
static bool scan_average(struct proc_scan *scan, double *ret_value)
{
	uint64_t whole, hundredths;

	if (!proc_scan_u64(scan, &whole) || !proc_scan_char(scan, '.') ||
	    !proc_scan_u64(scan, &hundredths) || hundredths > 99)
		return false;
	*ret_value = (double)whole + (double)hundredths / 100.0;
	return true;
}

int proc_system_parse_loadavg(const char *text, size_t length, struct proc_loadavg *ret_loadavg)
{
	struct proc_scan scan = {text, text + length};
	struct proc_loadavg loadavg;

	if (!scan_average(&scan, &loadavg.average_1min) ||
	    !scan_average(&scan, &loadavg.average_5min) ||
	    !scan_average(&scan, &loadavg.average_15min) ||
	    !proc_scan_u64(&scan, &loadavg.running_count) || !proc_scan_char(&scan, '/') ||
	    !proc_scan_u64(&scan, &loadavg.task_count))
		return -EBADMSG;
	*ret_loadavg = loadavg;
	return 0;
}

int proc_system_parse_meminfo(const char *text, size_t length, struct proc_meminfo *ret_meminfo)
{
	struct proc_scan scan = {text, text + length}, line;
	struct proc_meminfo meminfo = {0};
	const struct {
		const char *key;
		uint64_t *bytes;
	} fields[] = {
		{"MemTotal:", &meminfo.total_bytes},
		{"MemFree:", &meminfo.free_bytes},
		{"MemAvailable:", &meminfo.available_bytes},
		{"Buffers:", &meminfo.buffers_bytes},
		{"Cached:", &meminfo.cached_bytes},
		{"SwapTotal:", &meminfo.swap_total_bytes},
		{"SwapFree:", &meminfo.swap_free_bytes},
		{"Dirty:", &meminfo.dirty_bytes},
	};

	while (proc_scan_line(&scan, &line)) {
		for (size_t i = 0; i < sizeof(fields) / sizeof(fields[0]); i++) {
			uint64_t kib;

			if (!proc_scan_text(&line, fields[i].key))
				continue;
			if (!proc_scan_u64(&line, &kib))
				return -EBADMSG;
			*fields[i].bytes = scale(kib, 1024);
			break;
		}
	}
	if (meminfo.total_bytes == 0)
		return -EBADMSG;
	*ret_meminfo = meminfo;
	return 0;
}

/* The value of the first line "KEY	: value", or an empty one. */
static struct proc_scan find_cpuinfo(const char *text, size_t length, const char *key)
{
	struct proc_scan scan = {text, text + length}, line;

	while (proc_scan_line(&scan, &line)) {
		if (!proc_scan_text(&line, key))
			continue;
		proc_scan_skip_blanks(&line);
		if (!proc_scan_char(&line, ':'))
			continue;
		proc_scan_skip_blanks(&line);
		return line;
	}
	return (struct proc_scan){text, text};
}

int proc_system_parse_cpu_model(const char *text, size_t length,
				char ret_model[static PROC_CPU_MODEL_BYTES])
{
	static const char *const keys[] = {"model name", "Model", "Hardware"};
	struct proc_scan implementer, part;

	for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++) {
		struct proc_scan value = find_cpuinfo(text, length, keys[i]);

		if (value.at == value.end)
			continue;
		snprintf(ret_model, PROC_CPU_MODEL_BYTES, "%.*s", (int)(value.end - value.at),
			 value.at);
		return 0;
	}
	implementer = find_cpuinfo(text, length, "CPU implementer");
	part = find_cpuinfo(text, length, "CPU part");
	if (implementer.at == implementer.end || part.at == part.end)
		return -ENOENT;
	snprintf(ret_model, PROC_CPU_MODEL_BYTES, "implementer %.*s part %.*s",
		 (int)(implementer.end - implementer.at), implementer.at, (int)(part.end - part.at),
		 part.at);
	return 0;
}

/* ": 2596.128" in MHz, as Hz. */
static bool scan_mhz(struct proc_scan line, uint64_t *ret_hz)
{
	uint64_t mhz, digit_hz = 100000, hz = 0;

	if (!proc_scan_u64(&line, &mhz) || !proc_scan_char(&line, '.'))
		return false;
	for (; line.at < line.end && *line.at >= '0' && *line.at <= '9'; line.at++) {
		hz += digit_hz * (uint64_t)proc_scan_digit(*line.at);
		digit_hz /= 10;
	}
	*ret_hz = scale(mhz, 1000000);
	return line.at == line.end && !__builtin_add_overflow(*ret_hz, hz, ret_hz);
}

static bool parse_clock_line(struct proc_scan line, struct proc_cpu_clock *clock,
			     struct proc_cpu_clocks *clocks)
{
	bool is_cpu = proc_scan_text(&line, "processor\t");
	uint64_t number;

	if (!is_cpu && !proc_scan_text(&line, "cpu MHz\t"))
		return true;
	proc_scan_skip_blanks(&line);
	if (!proc_scan_char(&line, ':'))
		return false;
	proc_scan_skip_blanks(&line);
	if (is_cpu) {
		if (!proc_scan_u64(&line, &number) || number > UINT32_MAX)
			return false;
		clock->cpu = (uint32_t)number;
		return true;
	}
	if (proc_scan_text(&line, "Unknown"))
		return true;
	if (!scan_mhz(line, &clock->hz))
		return false;
	vec_push(clocks, *clock);
	return true;
}

int proc_system_parse_cpu_clocks(const char *text, size_t length, struct proc_cpu_clocks *clocks)
{
	struct proc_scan scan = {text, text + length}, line;
	struct proc_cpu_clock clock = {0};

	vec_clear(clocks);
	while (proc_scan_line(&scan, &line)) {
		if (parse_clock_line(line, &clock, clocks))
			continue;
		vec_clear(clocks);
		return -EBADMSG;
	}
	return 0;
}
