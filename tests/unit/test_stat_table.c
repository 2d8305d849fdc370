/* Tables computed by hand: 2.00 s apart, so that a tick is half a percent. */
#include "view/stat_table.h"

#include <errno.h>

#include "sample_machine.h"
#include "tap.h"

static struct arena arena;
static struct stat_table table;

static void make(enum stat_table_kind kind, struct stat_table_options options)
{
	stat_table_make(&table, &arena, kind, &sample_first, &sample_second, &options);
}

static int find_column(const char *title)
{
	for (uint32_t i = 0; i < table.column_count; i++)
		if (strcmp(table.columns[i].title, title) == 0)
			return (int)i;
	ok(false, title);
	return 0;
}

static const struct stat_cell *at(uint32_t row, const char *title)
{
	static const struct stat_cell none = {.text = "no such row", .value = -1e9};

	if (row >= table.row_count)
		return &none;
	return &table.cells[row * table.column_count + (uint32_t)find_column(title)];
}

static void check(uint32_t row, const char *title, double want)
{
	char what[64];

	snprintf(what, sizeof(what), "row %u %s", row, title);
	is_near(at(row, title)->value, want, 1e-9, what);
}

static void check_text(uint32_t row, const char *title, const char *want)
{
	is_str(at(row, title)->text, want, title);
}

static void check_titles(const char *want)
{
	char text[512] = "";
	size_t length = 0;

	for (uint32_t i = 0; i < table.column_count; i++)
		length += (size_t)snprintf(text + length, sizeof(text) - length, "%s%s",
					   i > 0 ? " " : "", table.columns[i].title);
	is_str(text, want, "titles");
}

static void test_cpu(void)
{
	make(STAT_PIDSTAT_CPU, (struct stat_table_options){0});
	check_titles("UID PID %usr %system %guest %wait %CPU CPU Command");
	is_near(table.seconds, 2, 1e-12, "seconds");
	is_int(table.end_wall_ns - table.begin_wall_ns, 2000000000, "wall-clock times");
	is_int(table.row_count, 3, "idle and gone are left out, and threads");
	check_text(0, "Command", "server");
	check(0, "UID", 1000);
	check(0, "PID", 100);
	check(0, "%usr", 100);
	check(0, "%system", 15);
	check(0, "%guest", 25);
	check(0, "%wait", 20);
	check(0, "%CPU", 140);
	check(0, "CPU", 1);
	check_text(1, "Command", "new");
	check(1, "%system", 2);
	check_text(2, "Command", "second");
	check(2, "%usr", 3);
	make(STAT_PIDSTAT_CPU, (struct stat_table_options){.has_idle = true, .is_average = true});
	is_int(table.row_count, 4, "with the idle one");
	check_text(1, "Command", "idle");
	check(1, "%CPU", 0);
	ok(isnan(at(0, "CPU")->value) && table.is_average, "an average was on no CPU");
}

static void test_threads(void)
{
	make(STAT_PIDSTAT_CPU, (struct stat_table_options){.has_threads = true});
	check_titles("UID TGID TID %usr %system %guest %wait %CPU CPU Command");
	is_int(table.row_count, 4, "only one thread did something");
	ok(isnan(at(0, "TID")->value) && table.process_names[0] == NULL, "the process");
	check(1, "TGID", 100);
	check(1, "TID", 101);
	check(1, "%usr", 100);
	check(1, "%wait", 20);
	is_str(table.process_names[1], "server", "whose thread it is");
	make(STAT_PIDSTAT_SWITCHES,
	     (struct stat_table_options){.has_threads = true, .has_idle = true});
	check_titles("UID TGID TID cswch/s nvcswch/s Command");
	is_int(table.row_count, 8, "all tasks");
	check(0, "cswch/s", 25);
	check(0, "nvcswch/s", 1.5);
	check(1, "cswch/s", 0);
	check(2, "cswch/s", 25);
}

