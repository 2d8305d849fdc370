#include "report/stat_lines.h"

#include "tap.h"

static struct series_list list;
static struct strbuf text;

static void add(const char *name, const char *scope, enum series_unit unit, double value)
{
	series_list_add(&list, name, scope, unit, 1, value);
}

/* The text, and an empty buffer. */
static const char *line(bool is_machine, bool is_csv, double seconds)
{
	strbuf_clear(&text);
	if (is_csv)
		stat_lines_add_csv(&text, &list, is_machine, seconds);
	else
		stat_lines_add(&text, &list, is_machine, seconds);
	return strbuf_text(&text);
}

static const char *titles(bool is_machine, bool is_csv)
{
	strbuf_clear(&text);
	if (is_csv)
		stat_lines_add_csv_titles(&text, is_machine);
	else
		stat_lines_add_titles(&text, is_machine);
	return strbuf_text(&text);
}

static void test_titles(void)
{
	is_str(titles(false, false),
	       "    time      CPU     user   system     wait     vol/s   invol/s  faults/s        "
	       "RSS"
	       "     read/s    write/s  threads  machine   steal\n",
	       "titles of services");
	is_str(titles(true, false),
	       "    time     busy   steal  running  blocked  switch/s  forks/s  available     "
	       "read/s"
	       "    write/s       in/s      out/s   p.cpu    p.io   p.mem\n",
	       "titles of the machine");
	is_str(titles(false, true),
	       "seconds,process.cpu_ratio,process.cpu_user_ratio,process.cpu_system_ratio,"
	       "process.wait_ratio,process.switches_voluntary_per_s,"
	       "process.switches_involuntary_per_s,process.faults_minor_per_s,process.rss_bytes,"
	       "process.read_bytes_per_s,process.write_bytes_per_s,process.threads_count,"
	       "cpu.busy_ratio,cpu.steal_ratio\n",
	       "CSV titles of services, with units");
	is_str(titles(true, true),
	       "seconds,cpu.busy_ratio,cpu.steal_ratio,system.running_count,system.blocked_count,"
	       "system.switches_per_s,system.forks_per_s,memory.available_bytes,"
	       "disk.read_bytes_per_s,disk.write_bytes_per_s,network.in_bytes_per_s,"
	       "network.out_bytes_per_s,pressure.cpu_some_ratio,pressure.io_some_ratio,"
	       "pressure.memory_some_ratio\n",
	       "CSV titles of the machine");
}

static void test_nothing(void)
{
	is_str(line(false, false, 1),
	       "   1.0 s        -        -        -        -         -         -         -         "
	       " -"
	       "          -          -        -        -       -\n",
	       "no series at all");
	is_str(line(false, true, 1.25), "1.250,,,,,,,,,,,,,\n", "nor as CSV");
	is_str(line(true, true, 0), "0.000,,,,,,,,,,,,,,\n", "nor of the machine");
}

static void test_services(void)
{
	add("process.cpu_ratio", "", SERIES_RATIO, 1.5);
	add("process.cpu_ratio", "workers", SERIES_RATIO, 9);
	add("process.cpu_ratio", "sonde", SERIES_RATIO, 9);
	add("process.cpu_user_ratio", "", SERIES_RATIO, 0.25);
	add("process.cpu_system_ratio", "", SERIES_RATIO, 1.25);
	add("process.wait_ratio", "", SERIES_RATIO, (double)NAN);
	add("process.switches_voluntary", "", SERIES_PER_SECOND, 12345);
	add("process.switches_involuntary", "", SERIES_PER_SECOND, 0);
	add("process.faults_minor", "", SERIES_PER_SECOND, 2.5);
	add("process.rss", "", SERIES_BYTES, 1460000);
	add("process.read_bytes", "", SERIES_PER_SECOND, 0);
	add("process.write_bytes", "", SERIES_PER_SECOND, 512);
	add("process.threads", "", SERIES_COUNT, 17);
	add("cpu.busy_ratio", "host", SERIES_RATIO, 0.875);
	is_str(line(false, false, 12.34),
	       "  12.3 s  150.0 %   25.0 %  125.0 %        -    12,345         0      2.50    1.46 "
	       "MB"
	       "        0 B      512 B       17   87.5 %       -\n",
	       "each in its unit; NaN and no series are -");
	is_str(line(false, true, 12.3456),
	       "12.346,1.5,0.25,1.25,,12345,0,2.5,1460000,0,512,17,0.875,\n", "CSV");
	series_list_add(&list, "cpu.busy_ratio", "host", SERIES_RATIO, 2, 0.5);
	is_str(line(false, true, 13), "13.000,,,,,,,,,,,,0.5,\n", "what has ended has no value");
}

static void test_machine(void)
{
	series_list_release(&list);
	list.next = 0;
	add("cpu.busy_ratio", "host", SERIES_RATIO, 1);
	add("cpu.steal_ratio", "host", SERIES_RATIO, 0.001);
	add("system.running", "host", SERIES_COUNT, 4);
	add("system.switches", "host", SERIES_PER_SECOND, 1e7);
	add("memory.available", "host", SERIES_BYTES, 24.4e9);
	add("disk.read_bytes", "vda", SERIES_PER_SECOND, 1000);
	add("disk.read_bytes", "vdb", SERIES_PER_SECOND, 2000);
	add("disk.read_bytes", "dm-0", SERIES_PER_SECOND, 3000);
	add("network.in_bytes", "eth0", SERIES_PER_SECOND, 5);
	add("pressure.memory_some_ratio", "host", SERIES_RATIO, 0.02);
	is_str(line(true, false, 123456),
	       "123456.0 s  100.0 %  0.10 %        4        - 10,000,000        -    24.4 GB"
	       "    3.00 kB          -        5 B          -       -       -   2.0 %\n",
	       "the machine; what is too wide moves the rest, and is never cut");
	is_str(line(true, true, 1), "1.000,1,0.001,4,,10000000,,24400000000,3000,,5,,,,0.02\n",
	       "CSV");
}

int main(void)
{
	strbuf_init(&text, 1 << 20);
	test_titles();
	test_nothing();
	test_services();
	test_machine();
	series_list_release(&list);
	strbuf_release(&text);
	return tap_done();
}
