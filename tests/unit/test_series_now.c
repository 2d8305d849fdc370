#include "report/series_now.h"

#include "tap.h"

static struct series_list list;

static void add(const char *name, const char *scope, uint64_t time_ns, double value)
{
	series_list_add(&list, name, scope, SERIES_PER_SECOND, time_ns, value);
}

int main(void)
{
	ok(isnan(series_now_get(&list, "a.b", "host")), "an empty list");
	ok(isnan(series_now_get_sum(&list, "a.b")), "and its sum");
	add("a.b", "host", 1, 5);
	is_near(series_now_get(&list, "a.b", "host"), 5, 0, "one point");
	ok(isnan(series_now_get(&list, "a.b", "")), "another scope");
	ok(isnan(series_now_get(&list, "a.c", "host")), "another name");
	add("a.b", "host", 2, 7);
	add("other", "host", 2, 1);
	is_near(series_now_get(&list, "a.b", "host"), 7, 0, "the last of two");
	add("other", "host", 3, 1);
	ok(isnan(series_now_get(&list, "a.b", "host")), "none in this interval");
	ok(isnan(series_now_get_sum(&list, "a.b")), "nor in the sum");
	add("a.b", "host", 3, (double)NAN);
	ok(isnan(series_now_get(&list, "a.b", "host")), "a point that is no number");

	add("disk.reads", "vda", 3, 10);
	add("disk.reads", "nvme0n1", 3, 20);
	is_near(series_now_get_sum(&list, "disk.reads"), 30, 0, "the sum of two disks");
	add("disk.reads", "dm-0", 3, 1000);
	add("disk.reads", "md127", 3, 1000);
	add("disk.reads", "loop3", 3, 1000);
	add("disk.reads", "gateway:eth0", 3, 1000);
	is_near(series_now_get_sum(&list, "disk.reads"), 30, 0,
		"what stands on others is left out");
	add("disk.reads", "mdisk", 3, 1);
	add("disk.reads", "dm-x", 3, 2);
	is_near(series_now_get_sum(&list, "disk.reads"), 33, 0, "not what is named like them");
	add("disk.reads", "sda", 3, (double)NAN);
	is_near(series_now_get_sum(&list, "disk.reads"), 33, 0, "nor what is no number");
	add("disk.reads", "vda", 4, 11);
	is_near(series_now_get_sum(&list, "disk.reads"), 11, 0, "of this interval alone");
	series_list_release(&list);
	return tap_done();
}
