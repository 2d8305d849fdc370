#include "monitor/machine_thread.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "monitor/monitor_ops.h"
#include "procfs/proc_io.h"

void machine_reader_init(struct machine_reader *reader, const struct machine_sampler_config *config,
			 const struct procfs *fs, struct strbuf *missing)
{
	long page_bytes = sysconf(_SC_PAGESIZE);

	*reader = (struct machine_reader){
		.config = *config,
		.page_bytes = page_bytes > 0 ? (uint64_t)page_bytes : 4096,
	};
	process_reader_init(&reader->files, fs, missing);
	reader->fds_reserved = reader->files.fds_left / 2;
}

void machine_reader_release(struct machine_reader *reader)
{
	process_reader_release(&reader->files);
}

void machine_reader_set_stat(const struct machine_reader *reader, struct task_sample *task,
			     const struct proc_stat *stat)
{
	snprintf(task->name, sizeof(task->name), "%s", stat->name);
	task->state = stat->state;
	task->cpu = stat->cpu;
	task->start_ns = stat->start_ns;
	task->thread_count = stat->thread_count;
	task->user_ns = stat->user_ns;
	task->system_ns = stat->system_ns;
	task->guest_ns = stat->guest_ns;
	task->faults_minor = stat->faults_minor;
	task->faults_major = stat->faults_major;
	task->virtual_bytes = stat->virtual_bytes;
	task->rss_bytes = stat->rss_pages * reader->page_bytes;
	task->io_delay_ns = stat->block_delay_ns;
}

void machine_reader_set_io(struct machine_reader *reader, struct task_sample *task, int read_result)
{
	const struct strbuf *text = &reader->files.buffer;
	struct proc_io io;

	task->read_bytes = task->write_bytes = task->cancelled_write_bytes = SAMPLE_UNKNOWN;
	if (read_result < 0 && read_result != -ESRCH)
		monitor_add_missing(reader->files.missing,
				    "storage I/O of some tasks: /proc/PID/io cannot be read (%s)",
				    strerror(-read_result));
	if (read_result < 0 || proc_io_parse(strbuf_text(text), text->length, &io) < 0)
		return;
	task->read_bytes = io.read_bytes;
	task->write_bytes = io.write_bytes;
	task->cancelled_write_bytes = io.cancelled_write_bytes;
}

void machine_thread_init(struct machine_thread *thread, pid_t pid, pid_t tid)
{
	*thread = (struct machine_thread){
		.schedstat_fd = -1,
		.stat_fd = -1,
		.status_fd = -1,
		.io_fd = -1,
		.task = {.pid = pid, .tid = tid},
	};
}

void machine_thread_close(struct machine_thread *thread, struct machine_reader *reader)
{
	process_reader_close(&reader->files, &thread->schedstat_fd);
	process_reader_close(&reader->files, &thread->stat_fd);
	process_reader_close(&reader->files, &thread->status_fd);
	process_reader_close(&reader->files, &thread->io_fd);
}

static uint64_t add_known(uint64_t a, uint64_t b)
{
	return a == SAMPLE_UNKNOWN || b == SAMPLE_UNKNOWN ? SAMPLE_UNKNOWN : a + b;
}

void machine_task_sums_add(struct machine_task_sums *sums, const struct task_sample *task)
{
	sums->cpu_ns = add_known(sums->cpu_ns, task->cpu_ns);
	sums->wait_ns = add_known(sums->wait_ns, task->wait_ns);
	sums->switches_voluntary += task->switches_voluntary;
	sums->switches_involuntary += task->switches_involuntary;
}

/* Another thread under the same number, or the one that took the first one's by exec. */
static bool is_another(const struct task_sample *before, const struct task_sample *now)
{
	return now->start_ns != before->start_ns ||
	       (now->cpu_ns != SAMPLE_UNKNOWN && before->cpu_ns != SAMPLE_UNKNOWN &&
		(now->cpu_ns < before->cpu_ns || now->wait_ns < before->wait_ns)) ||
	       now->switches_voluntary < before->switches_voluntary ||
	       now->switches_involuntary < before->switches_involuntary;
}

