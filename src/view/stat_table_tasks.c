/* The rows of pidstat: a process, then its threads (sysstat 12.6.1, pidstat.c). */
#include "view/stat_table_parts.h"

enum { KB = 1024 };

static const struct task_sample nothing;

static bool has_grown(uint64_t last, uint64_t now)
{
	return last != now && last != SAMPLE_UNKNOWN && now != SAMPLE_UNKNOWN;
}

/* pidstat's own rule for what it leaves out, table by table. */
static bool is_idle(enum stat_table_kind kind, const struct task_sample *last,
		    const struct task_sample *now)
{
	if (kind == STAT_PIDSTAT_CPU)
		return !has_grown(last->user_ns, now->user_ns) &&
		       !has_grown(last->system_ns, now->system_ns);
	if (kind == STAT_PIDSTAT_MEMORY)
		return !has_grown(last->faults_minor, now->faults_minor) &&
		       !has_grown(last->faults_major, now->faults_major) &&
		       !has_grown(last->virtual_bytes / KB, now->virtual_bytes / KB) &&
		       !has_grown(last->rss_bytes / KB, now->rss_bytes / KB);
	if (kind == STAT_PIDSTAT_IO)
		return !has_grown(last->io_delay_ns, now->io_delay_ns) &&
		       !has_grown(last->read_bytes, now->read_bytes) &&
		       !has_grown(last->write_bytes, now->write_bytes) &&
		       !has_grown(last->cancelled_write_bytes, now->cancelled_write_bytes);
	if (kind == STAT_PIDSTAT_SWITCHES)
		return !has_grown(last->switches_voluntary, now->switches_voluntary) &&
		       !has_grown(last->switches_involuntary, now->switches_involuntary);
	return now->descriptor_count == SAMPLE_UNKNOWN ||
	       (last->thread_count == now->thread_count &&
		last->descriptor_count == now->descriptor_count);
}

static double ticks_grown(uint64_t last_ns, uint64_t now_ns)
{
	return stat_growth(stat_ticks(last_ns), stat_ticks(now_ns));
}

static void put_cpu(struct stat_cell **cell, const struct stat_window *window,
		    const struct task_sample *last, const struct task_sample *now)
{
	/* signed: guest time is counted on its own and may be ahead of the user time it is in */
	int64_t last_user =
		(int64_t)stat_ticks(last->user_ns) - (int64_t)stat_ticks(last->guest_ns);
	int64_t user = (int64_t)stat_ticks(now->user_ns) - (int64_t)stat_ticks(now->guest_ns);

	stat_cell_put(cell, user > last_user ? stat_rate(window, (double)(user - last_user)) : 0);
	stat_cell_put(cell, stat_rate(window, ticks_grown(last->system_ns, now->system_ns)));
	stat_cell_put(cell, stat_rate(window, ticks_grown(last->guest_ns, now->guest_ns)));
	stat_cell_put(cell, stat_rate(window, ticks_grown(last->wait_ns, now->wait_ns)));
	stat_cell_put(cell, stat_rate(window, ticks_grown(last->user_ns + last->system_ns,
							  now->user_ns + now->system_ns)));
	stat_cell_put(cell, stat_known(now->cpu >= 0 && !window->options->is_average, now->cpu));
}

static void put_memory(struct stat_cell **cell, const struct stat_window *window,
		       const struct task_sample *last, const struct task_sample *now)
{
	double rss_kb = (double)(now->rss_bytes / KB);
	uint64_t total_kb = window->now->memory_total_bytes / KB;

	stat_cell_put(cell, stat_rate(window, stat_growth(last->faults_minor, now->faults_minor)));
	stat_cell_put(cell, stat_rate(window, stat_growth(last->faults_major, now->faults_major)));
	stat_cell_put(cell, (double)(now->virtual_bytes / KB));
	stat_cell_put(cell, rss_kb);
	stat_cell_put(cell, total_kb > 0 ? rss_kb / (double)total_kb * 100 : 0);
}

static void put_io(struct stat_cell **cell, const struct stat_window *window,
		   const struct task_sample *last, const struct task_sample *now)
{
	double read = stat_growth(last->read_bytes, now->read_bytes);
	double written = stat_growth(last->write_bytes, now->write_bytes);
	double cancelled = stat_growth(last->cancelled_write_bytes, now->cancelled_write_bytes);

	stat_cell_put(cell, stat_rate(window, read) / KB);
	stat_cell_put(cell, stat_rate(window, written) / KB);
	stat_cell_put(cell, stat_rate(window, cancelled) / KB);
	stat_cell_put(cell, ticks_grown(last->io_delay_ns, now->io_delay_ns));
}

static void put_switches(struct stat_cell **cell, const struct stat_window *window,
			 const struct task_sample *last, const struct task_sample *now)
{
	stat_cell_put(cell, stat_rate(window, stat_growth(last->switches_voluntary,
							  now->switches_voluntary)));
	stat_cell_put(cell, stat_rate(window, stat_growth(last->switches_involuntary,
							  now->switches_involuntary)));
}

static void put_kernel(struct stat_cell **cell, const struct task_sample *now)
{
	stat_cell_put(cell, now->thread_count);
	stat_cell_put(cell, stat_known(now->descriptor_count != SAMPLE_UNKNOWN,
				       (double)now->descriptor_count));
}

static void put_values(struct stat_cell **cell, enum stat_table_kind kind,
		       const struct stat_window *window, const struct task_sample *last,
		       const struct task_sample *now)
{
	if (kind == STAT_PIDSTAT_CPU)
		put_cpu(cell, window, last, now);
	else if (kind == STAT_PIDSTAT_MEMORY)
		put_memory(cell, window, last, now);
	else if (kind == STAT_PIDSTAT_IO)
		put_io(cell, window, last, now);
	else if (kind == STAT_PIDSTAT_SWITCHES)
		put_switches(cell, window, last, now);
	else
		put_kernel(cell, now);
}

static void add_row(struct stat_table *table, const struct stat_window *window,
		    const struct task_sample *last, const struct task_sample *now,
		    const struct task_sample *process)
{
	struct stat_cell *cell;

	if (now->tid != 0 && process != NULL && process->pid == now->pid)
		table->process_names[table->row_count] = arena_strdup(window->arena, process->name);
	cell = stat_table_begin_row(table);
	stat_cell_put(&cell, now->uid);
	stat_cell_put(&cell, now->pid);
	if (table->has_threads)
		stat_cell_put(&cell, stat_known(now->tid != 0, now->tid));
	put_values(&cell, table->kind, window, last, now);
	stat_cell_put_text(&cell, arena_strdup(window->arena, now->name));
}

void stat_table_add_tasks(struct stat_table *table, const struct stat_window *window)
{
	const struct machine_sample *now = window->now;
	const struct task_sample *process = NULL;

	stat_table_reserve(table, window->arena, now->tasks.count);
	for (size_t i = 0; i < now->tasks.count; i++) {
		const struct task_sample *task = &now->tasks.items[i], *last = NULL;

		if (task->tid == 0)
			process = task;
		else if (!table->has_threads)
			continue;
		if (window->last != NULL)
			last = machine_sample_find_task(window->last, task);
		if (last == NULL)
			last = &nothing;
		if (window->options->has_idle || !is_idle(table->kind, last, task))
			add_row(table, window, last, task, process);
	}
}