static void test_other_tasks(void)
{
	make(STAT_PIDSTAT_MEMORY, (struct stat_table_options){0});
	check_titles("UID PID minflt/s majflt/s VSZ RSS %MEM Command");
	is_int(table.row_count, 3, "new ones have grown from nothing");
	check(0, "minflt/s", 12.5);
	check(0, "majflt/s", 0.5);
	check(0, "VSZ", 8192);
	check(0, "RSS", 2048);
	check(0, "%MEM", 25);
	make(STAT_PIDSTAT_IO, (struct stat_table_options){.has_threads = true});
	check_titles("UID TGID TID kB_rd/s kB_wr/s kB_ccwr/s iodelay Command");
	is_int(table.row_count, 1, "the thread alone");
	check(0, "kB_wr/s", 4);
	check(0, "kB_rd/s", 0);
	check(0, "iodelay", 3);
	make(STAT_PIDSTAT_IO, (struct stat_table_options){.has_idle = true});
	ok(isnan(at(0, "kB_rd/s")->value) && isnan(at(0, "kB_ccwr/s")->value), "not known");
	check(0, "iodelay", 0);
	make(STAT_PIDSTAT_KERNEL, (struct stat_table_options){.has_idle = true});
	check_titles("UID PID threads fd-nr Command");
	check(0, "threads", 3);
	check(0, "fd-nr", 7);
	ok(isnan(at(1, "fd-nr")->value), "not known");
	make(STAT_PIDSTAT_KERNEL, (struct stat_table_options){0});
	is_int(table.row_count, 2, "only what changed: the new ones");
}

static struct task_sample *find(struct machine_sample *sample, pid_t pid)
{
	struct task_sample *task = sample->tasks.items;

	while (task->pid != pid || task->tid != 0)
		task++;
	return task;
}

/* The kernel's sums over threads may lose a little, and guest time is rounded on its own. */
static void test_falling(void)
{
	struct task_sample *last = find(&sample_first, 100), *now = find(&sample_second, 100);
	struct task_sample last_kept = *last, now_kept = *now;

	now->user_ns = last->user_ns;
	now->system_ns = last->system_ns - SAMPLE_TICK_NS;
	now->wait_ns = 0;
	now->faults_minor = 0;
	now->switches_voluntary = 3;
	make(STAT_PIDSTAT_CPU, (struct stat_table_options){.has_idle = true});
	check(0, "%usr", 0);
	check(0, "%system", 0);
	check(0, "%wait", 0);
	check(0, "%CPU", 0);
	check(0, "%guest", 25);
	make(STAT_PIDSTAT_MEMORY, (struct stat_table_options){.has_idle = true});
	check(0, "minflt/s", 0);
	make(STAT_PIDSTAT_SWITCHES, (struct stat_table_options){.has_idle = true});
	check(0, "cswch/s", 0);
	now->wait_ns = SAMPLE_UNKNOWN;
	make(STAT_PIDSTAT_CPU, (struct stat_table_options){.has_idle = true});
	ok(isnan(at(0, "%wait")->value), "no schedstat");
	*last = last_kept;
	*now = now_kept;
}

static void test_since_boot(void)
{
	struct stat_table_options options = {0};

	stat_table_make(&table, &arena, STAT_PIDSTAT_CPU, NULL, &sample_second, &options);
	is_near(table.seconds, 12, 1e-12, "the uptime");
	check(0, "%system", 40 / 12.0);
	stat_table_make(&table, &arena, STAT_PIDSTAT_CPU, &sample_second, &sample_second, &options);
	is_near(table.seconds, 0.01, 1e-12, "never nothing");
	is_int(table.row_count, 0, "no row");
}

static void set_cpus(void)
{
	static const struct {
		uint32_t cpu;
		uint64_t last[CPU_STATE_COUNT], now[CPU_STATE_COUNT]; /* all 0 = offline */
	} cpus[] = {
		{0, {100, 10, 20, 700, 5, 1, 2, 3, 40, 4}, {150, 20, 30, 800, 15, 2, 4, 6, 60, 8}},
		{1, {100, 0, 0, 900}, {100, 0, 0, 900}},
		{2, {9, 9, 9, 900, 90}, {19, 9, 9, 990, 80}},
		{3, {9, 9, 9, 900, 90}, {19, 9, 9, 8, 7}},
		{4, {0}, {5, 0, 0, 995}},
		{5, {5, 0, 0, 995}, {0}},
		{6, {100, 0, 0, 0, 0, 0, 0, 0, 50}, {110, 0, 0, 30, 0, 0, 0, 0, 70}},
	};

	for (size_t i = 0; i < sizeof(cpus) / sizeof(cpus[0]); i++) {
		if (cpus[i].last[CPU_USER] > 0)
			vec_push(&sample_first.cpus, sample_make_cpu(cpus[i].cpu, cpus[i].last));
		if (cpus[i].now[CPU_USER] > 0)
			vec_push(&sample_second.cpus, sample_make_cpu(cpus[i].cpu, cpus[i].now));
	}
	sample_first.cpu_total = sample_make_cpu(0, cpus[0].last);
	sample_second.cpu_total = sample_make_cpu(0, cpus[0].now);
}

