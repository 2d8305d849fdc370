/*
 * /proc/diskstats (kernel: admin-guide/iostats.rst): what went through each block device, as
 * model/machine_sample.h keeps it. Pure parser.
 */
#ifndef PROCFS_PROC_DISK_H
#define PROCFS_PROC_DISK_H

#include <stddef.h>

#include "model/machine_sample.h"
#include "util/vec.h"

struct proc_disks {
	VEC_FIELDS(struct disk_sample);
};

/*
 * Replaces the content of `disks` (zeroed, or used before: its memory is reused; vec_release()).
 * Lines of all kernels: 11 numbers behind the name, 15 since 4.18 (discards), 17 since 5.5
 * (flushes); more are passed over; 4 for partitions before 2.6.25. What a line does not have is 0.
 *
 * A partition is known by its name, which the kernel makes of its disk's name in the lines before:
 * "sda" and "sda1", "nvme0n1" and "nvme0n1p1".
 *
 * 0, also for empty text (no block device at all), or -EBADMSG; then the list is empty.
 */
int proc_disk_parse(const char *text, size_t length, struct proc_disks *disks);

#endif
