#include "capture/syscall_ptrace_tally.h"

#include <stdlib.h>
#include <string.h>

#include "util/alloc.h"

enum {
	UNKNOWN_SLOT = SYSCALL_PTRACE_TALLY_NUMBERS - 2,
	NARROW_SLOT = SYSCALL_PTRACE_TALLY_NUMBERS - 1
};

void syscall_ptrace_tally_release(struct syscall_ptrace_tally *tally)
{
	for (size_t i = 0; i < tally->threads.count; i++)
		free(tally->threads.items[i].rows);
	vec_release(&tally->threads);
	vec_release(&tally->rows);
	vec_release(&tally->errors);
}

uint32_t syscall_ptrace_tally_add_thread(struct syscall_ptrace_tally *tally, uint32_t pid,
					 uint32_t tid)
{
	vec_push(&tally->threads, (struct syscall_ptrace_tally_thread){
					  .pid = pid,
					  .tid = tid,
					  .number = SYSCALL_PTRACE_TALLY_NONE,
					  .open_number = SYSCALL_PTRACE_TALLY_NONE,
				  });
	return (uint32_t)tally->threads.count - 1;
}

void syscall_ptrace_tally_enter(struct syscall_ptrace_tally *tally, uint32_t thread, int32_t number,
				uint64_t now_ns)
{
	tally->threads.items[thread].number =
		number >= UNKNOWN_SLOT ? SYSCALL_NUMBER_UNKNOWN : number;
	tally->threads.items[thread].start_ns = now_ns;
}

static uint32_t get_slot(int32_t number)
{
	if (number == SYSCALL_NUMBER_32BIT)
		return NARROW_SLOT;
	return number < 0 ? UNKNOWN_SLOT : (uint32_t)number;
}

/* NULL when there is no room. */
static struct syscall_ptrace_tally_row *find_row(struct syscall_ptrace_tally *tally, uint32_t index)
{
	struct syscall_ptrace_tally_thread *thread = &tally->threads.items[index];
	uint32_t slot = get_slot(thread->number);

	if (thread->rows == NULL)
		thread->rows = alloc_array(SYSCALL_PTRACE_TALLY_NUMBERS, sizeof(*thread->rows));
	if (thread->rows[slot] == 0) {
		if (tally->rows.count >= SYSCALL_PTRACE_TALLY_ROWS_MAX)
			return NULL;
		vec_push(&tally->rows, (struct syscall_ptrace_tally_row){.thread = index,
									 .number = thread->number});
		thread->rows[slot] = (uint32_t)tally->rows.count;
	}
	return &tally->rows.items[thread->rows[slot] - 1];
}

static void count_error(struct syscall_ptrace_tally *tally, uint32_t row, uint32_t error)
{
	for (size_t i = tally->errors.count; i-- > 0;) {
		if (tally->errors.items[i].row == row && tally->errors.items[i].error == error) {
			tally->errors.items[i].count++;
			return;
		}
	}
	vec_push(&tally->errors,
		 (struct syscall_ptrace_tally_error){.row = row, .error = error, .count = 1});
}

static uint64_t get_wall(const struct syscall_ptrace_tally *tally,
			 const struct syscall_ptrace_tally_thread *thread, uint64_t now_ns)
{
	uint64_t start_ns = thread->start_ns > tally->begin_ns ? thread->start_ns : tally->begin_ns;

	return now_ns > start_ns ? now_ns - start_ns : 0;
}

static void count_call(struct syscall_ptrace_tally *tally, uint32_t index, uint32_t error,
		       uint64_t now_ns)
{
	uint64_t wall_ns = get_wall(tally, &tally->threads.items[index], now_ns);
	struct syscall_ptrace_tally_row *row = find_row(tally, index);

	if (row == NULL) {
		tally->lost++;
		return;
	}
	row->min_ns = row->calls == 0 || wall_ns < row->min_ns ? wall_ns : row->min_ns;
	row->max_ns = wall_ns > row->max_ns ? wall_ns : row->max_ns;
	row->wall_ns += wall_ns;
	row->calls++;
	if (error > 0) {
		row->errors++;
		count_error(tally, (uint32_t)(row - tally->rows.items), error);
	}
}

void syscall_ptrace_tally_exit(struct syscall_ptrace_tally *tally, uint32_t thread, uint32_t error,
			       uint64_t now_ns)
{
	if (tally->is_counting && tally->threads.items[thread].number != SYSCALL_PTRACE_TALLY_NONE)
		count_call(tally, thread, error, now_ns);
	tally->threads.items[thread].number = SYSCALL_PTRACE_TALLY_NONE;
}

