#include "capture/thread_table.h"

void thread_table_init(struct thread_table *table)
{
	*table = (struct thread_table){0};
	pid_map_init(&table->opened);
	pid_map_init(&table->inherited);
	vec_push(&table->round_starts_ns, 0);
}

void thread_table_release(struct thread_table *table)
{
	pid_map_release(&table->opened);
	pid_map_release(&table->inherited);
	vec_release(&table->round_starts_ns);
}

void thread_table_begin_round(struct thread_table *table, uint64_t start_ns)
{
	vec_push(&table->round_starts_ns, start_ns);
}

bool thread_table_is_opened(const struct thread_table *table, uint32_t tid)
{
	uint32_t ignored;

	return pid_map_find(&table->opened, tid, &ignored);
}

void thread_table_open(struct thread_table *table, uint32_t tid)
{
	if (thread_table_is_opened(table, tid))
		return;
	pid_map_set(&table->opened, tid, (uint32_t)table->round_starts_ns.count - 1);
	pid_map_remove(&table->inherited, tid);
}

uint32_t thread_table_find_owner(const struct thread_table *table, uint32_t tid)
{
	uint32_t owner = 0;

	pid_map_find(&table->inherited, tid, &owner);
	return owner;
}

void thread_table_add_record(struct thread_table *table, const struct perf_record *record,
			     bool is_final)
{
	uint32_t parent, owner;

	if (record->type == PERF_RECORD_EXIT) {
		pid_map_remove(&table->inherited, record->tid);
		if (is_final)
			pid_map_remove(&table->opened, record->tid);
	}
	if (record->type != PERF_RECORD_FORK || thread_table_is_opened(table, record->tid) ||
	    thread_table_find_owner(table, record->tid) != 0)
		return;
	parent = record->task.parent_tid;
	owner = thread_table_is_opened(table, parent) ? parent
						      : thread_table_find_owner(table, parent);
	if (owner != 0)
		pid_map_set(&table->inherited, record->tid, owner);
}

bool thread_table_is_duplicate(const struct thread_table *table, uint32_t owner,
			       const struct perf_record *sample)
{
	uint32_t round;

	return owner != 0 && owner != sample->tid &&
	       pid_map_find(&table->opened, sample->tid, &round) &&
	       sample->time_ns >= table->round_starts_ns.items[round];
}
