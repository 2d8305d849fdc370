/*
 * unwinder: on this program's own stack, where the truth is known: each function on the way down
 * notes its return address and its CFA. Through recursion, libc, signal handlers, threads, aligned
 * and odd frames; short copies; then on made-up stacks.
 */
#include "unwind/unwinder.h"

#include <fcntl.h>
#include <link.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <ucontext.h>
#include <unistd.h>

#include "cfi_file.h"
#include "cfi_maker.h"
#include "tap.h"
#include "util/alloc.h"

enum { MAX_MODULES = 32, MAX_FRAMES = 512, COPY_BYTES = 256 * 1024 };

/* ---- this process's code ---- */

struct test_module {
	uint64_t start, end, bias;
	struct cfi_file file;
	struct cfi_table *table;
};

static struct test_module modules[MAX_MODULES];
static size_t module_count;

static int add_module(struct dl_phdr_info *info, size_t size, void *arg)
{
	(void)size, (void)arg;
	for (unsigned i = 0; i < info->dlpi_phnum && module_count < MAX_MODULES; i++) {
		const ElfW(Phdr) *segment = &info->dlpi_phdr[i];
		struct test_module *module = &modules[module_count];
		const char *path = info->dlpi_name[0] != '\0' ? info->dlpi_name : "/proc/self/exe";

		if (segment->p_type != PT_LOAD || (segment->p_flags & PF_X) == 0)
			continue;
		module->bias = info->dlpi_addr;
		module->start = info->dlpi_addr + segment->p_vaddr;
		module->end = module->start + segment->p_memsz;
		if (cfi_file_open(&module->file, path)) /* not so the vdso */
			cfi_table_new(&module->table, &module->file.sections, NULL);
		module_count++;
	}
	return 0;
}

static bool find_own_code(void *arg, uint64_t avma, struct unwind_code *ret_code)
{
	(void)arg;
	for (size_t i = 0; i < module_count; i++) {
		if (avma >= modules[i].start && avma < modules[i].end) {
			ret_code->table = modules[i].table;
			ret_code->bias = modules[i].bias;
			return true;
		}
	}
	return false;
}

/* ---- what is captured at the bottom, and what was noted on the way ---- */

struct note {
	uint64_t return_addr, cfa;
};

static struct capture {
	struct unwind_registers registers;
	uint8_t *bytes;
	uint64_t start, size;
	struct note notes[MAX_FRAMES];
	size_t note_count;
	struct unwind_frame frames[MAX_FRAMES];
	uint32_t count;
	enum unwind_end end;
	uint64_t allocations;
} capture;

static struct unwinder *own;

/* The function that holds the macro: its return address and CFA. */
#define NOTE()                                                                                     \
	(capture.notes[capture.note_count++] =                                                     \
		 (struct note){(uint64_t)(uintptr_t)__builtin_return_address(0),                   \
			       (uint64_t)(uintptr_t)__builtin_dwarf_cfa()})

static void set_registers(struct unwind_registers *registers, const ucontext_t *context)
{
#ifdef __x86_64__
	static const struct {
		int number, index;
	} order[] = {{3, REG_RBX},  {4, REG_RSI},  {5, REG_RDI},  {6, REG_RBP},
		     {7, REG_RSP},  {8, REG_R8},   {9, REG_R9},	  {12, REG_R12},
		     {13, REG_R13}, {14, REG_R14}, {15, REG_R15}, {16, REG_RIP}};

	registers->known = 0;
	for (size_t i = 0; i < sizeof(order) / sizeof(order[0]); i++) {
		registers->values[order[i].number] =
			(uint64_t)context->uc_mcontext.gregs[order[i].index];
		registers->known |= (uint64_t)1 << order[i].number;
	}
#else
	for (int i = 0; i < 31; i++)
		registers->values[i] = context->uc_mcontext.regs[i];
	registers->values[31] = context->uc_mcontext.sp;
	registers->values[32] = context->uc_mcontext.pc;
	registers->known = ((uint64_t)1 << UNWIND_REGISTER_COUNT) - 1;
#endif
}

