#include "view/stat_table.h"

#include <string.h>

#include "view/stat_table_parts.h"

/* In front of and behind the columns of each of pidstat's tables. */
static const struct stat_column task_columns[] = {
	{"UID", "uid", STAT_ID, 5, 0},
	{"PID", "pid", STAT_ID, 9, 0},
};
static const struct stat_column thread_columns[] = {
	{"UID", "uid", STAT_ID, 5, 0},
	{"TGID", "pid", STAT_ID, 9, 0},
	{"TID", "tid", STAT_ID, 9, 0},
};
static const struct stat_column name_columns[] = {
	{"Command", "command", STAT_TEXT, 0, 0},
};

static const struct stat_column cpu_columns[] = {
	{"%usr", "usr_percent", STAT_PERCENT, 7, 2},
	{"%system", "system_percent", STAT_PERCENT, 7, 2},
	{"%guest", "guest_percent", STAT_PERCENT, 7, 2},
	{"%wait", "wait_percent", STAT_PERCENT, 7, 2},
	{"%CPU", "cpu_percent", STAT_PERCENT, 7, 2},
	{"CPU", "cpu", STAT_ID, 5, 0},
};

static const struct stat_column memory_columns[] = {
	{"minflt/s", "minor_faults_per_s", STAT_PER_SECOND, 9, 2},
	{"majflt/s", "major_faults_per_s", STAT_PER_SECOND, 9, 2},
	{"VSZ", "vsz_kb", STAT_KB, 7, 0},
	{"RSS", "rss_kb", STAT_KB, 7, 0},
	{"%MEM", "mem_percent", STAT_PERCENT, 6, 2},
};

static const struct stat_column io_columns[] = {
	{"kB_rd/s", "read_kb_per_s", STAT_KB_PER_SECOND, 9, 2},
	{"kB_wr/s", "written_kb_per_s", STAT_KB_PER_SECOND, 9, 2},
	{"kB_ccwr/s", "cancelled_kb_per_s", STAT_KB_PER_SECOND, 9, 2},
	{"iodelay", "iodelay_ticks", STAT_COUNT, 7, 0},
};

static const struct stat_column switch_columns[] = {
	{"cswch/s", "voluntary_switches_per_s", STAT_PER_SECOND, 9, 2},
	{"nvcswch/s", "involuntary_switches_per_s", STAT_PER_SECOND, 9, 2},
};

static const struct stat_column kernel_columns[] = {
	{"threads", "threads", STAT_COUNT, 7, 0},
	{"fd-nr", "descriptors", STAT_COUNT, 7, 0},
};

static const struct stat_column mpstat_columns[] = {
	{"CPU", "cpu", STAT_ID, 4, 0},
	{"%usr", "usr_percent", STAT_PERCENT, 7, 2},
	{"%nice", "nice_percent", STAT_PERCENT, 7, 2},
	{"%sys", "sys_percent", STAT_PERCENT, 7, 2},
	{"%iowait", "iowait_percent", STAT_PERCENT, 7, 2},
	{"%irq", "irq_percent", STAT_PERCENT, 7, 2},
	{"%soft", "soft_percent", STAT_PERCENT, 7, 2},
	{"%steal", "steal_percent", STAT_PERCENT, 7, 2},
	{"%guest", "guest_percent", STAT_PERCENT, 7, 2},
	{"%gnice", "gnice_percent", STAT_PERCENT, 7, 2},
	{"%idle", "idle_percent", STAT_PERCENT, 7, 2},
};

static const struct stat_column average_columns[] = {
	{"%user", "user_percent", STAT_PERCENT, 7, 2},
	{"%nice", "nice_percent", STAT_PERCENT, 7, 2},
	{"%system", "system_percent", STAT_PERCENT, 7, 2},
	{"%iowait", "iowait_percent", STAT_PERCENT, 7, 2},
	{"%steal", "steal_percent", STAT_PERCENT, 7, 2},
	{"%idle", "idle_percent", STAT_PERCENT, 7, 2},
};

/* Six for each of reads, writes and discards. */
static const struct stat_column disk_columns[] = {
	{"Device", "device", STAT_TEXT, 13, 0},
	{"r/s", "reads_per_s", STAT_PER_SECOND, 7, 2},
	{"rkB/s", "read_kb_per_s", STAT_KB_PER_SECOND, 9, 2},
	{"rrqm/s", "reads_merged_per_s", STAT_PER_SECOND, 8, 2},
	{"%rrqm", "reads_merged_percent", STAT_PERCENT, 6, 2},
	{"r_await", "read_await_ms", STAT_MS, 7, 2},
	{"rareq-sz", "read_request_kb", STAT_KB, 8, 2},
	{"w/s", "writes_per_s", STAT_PER_SECOND, 7, 2},
	{"wkB/s", "written_kb_per_s", STAT_KB_PER_SECOND, 9, 2},
	{"wrqm/s", "writes_merged_per_s", STAT_PER_SECOND, 8, 2},
	{"%wrqm", "writes_merged_percent", STAT_PERCENT, 6, 2},
	{"w_await", "write_await_ms", STAT_MS, 7, 2},
	{"wareq-sz", "write_request_kb", STAT_KB, 8, 2},
	{"d/s", "discards_per_s", STAT_PER_SECOND, 7, 2},
	{"dkB/s", "discarded_kb_per_s", STAT_KB_PER_SECOND, 9, 2},
	{"drqm/s", "discards_merged_per_s", STAT_PER_SECOND, 8, 2},
	{"%drqm", "discards_merged_percent", STAT_PERCENT, 6, 2},
	{"d_await", "discard_await_ms", STAT_MS, 7, 2},
	{"dareq-sz", "discard_request_kb", STAT_KB, 8, 2},
	{"f/s", "flushes_per_s", STAT_PER_SECOND, 7, 2},
	{"f_await", "flush_await_ms", STAT_MS, 7, 2},
	{"aqu-sz", "queue", STAT_COUNT, 7, 2},
	{"%util", "util_percent", STAT_PERCENT, 6, 2},
};