static void keep_open(const struct syscall_ptrace_tally *tally,
		      struct syscall_ptrace_tally_thread *thread, uint64_t now_ns)
{
	if (thread->number == SYSCALL_PTRACE_TALLY_NONE)
		return;
	thread->open_number = thread->number;
	thread->open_wall_ns = get_wall(tally, thread, now_ns);
}

void syscall_ptrace_tally_end_thread(struct syscall_ptrace_tally *tally, uint32_t thread,
				     uint64_t now_ns)
{
	if (tally->is_counting)
		keep_open(tally, &tally->threads.items[thread], now_ns);
	tally->threads.items[thread].number = SYSCALL_PTRACE_TALLY_NONE;
}

void syscall_ptrace_tally_begin(struct syscall_ptrace_tally *tally, uint64_t now_ns)
{
	for (size_t i = 0; i < tally->rows.count; i++)
		tally->rows.items[i] = (struct syscall_ptrace_tally_row){
			.thread = tally->rows.items[i].thread,
			.number = tally->rows.items[i].number,
		};
	for (size_t i = 0; i < tally->threads.count; i++)
		tally->threads.items[i].open_number = SYSCALL_PTRACE_TALLY_NONE;
	vec_clear(&tally->errors);
	tally->lost = 0;
	tally->begin_ns = now_ns;
	tally->is_counting = true;
}

void syscall_ptrace_tally_end(struct syscall_ptrace_tally *tally, uint64_t now_ns)
{
	for (size_t i = 0; i < tally->threads.count; i++)
		keep_open(tally, &tally->threads.items[i], now_ns);
	tally->end_ns = now_ns;
	tally->is_counting = false;
}

static struct syscall_row make_row(const struct syscall_ptrace_tally_thread *thread, int32_t number)
{
	struct syscall_row row = {
		.pid = thread->pid, .tid = thread->tid, .number = number, .cpu_ns = UINT64_MAX};

	memcpy(row.comm, thread->comm, sizeof(row.comm));
	return row;
}

static void read_open(const struct syscall_ptrace_tally *tally,
		      const struct syscall_ptrace_tally_thread *thread, uint64_t now_ns,
		      struct syscall_table *table, syscall_ptrace_tally_name_fn name, void *arg)
{
	struct syscall_ptrace_tally_thread kept = *thread;
	struct syscall_row row;

	if (tally->is_counting)
		keep_open(tally, &kept, now_ns);
	if (kept.open_number == SYSCALL_PTRACE_TALLY_NONE)
		return;
	row = make_row(thread, kept.open_number);
	row.open = 1;
	row.wall_ns = kept.open_wall_ns;
	name(arg, thread, &row);
	vec_push(&table->rows, row);
}

void syscall_ptrace_tally_read(const struct syscall_ptrace_tally *tally, uint64_t now_ns,
			       struct syscall_table *table, syscall_ptrace_tally_name_fn name,
			       void *arg)
{
	table->window_ns = (tally->is_counting ? now_ns : tally->end_ns) - tally->begin_ns;
	table->lost = tally->lost;
	for (size_t i = 0; i < tally->rows.count; i++) {
		const struct syscall_ptrace_tally_row *from = &tally->rows.items[i];
		const struct syscall_ptrace_tally_thread *thread =
			&tally->threads.items[from->thread];
		struct syscall_row row = make_row(thread, from->number);

		if (from->calls == 0)
			continue;
		row.calls = from->calls;
		row.errors = from->errors;
		row.wall_ns = from->wall_ns;
		row.min_ns = from->min_ns;
		row.max_ns = from->max_ns;
		name(arg, thread, &row);
		vec_push(&table->rows, row);
	}
	for (size_t i = 0; i < tally->threads.count; i++)
		read_open(tally, &tally->threads.items[i], now_ns, table, name, arg);
	for (size_t i = 0; i < tally->errors.count; i++) {
		const struct syscall_ptrace_tally_error *error = &tally->errors.items[i];
		const struct syscall_ptrace_tally_row *row = &tally->rows.items[error->row];

		vec_push(&table->errors, (struct syscall_error_row){
						 .tid = tally->threads.items[row->thread].tid,
						 .number = row->number,
						 .error = error->error,
						 .count = error->count,
					 });
	}
}