#ifdef __x86_64__
enum { SP = 7, PC = 16 };
static const enum cfi_arch own_arch = CFI_X86_64;
#else
enum { SP = 31, PC = 32 };
static const enum cfi_arch own_arch = CFI_AARCH64;
#endif

static void run_capture(uint64_t size, uint32_t max)
{
	struct unwind_memory memory = {
		.bytes = capture.bytes, .start = capture.start, .size = size};
	uint64_t before = alloc_get_count();

	capture.end =
		unwinder_run(own, &capture.registers, &memory, capture.frames, max, &capture.count);
	capture.allocations = alloc_get_count() - before;
}

/* The kernel copies the stack: the compiler's sanitizers guard what lies between variables. */
__attribute__((noinline)) static void take(void)
{
	ucontext_t context;
	int fd = open("/proc/self/mem", O_RDONLY | O_CLOEXEC);
	ssize_t got;

	NOTE();
	getcontext(&context);
	set_registers(&capture.registers, &context);
	capture.start = capture.registers.values[SP];
	got = pread(fd, capture.bytes, COPY_BYTES, (off_t)capture.start);
	close(fd);
	capture.size = got > 0 ? (uint64_t)got : 0;
	run_capture(capture.size, MAX_FRAMES);
}

/* Called through it, functions are neither inlined nor cloned. */
static void (*volatile take_pointer)(void) = take;

static void restart(void)
{
	memset(capture.notes, 0, sizeof(capture.notes));
	capture.note_count = 0;
	capture.count = 0;
}

/*
 * The notes, last one first, are frames in this order; between them there may be others (of libc,
 * of the kernel). True when all were found.
 */
static bool notes_are_frames(void)
{
	size_t found = 0;

	for (uint32_t i = 0; i + 1 < capture.count && found < capture.note_count; i++) {
		const struct note *note = &capture.notes[capture.note_count - 1 - found];

		if ((capture.frames[i].cfa == note->cfa || note->cfa == 0) &&
		    /* a signal's return code was not called: it is looked up as it is */
		    note->return_addr - capture.frames[i + 1].lookup_addr <= 1)
			found++;
	}
	return capture.note_count > 0 && found == capture.note_count;
}

static void print_frames(void)
{
	printf("# %s\n", unwind_end_text(capture.end));
	for (uint32_t i = 0; i < capture.count; i++)
		printf("# %2" PRIu32 " pc %#" PRIx64 " cfa %#" PRIx64 " function %#" PRIx64 "\n", i,
		       capture.frames[i].lookup_addr, capture.frames[i].cfa,
		       capture.frames[i].function);
	for (size_t i = 0; i < capture.note_count; i++)
		printf("# note %#" PRIx64 " %#" PRIx64 "\n", capture.notes[i].return_addr,
		       capture.notes[i].cfa);
}

static bool is_whole(const char *what)
{
	bool good = capture.end == UNWIND_ROOT && notes_are_frames();

	if (!ok(good, what))
		print_frames();
	return good;
}

/* ---- recursion ---- */

static void recurse(int depth);
static void (*volatile recurse_pointer)(int) = recurse;

__attribute__((noinline)) static void recurse(int depth)
{
	NOTE();
	if (depth == 0)
		take_pointer();
	else
		recurse_pointer(depth - 1);
	__asm__ volatile(""); /* no tail calls */
}

static void test_recursion(void)
{
	size_t recursive = 0;

	restart();
	recurse_pointer(199);
	is_whole("200 levels of recursion, to the root");
	is_int(capture.note_count, 201, "each level was noted");
	for (uint32_t i = 1; i <= 200; i++)
		recursive += capture.frames[i].function == (uint64_t)(uintptr_t)recurse_pointer;
	is_int(recursive, 200, "each is a frame of that function");
	is_int(capture.frames[0].function, (int64_t)(uintptr_t)take_pointer, "the leaf's function");
	is_int(capture.frames[0].lookup_addr, (int64_t)capture.registers.values[PC],
	       "the leaf's address is exact");
	is_int(capture.allocations, 0, "nothing was allocated");
}

