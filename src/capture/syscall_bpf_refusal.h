/* Why system calls cannot be counted by BPF here, and what would help. */
#ifndef CAPTURE_SYSCALL_BPF_REFUSAL_H
#define CAPTURE_SYSCALL_BPF_REFUSAL_H

#include <stdbool.h>

#include "util/err.h"

/* What is to be known of the machine and the process. */
struct syscall_bpf_refusal {
	int code;	       /* negative errno */
	const char *reason;    /* what the kernel or libbpf said */
	const char *program;   /* path of sonde */
	bool is_privileged;    /* CAP_BPF and CAP_PERFMON, or CAP_SYS_ADMIN */
	bool has_descriptions; /* /sys/kernel/btf/vmlinux is there */
};

/*
 * The sentence. Pure. Returns -EPERM or -EACCES when rights are missing, -EOPNOTSUPP when the
 * kernel or this sonde lacks something, else refusal->code.
 */
int syscall_bpf_refusal_describe(const struct syscall_bpf_refusal *refusal, struct err *err);

/* Looks at /proc and /sys, and describes. */
int syscall_bpf_refusal_explain(int code, const char *reason, struct err *err);

#endif
