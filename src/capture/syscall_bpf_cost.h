/*
 * What a counted system call costs: the same short call in a thread of sonde's own, before the
 * programs are attached and while they count it. In a busy server caches are colder and it costs
 * more; bench/bench_syscalls.py measures that.
 */
#ifndef CAPTURE_SYSCALL_BPF_COST_H
#define CAPTURE_SYSCALL_BPF_COST_H

#include "bpf/syscalls.h"

/*
 * Has the programs follow (the first look) and attaches them. Takes some 10 ms. 0, and ns per call
 * (0 = could not be measured), or negative errno.
 */
int syscall_bpf_cost_attach(struct syscalls *syscalls, double *ret_cost_ns, struct err *err);

#endif