static void test_mpstat(void)
{
	make(STAT_MPSTAT, (struct stat_table_options){0});
	check_titles("CPU %usr %nice %sys %iowait %irq %soft %steal %guest %gnice %idle");
	is_int(table.row_count, 6, "without those that came or went");
	check_text(0, "CPU", "all");
	/* 186 ticks of CPU 0; its own clock divides */
	check(1, "CPU", 0);
	check(1, "%usr", 30 / 186.0 * 100);
	check(1, "%nice", 6 / 186.0 * 100);
	check(1, "%sys", 10 / 186.0 * 100);
	check(1, "%iowait", 10 / 186.0 * 100);
	check(1, "%irq", 1 / 186.0 * 100);
	check(1, "%soft", 2 / 186.0 * 100);
	check(1, "%steal", 3 / 186.0 * 100);
	check(1, "%guest", 20 / 186.0 * 100);
	check(1, "%gnice", 4 / 186.0 * 100);
	check(1, "%idle", 100 / 186.0 * 100);
	check(2, "%usr", 0);
	check(2, "%idle", 100);
	/* iowait became idle time */
	check(3, "%usr", 10);
	check(3, "%iowait", 0);
	check(3, "%idle", 90);
	/* was offline: idle and iowait from zero */
	check(4, "%usr", 40);
	check(4, "%idle", 32);
	check(4, "%iowait", 28);
	/* 20 ticks of guest in 10 of user: user without guest fell by 10, which are added */
	check(5, "CPU", 6);
	check(5, "%usr", 0);
	check(5, "%guest", 40);
	check(5, "%idle", 60);
	/* 186 + 0 + 100 + 25 + 50 */
	check(0, "%idle", (100 + 90 + 8 + 30) / 361.0 * 100);
	check(0, "%iowait", (10 + 7) / 361.0 * 100);
	make(STAT_MPSTAT, (struct stat_table_options){.cpu_count = 1});
	check(0, "%idle", 100 / 186.0 * 100);
	make(STAT_IOSTAT_CPU, (struct stat_table_options){0});
	check_titles("%user %nice %system %iowait %steal %idle");
	is_int(table.row_count, 1, "one row");
	check(0, "%user", 50 / 186.0 * 100);
	check(0, "%nice", 10 / 186.0 * 100);
	check(0, "%system", 13 / 186.0 * 100);
	check(0, "%idle", 100 / 186.0 * 100);
}

static void add_disk(struct machine_sample *sample, struct disk_sample disk)
{
	vec_push(&sample->disks, disk);
}

static void set_disks(void)
{
	struct disk_sample sda = {.name = "sda",
				  .reads = 100,
				  .reads_merged = 10,
				  .read_sectors = 1000,
				  .read_ms = 50,
				  .writes = 7,
				  .busy_ms = UINT32_MAX - 9,
				  .weighted_ms = 100};
	struct disk_sample part = {.name = "sda1", .is_partition = true, .reads = 1};

	add_disk(&sample_first, (struct disk_sample){.name = "unused"});
	add_disk(&sample_second, (struct disk_sample){.name = "unused"});
	add_disk(&sample_first,
		 (struct disk_sample){.name = "usb", .reads = 50, .read_sectors = 9});
	add_disk(&sample_second,
		 (struct disk_sample){.name = "usb", .reads = 4, .read_sectors = 8});
	add_disk(&sample_first, sda);
	add_disk(&sample_first, part);
	sda.reads += 30;
	sda.reads_merged += 10;
	sda.read_sectors += 600;
	sda.read_ms += 45;
	sda.busy_ms = 490; /* 500 ms later, over 32 bits */
	sda.weighted_ms += 3000;
	sda.discards = 2;
	sda.discard_sectors = 64;
	sda.flushes = 4;
	sda.flush_ms = 6;
	add_disk(&sample_second, sda);
	add_disk(&sample_second, part);
}

