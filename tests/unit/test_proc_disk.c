/* /proc/diskstats of all kernels, and damaged ones. */
#include "procfs/proc_disk.h"

#include <errno.h>
#include <stdlib.h>

#include "procfs/proc_file.h"
#include "tap.h"

static int parse(const char *text, struct proc_disks *disks)
{
	return proc_disk_parse(text, strlen(text), disks);
}

/* A copy of Linux 6.18's, with a disk, its partition, an NVMe disk and loop devices. */
static void test_copy(void)
{
	struct proc_disks disks = {0};
	struct procfs machine;
	struct strbuf buffer;
	char root[4096];

	snprintf(root, sizeof(root), "%s/procfs/machine", getenv("SONDE_TEST_DATA"));
	strbuf_init(&buffer, 1 << 16);
	ok(proc_file_init(&machine, root) == 0 &&
		   proc_file_read(&machine, &buffer, "/proc/diskstats") == 0,
	   "the copy is read");
	is_int(proc_disk_parse(strbuf_text(&buffer), buffer.length, &disks), 0, "is parsed");
	if (ok(disks.count == 6, "six devices")) {
		const struct disk_sample *vda = &disks.items[2];

		is_str(vda->name, "vda", "a disk");
		ok(!vda->is_partition, "which is whole");
		ok(vda->reads == 912421 && vda->reads_merged == 99140 &&
			   vda->read_sectors == 35349042 && vda->read_ms == 1114672,
		   "its reads");
		ok(vda->writes == 1471267 && vda->writes_merged == 468185 &&
			   vda->write_sectors == 132195632 && vda->write_ms == 857615,
		   "its writes");
		ok(vda->busy_ms == 249032 && vda->weighted_ms == 2062652, "its queue");
		ok(vda->discards == 515007 && vda->discards_merged == 93 &&
			   vda->discard_sectors == 90235320 && vda->discard_ms == 73819,
		   "its discards");
		ok(vda->flushes == 324427 && vda->flush_ms == 16544, "its flushes");
		ok(disks.items[3].is_partition, "vda1 is a partition");
		ok(!disks.items[4].is_partition, "nvme0n1 is none");
		ok(disks.items[5].is_partition, "nvme0n1p1 is one");
	}
	vec_release(&disks);
	strbuf_release(&buffer);
}

static void test_old(void)
{
	struct proc_disks disks = {0};

	is_int(parse("   8  0 sda 1 2 3 4 5 6 7 8 9 10 11\n   8  1 sda1 21 22 23 24\n", &disks), 0,
	       "Linux before 2.6.25");
	if (ok(disks.count == 2, "a disk and its partition")) {
		ok(disks.items[0].weighted_ms == 11 && disks.items[0].discards == 0 &&
			   disks.items[0].flushes == 0,
		   "no discards nor flushes");
		ok(disks.items[1].reads == 21 && disks.items[1].read_sectors == 22 &&
			   disks.items[1].writes == 23 && disks.items[1].write_sectors == 24 &&
			   disks.items[1].is_partition,
		   "four numbers of a partition");
	}
	is_int(parse("8 0 sda 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15", &disks), 0, "Linux 4.18");
	ok(disks.count == 1 && disks.items[0].discard_ms == 15 && disks.items[0].flushes == 0,
	   "discards, no flushes");
	is_int(parse("8 0 sda 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 x\n", &disks), 0,
	       "a newer one");
	ok(disks.count == 1 && disks.items[0].flush_ms == 17, "what is known of it");
	is_int(parse("8 0 sda 1 2 3 4 5 6 7 8 -1 10 11\n", &disks), 0, "a queue below 0");
	ok(disks.count == 1 && disks.items[0].busy_ms == 10, "is passed over");
	vec_release(&disks);
}

static void test_partitions(void)
{
	static const struct {
		const char *name;
		bool is_partition;
	} devices[] = {
		{"sda", false},	     {"sda1", true},	      {"sda15", true},
		{"sdaa", false},     {"sdaa1", true},	      {"sdb", false},
		{"loop1", false},    {"loop10", false},	      {"loop10p2", true},
		{"md0", false},	     {"md0p1", true},	      {"dm-1", false},
		{"dm-10", false},    {"mmcblk0", false},      {"mmcblk0p1", true},
		{"mmcblk0p", false}, {"mmcblk0boot0", false}, {"sr0", false},
	};
	enum { COUNT = sizeof(devices) / sizeof(devices[0]) };
	struct proc_disks disks = {0};
	char text[4096] = "";

	for (size_t i = 0; i < COUNT; i++)
		snprintf(text + strlen(text), sizeof(text) - strlen(text),
			 "8 %zu %s 0 0 0 0 0 0 0 0 0 0 0\n", i, devices[i].name);
	is_int(parse(text, &disks), 0, "names of all kinds");
	if (ok(disks.count == COUNT, "are all there"))
		for (size_t i = 0; i < COUNT; i++)
			ok(disks.items[i].is_partition == devices[i].is_partition, devices[i].name);
	vec_release(&disks);
}

static void test_damaged(void)
{
	static const char *const damaged[] = {
		"8 0 sda\n",
		"8 0\n",
		"\n",
		"8 x sda 1 2 3 4 5 6 7 8 9 10 11\n",
		"8 0 sda 1 2 3 4 5 6 7 8 9 10\n",
		"8 0 sda 1 2 3 4 5 6 7 8 9 10 11 12\n",
		"8 0 sda 1 2 3 4 5 6 7 8 9 10 11x\n",
		"8 0 sda 1 2 3 4 5 6 7 8 9 10 99999999999999999999\n",
		"8 0 sda 1 2 3 4 5 6 7 8 9 10 11\n4294967296 0 sdb 1 2 3 4 5 6 7 8 9 10 11\n",
		"8 0 sda 1 2 3 4\n8 0 sda 1 2 3\n",
	};
	struct proc_disks disks = {0};

	for (size_t i = 0; i < sizeof(damaged) / sizeof(damaged[0]); i++) {
		is_int(parse(damaged[i], &disks), -EBADMSG, damaged[i]);
		is_int(disks.count, 0, "nothing of it is kept");
	}
	is_int(parse("", &disks), 0, "a machine without block devices");
	is_int(disks.count, 0, "has none");
	is_int(parse("8 0 a-name-that-is-longer-than-the-kernel-allows 0 0 0 0\n", &disks), 0,
	       "a very long name");
	ok(disks.count == 1 && strlen(disks.items[0].name) == DISK_NAME_BYTES - 1, "is cut");
	vec_release(&disks);
}

int main(void)
{
	test_copy();
	test_old();
	test_partitions();
	test_damaged();
	return tap_done();
}
