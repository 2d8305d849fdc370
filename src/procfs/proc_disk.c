#include "procfs/proc_disk.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "procfs/proc_scan.h"

/* How many numbers a line has, by the kernel's age. */
enum {
	OLD_PARTITION_COUNT = 4,
	CLASSIC_COUNT = 11,
	DISCARD_COUNT = 15,
	FLUSH_COUNT = 17,
};

static void set_counters(struct disk_sample *disk, const uint64_t values[static FLUSH_COUNT])
{
	disk->reads = values[0];
	disk->reads_merged = values[1];
	disk->read_sectors = values[2];
	disk->read_ms = values[3];
	disk->writes = values[4];
	disk->writes_merged = values[5];
	disk->write_sectors = values[6];
	disk->write_ms = values[7];
	/* values[8]: requests under way now */
	disk->busy_ms = values[9];
	disk->weighted_ms = values[10];
	disk->discards = values[11];
	disk->discards_merged = values[12];
	disk->discard_sectors = values[13];
	disk->discard_ms = values[14];
	disk->flushes = values[15];
	disk->flush_ms = values[16];
}

/*
 * The numbers behind the name. What is missing at the end is 0; the one of requests under way may
 * be below 0.
 */
static bool scan_counters(struct proc_scan *line, struct disk_sample *disk)
{
	uint64_t values[FLUSH_COUNT] = {0};
	int count = 0;

	while (count < FLUSH_COUNT && proc_scan_positive(line, &values[count]))
		count++;
	proc_scan_skip_blanks(line);
	if (count < FLUSH_COUNT && line->at != line->end)
		return false;
	if (count == OLD_PARTITION_COUNT) {
		disk->reads = values[0];
		disk->read_sectors = values[1];
		disk->writes = values[2];
		disk->write_sectors = values[3];
		disk->is_partition = true;
		return true;
	}
	set_counters(disk, values);
	return count == CLASSIC_COUNT || count >= DISCARD_COUNT;
}

/*
 * Kernel, block/partitions/core.c: "p" stands between the two when the disk's name ends in a digit.
 */
static bool is_partition_of(const char *name, const char *disk)
{
	size_t length = strlen(disk);
	const char *number = name + length;

	if (length == 0 || strncmp(name, disk, length) != 0)
		return false;
	if (disk[length - 1] >= '0' && disk[length - 1] <= '9' && *number++ != 'p')
		return false;
	return *number != '\0' && strspn(number, "0123456789") == strlen(number);
}

static bool scan_disk(struct proc_scan line, struct disk_sample *disk)
{
	struct proc_scan word;
	uint64_t major, minor;

	if (!proc_scan_u64(&line, &major) || !proc_scan_u64(&line, &minor) ||
	    !proc_scan_word(&line, &word) || major > UINT32_MAX || minor > UINT32_MAX)
		return false;
	snprintf(disk->name, sizeof(disk->name), "%.*s", (int)(word.end - word.at), word.at);
	return scan_counters(&line, disk);
}

int proc_disk_parse(const char *text, size_t length, struct proc_disks *disks)
{
	struct proc_scan scan = {text, text + length}, line;
	size_t whole = 0; /* index + 1 of the last line that is no partition */

	vec_clear(disks);
	while (proc_scan_line(&scan, &line)) {
		struct disk_sample disk = {0};

		if (!scan_disk(line, &disk)) {
			vec_clear(disks);
			return -EBADMSG;
		}
		if (whole > 0 && is_partition_of(disk.name, disks->items[whole - 1].name))
			disk.is_partition = true;
		vec_push(disks, disk);
		if (!disk.is_partition)
			whole = disks->count;
	}
	return 0;
}
