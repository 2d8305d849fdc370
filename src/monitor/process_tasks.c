#include "monitor/process_tasks.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "monitor/monitor_ops.h"
#include "util/fd.h"

enum { FILE_MAX_BYTES = 64 << 10, FDS_MAX = 2048, FDS_SHARE = 8 };
enum { PATH_BYTES = 64, RECORD_BYTES = 4096 };

void process_reader_init(struct process_reader *reader, const struct procfs *fs,
			 struct strbuf *missing)
{
	struct rlimit limit;

	*reader = (struct process_reader){.fs = *fs, .missing = missing};
	strbuf_init(&reader->buffer, FILE_MAX_BYTES);
	/* The load's connections need descriptors more than we do: an eighth at most. */
	if (fs->root[0] == '\0' && getrlimit(RLIMIT_NOFILE, &limit) == 0)
		reader->fds_left = limit.rlim_cur / FDS_SHARE < FDS_MAX
					   ? (uint32_t)(limit.rlim_cur / FDS_SHARE)
					   : FDS_MAX;
}

void process_reader_release(struct process_reader *reader)
{
	strbuf_release(&reader->buffer);
	vec_release(&reader->ids);
}

static void add_sums(struct process_task_sums *sums, const struct process_task_sums *more)
{
	sums->wait_ns += more->wait_ns;
	sums->switches_voluntary += more->switches_voluntary;
	sums->switches_involuntary += more->switches_involuntary;
}

void process_reader_close(struct process_reader *reader, int *fd)
{
	if (*fd < 0)
		return;
	fd_close(*fd);
	*fd = -1;
	reader->fds_left++;
}

static void close_task(struct process_task *task, struct process_reader *reader)
{
	process_reader_close(reader, &task->schedstat_fd);
	process_reader_close(reader, &task->status_fd);
}

static void end_task(struct process_tasks *tasks, struct process_task *task,
		     struct process_reader *reader)
{
	add_sums(&tasks->ended, &task->sums);
	close_task(task, reader);
}

void process_tasks_release(struct process_tasks *tasks, struct process_reader *reader)
{
	for (size_t i = 0; i < tasks->tasks.count; i++)
		close_task(&tasks->tasks.items[i], reader);
	vec_release(&tasks->tasks);
}

/*
 * The files of one process or thread are one record, which the kernel gives whole: reading on, to
 * be told that nothing comes, would cost half as much again.
 */
static int read_record(int fd, struct strbuf *buffer)
{
	char record[RECORD_BYTES];
	ssize_t got = pread(fd, record, sizeof(record), 0);

	if (got == (ssize_t)sizeof(record))
		return proc_file_read_again(fd, buffer);
	strbuf_clear(buffer);
	if (got < 0)
		return -errno;
	strbuf_add(buffer, record, (size_t)got);
	return 0;
}

int process_reader_read(struct process_reader *reader, int *fd, const char *path_format, ...)
{
	char path[PATH_BYTES];
	va_list args;
	int r;

	if (*fd >= 0)
		return read_record(*fd, &reader->buffer);
	va_start(args, path_format);
	r = vsnprintf(path, sizeof(path), path_format, args);
	va_end(args);
	if (r < 0 || r >= PATH_BYTES)
		return -ENAMETOOLONG;
	if (reader->fds_left > 0) {
		r = proc_file_open(&reader->fs, fd, "%s", path);
		if (r == 0) {
			reader->fds_left--;
			return read_record(*fd, &reader->buffer);
		}
		if (r != -EMFILE && r != -ENFILE)
			return r;
	}
	return proc_file_read(&reader->fs, &reader->buffer, "%s", path);
}

static int read_schedstat(struct process_reader *reader, struct process_task *task, pid_t pid,
			  struct proc_schedstat *ret_schedstat)
{
	int r = process_reader_read(reader, &task->schedstat_fd, "/proc/%d/task/%d/schedstat",
				    (int)pid, (int)task->tid);

	if (r < 0)
		return r;
	return proc_stat_parse_schedstat(strbuf_text(&reader->buffer), reader->buffer.length,
					 ret_schedstat);
}

