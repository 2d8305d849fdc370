#include "monitor/process_meter.h"

#include <errno.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "monitor/monitor_ops.h"
#include "util/clock.h"

void process_meter_release(struct process_meter *meter, struct process_reader *reader)
{
	process_tasks_release(&meter->tasks, reader);
}

void process_times_add(struct process_times *times, const struct process_times *more)
{
	times->cpu_ns += more->cpu_ns;
	times->user_ns += more->user_ns;
	times->system_ns += more->system_ns;
	times->faults_minor += more->faults_minor;
	times->faults_major += more->faults_major;
}

void process_times_subtract(struct process_times *times, const struct process_times *less)
{
	times->cpu_ns = monitor_growth(less->cpu_ns, times->cpu_ns);
	times->user_ns = monitor_growth(less->user_ns, times->user_ns);
	times->system_ns = monitor_growth(less->system_ns, times->system_ns);
	times->faults_minor = monitor_growth(less->faults_minor, times->faults_minor);
	times->faults_major = monitor_growth(less->faults_major, times->faults_major);
}

static void raise(uint64_t *value, uint64_t floor)
{
	if (*value < floor)
		*value = floor;
}

void process_times_raise(struct process_times *times, const struct process_times *floor)
{
	raise(&times->cpu_ns, floor->cpu_ns);
	raise(&times->user_ns, floor->user_ns);
	raise(&times->system_ns, floor->system_ns);
	raise(&times->faults_minor, floor->faults_minor);
	raise(&times->faults_major, floor->faults_major);
}

static void lower(uint64_t *value, uint64_t ceiling)
{
	if (*value > ceiling)
		*value = ceiling;
}

void process_times_lower(struct process_times *times, const struct process_times *ceiling)
{
	lower(&times->cpu_ns, ceiling->cpu_ns);
	lower(&times->user_ns, ceiling->user_ns);
	lower(&times->system_ns, ceiling->system_ns);
	lower(&times->faults_minor, ceiling->faults_minor);
	lower(&times->faults_major, ceiling->faults_major);
}

static int read_stat(struct process_reader *reader, pid_t pid, struct proc_stat *ret_stat)
{
	int r = proc_file_read(&reader->fs, &reader->buffer, "/proc/%d/stat", (int)pid);

	if (r < 0)
		return r == -ENOENT ? -ESRCH : r;
	return proc_stat_parse(strbuf_text(&reader->buffer), reader->buffer.length, ret_stat);
}

static int read_clock(pid_t pid, uint64_t *ret_ns)
{
	struct timespec time;
	clockid_t clock;

	if (clock_getcpuclockid(pid, &clock) != 0 || clock_gettime(clock, &time) < 0)
		return -ESRCH;
	*ret_ns = (uint64_t)time.tv_sec * NS_PER_S + (uint64_t)time.tv_nsec;
	return 0;
}

/*
 * The clock says the same for "gone" and "not for you" (glibc folds them), so a second look at stat
 * decides. Also the moment that tells whether the process still existed after its parent's
 * waited-for times were read (process_account.c).
 */
static int update_clock(struct process_meter *meter, struct process_reader *reader)
{
	struct proc_stat stat;
	uint64_t cpu_ns;

	if (reader->fs.root[0] != '\0' || meter->is_clock_refused)
		return 0;
	if (read_clock(meter->pid, &cpu_ns) == 0) {
		raise(&meter->own.cpu_ns, cpu_ns);
		return 0;
	}
	if (read_stat(reader, meter->pid, &stat) < 0 || stat.start_ns != meter->start_ns)
		return -ESRCH;
	meter->is_clock_refused = true;
	monitor_add_missing(
		reader->missing,
		"CPU time of process %d is in steps of 10 ms: its CPU clock cannot be read",
		(int)meter->pid);
	return 0;
}

void process_meter_get_waited(const struct proc_stat *stat, struct process_times *ret_waited)
{
	*ret_waited = (struct process_times){
		.cpu_ns = stat->children_user_ns + stat->children_system_ns,
		.user_ns = stat->children_user_ns,
		.system_ns = stat->children_system_ns,
		.faults_minor = stat->children_faults_minor,
		.faults_major = stat->children_faults_major,
	};
}

int process_meter_update(struct process_meter *meter, struct process_reader *reader,
			 const struct proc_stat *stat)
{
	struct process_times waited;

	if (meter->start_ns == 0)
		meter->start_ns = stat->start_ns;
	else if (stat->start_ns != meter->start_ns)
		return -ESRCH;
	meter->parent_pid = stat->parent_pid;
	meter->is_ended = proc_stat_is_ended(stat);
	process_times_raise(&meter->own, &(struct process_times){
						 .cpu_ns = stat->user_ns + stat->system_ns,
						 .user_ns = stat->user_ns,
						 .system_ns = stat->system_ns,
						 .faults_minor = stat->faults_minor,
						 .faults_major = stat->faults_major,
					 });
	process_meter_get_waited(stat, &waited);
	process_times_raise(&meter->waited, &waited);
	meter->thread_count = meter->is_ended ? 0 : stat->thread_count;
	meter->rss_bytes = meter->is_ended ? 0 : stat->rss_pages * (uint64_t)sysconf(_SC_PAGESIZE);
	if (update_clock(meter, reader) < 0)
		return -ESRCH;
	process_tasks_update(&meter->tasks, reader, meter->pid, stat->thread_count);
	return 0;
}

int process_meter_read(struct process_meter *meter, struct process_reader *reader)
{
	struct proc_stat stat;

	if (read_stat(reader, meter->pid, &stat) < 0)
		return -ESRCH;
	return process_meter_update(meter, reader, &stat);
}
