#include "view/task_rows.h"

#include <math.h>
#include <stdlib.h>

const char *task_order_name(enum task_order order)
{
	static const char *const names[TASK_ORDER_COUNT] = {
		[TASK_BY_CPU] = "CPU",
		[TASK_BY_MEMORY] = "memory",
		[TASK_BY_WAIT] = "waiting",
		[TASK_BY_IO] = "I/O",
	};

	return names[order];
}

static double get_rate(uint64_t before, uint64_t after, double seconds)
{
	if (before == SAMPLE_UNKNOWN || after == SAMPLE_UNKNOWN)
		return (double)NAN;
	return after > before ? (double)(after - before) / seconds : 0;
}

static void fill_row(struct task_row *row, const struct task_sample *before,
		     const struct task_sample *after, double seconds)
{
	double user = get_rate(before->user_ns, after->user_ns, seconds) / 1e9;
	double system = get_rate(before->system_ns, after->system_ns, seconds) / 1e9;
	double exact = get_rate(before->cpu_ns, after->cpu_ns, seconds) / 1e9;

	row->task = after;
	row->user = user;
	row->system = system;
	/* a thread's exact time; of a process it would leave out the threads that ended */
	row->cpu = after->tid != 0 && !isnan(exact) ? exact : user + system;
	row->wait = get_rate(before->wait_ns, after->wait_ns, seconds) / 1e9;
	row->switches_voluntary_per_s =
		get_rate(before->switches_voluntary, after->switches_voluntary, seconds);
	row->switches_involuntary_per_s =
		get_rate(before->switches_involuntary, after->switches_involuntary, seconds);
	row->faults_per_s = get_rate(before->faults_minor, after->faults_minor, seconds) +
			    get_rate(before->faults_major, after->faults_major, seconds);
	row->read_bytes_per_s = get_rate(before->read_bytes, after->read_bytes, seconds);
	row->write_bytes_per_s = get_rate(before->write_bytes, after->write_bytes, seconds);
}

static double get_key(const struct task_row *row, enum task_order order)
{
	double value = 0;

	switch (order) {
	case TASK_BY_CPU:
		value = row->cpu;
		break;
	case TASK_BY_MEMORY:
		value = (double)row->task->rss_bytes;
		break;
	case TASK_BY_WAIT:
		value = row->wait;
		break;
	case TASK_BY_IO:
		value = row->read_bytes_per_s + row->write_bytes_per_s;
		break;
	case TASK_ORDER_COUNT:
		break;
	}
	return isnan(value) ? -1 : value;
}

static int compare_rows(const void *a, const void *b, void *context)
{
	const struct task_row *left = a, *right = b;
	const enum task_order *order = context;
	double left_key = get_key(left, *order), right_key = get_key(right, *order);

	if (left_key != right_key)
		return left_key > right_key ? -1 : 1;
	if (left->task->pid != right->task->pid)
		return left->task->pid < right->task->pid ? -1 : 1;
	return (left->task->tid > right->task->tid) - (left->task->tid < right->task->tid);
}

void task_rows_make(struct task_rows *ret_rows, struct arena *arena,
		    const struct machine_sample *last, const struct machine_sample *now,
		    bool has_threads, enum task_order order)
{
	double seconds = (double)(now->time_ns - last->time_ns) / 1e9;

	ret_rows->row_count = 0;
	ret_rows->rows = arena_alloc(arena, now->tasks.count + 1, sizeof(*ret_rows->rows));
	if (now->time_ns <= last->time_ns)
		return;
	for (size_t i = 0; i < now->tasks.count; i++) {
		const struct task_sample *after = &now->tasks.items[i];

		if ((after->tid != 0) == has_threads)
			fill_row(&ret_rows->rows[ret_rows->row_count++],
				 machine_sample_find_start(last, after), after, seconds);
	}
	qsort_r(ret_rows->rows, ret_rows->row_count, sizeof(*ret_rows->rows), compare_rows, &order);
}
