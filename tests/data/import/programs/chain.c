/*
 * What the profiles of stack copies are of: no libc, so that all code of theirs is in this folder.
 *
 *	chain COMMAND …	executes it: what was mapped before is gone then
 *	chain	works, called by two functions; with -DCOPIED by code without a file too
 */
#include <stddef.h>

enum { SYS_MMAP = 9, SYS_EXECVE = 59, SYS_EXIT = 60 };

static volatile unsigned long sum;

static long call_kernel(long number, long a, long b, long c, long d, long e, long f)
{
	register long r10 __asm__("r10") = d, r8 __asm__("r8") = e, r9 __asm__("r9") = f;
	long result;

	__asm__ volatile("syscall"
			 : "=a"(result)
			 : "0"(number), "D"(a), "S"(b), "d"(c), "r"(r10), "r"(r8), "r"(r9)
			 : "rcx", "r11", "memory");
	return result;
}

#ifdef BARE
void work(void);
__asm__(".globl work\n"
	".type work, @function\n"
	"work:\n"
	"mov $300000000, %ecx\n"
	"1: dec %rcx\n"
	"jnz 1b\n"
	"ret\n"
	".size work, . - work\n");
#define MIDDLE __attribute__((noinline, optimize("no-omit-frame-pointer")))
#elif defined(RETURNS)
#define MIDDLE __attribute__((noinline, optimize("no-omit-frame-pointer")))
/* As gcc writes it: at the ret rbp is said to be saved still, where it has been popped from. */
void step(void);
__asm__(".type step, @function\n"
	"step:\n"
	".cfi_startproc\n"
	"push %rbp\n"
	".cfi_def_cfa_offset 16\n"
	".cfi_offset 6, -16\n"
	"mov %rsp, %rbp\n"
	".cfi_def_cfa_register 6\n"
	"pop %rbp\n"
	".cfi_def_cfa 7, 8\n"
	"ret\n"
	".cfi_endproc\n"
	".size step, . - step\n");

MIDDLE void work(void)
{
	for (unsigned long i = 0; i < 20000000; i++)
		step();
	sum++;
}
#else
/* Has LOCAL_BYTES on its stack: where its caller's address is can be chosen. */
__attribute__((noinline)) void work(void)
{
	volatile char local[LOCAL_BYTES];

	for (unsigned long i = 0; i < 300000000; i++)
		sum += i;
	local[0] = 1;
}
#define MIDDLE __attribute__((noinline))
#endif

MIDDLE void middle(void (*function)(void))
{
	function();
	sum++;
}

#ifdef COPIED
/* push %rbp; mov %rsp,%rbp; call work; pop %rbp; ret */
static void work_through_copy(void)
{
	static const unsigned char code[] = {0x55, 0x48, 0x89, 0xe5, 0xff, 0xd7, 0x5d, 0xc3};
	unsigned char *memory = (unsigned char *)call_kernel(SYS_MMAP, 0, 4096, 7, 0x22, -1, 0);

	for (size_t i = 0; i < sizeof(code); i++)
		((volatile unsigned char *)memory)[i] = code[i];
	((void (*)(void (*)(void)))memory)(work);
	sum++;
}
#define WORK work_through_copy
#elif defined(SIGNAL)
enum { SYS_SIGACTION = 13, SYS_GETPID = 39, SYS_KILL = 62, ALARM = 14, HAS_RESTORER = 0x04000000 };

/*
 * What a handler returns to: sp points to a ucontext_t, with the registers of before the signal.
 * The rules begin a byte before the code, as nothing called it (the same in glibc).
 */
void restore(void);
__asm__(".globl restore\n"
	".cfi_startproc\n"
	".cfi_signal_frame\n"
	".cfi_escape 0x0f, 4, 0x77, 0xa0, 0x01, 0x06\n" /* CFA: what is at rsp+160, rsp */
	".cfi_escape 0x10, 6, 3, 0x77, 0xf8, 0x00\n"	/* rbp: at rsp+120 */
	".cfi_escape 0x10, 16, 3, 0x77, 0xa8, 0x01\n"	/* rip: at rsp+168 */
	"nop\n"
	".type restore, @function\n"
	"restore:\n"
	"mov $15, %rax\n"
	"syscall\n"
	".cfi_endproc\n"
	".size restore, . - restore\n");

static void handle(int number)
{
	work();
	sum += (unsigned long)number;
}

static void work_in_handler(void)
{
	struct {
		void (*handler)(int);
		unsigned long flags;
		void (*restorer)(void);
		unsigned long mask;
	} action = {handle, HAS_RESTORER, restore, 0};

	call_kernel(SYS_SIGACTION, ALARM, (long)&action, 0, sizeof(action.mask), 0, 0);
	call_kernel(SYS_KILL, call_kernel(SYS_GETPID, 0, 0, 0, 0, 0, 0), ALARM, 0, 0, 0, 0);
	sum++;
}
#define WORK work_in_handler
#else
#define WORK work
#endif

__attribute__((noinline, used)) void run(long *stack)
{
	long count = stack[0];
	char **words = (char **)(stack + 1), **environment = words + count + 1;

	if (count > 1)
		call_kernel(SYS_EXECVE, (long)words[1], (long)(words + 1), (long)environment, 0, 0,
			    0);
	middle(WORK);
	call_kernel(SYS_EXIT, 0, 0, 0, 0, 0, 0);
}

__asm__(".globl _start\n"
	".type _start, @function\n"
	"_start:\n"
	".cfi_startproc\n"
	".cfi_undefined rip\n"
	"mov %rsp, %rdi\n"
	"xor %ebp, %ebp\n"
	"call run\n"
	"hlt\n"
	".cfi_endproc\n"
	".size _start, . - _start\n");