/* A file of a thread that is read only when it ran; descriptors are for schedstat first. */
static int read_file(struct machine_reader *reader, const struct machine_thread *thread, int *fd,
		     const char *name)
{
	struct process_reader *files = &reader->files;
	int pid = (int)thread->task.pid, tid = (int)thread->task.tid;

	if (*fd < 0 && files->fds_left <= reader->fds_reserved)
		return proc_file_read(&files->fs, &files->buffer, "/proc/%d/task/%d/%s", pid, tid,
				      name);
	return process_reader_read(files, fd, "/proc/%d/task/%d/%s", pid, tid, name);
}

static int read_schedstat(struct machine_reader *reader, struct machine_thread *thread,
			  struct proc_schedstat *ret_schedstat)
{
	struct process_reader *files = &reader->files;
	int r = process_reader_read(files, &thread->schedstat_fd, "/proc/%d/task/%d/schedstat",
				    (int)thread->task.pid, (int)thread->task.tid);

	if (r < 0)
		return r;
	return proc_stat_parse_schedstat(strbuf_text(&files->buffer), files->buffer.length,
					 ret_schedstat);
}

static int read_status(struct machine_reader *reader, struct machine_thread *thread,
		       struct task_sample *task)
{
	const struct strbuf *text = &reader->files.buffer;
	struct proc_status status;
	int r = read_file(reader, thread, &thread->status_fd, "status");

	if (r == 0)
		r = proc_stat_parse_status(strbuf_text(text), text->length, &status);
	if (r < 0)
		return r;
	task->uid = status.real_uid; /* as pidstat shows it */
	task->switches_voluntary = status.switches_voluntary;
	task->switches_involuntary = status.switches_involuntary;
	return 0;
}

static int read_stat(struct machine_reader *reader, struct machine_thread *thread,
		     struct task_sample *task)
{
	const struct strbuf *text = &reader->files.buffer;
	struct proc_stat stat;
	int r = read_file(reader, thread, &thread->stat_fd, "stat");

	if (r == 0)
		r = proc_stat_parse(strbuf_text(text), text->length, &stat);
	if (r == 0)
		machine_reader_set_stat(reader, task, &stat);
	return r;
}

/*
 * schedstat is read before the others: what a thread does between it and them is then seen as a
 * move the next time. Copies were made in no known order, so all of them is read.
 */
static bool has_not_run(const struct machine_reader *reader, const struct machine_thread *thread,
			const struct proc_schedstat *schedstat)
{
	return thread->is_read && reader->files.fs.root[0] == '\0' && schedstat->slice_count > 0 &&
	       memcmp(schedstat, &thread->schedstat, sizeof(*schedstat)) == 0;
}

enum machine_thread_state machine_thread_read(struct machine_thread *thread,
					      struct machine_reader *reader,
					      const struct task_sample *process,
					      struct machine_task_sums *ended)
{
	struct task_sample task = {.pid = thread->task.pid, .tid = thread->task.tid, .cpu = -1};
	struct proc_schedstat schedstat = {0};
	int r = read_schedstat(reader, thread, &schedstat);

	if (r == -ESRCH)
		return THREAD_GONE;
	if (r == 0 && has_not_run(reader, thread, &schedstat)) {
		/* which others change */
		thread->task.virtual_bytes = process->virtual_bytes;
		thread->task.rss_bytes = process->rss_bytes;
		return THREAD_SAME;
	}
	task.cpu_ns = r == 0 ? schedstat.cpu_ns : SAMPLE_UNKNOWN;
	task.wait_ns = r == 0 ? schedstat.wait_ns : SAMPLE_UNKNOWN;
	if (read_status(reader, thread, &task) < 0)
		return THREAD_GONE;
	if (r < 0)
		monitor_add_missing(
			reader->files.missing,
			"run-queue wait: /proc/PID/task/TID/schedstat cannot be read (%s)",
			strerror(-r));
	if (reader->config.has_threads && read_stat(reader, thread, &task) < 0)
		return THREAD_GONE;
	task.read_bytes = task.write_bytes = task.cancelled_write_bytes = SAMPLE_UNKNOWN;
	if (reader->config.has_threads && reader->config.has_io)
		machine_reader_set_io(reader, &task,
				      read_file(reader, thread, &thread->io_fd, "io"));
	if (thread->is_read && is_another(&thread->task, &task))
		machine_task_sums_add(ended, &thread->task);
	thread->schedstat = schedstat;
	thread->task = task;
	thread->is_read = true;
	return THREAD_RAN;
}
