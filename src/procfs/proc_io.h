/*
 * /proc/PID/io and /proc/PID/task/TID/io (proc_pid_io(5)): what a process or thread moved. Of a
 * process it holds the threads that ended; children that were waited for are added as well. Reading
 * it needs the right to trace the process.
 */
#ifndef PROCFS_PROC_IO_H
#define PROCFS_PROC_IO_H

#include <stddef.h>
#include <stdint.h>

/* All cumulative. */
struct proc_io {
	uint64_t rchar, wchar; /* bytes of read and write calls, from any kind of file */
	uint64_t syscr, syscw; /* those calls */
	/* bytes fetched from, and dirtied for, storage */
	uint64_t read_bytes, write_bytes;
	/* of write_bytes: taken back, because what was dirtied was cut off before it was written */
	uint64_t cancelled_write_bytes;
};

/* 0, or -EBADMSG unless all seven lines are there. */
int proc_io_parse(const char *text, size_t length, struct proc_io *ret_io);

#endif
