/*
 * Which files of stat are read, over a fake /proc: by the cursor of the kernel's ids, around its
 * end, and everything where the cursor says nothing. Times are given, none is waited for.
 */
#include "monitor/process_scan.h"

#include "fake_proc.h"
#include "tap.h"
#include "util/clock.h"

enum { OURS = 1000 };

static struct process_scan scan;
static struct proc_stats stats;
static uint64_t now_ns, read_before;

static void put_cursor(int cursor, unsigned fork_count)
{
	char text[128];

	snprintf(text, sizeof(text), "0.10 0.20 0.30 1/100 %d\n", cursor);
	fake_write("loadavg", text);
	snprintf(text, sizeof(text), "cpu  1 2 3\nctxt 99\nbtime 5\nprocesses %u\n", fork_count);
	fake_write("stat", text);
}

static void put(int pid, int parent, unsigned start)
{
	fake_put((struct fake_process){.pid = pid, .parent = parent, .start = start});
}

/* 1, OURS, and foreign ones: 500, 600, 700, 800 of 1. All is known once the ids are settled. */
static void begin(void)
{
	struct procfs fs;

	fake_begin();
	fake_make_dir("proc/self");
	fake_make_dir("proc/sys");
	fake_make_dir("proc/sys/kernel");
	fake_write("self/status", "Name:\tx\nNSpid:\t77\n");
	fake_write("sys/kernel/pid_max", "32768\n");
	put_cursor(2000, 5000);
	put(1, 0, 0);
	put(OURS, 1, 10);
	for (int pid = 500; pid <= 800; pid += 100)
		put(pid, 1, 5);
	if (proc_file_init(&fs, fake_root) < 0)
		abort();
	process_scan_init(&scan, &fs);
	now_ns = NS_PER_S;
}

static void end(void)
{
	process_scan_release(&scan);
	vec_release(&stats);
	fake_finish();
}

/* One read with 1000 as ours; all others that were read become known. How many were read. */
static int64_t look(bool is_full)
{
	pid_t ours = OURS, reaper = 50;
	struct proc_ids wanted = {.items = &ours, .count = 1}, reapers = {&reaper, 1, 1};
	bool are_foreign[64] = {0};

	read_before = scan.read_count;
	now_ns += NS_PER_S;
	if (process_scan_read(&scan, &wanted, is_full, now_ns, &stats) < 0)
		return -1;
	for (size_t i = 0; i < stats.count && i < 64; i++)
		are_foreign[i] = stats.items[i].pid != OURS;
	process_scan_add_foreign(&scan, &stats, are_foreign, &reapers);
	return (int64_t)(scan.read_count - read_before);
}

static bool has(pid_t pid)
{
	for (size_t i = 0; i < stats.count; i++)
		if (stats.items[i].pid == pid)
			return true;
	return false;
}

static void test_standing_still(void)
{
	begin();
	is_int(look(false), 6, "still: all are read at first");
	is_int(look(false), 1, "still: then ours, with a look for those that had just an id");
	put(900, 1, 7);
	is_int(look(false), 1, "still: where no id was given out nobody is looked for");
	ok(has(OURS) && !has(900) && stats.count == 1, "still: only ours is there");
	is_int(look(true), 7, "still: unless everything is asked for");
	end();
}

static void test_new_ones(void)
{
	begin();
	look(false);
	look(false);
	put(2001, OURS, 20);
	put_cursor(2003, 5003);
	is_int(look(false), 2, "new: it is found, and none of the known is read again");
	ok(has(2001) && has(OURS), "new: it is there");
	put(2003, 1, 21);
	is_int(look(false), 3, /* with the child of ours, which is not for the scan to know */
	       "new: one that was not to be seen yet is found though the cursor stands");
	ok(has(2003), "new: it is there");
	put(2002, 1, 21);
	look(false);
	ok(!has(2002), "new: but not for ever");
	end();
}

static void test_in_use_again(void)
{
	begin();
	put_cursor(650, 5000);
	look(false);
	look(false);
	put(700, OURS, 30);
	put_cursor(720, 5070);
	is_int(look(false), 2, "again: an id that was passed is read again, others are not");
	ok(has(700), "again: it is there");
	fake_end(800);
	put_cursor(790, 5140);
	look(false);
	put(800, OURS, 40);
	put_cursor(800, 5150);
	look(false);
	ok(has(800), "again: gone for one look, and given out in the next");
	end();
}

static void test_around_the_end(void)
{
	begin();
	put(32000, 1, 5);
	put_cursor(31000, 5000);
	look(false);
	look(false);
	put(32000, OURS, 50);
	put(500, OURS, 51);
	put_cursor(550, 5000 + 1768 + 250);
	is_int(look(false), 4, "end: ids before and after the end, 1 too, are read again");
	ok(has(32000) && has(500) && !has(600), "end: both, and none beyond");
	end();
}

/* 32768 - 300 - 100 are free: with half as many forks the cursor may have come round. */
static void test_whole_turn(void)
{
	begin();
	look(false);
	look(false);
	put(700, OURS, 60);
	put_cursor(2001, 5000 + 16183);
	is_int(look(false), 1, "turn: one fork short of the half");
	put_cursor(2002, 5000 + 16183 + 16184);
	is_int(look(false), 6, "turn: at the half all are read");
	ok(has(700), "turn: and the one that was changed unseen is found");
	put_cursor(2003, 0);
	is_int(look(false), 6, "turn: as when the count fell");
	fake_remove("proc/sys/kernel/pid_max");
	put_cursor(2004, 1);
	is_int(look(false), 6, "turn: or the largest id is unknown");
	end();
}

/* Its parent was read as gone: who it belongs to shows only when it has another one. */
static void test_unsettled(void)
{
	begin();
	put(1200, 1100, 12);
	put(1300, 1200, 13);
	put(1400, 50, 14); /* of a reaper */
	is_int(look(false), 9, "unsettled: all at first");
	is_int(look(false), 3, "unsettled: an orphan and its child are read again");
	ok(has(1200) && has(1300) && !has(1400), "unsettled: and no other");
	put(1200, 1, 12);
	look(false);
	is_int(look(false), 1, "unsettled: with a parent that is known they are known too");
	end();
}

static void test_no_cursor(void)
{
	begin();
	fake_write("self/status", "Name:\tx\nNSpid:\t77\t4\n");
	look(false);
	is_int(look(false), 6, "no cursor: /proc is of another namespace");
	fake_write("self/status", "Name:\tx\n");
	is_int(look(false), 6, "no cursor: or the kernel does not say of which");
	fake_write("self/status", "Name:\tx\nNSpid:\t77\n");
	is_int(look(false), 6, "no cursor: it is there now");
	is_int(look(false), 1, "no cursor: and used");
	fake_write("loadavg", "0.10 0.20 0.30 1/100 \n");
	is_int(look(false), 6, "no cursor: it is damaged");
	put_cursor(2000, 5000);
	look(false);
	fake_write("stat", "cpu 1 2 3\n");
	fake_write("loadavg", "0.10 0.20 0.30 1/100 2001\n");
	is_int(look(false), 6, "no cursor: forks are not counted");
	fake_remove("proc");
	is_int(look(false), -1, "no cursor: no /proc at all");
	fake_make_dir("proc");
	end();
}

int main(void)
{
	test_standing_still();
	test_new_ones();
	test_in_use_again();
	test_around_the_end();
	test_whole_turn();
	test_unsettled();
	test_no_cursor();
	return tap_done();
}