static void test_limits(void)
{
	static struct unwind_frame whole[MAX_FRAMES];
	uint32_t count, wrong = 0, ends[UNWIND_DEPTH + 1] = {0};

	restart();
	recurse_pointer(20);
	count = capture.count;
	memcpy(whole, capture.frames, sizeof(whole));
	for (uint64_t size = 0; size < whole[20].cfa - capture.start; size += 8) {
		uint32_t last;

		run_capture(size, MAX_FRAMES);
		last = capture.count - 1;
		ends[capture.end]++;
		wrong += memcmp(capture.frames, whole, last * sizeof(*whole)) != 0 ||
			 capture.frames[last].lookup_addr != whole[last].lookup_addr ||
			 capture.frames[last].cfa != whole[last].cfa ||
			 capture.frames[last].cfa <= capture.start + size;
	}
	is_int(wrong, 0, "a short copy gives the frames that it holds, and the last one's CFA");
	ok(ends[UNWIND_MEMORY] > 10, "and says so");
	for (int end = 0; end <= UNWIND_DEPTH; end++)
		if (end != UNWIND_MEMORY)
			is_int(ends[end], 0, unwind_end_text((enum unwind_end)end));
	run_capture(capture.size, 5);
	ok(capture.end == UNWIND_DEPTH && capture.count == 5 &&
		   memcmp(capture.frames, whole, 5 * sizeof(*whole)) == 0,
	   "room for five frames");
	run_capture(capture.size, count);
	ok(capture.end == UNWIND_ROOT && capture.count == count, "room for exactly all");
	run_capture(capture.size, 1);
	ok(capture.end == UNWIND_DEPTH && capture.count == 1, "room for one");
}

/* ---- other ways down ---- */

static int compare_items(const void *a, const void *b)
{
	if (capture.note_count == 1) { /* the first time */
		NOTE();
		take_pointer();
	}
	return *(const int *)a - *(const int *)b;
}

__attribute__((noinline)) static void call_through_libc(void)
{
	int items[] = {3, 1, 2};

	NOTE();
	qsort(items, 3, sizeof(int), compare_items);
	__asm__ volatile("");
}

/* An aligned frame of a size that is known only when it runs. */
__attribute__((noinline)) static void call_aligned(int size)
{
	_Alignas(64) volatile char aligned[128];
	volatile char *grown = __builtin_alloca((size_t)size);

	NOTE();
	capture.notes[capture.note_count - 1].cfa = 0; /* gcc's builtin is wrong in such frames */
	aligned[0] = grown[0] = 1;
	take_pointer();
	grown[size - 1] = aligned[0];
}

static void handle_signal(int signal_number)
{
	(void)signal_number;
	NOTE();
	take_pointer();
	__asm__ volatile("");
}

__attribute__((noinline)) static void call_through_signal(int depth)
{
	NOTE();
	if (depth == 0)
		raise(SIGUSR1);
	else
		call_through_signal(depth - 1);
	__asm__ volatile("");
}

/* The instruction that the signal interrupts is known: it faults. */
static uint64_t fault_start, fault_end;

static void handle_fault(int signal_number, siginfo_t *info, void *arg)
{
	ucontext_t *context = arg;

	(void)signal_number, (void)info;
	take_pointer();
#ifdef __x86_64__
	context->uc_mcontext.gregs[REG_RIP] += 2;
#else
	context->uc_mcontext.pc += 4;
#endif
}

