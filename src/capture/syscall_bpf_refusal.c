#include "capture/syscall_bpf_refusal.h"

#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "procfs/proc_file.h"
#include "util/strbuf.h"

#define CAPABILITY_SYS_ADMIN (UINT64_C(1) << 21)
#define CAPABILITY_PERFMON (UINT64_C(1) << 38)
#define CAPABILITY_BPF (UINT64_C(1) << 39)

#define BY_PTRACE "--syscalls=ptrace counts those of what sonde starts itself, and slows it down"

int syscall_bpf_refusal_describe(const struct syscall_bpf_refusal *refusal, struct err *err)
{
	bool is_refused = refusal->code == -EPERM || refusal->code == -EACCES;

	if (refusal->code == -EOPNOTSUPP)
		return err_set(err, refusal->code, "%s; " BY_PTRACE, refusal->reason);
	if (is_refused && !refusal->is_privileged)
		return err_set(err, refusal->code,
			       "counting system calls is not allowed here: BPF takes the rights "
			       "CAP_BPF and CAP_PERFMON; as root: sudo sonde …, or once: sudo "
			       "setcap cap_bpf,cap_perfmon,cap_sys_ptrace+ep %s; without "
			       "rights: " BY_PTRACE,
			       refusal->program);
	if (is_refused)
		return err_set(
			err, refusal->code,
			"counting system calls is not allowed here: BPF is refused in spite "
			"of the rights, by a container or the kernel's lockdown (%s); " BY_PTRACE,
			refusal->reason);
	if (!refusal->has_descriptions)
		return err_set(
			err, -EOPNOTSUPP,
			"this kernel does not describe itself (CONFIG_DEBUG_INFO_BTF), which "
			"counting system calls by BPF needs; " BY_PTRACE);
	if (refusal->code == -ENOMEM || refusal->code == -EMFILE || refusal->code == -ENFILE)
		return err_set(err, refusal->code, "%s", refusal->reason);
	return err_set(err, -EOPNOTSUPP,
		       "system calls cannot be counted by BPF here: %s (Linux 5.15 and later "
		       "can); " BY_PTRACE,
		       refusal->reason);
}

static bool find_rights(void)
{
	scoped(strbuf_release) struct strbuf text;
	struct procfs fs = {0};
	const char *field = NULL;
	uint64_t rights;

	strbuf_init(&text, 65536);
	if (proc_file_read(&fs, &text, "/proc/self/status") == 0)
		field = strstr(strbuf_text(&text), "\nCapEff:");
	if (field == NULL)
		return false;
	rights = strtoull(field + strlen("\nCapEff:"), NULL, 16);
	return (rights & CAPABILITY_SYS_ADMIN) != 0 ||
	       ((rights & CAPABILITY_BPF) != 0 && (rights & CAPABILITY_PERFMON) != 0);
}

int syscall_bpf_refusal_explain(int code, const char *reason, struct err *err)
{
	scoped(strbuf_release) struct strbuf program;
	struct procfs fs = {0};
	struct syscall_bpf_refusal refusal = {
		.code = code,
		.reason = reason,
		.is_privileged = find_rights(),
		.has_descriptions = access("/sys/kernel/btf/vmlinux", F_OK) == 0,
	};

	strbuf_init(&program, 65536);
	if (proc_file_read_link(&fs, &program, "/proc/self/exe") < 0) {
		strbuf_clear(&program);
		strbuf_add_text(&program, "sonde");
	}
	refusal.program = strbuf_text(&program);
	return syscall_bpf_refusal_describe(&refusal, err);
}
