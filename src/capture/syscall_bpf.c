#include "capture/syscall_bpf.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

#include "bpf/syscalls.h"
#include "capture/syscall_bpf_cost.h"
#include "capture/syscall_bpf_refusal.h"
#include "capture/syscall_name.h"
#include "capture/syscall_trace_parts.h"
#include "util/alloc.h"
#include "util/clock.h"

struct syscall_bpf {
	struct syscalls *syscalls;
	const struct syscall_target *targets;
	uint32_t target_count;
	double cost_ns;
};

static bool is_shown(const struct syscalls_thread *thread)
{
	return thread->target != SYSCALLS_TARGET_CALIBRATION;
}

static int check_followed(const struct syscall_bpf *bpf, struct err *err)
{
	uint32_t count;
	const struct syscalls_thread *threads = syscalls_get_threads(bpf->syscalls, &count);
	pid_t pid;

	for (uint32_t i = 0; i < count; i++)
		if (is_shown(&threads[i]))
			return 0;
	pid = bpf->target_count > 0 ? bpf->targets[0].pid : 0;
	if (pid > 0 && kill(pid, 0) == 0)
		return err_set(err, -EINVAL,
			       "process %d makes no system calls: it is the kernel's, or has ended",
			       (int)pid);
	return err_set(err, -ESRCH, "there is no process %d", (int)pid);
}

static int open_programs(struct syscall_bpf *bpf, struct err *err)
{
	scoped_free pid_t *pids = alloc_array(bpf->target_count + 1ull, sizeof(*pids));
	int result;

	for (uint32_t i = 0; i < bpf->target_count; i++)
		pids[i] = bpf->targets[i].pid;
	result = syscalls_open(&bpf->syscalls, pids, bpf->target_count, err);
	if (result == 0)
		result = syscall_bpf_cost_attach(bpf->syscalls, &bpf->cost_ns, err);
	return result;
}

int syscall_bpf_open(struct syscall_bpf **ret_bpf, const struct syscall_target *targets,
		     uint32_t target_count, struct err *err)
{
	scoped(syscall_bpf_cleanup) struct syscall_bpf *bpf = alloc_new(struct syscall_bpf);
	struct err reason = {0};
	int result;

	bpf->targets = targets;
	bpf->target_count = target_count;
	result = open_programs(bpf, &reason);
	if (result < 0)
		return syscall_bpf_refusal_explain(result, err_text(&reason), err);
	result = check_followed(bpf, err);
	if (result < 0)
		return result;
	*ret_bpf = bpf;
	bpf = NULL;
	return 0;
}

void syscall_bpf_close(struct syscall_bpf *bpf)
{
	if (bpf == NULL)
		return;
	syscalls_close(bpf->syscalls);
	free(bpf);
}

void syscall_bpf_enable(struct syscall_bpf *bpf)
{
	syscalls_begin(bpf->syscalls);
}

void syscall_bpf_disable(struct syscall_bpf *bpf)
{
	syscalls_end(bpf->syscalls);
}

static int32_t get_number(uint32_t number)
{
	if (number == SYSCALLS_NUMBER_32BIT)
		return SYSCALL_NUMBER_32BIT;
	return number == SYSCALLS_NUMBER_UNKNOWN ? SYSCALL_NUMBER_UNKNOWN : (int32_t)number;
}

/* The part of a row that tells whose it is. */
static struct syscall_row make_row(const struct syscall_bpf *bpf,
				   const struct syscalls_thread *thread, uint32_t number)
{
	struct syscall_row row = {
		.pid = thread->pid, .tid = thread->tid, .number = get_number(number)};

	memcpy(row.comm, thread->comm, sizeof(row.comm));
	row.comm[sizeof(row.comm) - 1] = '\0';
	if (thread->target < bpf->target_count)
		syscall_target_write_role(&bpf->targets[thread->target], thread->is_descendant != 0,
					  row.role);
	syscall_name_format(row.number, row.name);
	return row;
}

/* The two are read one after the other while they grow. */
static uint64_t get_cpu(uint64_t wall_ns, uint64_t off_ns)
{
	return wall_ns > off_ns ? wall_ns - off_ns : 0;
}

static void add_row(const struct syscall_bpf *bpf, const struct syscalls_thread *thread,
		    const struct syscalls_row *from, struct syscall_table *table)
{
	struct syscall_row row;

	if (from->calls == 0)
		return;
	row = make_row(bpf, thread, from->number);
	row.calls = from->calls;
	row.errors = from->error_count + from->other_error_count;
	row.wall_ns = from->wall_ns;
	row.cpu_ns = get_cpu(from->wall_ns, from->off_ns);
	row.min_ns = from->min_ns;
	row.max_ns = from->max_ns;
	vec_push(&table->rows, row);
	if (from->error_count > 0)
		vec_push(&table->errors, (struct syscall_error_row){.tid = row.tid,
								    .number = row.number,
								    .error = from->error,
								    .count = from->error_count});
}

static void add_open(const struct syscall_bpf *bpf, const struct syscalls_thread *thread,
		     struct syscall_table *table)
{
	struct syscall_row row;

	if (thread->open_number == SYSCALLS_NO_CALL)
		return;
	row = make_row(bpf, thread, thread->open_number);
	row.open = 1;
	row.wall_ns = thread->open_wall_ns;
	row.cpu_ns = get_cpu(thread->open_wall_ns, thread->open_off_ns);
	vec_push(&table->rows, row);
}

static void add_errors(const struct syscall_bpf *bpf, struct syscall_table *table)
{
	struct syscalls_error_key key = {0};
	uint32_t row_count, thread_count;
	const struct syscalls_row *rows = syscalls_get_rows(bpf->syscalls, &row_count);
	const struct syscalls_thread *threads = syscalls_get_threads(bpf->syscalls, &thread_count);
	uint64_t count;

	while (syscalls_next_error(bpf->syscalls, &key, &count)) {
		const struct syscalls_row *row;

		if (key.row >= row_count || rows[key.row].thread >= thread_count)
			continue;
		row = &rows[key.row];
		if (is_shown(&threads[row->thread]))
			vec_push(&table->errors,
				 (struct syscall_error_row){.tid = threads[row->thread].tid,
							    .number = get_number(row->number),
							    .error = key.error,
							    .count = count});
	}
}

void syscall_bpf_read(struct syscall_bpf *bpf, struct syscall_table *table)
{
	const struct syscalls_control *control = syscalls_get_control(bpf->syscalls);
	const struct syscalls_thread *threads;
	const struct syscalls_row *rows;
	uint32_t row_count, thread_count;

	if (control->is_counting)
		(void)syscalls_look(bpf->syscalls, 0, NULL); /* else names and open calls are old */
	snprintf(table->method, sizeof(table->method), "bpf");
	table->window_ns =
		(control->is_counting ? clock_now_ns() : control->end_ns) - control->begin_ns;
	table->cost_per_call_ns = bpf->cost_ns;
	table->lost = syscalls_get_lost(bpf->syscalls);
	rows = syscalls_get_rows(bpf->syscalls, &row_count);
	threads = syscalls_get_threads(bpf->syscalls, &thread_count);
	for (uint32_t i = 1; i < row_count; i++)
		if (rows[i].thread < thread_count && is_shown(&threads[rows[i].thread]))
			add_row(bpf, &threads[rows[i].thread], &rows[i], table);
	for (uint32_t i = 0; i < thread_count; i++)
		if (is_shown(&threads[i]))
			add_open(bpf, &threads[i], table);
	add_errors(bpf, table);
}