__attribute__((noinline)) static void fault(void)
{
	NOTE();
#ifdef __x86_64__
	__asm__ volatile("lea 1f(%%rip), %0\n1: ud2\n\tlea 1b+2(%%rip), %1"
			 : "=r"(fault_start), "=r"(fault_end)
			 :
			 : "memory"); /* the handler's */
#else
	__asm__ volatile("adr %0, 1f\n1: udf #0\n\tadr %1, 1b+4"
			 : "=r"(fault_start), "=r"(fault_end)
			 :
			 : "memory"); /* the handler's */
#endif
}

static void test_signals(void)
{
	struct sigaction action = {.sa_handler = handle_signal};
	size_t exact = 0, stack_bytes = 1 << 17;
	stack_t stack = {.ss_size = stack_bytes, .ss_sp = alloc_array(1, stack_bytes)};

	sigaction(SIGUSR1, &action, NULL);
	restart();
	call_through_signal(3);
	is_whole("through a signal handler");

	action = (struct sigaction){.sa_sigaction = handle_fault, .sa_flags = SA_SIGINFO};
	sigaction(SIGILL, &action, NULL);
	restart();
	fault();
	for (uint32_t i = 0; i < capture.count; i++)
		exact += capture.frames[i].lookup_addr == fault_start;
	ok(capture.end == UNWIND_ROOT && exact == 1 && fault_end != 0,
	   "the address that a signal interrupted is exact");

	sigaltstack(&stack, NULL);
	action.sa_flags |= SA_ONSTACK;
	sigaction(SIGILL, &action, NULL);
	restart();
	fault();
	ok(capture.end == UNWIND_MEMORY && capture.count >= 3 &&
		   capture.frames[capture.count - 1].lookup_addr == fault_start,
	   "from a stack of its own to one that was not copied");
	stack.ss_flags = SS_DISABLE;
	sigaltstack(&stack, NULL);
	free(stack.ss_sp);
}

static void *run_thread(void *arg)
{
	(void)arg;
	NOTE();
	recurse_pointer(3);
	return NULL;
}

static void test_calls(void)
{
	pthread_t thread;

	restart();
	call_through_libc();
	is_whole("through qsort of libc, which has no frame pointers");
	restart();
	call_aligned(1000);
	is_whole("through an aligned frame that grows");
	restart();
	pthread_create(&thread, NULL, run_thread, NULL);
	pthread_join(thread, NULL);
	is_whole("from a thread to where it was cloned");
}

/* ---- frames that compilers rarely write ---- */

#ifdef __x86_64__
__asm__(".text\n"
	/* as gcc realigns: the CFA is kept in memory at rbp - 8, rbp at rbp */
	"call_realigned: .cfi_startproc\n"
	"lea 8(%rsp), %r10\n .cfi_def_cfa %r10, 0\n"
	"and $-64, %rsp\n pushq -8(%r10)\n push %rbp\n mov %rsp, %rbp\n"
	".cfi_escape 0x10, 6, 2, 0x76, 0\n"
	"push %r10\n .cfi_escape 0x0f, 3, 0x76, 0x78, 6\n"
	"sub $40, %rsp\n mov $12345, %ebx\n call *%rdi\n add $40, %rsp\n"
	"pop %r10\n .cfi_def_cfa %r10, 0\n pop %rbp\n lea -8(%r10), %rsp\n"
	".cfi_def_cfa %rsp, 8\n ret\n .cfi_endproc\n"
	/* the CFA is in a register that tables do not follow */
	"call_by_rbx: .cfi_startproc\n"
	"push %rbx\n .cfi_def_cfa_offset 16\n .cfi_offset %rbx, -16\n"
	"mov %rsp, %rbx\n .cfi_def_cfa %rbx, 16\n"
	"sub $64, %rsp\n call *%rdi\n mov %rbx, %rsp\n .cfi_def_cfa %rsp, 16\n"
	"pop %rbx\n .cfi_restore %rbx\n .cfi_def_cfa_offset 8\n ret\n .cfi_endproc\n"
	/* as perlasm writes: CFA = word at rsp + 16, + 8 */
	"call_by_expression: .cfi_startproc\n"
	"mov %rsp, %rax\n sub $40, %rsp\n mov %rax, 16(%rsp)\n"
	".cfi_escape 0x0f, 5, 0x77, 16, 6, 0x23, 8\n"
	"call *%rdi\n mov 16(%rsp), %rsp\n .cfi_def_cfa %rsp, 8\n ret\n .cfi_endproc\n"
	/* no information: with a frame pointer, and without */
	"call_by_fp: push %rbp\n mov %rsp, %rbp\n sub $48, %rsp\n call *%rdi\n leave\n ret\n"
	"call_blindly: push %rbp\n mov $1, %ebp\n call *%rdi\n pop %rbp\n ret\n");
