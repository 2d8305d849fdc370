/* What is said where BPF is refused: what is in the way, and the command that mends it. */
#include "capture/syscall_bpf_refusal.h"

#include <errno.h>

#include "tap.h"

static struct err err;

static int describe(struct syscall_bpf_refusal refusal)
{
	err = (struct err){0};
	if (refusal.reason == NULL)
		refusal.reason = "Operation not permitted";
	refusal.program = "/opt/sonde";
	return syscall_bpf_refusal_describe(&refusal, &err);
}

static void says(const char *part, const char *what)
{
	if (!ok(strstr(err.text, part) != NULL, what))
		printf("# in: %s\n", err.text);
}

int main(void)
{
	is_int(describe((struct syscall_bpf_refusal){.code = -EPERM, .has_descriptions = true}),
	       -EPERM, "an ordinary user");
	says("sudo sonde", "as root");
	says("sudo setcap cap_bpf,cap_perfmon,cap_sys_ptrace+ep /opt/sonde", "or with its rights");
	says("--syscalls=ptrace", "or without");
	is_int(describe((struct syscall_bpf_refusal){.code = -EACCES}), -EACCES,
	       "rights come before what the kernel lacks");
	says("setcap", "they are named");
	is_int(describe((struct syscall_bpf_refusal){
		       .code = -EPERM, .is_privileged = true, .has_descriptions = true}),
	       -EPERM, "root in a container");
	says("container", "it is named");
	ok(strstr(err.text, "setcap") == NULL, "and no command that would not help");
	is_int(describe((struct syscall_bpf_refusal){.code = -ESRCH, .is_privileged = true}),
	       -EOPNOTSUPP, "a kernel without BTF");
	says("CONFIG_DEBUG_INFO_BTF", "what it was built without");
	is_int(describe((struct syscall_bpf_refusal){.code = -EINVAL,
						     .reason = "the kernel does not take it",
						     .is_privileged = true,
						     .has_descriptions = true}),
	       -EOPNOTSUPP, "an old kernel");
	says("the kernel does not take it", "what it said");
	says("5.15", "which one would do");
	is_int(describe((struct syscall_bpf_refusal){.code = -EOPNOTSUPP,
						     .reason = "built without BPF: clang"}),
	       -EOPNOTSUPP, "a sonde without BPF");
	says("built without BPF: clang; --syscalls=ptrace", "why, and what is left");
	is_int(describe((struct syscall_bpf_refusal){
		       .code = -ENOMEM, .is_privileged = true, .has_descriptions = true}),
	       -ENOMEM, "no memory is not a lack of the kernel's");
	return tap_done();
}