static void test_iostat(void)
{
	make(STAT_IOSTAT, (struct stat_table_options){0});
	check_titles(
		"Device r/s rkB/s rrqm/s %rrqm r_await rareq-sz w/s wkB/s wrqm/s %wrqm w_await "
		"wareq-sz d/s dkB/s drqm/s %drqm d_await dareq-sz f/s f_await aqu-sz %util");
	is_int(table.row_count, 2, "without partitions and what was never used");
	check_text(0, "Device", "sda");
	check(0, "r/s", 15);
	check(0, "rkB/s", 150);
	check(0, "rrqm/s", 5);
	check(0, "%rrqm", 25);
	check(0, "r_await", 1.5);
	check(0, "rareq-sz", 10);
	check(0, "w/s", 0);
	check(0, "w_await", 0);
	check(0, "wareq-sz", 0);
	check(0, "%wrqm", 0);
	check(0, "d/s", 1);
	check(0, "dareq-sz", 16);
	check(0, "f/s", 2);
	check(0, "f_await", 1.5);
	check(0, "aqu-sz", 1.5);
	check(0, "%util", 25);
	check_text(1, "Device", "usb");
	check(1, "r/s", 2);
	make(STAT_IOSTAT, (struct stat_table_options){.has_partitions = true});
	is_int(table.row_count, 3, "with its partition");
	check_text(0, "Device", "usb");
	check_text(2, "Device", "sda1");
}

static void test_kinds(void)
{
	for (int kind = 0; kind < STAT_TABLE_COUNT; kind++) {
		struct stat_table_options options = {0};
		bool kinds[STAT_TABLE_COUNT] = {0};
		const char *name = stat_table_kind_name((enum stat_table_kind)kind);
		int count = 0;

		is_int(stat_table_parse_kinds(name, kinds, &options, NULL), 0, name);
		for (int i = 0; i < STAT_TABLE_COUNT; i++)
			count += kinds[i];
		ok(count == 1 && kinds[kind], "means itself alone");
	}
}

static void test_parse(void)
{
	static const char *const wrong[] = {
		"",
		"top",
		"pidstats",
		"pidstat -h",
		"pidstat -u 1 5",
		"pidstat -p 7",
		"iostat -z",
		"iostat -x sda",
		"mpstat ALL",
		"pidstat -",
	};
	struct stat_table_options options = {0};
	bool kinds[STAT_TABLE_COUNT] = {0};
	struct err err = {0};

	is_int(stat_table_parse_kinds("pidstat", kinds, &options, &err), 0, "pidstat");
	ok(kinds[STAT_PIDSTAT_CPU] && !kinds[STAT_PIDSTAT_MEMORY] && !options.has_threads, "is -u");
	is_int(stat_table_parse_kinds("  pidstat -rd\t-t  -p ALL ", kinds, &options, &err), 0,
	       "letters together and apart");
	ok(kinds[STAT_PIDSTAT_CPU] && kinds[STAT_PIDSTAT_MEMORY] && kinds[STAT_PIDSTAT_IO] &&
		   !kinds[STAT_PIDSTAT_SWITCHES] && options.has_threads && options.has_idle,
	   "are added");
	is_int(stat_table_parse_kinds("mpstat -P ALL", kinds, &options, &err), 0, "mpstat");
	is_int(stat_table_parse_kinds("iostat -x -p", kinds, &options, &err), 0, "iostat");
	ok(kinds[STAT_MPSTAT] && kinds[STAT_IOSTAT] && kinds[STAT_IOSTAT_CPU] &&
		   options.has_partitions,
	   "are added as well");
	memset(kinds, 0, sizeof(kinds));
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		is_int(stat_table_parse_kinds(wrong[i], kinds, &options, &err), -EINVAL, wrong[i]);
		ok(err.text[0] != '\0', err.text);
	}
	ok(memcmp(kinds, (bool[STAT_TABLE_COUNT]){0}, sizeof(kinds)) == 0, "nothing is added");
}

int main(void)
{
	arena_init(&arena);
	sample_begin();
	set_cpus();
	set_disks();
	test_cpu();
	test_threads();
	test_other_tasks();
	test_falling();
	test_since_boot();
	test_mpstat();
	test_iostat();
	test_kinds();
	test_parse();
	sample_end();
	arena_release(&arena);
	return tap_done();
}
