#include "capture/syscall_ptrace_seize.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ptrace.h>
#include <unistd.h>

#include "capture/pid_map.h"
#include "procfs/proc_file.h"
#include "procfs/proc_tree.h"

enum {
	OPTIONS = PTRACE_O_TRACESYSGOOD | PTRACE_O_TRACECLONE | PTRACE_O_TRACEFORK |
		  PTRACE_O_TRACEVFORK | PTRACE_O_TRACEEXEC,
};

struct seizure {
	const struct syscall_target *targets;
	uint32_t target_count;
	struct pid_map known; /* tids: those that need no further look */
	struct strbuf text;
	uint32_t seized_count;
	syscall_ptrace_seized_fn fn;
	void *arg;
};

/* Tid of who traces it; 0 = nobody, or it cannot be read. */
static uint32_t read_tracer(struct seizure *seizure, pid_t tid)
{
	struct procfs fs = {0};
	const char *field = NULL;

	if (proc_file_read(&fs, &seizure->text, "/proc/%d/status", (int)tid) == 0)
		field = strstr(strbuf_text(&seizure->text), "\nTracerPid:");
	return field != NULL ? (uint32_t)strtoul(field + strlen("\nTracerPid:"), NULL, 10) : 0;
}

/* What a refusal means for a thread that has to be traced. */
static int explain(struct seizure *seizure, pid_t pid, int code, struct err *err)
{
	uint32_t tracer = read_tracer(seizure, pid);

	if (code == -ESRCH)
		return err_set(err, code, "there is no process %d", (int)pid);
	if (tracer != 0)
		return err_set(err, -EBUSY,
			       "process %d is traced by process %" PRIu32
			       " already (a debugger, strace?): only one can",
			       (int)pid, tracer);
	if (code == -EPERM || code == -EACCES || code == -ENOSYS)
		return err_set(
			err, -EPERM,
			"process %d may not be traced (%s): sonde can count the system calls "
			"of what it starts itself, or anything as root",
			(int)pid, strerror(-code));
	return err_set(err, code, "process %d cannot be traced: %s", (int)pid, strerror(-code));
}

/* 1 when it is new, 0 when it was not to be seized, negative when that was refused. */
static int seize_thread(struct seizure *seizure, uint32_t target, pid_t pid, pid_t tid,
			bool is_descendant)
{
	uint32_t ignored;

	if (pid_map_find(&seizure->known, (uint32_t)tid, &ignored))
		return 0;
	if (ptrace(PTRACE_SEIZE, tid, NULL, (void *)(uintptr_t)OPTIONS) < 0) {
		int code = -errno;

		if (code == -ESRCH) /* gone; or it is a process's first thread that has ended */
			return code;
		/* else it came with a thread that is traced, and stops by itself */
		if (read_tracer(seizure, tid) != (uint32_t)gettid())
			return code;
	} else {
		ptrace(PTRACE_INTERRUPT, tid, NULL, NULL);
	}
	pid_map_set(&seizure->known, (uint32_t)tid, 1);
	seizure->seized_count++;
	seizure->fn(seizure->arg, target, (uint32_t)pid, (uint32_t)tid, is_descendant);
	return 1;
}

/*
 * The number of new threads. Negative when a target's own are refused; descendants that are
 * (another user's, by a set-user-ID program) are left out, as are their calls.
 */
static int seize_process(struct seizure *seizure, uint32_t target, pid_t pid, bool is_descendant)
{
	struct procfs fs = {0};
	struct proc_ids tids = {0};
	int count = 0, result = 0;

	if (proc_tree_list_tasks(&fs, pid, &tids) < 0)
		tids.count = 0;
	for (size_t i = 0; i < tids.count; i++) {
		result = seize_thread(seizure, target, pid, tids.items[i], is_descendant);
		if (result < 0 && result != -ESRCH && !is_descendant)
			break;
		count += result > 0;
	}
	vec_release(&tids);
	return result < 0 && result != -ESRCH && !is_descendant ? result : count;
}

static bool is_target(const struct seizure *seizure, pid_t pid)
{
	for (uint32_t i = 0; i < seizure->target_count; i++)
		if (seizure->targets[i].pid == pid)
			return true;
	return false;
}

/* Again and again, until nobody is new. */
static int seize_family(struct seizure *seizure, uint32_t target, struct err *err)
{
	pid_t root = seizure->targets[target].pid;
	struct procfs fs = {0};
	int count;

	do {
		struct proc_ids pids = {0};

		count = seize_process(seizure, target, root, false);
		if (count < 0)
			return explain(seizure, root, count, err);
		if (proc_tree_list_descendants(&fs, root, &pids) < 0)
			pids.count = 0;
		for (size_t i = 0; i < pids.count; i++)
			if (!is_target(seizure, pids.items[i]))
				count += seize_process(seizure, target, pids.items[i], true);
		vec_release(&pids);
	} while (count > 0);
	return 0;
}

int syscall_ptrace_seize(const struct syscall_target *targets, uint32_t target_count,
			 syscall_ptrace_seized_fn fn, void *arg, struct err *err)
{
	struct seizure seizure = {
		.targets = targets, .target_count = target_count, .fn = fn, .arg = arg};
	int result = 0;

	pid_map_init(&seizure.known);
	strbuf_init(&seizure.text, 1 << 16);
	for (uint32_t i = 0; i < target_count && result == 0; i++)
		result = seize_family(&seizure, i, err);
	if (result == 0 && seizure.seized_count == 0)
		result = explain(&seizure, targets[0].pid, -ESRCH, err);
	pid_map_release(&seizure.known);
	strbuf_release(&seizure.text);
	return result;
}
