/* stat, schedstat, status and statm of one process: as kernels write them, and damaged. */
#include "procfs/proc_stat.h"

#include <errno.h>
#include <unistd.h>

#include "procfs/proc_file.h"
#include "tap.h"

#define NAME "log ) R (x\ny"

static const char sample[] =
	"203 (" NAME
	") S 201 200 199 0 -1 4194304 90 80 70 60 50 40 30 20 20 0 7 0 5030 8388608 256 "
	"18446744073709551615 1 1 0 0 0 0 0 0 0 0 0 0 17 5 0 0 12 3 0 0 0 0 0 0 0 0 0\n";

static void test_stat(void)
{
	struct proc_stat stat;

	is_int(proc_stat_parse(sample, sizeof(sample) - 1, &stat), 0, "a line of stat");
	is_int(stat.pid, 203, "pid");
	is_str(stat.name, NAME, "a name with parentheses, blanks and a newline");
	is_int(stat.state, 'S', "state");
	ok(stat.parent_pid == 201 && stat.group == 200 && stat.session == 199,
	   "parent, group, session");
	ok(stat.faults_minor == 90 && stat.children_faults_minor == 80, "minor faults");
	ok(stat.faults_major == 70 && stat.children_faults_major == 60, "major faults");
	ok(stat.user_ns == 500000000 && stat.system_ns == 400000000, "CPU times, ticks to ns");
	ok(stat.children_user_ns == 300000000 && stat.children_system_ns == 200000000,
	   "its children's");
	is_int(stat.thread_count, 7, "threads");
	is_int(stat.start_ns, 50300000000, "start");
	ok(stat.virtual_bytes == 8388608 && stat.rss_pages == 256, "memory");
	is_int(stat.cpu, 5, "CPU");
	is_int(stat.block_delay_ns, 120000000, "wait for storage");
	is_int(stat.guest_ns, 30000000, "guest");
	ok(!proc_stat_is_ended(&stat), "it lives");
}

static void test_old_and_odd(void)
{
	static const char old[] = "1 () Z 0 0 0 0 -1 0 0 0 0 0 0 0 0 0 20 0 1 0 9 0 -1";
	static const char long_name[] =
		"5 (kworker/u8:2-events_unbound_and_a_name_longer_than_any_kernel_has_ever_shown) "
		"I 2 0 0 0 -1 0 0 0 "
		"0 0 99999999999999999 0 0 0 20 0 1 0 9 0 0";
	struct proc_stat stat;

	is_int(proc_stat_parse(old, sizeof(old) - 1, &stat), 0,
	       "an old kernel's stat, with 24 fields");
	ok(stat.cpu == -1 && stat.rss_pages == 0 && stat.guest_ns == 0 && stat.block_delay_ns == 0,
	   "what is missing or negative");
	is_str(stat.name, "", "an empty name");
	ok(proc_stat_is_ended(&stat), "a zombie");
	stat.thread_count = 2;
	ok(!proc_stat_is_ended(&stat), "only its first thread ended");
	is_int(proc_stat_parse(long_name, sizeof(long_name) - 1, &stat), 0,
	       "a name that does not fit");
	is_int(strlen(stat.name), PROC_NAME_BYTES - 1, "is cut");
	is_int(stat.user_ns == UINT64_MAX, 1,
	       "ticks beyond what nanoseconds can hold stop at the end");
}

static void test_damaged(void)
{
	static const char *const damaged[] = {
		"",
		"203",
		"203 (x",
		"203 x) S 1",
		") (",
		"x (y) S 1 2 3",
		"203 (x)",
		"203 (x) S 1 2 3 4 5 6 7 8 9 10 11 12 13",
		"99999999999 (x) S 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3"};
	struct proc_stat stat = {.pid = 7};

	for (size_t i = 0; i < sizeof(damaged) / sizeof(damaged[0]); i++)
		if (!ok(proc_stat_parse(damaged[i], strlen(damaged[i]), &stat) == -EBADMSG,
			"damaged stat"))
			printf("# '%s'\n", damaged[i]);
	is_int(stat.pid, 7, "nothing is written");
}

static void test_schedstat(void)
{
	struct proc_schedstat schedstat;

	is_int(proc_stat_parse_schedstat("75072 53760 2\n", 14, &schedstat), 0, "schedstat");
	ok(schedstat.cpu_ns == 75072 && schedstat.wait_ns == 53760 && schedstat.slice_count == 2,
	   "its values");
	is_int(proc_stat_parse_schedstat("75072 53760", 11, &schedstat), -EBADMSG, "a value short");
	is_int(proc_stat_parse_schedstat("", 0, &schedstat), -EBADMSG, "empty");
}

static void test_status(void)
{
	static const char text[] =
		"Name:\tTgid: 9\nUmask:\t0022\nTgid:\t14327\nPid:\t14330\nPPid:\t14323\n"
		"Uid:\t1000\t1001\t1002\t1003\nVmHWM:\t    1744 kB\nVmRSS:\t    1740 kB\n"
		"Threads:\t3\nvoluntary_ctxt_switches:\t150\nnonvoluntary_ctxt_switches:\t23\n";
	static const char no_value[] = "Tgid:\t5\nThreads:\tmany\n";
	struct proc_status status;

	is_int(proc_stat_parse_status(text, sizeof(text) - 1, &status), 0, "status");
	ok(status.tgid == 14327 && status.parent_pid == 14323, "ids, not those in the name");
	is_int(status.real_uid, 1000, "the real user");
	is_int(status.uid, 1001, "the effective user");
	is_int(status.thread_count, 3, "threads");
	ok(status.rss_bytes == 1740 * 1024 && status.rss_peak_bytes == 1744 * 1024,
	   "memory in bytes");
	ok(status.switches_voluntary == 150 && status.switches_involuntary == 23,
	   "switches of both kinds");
	is_int(proc_stat_parse_status(no_value, sizeof(no_value) - 1, &status), -EBADMSG,
	       "a value that is none");
	is_int(proc_stat_parse_status("Name:\tx\n", 8, &status), -EBADMSG, "no Tgid");
}

static void test_statm(void)
{
	struct proc_statm statm;

	is_int(proc_stat_parse_statm("765 436 408 5 0 122 0\n", 22, &statm), 0, "statm");
	ok(statm.size_pages == 765 && statm.resident_pages == 436 && statm.shared_pages == 408,
	   "its values");
	is_int(proc_stat_parse_statm("765 ", 4, &statm), -EBADMSG, "a value short");
}

static void test_own(void)
{
	struct procfs here = {0};
	struct strbuf buffer;
	struct proc_stat stat;
	struct proc_status status;

	strbuf_init(&buffer, 65536);
	ok(proc_file_read(&here, &buffer, "/proc/%d/stat", (int)getpid()) == 0 &&
		   proc_stat_parse(strbuf_text(&buffer), buffer.length, &stat) == 0,
	   "this process's stat");
	ok(stat.pid == getpid() && stat.parent_pid == getppid() && stat.rss_pages > 0,
	   "is its own");
	ok(proc_file_read(&here, &buffer, "/proc/%d/status", (int)getpid()) == 0 &&
		   proc_stat_parse_status(strbuf_text(&buffer), buffer.length, &status) == 0,
	   "this process's status");
	ok(status.tgid == getpid() && status.uid == geteuid() && status.rss_bytes > 0,
	   "is its own");
	strbuf_release(&buffer);
}

int main(void)
{
	test_stat();
	test_old_and_odd();
	test_damaged();
	test_schedstat();
	test_status();
	test_statm();
	test_own();
	return tap_done();
}
