#include "model/syscall_table.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void syscall_table_release(struct syscall_table *table)
{
	vec_release(&table->rows);
	vec_release(&table->errors);
	*table = (struct syscall_table){0};
}

void syscall_table_clear(struct syscall_table *table)
{
	vec_clear(&table->rows);
	vec_clear(&table->errors);
	table->method[0] = '\0';
	table->window_ns = table->lost = 0;
	table->cost_per_call_ns = 0;
}

static int compare_u32(uint32_t a, uint32_t b)
{
	return a < b ? -1 : a > b;
}

static int compare_rows(const void *a, const void *b)
{
	const struct syscall_row *left = a, *right = b;
	int by_tid = compare_u32(left->tid, right->tid);

	return by_tid != 0 ? by_tid
			   : (left->number > right->number) - (left->number < right->number);
}

static int compare_errors(const void *a, const void *b)
{
	const struct syscall_error_row *left = a, *right = b;
	int by_tid = compare_u32(left->tid, right->tid);

	if (by_tid != 0)
		return by_tid;
	if (left->number != right->number)
		return left->number < right->number ? -1 : 1;
	return compare_u32(left->error, right->error);
}

static void add_row(struct syscall_row *to, const struct syscall_row *from)
{
	if (from->calls > 0) {
		to->min_ns = to->calls > 0 && to->min_ns < from->min_ns ? to->min_ns : from->min_ns;
		to->max_ns = to->max_ns > from->max_ns ? to->max_ns : from->max_ns;
	}
	to->calls += from->calls;
	to->errors += from->errors;
	to->open += from->open;
	to->wall_ns += from->wall_ns;
	if (to->cpu_ns != UINT64_MAX)
		to->cpu_ns = from->cpu_ns != UINT64_MAX ? to->cpu_ns + from->cpu_ns : UINT64_MAX;
}

void syscall_table_sort(struct syscall_table *table)
{
	size_t kept = 0;

	if (table->rows.count > 0)
		qsort(table->rows.items, table->rows.count, sizeof(*table->rows.items),
		      compare_rows);
	for (size_t i = 0; i < table->rows.count; i++) {
		if (kept > 0 &&
		    compare_rows(&table->rows.items[kept - 1], &table->rows.items[i]) == 0)
			add_row(&table->rows.items[kept - 1], &table->rows.items[i]);
		else
			table->rows.items[kept++] = table->rows.items[i];
	}
	table->rows.count = kept;
	kept = 0;
	if (table->errors.count > 0)
		qsort(table->errors.items, table->errors.count, sizeof(*table->errors.items),
		      compare_errors);
	for (size_t i = 0; i < table->errors.count; i++) {
		if (kept > 0 &&
		    compare_errors(&table->errors.items[kept - 1], &table->errors.items[i]) == 0)
			table->errors.items[kept - 1].count += table->errors.items[i].count;
		else
			table->errors.items[kept++] = table->errors.items[i];
	}
	table->errors.count = kept;
}

/* Those that a call returns inside the kernel, to be begun again or to become EINTR. */
static const char *find_restart_name(uint32_t error)
{
	switch (error) {
	case 512:
		return "ERESTARTSYS";
	case 513:
		return "ERESTARTNOINTR";
	case 514:
		return "ERESTARTNOHAND";
	case 515:
		return "ENOIOCTLCMD";
	case 516:
		return "ERESTART_RESTARTBLOCK";
	case 517:
		return "EPROBE_DEFER";
	default:
		return NULL;
	}
}

const char *syscall_error_name(uint32_t error, char buffer[static 16])
{
	const char *name = find_restart_name(error);

	if (name == NULL && error > 0 && error < 512)
		name = strerrorname_np((int)error);
	if (name != NULL)
		return name;
	snprintf(buffer, 16, "errno %u", error % 100000);
	return buffer;
}
