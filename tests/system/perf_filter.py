"""A program that runs another one under a seccomp filter as containers have it: some system calls end with EPERM."""
import os
import subprocess

SOURCE = """
#include <errno.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <stdio.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>
int main(int argc, char **argv)
{
	struct sock_filter code[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
@REFUSED@
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};
	struct sock_fprog program = {sizeof(code) / sizeof(code[0]), code};

	if (argc < 2 || prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0 ||
	    prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) < 0) {
		perror("seccomp");
		return 99;
	}
	execvp(argv[1], argv + 1);
	perror(argv[1]);
	return 99;
}
"""


REFUSED = """		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_@NAME@, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EPERM),"""


def build_filter(folder, *also, name="without_perf"):
    """The path of a program that refuses perf_event_open, bpf and `also`; raises where there is no C compiler."""
    path = os.path.join(folder, name)
    refused = "\n".join(REFUSED.replace("@NAME@", call) for call in ("perf_event_open", "bpf", *also))
    subprocess.run([*os.environ.get("CC", "cc").split(), "-x", "c", "-", "-o", path],
                   input=SOURCE.replace("@REFUSED@", refused).encode(), check=True)
    return path
