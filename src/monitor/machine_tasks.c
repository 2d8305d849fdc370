#include "monitor/machine_tasks.h"

#include <errno.h>
#include <string.h>

#include "monitor/monitor_ops.h"
#include "monitor/process_detail.h"

void machine_tasks_init(struct machine_tasks *tasks, const struct machine_sampler_config *config,
			const struct procfs *fs, struct strbuf *missing)
{
	*tasks = (struct machine_tasks){0};
	machine_reader_init(&tasks->reader, config, fs, missing);
}

static void close_process(struct machine_tasks *tasks, struct machine_process *process)
{
	for (size_t i = 0; i < process->threads.count; i++)
		machine_thread_close(&process->threads.items[i], &tasks->reader);
	process_reader_close(&tasks->reader.files, &process->stat_fd);
	process_reader_close(&tasks->reader.files, &process->io_fd);
}

static void release_process(struct machine_tasks *tasks, struct machine_process *process)
{
	close_process(tasks, process);
	vec_release(&process->threads);
}

static struct machine_process make_process(pid_t pid)
{
	return (struct machine_process){.stat_fd = -1, .io_fd = -1, .task.pid = pid};
}

void machine_tasks_release(struct machine_tasks *tasks)
{
	for (size_t i = 0; i < tasks->processes.count; i++)
		release_process(tasks, &tasks->processes.items[i]);
	vec_release(&tasks->processes);
	vec_release(&tasks->pids);
	machine_reader_release(&tasks->reader);
}

void machine_tasks_set_root(struct machine_tasks *tasks, const struct procfs *fs)
{
	struct machine_sampler_config config = tasks->reader.config;
	struct strbuf *missing = tasks->reader.files.missing;

	for (size_t i = 0; i < tasks->processes.count; i++)
		close_process(tasks, &tasks->processes.items[i]);
	machine_reader_release(&tasks->reader);
	machine_reader_init(&tasks->reader, &config, fs, missing);
}

/* --- the threads of a process --- */

static void end_thread(struct machine_tasks *tasks, struct machine_process *process,
		       struct machine_thread *thread)
{
	if (thread->is_read)
		machine_task_sums_add(&process->ended, &thread->task);
	process->has_run = true;
	machine_thread_close(thread, &tasks->reader);
}

static void list_tids(struct machine_tasks *tasks, const struct machine_process *process)
{
	struct process_reader *files = &tasks->reader.files;

	vec_clear(&files->ids);
	if (process->task.thread_count == 1 ||
	    proc_file_list_ids(&files->fs, &files->ids, "/proc/%d/task", (int)process->task.pid) <
		    0) {
		vec_clear(&files->ids);
		vec_push(&files->ids, process->task.pid);
	}
}

static void read_threads(struct machine_tasks *tasks, struct machine_process *process)
{
	const struct proc_ids *ids = &tasks->reader.files.ids;
	struct machine_threads before = process->threads;
	size_t at = 0;

	list_tids(tasks, process);
	process->threads = (struct machine_threads){0};
	vec_reserve(&process->threads, ids->count);
	for (size_t i = 0; i < ids->count; i++) {
		enum machine_thread_state state;
		struct machine_thread thread;

		machine_thread_init(&thread, process->task.pid, ids->items[i]);
		while (at < before.count && before.items[at].task.tid < thread.task.tid)
			end_thread(tasks, process, &before.items[at++]);
		if (at < before.count && before.items[at].task.tid == thread.task.tid)
			thread = before.items[at++];
		state = machine_thread_read(&thread, &tasks->reader, &process->task,
					    &process->ended);
		process->has_run |= state == THREAD_RAN;
		if (state != THREAD_GONE)
			vec_push(&process->threads, thread);
		else
			end_thread(tasks, process, &thread);
	}
	while (at < before.count)
		end_thread(tasks, process, &before.items[at++]);
	vec_release(&before);
}

/* --- one process --- */

static uint64_t count_descriptors(struct machine_tasks *tasks, pid_t pid)
{
	uint64_t count;
	int r = process_detail_count_descriptors(&tasks->reader.files, pid, true, &count);

	if (r == 0)
		return count;
	if (r == -EACCES || r == -EPERM)
		monitor_add_missing(tasks->reader.files.missing,
				    "open descriptors of some processes: /proc/PID/fd cannot be "
				    "read (%s)",
				    strerror(-r));
	return SAMPLE_UNKNOWN;
}

static int read_process_stat(struct machine_tasks *tasks, struct machine_process *process,
			     struct proc_stat *ret_stat)
{
	struct process_reader *files = &tasks->reader.files;
	int r = process_reader_read(files, &process->stat_fd, "/proc/%d/stat",
				    (int)process->task.pid);

	if (r < 0)
		return r;
	return proc_stat_parse(strbuf_text(&files->buffer), files->buffer.length, ret_stat);
}