void call_realigned(void (*function)(void));
void call_by_rbx(void (*function)(void));
void call_by_expression(void (*function)(void));
void call_by_fp(void (*function)(void));
void call_blindly(void (*function)(void));

static void (*volatile way)(void (*function)(void));
static void (*volatile inner_way)(void (*function)(void));

__attribute__((noinline)) static void call_inner(void)
{
	NOTE();
	inner_way(take_pointer);
	__asm__ volatile("" ::: "rbx");
}

/* rbx is the caller's here, because it is saved: frames above may need it. */
__attribute__((noinline)) static void call_odd(void (*outer)(void (*)(void)),
					       void (*inner)(void (*)(void)))
{
	NOTE();
	way = outer;
	inner_way = inner;
	way(call_inner);
	__asm__ volatile("" ::: "rbx");
}

static void test_odd_frames(void)
{
	restart();
	call_odd(call_realigned, call_by_rbx);
	is_whole("realigned, then a CFA in rbx");
	restart();
	call_odd(call_by_rbx, call_realigned);
	is_whole("a CFA in rbx, found behind frames that changed rbx");
	is_int(capture.allocations, 0, "nothing was allocated for it");
	restart();
	call_odd(call_by_expression, call_by_rbx);
	is_whole("a CFA by an expression");
	restart();
	call_odd(call_by_fp, call_by_rbx);
	is_whole("by the frame pointer where there is no information");
	restart();
	call_odd(call_by_rbx, call_by_fp);
	ok(capture.end == UNWIND_ROOT || capture.end == UNWIND_REGISTER,
	   "rbx behind code without information is found or not known");
	restart();
	call_odd(call_blindly, call_by_fp);
	ok(capture.end == UNWIND_NO_RULE && capture.count == 4 && capture.frames[3].cfa == 0,
	   "nothing to go by: the stack ends there");
	ok(capture.frames[2].cfa == capture.notes[1].cfa, "with all frames up to it");
}
#else
static void test_odd_frames(void)
{
}
#endif

/* ---- made-up stacks ---- */

static struct cfi_table *made_table;
static bool (*find_made)(uint64_t avma);

static bool find_made_code(void *arg, uint64_t avma, struct unwind_code *ret_code)
{
	(void)arg;
	ret_code->table = avma < 0x500000 ? made_table : NULL;
	ret_code->bias = 0x400000;
	return find_made(avma);
}

static bool below_6(uint64_t avma)
{
	return avma >= 0x400000 && avma < 0x600000;
}

static bool nowhere(uint64_t avma)
{
	(void)avma;
	return false;
}

struct made {
	struct unwind_registers registers;
	uint64_t words[64]; /* of the stack, from 0x7000 on */
	struct unwind_frame frames[16];
	uint32_t count;
};

static enum unwind_end run_made(struct unwinder *unwinder, struct made *made)
{
	uint8_t bytes[sizeof(made->words)];
	struct unwind_memory memory = {.bytes = bytes, .start = 0x7000, .size = sizeof(bytes)};

	memcpy(bytes, made->words, sizeof(bytes));
	return unwinder_run(unwinder, &made->registers, &memory, made->frames, 16, &made->count);
}