static int read_status(struct process_reader *reader, struct process_task *task, pid_t pid,
		       struct proc_status *ret_status)
{
	int r = process_reader_read(reader, &task->status_fd, "/proc/%d/task/%d/status", (int)pid,
				    (int)task->tid);

	if (r < 0)
		return r;
	return proc_stat_parse_status(strbuf_text(&reader->buffer), reader->buffer.length,
				      ret_status);
}

/*
 * False when the thread is gone. Counters that fall belong to another thread under the same number
 * (an exec by a thread other than the first, or a number in use again): what the former had is kept
 * in `tasks`.
 */
static bool update_task(struct process_tasks *tasks, struct process_task *task,
			struct process_reader *reader, pid_t pid)
{
	struct proc_schedstat schedstat = {0};
	struct process_task_sums sums;
	struct proc_status status;
	int r = read_schedstat(reader, task, pid, &schedstat);

	if (r == 0 && schedstat.slice_count > 0 &&
	    memcmp(&schedstat, &task->schedstat, sizeof(schedstat)) == 0)
		return true;
	if (r == -ESRCH || read_status(reader, task, pid, &status) < 0)
		return false;
	if (r < 0)
		monitor_add_missing(
			reader->missing,
			"run-queue wait: /proc/PID/task/TID/schedstat cannot be read (%s)",
			strerror(-r));
	sums = (struct process_task_sums){
		.wait_ns = schedstat.wait_ns,
		.switches_voluntary = status.switches_voluntary,
		.switches_involuntary = status.switches_involuntary,
	};
	if (sums.wait_ns < task->sums.wait_ns ||
	    sums.switches_voluntary < task->sums.switches_voluntary ||
	    sums.switches_involuntary < task->sums.switches_involuntary) {
		add_sums(&tasks->ended, &task->sums);
		task->cpu_mark_ns = 0;
	}
	task->schedstat = schedstat;
	task->sums = sums;
	return true;
}

static void list_tids(struct process_reader *reader, pid_t pid, uint32_t thread_count)
{
	vec_clear(&reader->ids);
	if (thread_count == 1 ||
	    proc_file_list_ids(&reader->fs, &reader->ids, "/proc/%d/task", (int)pid) < 0) {
		vec_clear(&reader->ids);
		vec_push(&reader->ids, pid);
	}
}

void process_tasks_update(struct process_tasks *tasks, struct process_reader *reader, pid_t pid,
			  uint32_t thread_count)
{
	struct process_tasks before = *tasks;
	size_t at = 0;

	list_tids(reader, pid, thread_count);
	memset(&tasks->tasks, 0, sizeof(tasks->tasks));
	vec_reserve(&tasks->tasks, reader->ids.count);
	for (size_t i = 0; i < reader->ids.count; i++) {
		struct process_task task = {
			.tid = reader->ids.items[i], .schedstat_fd = -1, .status_fd = -1};

		while (at < before.tasks.count && before.tasks.items[at].tid < task.tid)
			end_task(tasks, &before.tasks.items[at++], reader);
		if (at < before.tasks.count && before.tasks.items[at].tid == task.tid)
			task = before.tasks.items[at++];
		if (update_task(tasks, &task, reader, pid))
			vec_push(&tasks->tasks, task);
		else
			end_task(tasks, &task, reader);
	}
	while (at < before.tasks.count)
		end_task(tasks, &before.tasks.items[at++], reader);
	vec_release(&before.tasks);
}

void process_tasks_add_sums(const struct process_tasks *tasks, struct process_task_sums *sums)
{
	add_sums(sums, &tasks->ended);
	for (size_t i = 0; i < tasks->tasks.count; i++)
		add_sums(sums, &tasks->tasks.items[i].sums);
}

uint64_t process_tasks_take_busiest(struct process_tasks *tasks)
{
	uint64_t busiest_ns = 0;

	for (size_t i = 0; i < tasks->tasks.count; i++) {
		struct process_task *task = &tasks->tasks.items[i];
		uint64_t used_ns = monitor_growth(task->cpu_mark_ns, task->schedstat.cpu_ns);

		if (used_ns > busiest_ns)
			busiest_ns = used_ns;
		task->cpu_mark_ns = task->schedstat.cpu_ns;
	}
	return busiest_ns;
}
