/*
 * System calls counted by BPF programs (bpf/syscalls.h): who is followed, what it costs, and the
 * table. As in capture/syscall_trace.h, which documents the calls.
 */
#ifndef CAPTURE_SYSCALL_BPF_H
#define CAPTURE_SYSCALL_BPF_H

#include "capture/syscall_trace.h"

struct syscall_bpf;

/* Borrows the targets until close; none = the whole machine. */
int syscall_bpf_open(struct syscall_bpf **ret_bpf, const struct syscall_target *targets,
		     uint32_t target_count, struct err *err);
void syscall_bpf_close(struct syscall_bpf *bpf); /* NULL accepted */
SCOPED_POINTER(syscall_bpf, syscall_bpf_close)

void syscall_bpf_enable(struct syscall_bpf *bpf);
void syscall_bpf_disable(struct syscall_bpf *bpf);

/* Adds to an empty table, in no order. */
void syscall_bpf_read(struct syscall_bpf *bpf, struct syscall_table *table);

#endif