static struct made make_x86_64(uint64_t pc, uint64_t sp, uint64_t fp)
{
	struct made made = {.registers.known = (uint64_t)1 << 16 | 1 << 7 | 1 << 6};

	made.registers.values[16] = pc;
	made.registers.values[7] = sp;
	made.registers.values[6] = fp;
	return made;
}

static void test_made(void)
{
	static const uint8_t frameless[1] = {0};
	static const uint8_t by_rbp[] = {0x0c, 6, 16, 0x86, 2}, root[] = {0x07, 16};
	static const uint8_t by_rax[] = {0x0c, 0, 8}, no_cfa_growth[] = {0x0e, 0};
	struct cfi_maker maker = {0};
	struct cfi_sections sections;
	struct unwinder *unwinder = unwinder_new(CFI_X86_64, find_made_code, NULL);
	struct made made;

	cfi_maker_put_cie(&maker);
	cfi_maker_put_fde(&maker, 0x1000, 0x100, frameless, 0);
	cfi_maker_put_fde(&maker, 0x2000, 0x100, by_rbp, sizeof(by_rbp));
	cfi_maker_put_fde(&maker, 0x3000, 0x100, root, sizeof(root));
	cfi_maker_put_fde(&maker, 0x4000, 0x100, by_rax, sizeof(by_rax));
	cfi_maker_put_fde(&maker, 0x5000, 0x100, no_cfa_growth, sizeof(no_cfa_growth));
	sections = cfi_maker_sections(&maker);
	is_int(cfi_table_new(&made_table, &sections, NULL), 0, "a table made by hand");
	find_made = below_6;

	made = make_x86_64(0x401010, 0x7000, 0x7010);
	made.words[0] = 0x402020; /* returns to code by rbp */
	made.words[2] = 0x7123;
	made.words[3] = 0x403001;
	is_int(run_made(unwinder, &made), UNWIND_ROOT, "leaf, caller by rbp, root");
	is_int(made.count, 3, "three frames");
	ok(made.frames[0].lookup_addr == 0x401010 && made.frames[0].function == 0x401000 &&
		   made.frames[0].cfa == 0x7008,
	   "the leaf");
	ok(made.frames[1].lookup_addr == 0x40201f && made.frames[1].function == 0x402000 &&
		   made.frames[1].cfa == 0x7020,
	   "its caller");
	ok(made.frames[2].lookup_addr == 0x403000 && made.frames[2].function == 0x403000,
	   "the root");

	find_made = nowhere;
	is_int(run_made(unwinder, &made), UNWIND_ROOT, "addresses are remembered");
	unwinder_forget(unwinder);
	is_int(run_made(unwinder, &made), UNWIND_NO_CODE, "until they are to be forgotten");
	is_int(made.count, 1, "the leaf remains");
	find_made = below_6;

	made.words[3] = 0;
	is_int(run_made(unwinder, &made), UNWIND_ROOT, "a caller of address 0 is none");
	is_int(made.count, 2, "and no frame");
	made.words[3] = 0x999999;
	is_int(run_made(unwinder, &made), UNWIND_NO_CODE, "a return address outside of all code");
	ok(made.count == 3 && made.frames[2].lookup_addr == 0x999998 && made.frames[2].cfa == 0,
	   "is the last frame, without a CFA");

	made = make_x86_64(0x402020, 0x7080, 0x7000);
	is_int(run_made(unwinder, &made), UNWIND_BAD_FRAME, "a frame below its callee");
	made = make_x86_64(0x405020, 0x7000, 0);
	is_int(run_made(unwinder, &made), UNWIND_BAD_FRAME, "a frame at its callee");
	made = make_x86_64(0x402020, 0x7000, 0x7800);
	ok(run_made(unwinder, &made) == UNWIND_MEMORY && made.frames[0].cfa == 0x7810,
	   "a frame outside of the copy");
	made = make_x86_64(0x402020, 0x7000, 0x7000);
	made.registers.known &= ~((uint64_t)1 << 6);
	ok(run_made(unwinder, &made) == UNWIND_REGISTER && made.frames[0].cfa == 0,
	   "rbp is needed and not known");
	made = make_x86_64(0x404020, 0x7000, 0x7000);
	is_int(run_made(unwinder, &made), UNWIND_REGISTER, "rax is needed and not known");
	made.registers.known |= 1;
	made.registers.values[0] = 0x7038;
	made.words[7] = 0x402020;
	made.words[8] = 0x404020;
	is_int(run_made(unwinder, &made), UNWIND_BAD_FRAME, "rax is known in the leaf");
	is_int(made.count, 2, "which gives its caller");
	made.registers.values[6] = 0x7040;
	made.words[8] = 0;
	made.words[9] = 0x404020;
	is_int(run_made(unwinder, &made), UNWIND_REGISTER, "but not behind a call");
	is_int(made.count, 3, "as calls change it");

	made = make_x86_64(0x550000, 0x7000, 0x7008);
	made.words[1] = 0x7020;
	made.words[2] = 0x550100;
	made.words[4] = made.words[5] = 0;
	ok(run_made(unwinder, &made) == UNWIND_ROOT && made.count == 2 &&
		   made.frames[0].cfa == 0x7018 && made.frames[0].function == 0x550000 &&
		   made.frames[1].cfa == 0x7030,
	   "code without information: two frame pointers, and zeros at the end");
	made.words[4] = 0x7100;
	made.words[5] = 0x700000;
	ok(run_made(unwinder, &made) == UNWIND_NO_RULE && made.count == 2,
	   "a frame pointer that leads to no code is not believed");
	unwinder_free(unwinder);
	cfi_table_free(made_table);
}

