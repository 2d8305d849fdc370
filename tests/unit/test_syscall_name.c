/* Against the numbers that the compiler knows from <sys/syscall.h>. */
#include "capture/syscall_name.h"

#include <sys/syscall.h>

#include "tap.h"

static const char *find(int32_t number)
{
	static char name[SYSCALL_NAME_BYTES];

	syscall_name_format(number, name);
	return name;
}

int main(void)
{
	is_str(find(SYS_read), "read", "read");
	is_str(find(SYS_futex), "futex", "futex");
	is_str(find(SYS_exit_group), "exit_group", "exit_group");
	is_str(find(SYS_rt_sigreturn), "rt_sigreturn", "rt_sigreturn");
	is_str(find(SYS_lseek), "lseek", "one that asm-generic names by way of another");
	is_str(find(SYS_clone3), "clone3", "one of the newer ones");
	is_str(find(509), "syscall_509", "one without a name");
	is_str(find(INT32_MAX), "syscall_2147483647", "far outside");
	is_str(find(SYSCALL_NUMBER_32BIT), "(32-bit)", "a 32-bit program's");
	is_str(find(SYSCALL_NUMBER_UNKNOWN), "(unknown)", "no machine's");
	return tap_done();
}
