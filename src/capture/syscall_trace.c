#include "capture/syscall_trace.h"

#include <stdlib.h>
#include <string.h>

#include "bpf/syscalls.h"
#include "capture/syscall_bpf.h"
#include "capture/syscall_ptrace.h"
#include "util/alloc.h"

struct syscall_trace {
	enum syscall_method method;
	struct syscall_target *targets; /* copies, with their texts */
	uint32_t target_count;
	struct syscall_bpf *bpf;
	struct syscall_ptrace *ptrace;
};

const char *syscall_trace_get_lack(void)
{
	return syscalls_get_lack();
}

static char *copy_text(const char *text)
{
	return text != NULL ? alloc_strdup(text) : NULL;
}

static void free_targets(struct syscall_trace *trace)
{
	for (uint32_t i = 0; i < trace->target_count; i++) {
		/* made by copy_text(), which they are const after */
		free((void *)(uintptr_t)trace->targets[i].role);
		free((void *)(uintptr_t)trace->targets[i].child_role);
	}
	free(trace->targets);
}

int syscall_trace_open(struct syscall_trace **ret_trace, const struct syscall_trace_config *config,
		       struct err *err)
{
	scoped(syscall_trace_cleanup) struct syscall_trace *trace = alloc_new(struct syscall_trace);
	int result;

	trace->method = config->method;
	trace->target_count = config->target_count;
	trace->targets = alloc_array(config->target_count + 1ull, sizeof(*trace->targets));
	for (uint32_t i = 0; i < config->target_count; i++)
		trace->targets[i] = (struct syscall_target){
			.pid = config->targets[i].pid,
			.role = copy_text(config->targets[i].role),
			.child_role = copy_text(config->targets[i].child_role),
		};
	if (config->method == SYSCALL_PTRACE)
		result = syscall_ptrace_open(&trace->ptrace, trace->targets, trace->target_count,
					     err);
	else
		result = syscall_bpf_open(&trace->bpf, trace->targets, trace->target_count, err);
	if (result < 0)
		return result;
	*ret_trace = trace;
	trace = NULL;
	return 0;
}

void syscall_trace_close(struct syscall_trace *trace)
{
	if (trace == NULL)
		return;
	syscall_bpf_close(trace->bpf);
	syscall_ptrace_close(trace->ptrace);
	free_targets(trace);
	free(trace);
}

void syscall_trace_enable(struct syscall_trace *trace)
{
	if (trace->method == SYSCALL_PTRACE)
		syscall_ptrace_enable(trace->ptrace);
	else
		syscall_bpf_enable(trace->bpf);
}

void syscall_trace_disable(struct syscall_trace *trace)
{
	if (trace->method == SYSCALL_PTRACE)
		syscall_ptrace_disable(trace->ptrace);
	else
		syscall_bpf_disable(trace->bpf);
}

void syscall_trace_read(struct syscall_trace *trace, struct syscall_table *table)
{
	syscall_table_clear(table);
	if (trace->method == SYSCALL_PTRACE)
		syscall_ptrace_read(trace->ptrace, table);
	else
		syscall_bpf_read(trace->bpf, table);
	syscall_table_sort(table);
}