/* A system call rt_sigreturn in code without information, as musl's, with its frame. */
static void test_signal_code(void)
{
	static const uint8_t code[] = {0x48, 0xc7, 0xc0, 0x0f, 0, 0, 0, 0x0f, 0x05};
	struct unwinder *unwinder = unwinder_new(CFI_X86_64, find_made_code, NULL);
	struct made made = make_x86_64(0x560000, 0x7000, 0x7000);
	uint8_t bytes[0x300] = {0};
	struct unwind_memory memory = {.bytes = bytes, .start = 0x55ff00, .size = sizeof(bytes)};
	uint64_t words[23] = {0};

	made_table = NULL;
	find_made = below_6;
	memcpy(bytes + 0x100, code, sizeof(code));
	made.registers.values[7] = 0x55ff00 + 0x140;
	words[5 + 10] = 0x55ff00 + 0x208; /* rbp */
	words[5 + 15] = 0x55ff00 + 0x200; /* rsp */
	words[5 + 16] = 0x570000;	  /* rip */
	memcpy(bytes + 0x140, words, sizeof(words));
	ok(unwinder_run(unwinder, &made.registers, &memory, made.frames, 16, &made.count) ==
			   UNWIND_ROOT &&
		   made.count == 2 && made.frames[0].lookup_addr == 0x560000 &&
		   made.frames[0].cfa == 0x55ff00 + 0x200 && made.frames[1].lookup_addr == 0x570000,
	   "a signal's frame is known by its code");
	unwinder_free(unwinder);
}

int main(void)
{
	capture.bytes = alloc_array(1, COPY_BYTES);
	dl_iterate_phdr(add_module, NULL);
	own = unwinder_new(own_arch, find_own_code, NULL);
	test_recursion();
	test_limits();
	test_calls();
	test_signals();
	test_odd_frames();
	test_made();
	test_signal_code();
	unwinder_free(own);
	for (size_t i = 0; i < module_count; i++) {
		cfi_table_free(modules[i].table);
		cfi_file_close(&modules[i].file);
	}
	free(capture.bytes);
	return tap_done();
}