static void forget_process(struct machine_tasks *tasks, struct machine_process *process)
{
	pid_t pid = process->task.pid;

	release_process(tasks, process);
	*process = make_process(pid);
}

static void read_process_io(struct machine_tasks *tasks, struct machine_process *process)
{
	struct process_reader *files = &tasks->reader.files;

	if (!tasks->reader.config.has_io) {
		process->task.read_bytes = process->task.write_bytes = SAMPLE_UNKNOWN;
		process->task.cancelled_write_bytes = SAMPLE_UNKNOWN;
	} else if (process->has_run || !process->is_read) {
		machine_reader_set_io(&tasks->reader, &process->task,
				      process_reader_read(files, &process->io_fd, "/proc/%d/io",
							  (int)process->task.pid));
	}
}

static void sum_threads(struct machine_process *process)
{
	struct machine_task_sums sums = process->ended;
	struct task_sample *task = &process->task;

	for (size_t i = 0; i < process->threads.count; i++)
		machine_task_sums_add(&sums, &process->threads.items[i].task);
	task->cpu_ns = sums.cpu_ns;
	task->wait_ns = sums.wait_ns;
	task->switches_voluntary = sums.switches_voluntary;
	task->switches_involuntary = sums.switches_involuntary;
	if (process->threads.count > 0 && process->threads.items[0].task.tid == task->pid)
		task->uid = process->threads.items[0].task.uid;
}

/* False when there is no such process. */
static bool read_process(struct machine_tasks *tasks, struct machine_process *process)
{
	struct proc_stat stat;
	int r = read_process_stat(tasks, process, &stat);

	/* the kept file is that of a process which ended; its number may be in use again */
	if (r == -ESRCH && process->is_read) {
		forget_process(tasks, process);
		r = read_process_stat(tasks, process, &stat);
	}
	if (r < 0)
		return false;
	if (process->is_read && stat.start_ns != process->task.start_ns)
		forget_process(tasks, process);
	machine_reader_set_stat(&tasks->reader, &process->task, &stat);
	process->has_run = false;
	read_threads(tasks, process);
	if (process->threads.count == 0)
		return false;
	sum_threads(process);
	read_process_io(tasks, process);
	process->task.descriptor_count = tasks->reader.config.has_descriptors
						 ? count_descriptors(tasks, process->task.pid)
						 : SAMPLE_UNKNOWN;
	process->is_read = true;
	return true;
}

static void add_process(const struct machine_tasks *tasks, const struct machine_process *process,
			struct machine_sample *sample)
{
	vec_push(&sample->tasks, process->task);
	for (size_t i = 0; tasks->reader.config.has_threads && i < process->threads.count; i++) {
		struct task_sample task = process->threads.items[i].task;

		/* which the kernel keeps of the process */
		task.thread_count = process->task.thread_count;
		task.descriptor_count = process->task.descriptor_count;
		vec_push(&sample->tasks, task);
	}
}

/* --- all of them --- */

static void list_pids(struct machine_tasks *tasks, const pid_t *pids, uint32_t pid_count)
{
	struct proc_ids *list = &tasks->pids;
	size_t kept = 0;
	int r;

	vec_clear(list);
	if (pids == NULL) {
		r = proc_file_list_ids(&tasks->reader.files.fs, list, "/proc");
		if (r < 0)
			monitor_add_missing(tasks->reader.files.missing,
					    "processes: /proc cannot be listed (%s)", strerror(-r));
		return;
	}
	for (uint32_t i = 0; i < pid_count; i++)
		vec_push(list, pids[i]);
	proc_file_sort_ids(list);
	for (size_t i = 0; i < list->count; i++)
		if (i == 0 || list->items[i] != list->items[i - 1])
			list->items[kept++] = list->items[i];
	list->count = kept;
}

void machine_tasks_read(struct machine_tasks *tasks, const pid_t *pids, uint32_t pid_count,
			struct machine_sample *sample)
{
	struct machine_processes before = tasks->processes;
	size_t at = 0;

	list_pids(tasks, pids, pid_count);
	tasks->processes = (struct machine_processes){0};
	vec_reserve(&tasks->processes, tasks->pids.count);
	for (size_t i = 0; i < tasks->pids.count; i++) {
		struct machine_process process = make_process(tasks->pids.items[i]);

		while (at < before.count && before.items[at].task.pid < process.task.pid)
			release_process(tasks, &before.items[at++]);
		if (at < before.count && before.items[at].task.pid == process.task.pid)
			process = before.items[at++];
		if (!read_process(tasks, &process)) {
			release_process(tasks, &process);
			continue;
		}
		vec_push(&tasks->processes, process);
		add_process(tasks, &process, sample);
	}
	while (at < before.count)
		release_process(tasks, &before.items[at++]);
	vec_release(&before);
}
