/* To the byte as pidstat, mpstat and iostat would print the same numbers. */
#include "report/stat_text.h"

#include <stdlib.h>
#include <time.h>

#include "sample_machine.h"
#include "tap.h"

static struct arena arena;
static struct strbuf text;

static void check(enum stat_table_kind kind, struct stat_table_options options, const char *want)
{
	struct stat_table table;

	stat_table_make(&table, &arena, kind, &sample_first, &sample_second, &options);
	strbuf_clear(&text);
	stat_text_add_table(&text, &table);
	is_str(strbuf_text(&text), want, stat_table_kind_name(kind));
}

static void test_tasks(void)
{
	struct stat_table_options options = {0};

	check(STAT_PIDSTAT_CPU, options,
	      "\n"
	      "22:13:20      UID       PID    %usr %system  %guest   %wait    %CPU   CPU  Command\n"
	      "22:13:22     1000       100  100.00   15.00   25.00   20.00  140.00     1  server\n"
	      "22:13:22     1000       300    0.00    2.00    0.00    0.00    2.00     1  new\n"
	      "22:13:22     1000       500    3.00    0.00    0.00    0.00    3.00     1  "
	      "second\n");
	check(STAT_PIDSTAT_MEMORY, options,
	      "\n"
	      "22:13:20      UID       PID  minflt/s  majflt/s     VSZ     RSS   %MEM  Command\n"
	      "22:13:22     1000       100     12.50      0.50    8192    2048  25.00  server\n"
	      "22:13:22     1000       300      0.00      0.00    8192    2048  25.00  new\n"
	      "22:13:22     1000       500      0.00      0.00    8192    2048  25.00  second\n");
	options.is_average = true;
	check(STAT_PIDSTAT_CPU, options,
	      "\n"
	      "Average:      UID       PID    %usr %system  %guest   %wait    %CPU   CPU  Command\n"
	      "Average:     1000       100  100.00   15.00   25.00   20.00  140.00     -  server\n"
	      "Average:     1000       300    0.00    2.00    0.00    0.00    2.00     -  new\n"
	      "Average:     1000       500    3.00    0.00    0.00    0.00    3.00     -  "
	      "second\n");
}

static void test_threads(void)
{
	struct stat_table_options options = {.has_threads = true};

	check(STAT_PIDSTAT_SWITCHES, options,
	      "\n"
	      "22:13:20      UID      TGID       TID   cswch/s nvcswch/s  Command\n"
	      "22:13:22     1000       100         -     25.00      1.50  server\n"
	      "22:13:22     1000         -       101     25.00      1.50  |__worker, \"1\"\n");
	check(STAT_PIDSTAT_IO, options,
	      "\n"
	      "22:13:20      UID      TGID       TID   kB_rd/s   kB_wr/s kB_ccwr/s iodelay  "
	      "Command\n"
	      "22:13:22     1000       100       101      0.00      4.00      0.00       3"
	      "  (server)__worker, \"1\"\n");
	options.has_idle = true;
	options.has_threads = false;
	sample_second.tasks.items[0].name[1] = '\n';
	check(STAT_PIDSTAT_IO, options,
	      "\n"
	      "22:13:20      UID       PID   kB_rd/s   kB_wr/s kB_ccwr/s iodelay  Command\n"
	      "22:13:22     1000       100     -1.00     -1.00     -1.00       0  s?rver\n"
	      "22:13:22     1000       200      0.00      0.00      0.00       0  idle\n"
	      "22:13:22     1000       300      0.00      0.00      0.00       0  new\n"
	      "22:13:22     1000       500      0.00      0.00      0.00       0  second\n");
	sample_second.tasks.items[0].name[1] = 'e';
	check(STAT_PIDSTAT_KERNEL, options,
	      "\n"
	      "22:13:20      UID       PID threads   fd-nr  Command\n"
	      "22:13:22     1000       100       3       7  server\n"
	      "22:13:22     1000       200       1      -1  idle\n"
	      "22:13:22     1000       300       1       7  new\n"
	      "22:13:22     1000       500       1       7  second\n");
}

static void test_machine(void)
{
	static const uint64_t last[CPU_STATE_COUNT] = {0, 0, 0, 0, 0};
	static const uint64_t now[CPU_STATE_COUNT] = {50, 5, 20, 100, 10, 5, 6, 4};
	struct stat_table_options options = {0};

	vec_push(&sample_first.cpus, sample_make_cpu(3, last));
	vec_push(&sample_second.cpus, sample_make_cpu(3, now));
	sample_second.cpu_total = sample_make_cpu(0, now);
	vec_push(&sample_second.disks,
		 (struct disk_sample){.name = "nvme0n1", .writes = 100, .write_sectors = 1600});
	check(STAT_MPSTAT, options,
	      "\n"
	      "22:13:20     CPU    %usr   %nice    %sys %iowait    %irq   %soft  %steal  %guest"
	      "  %gnice   %idle\n"
	      "22:13:22     all   25.00    2.50   10.00    5.00    2.50    3.00    2.00    0.00"
	      "    0.00   50.00\n"
	      "22:13:22       3   25.00    2.50   10.00    5.00    2.50    3.00    2.00    0.00"
	      "    0.00   50.00\n");
	check(STAT_IOSTAT_CPU, options,
	      "avg-cpu:  %user   %nice %system %iowait  %steal   %idle\n"
	      "          25.00    2.50   15.50    5.00    2.00   50.00\n"
	      "\n");
	options.is_average = true;
	check(STAT_IOSTAT, options,
	      "Average:\n"
	      "Device            r/s     rkB/s   rrqm/s  %rrqm r_await rareq-sz     w/s     wkB/s"
	      "   wrqm/s  %wrqm w_await wareq-sz     d/s     dkB/s   drqm/s  %drqm d_await dareq-sz"
	      "     f/s f_await  aqu-sz  %util\n"
	      "nvme0n1          0.00      0.00     0.00   0.00    0.00     0.00   50.00    400.00"
	      "     0.00   0.00    0.00     8.00    0.00      0.00     0.00   0.00    0.00     0.00"
	      "    0.00    0.00    0.00   0.00\n"
	      "\n");
}

int main(void)
{
	setenv("TZ", "UTC0", 1);
	tzset();
	arena_init(&arena);
	strbuf_init(&text, STRBUF_MAX_DEFAULT);
	sample_begin();
	stat_text_add_head(&text, &(struct stat_text_head){.system = "Linux",
							   .release = "6.18.0",
							   .host = "lab",
							   .machine = "x86_64",
							   .cpu_count = 2,
							   .wall_ns = sample_first.wall_ns});
	is_str(strbuf_text(&text), "Linux 6.18.0 (lab) \t2023-11-14 \t_x86_64_\t(2 CPU)\n", "head");
	test_tasks();
	test_threads();
	test_machine();
	sample_end();
	strbuf_release(&text);
	arena_release(&arena);
	return tap_done();
}