typedef void (*add_rows_fn)(struct stat_table *table, const struct stat_window *window);

#define COLUMNS(array) (array), (uint32_t)(sizeof(array) / sizeof((array)[0]))

static const struct kind {
	const char *name;
	const struct stat_column *columns; /* of tasks: its own */
	uint32_t column_count;
	add_rows_fn add_rows;
} kinds_known[STAT_TABLE_COUNT] = {
	[STAT_PIDSTAT_CPU] = {"pidstat -u", COLUMNS(cpu_columns), stat_table_add_tasks},
	[STAT_PIDSTAT_MEMORY] = {"pidstat -r", COLUMNS(memory_columns), stat_table_add_tasks},
	[STAT_PIDSTAT_IO] = {"pidstat -d", COLUMNS(io_columns), stat_table_add_tasks},
	[STAT_PIDSTAT_SWITCHES] = {"pidstat -w", COLUMNS(switch_columns), stat_table_add_tasks},
	[STAT_PIDSTAT_KERNEL] = {"pidstat -v", COLUMNS(kernel_columns), stat_table_add_tasks},
	[STAT_MPSTAT] = {"mpstat -P ALL", COLUMNS(mpstat_columns), stat_table_add_cpus},
	[STAT_IOSTAT_CPU] = {"iostat -c", COLUMNS(average_columns), stat_table_add_cpu_average},
	[STAT_IOSTAT] = {"iostat -d -x", COLUMNS(disk_columns), stat_table_add_disks},
};

const char *stat_table_kind_name(enum stat_table_kind kind)
{
	return kinds_known[kind].name;
}

void stat_table_reserve(struct stat_table *table, struct arena *arena, size_t row_count)
{
	table->cells = (struct stat_cell *)arena_alloc(arena, row_count * table->column_count,
						       sizeof(struct stat_cell));
	if (table->has_threads)
		table->process_names =
			(const char **)arena_alloc(arena, row_count, sizeof(const char *));
}

/* What sysstat divides by: hundredths of /proc/uptime, never 0. */
static uint64_t count_hundredths(const struct machine_sample *last,
				 const struct machine_sample *now)
{
	uint64_t begin = 0, end = now->uptime_ns / SAMPLE_TICK_NS;

	if (last != NULL)
		begin = last->uptime_ns / SAMPLE_TICK_NS;
	return end > begin ? end - begin : 1;
}

static void set_columns(struct stat_table *table, struct arena *arena, bool has_threads)
{
	const struct kind *kind = &kinds_known[table->kind];
	struct {
		const struct stat_column *columns;
		uint32_t count;
	} parts[] = {
		{COLUMNS(task_columns)},
		{kind->columns, kind->column_count},
		{COLUMNS(name_columns)},
	};
	struct stat_column *columns;

	if (kind->add_rows != stat_table_add_tasks) {
		table->columns = kind->columns;
		table->column_count = kind->column_count;
		return;
	}
	table->has_threads = has_threads;
	if (has_threads) {
		parts[0].columns = thread_columns;
		parts[0].count = sizeof(thread_columns) / sizeof(thread_columns[0]);
	}
	columns = (struct stat_column *)arena_alloc(
		arena, parts[0].count + parts[1].count + parts[2].count, sizeof(*columns));
	for (int i = 0; i < 3; i++) {
		memcpy(&columns[table->column_count], parts[i].columns,
		       parts[i].count * sizeof(*columns));
		table->column_count += parts[i].count;
	}
	table->columns = columns;
}

void stat_table_make(struct stat_table *ret_table, struct arena *arena, enum stat_table_kind kind,
		     const struct machine_sample *last, const struct machine_sample *now,
		     const struct stat_table_options *options)
{
	uint64_t hundredths = count_hundredths(last, now);
	struct stat_window window = {
		.last = last,
		.now = now,
		.options = options,
		.arena = arena,
		.hundredths = (double)hundredths,
	};
	struct stat_table table = {
		.kind = kind,
		.is_average = options->is_average,
		.begin_wall_ns = last != NULL ? last->wall_ns : now->wall_ns,
		.end_wall_ns = now->wall_ns,
		.seconds = (double)hundredths / 100,
	};

	set_columns(&table, arena, options->has_threads);
	kinds_known[kind].add_rows(&table, &window);
	*ret_table = table;
}
