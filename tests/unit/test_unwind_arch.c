/*
 * aarch64, by fixtures: the .eh_frame of Debian 12's ld-linux-aarch64.so.1 (libc6 2.36-9+deb12u14,
 * arm64) with stacks as its instructions make them, read from the disassembly; and what that file
 * does not have, made by hand.
 */
#include "unwind/unwind_arch.h"

#include <fcntl.h>
#include <stdlib.h>

#include "cfi_maker.h"
#include "tap.h"
#include "unwind/unwinder.h"
#include "util/fd.h"

enum { EH_FRAME_SVMA = 0x22ea0, FP = 29, LR = 30, SP = 31, PC = 32, STACK = 0x7000, WORDS = 512 };

static struct cfi_table *table;
static struct unwinder *unwinder;

static bool find_code(void *arg, uint64_t avma, struct unwind_code *ret_code)
{
	(void)arg;
	ret_code->table = table;
	ret_code->bias = 0;
	return avma >= 0x1000 && avma < 0x30000;
}

struct stack {
	struct unwind_registers registers;
	uint64_t words[WORDS]; /* from STACK on */
	struct unwind_frame frames[8];
	uint32_t count;
};

static struct stack make_stack(uint64_t pc, uint64_t fp, uint64_t lr)
{
	struct stack stack = {.registers.known = ((uint64_t)1 << UNWIND_REGISTER_COUNT) - 1};

	stack.registers.values[PC] = pc;
	stack.registers.values[SP] = STACK;
	stack.registers.values[FP] = fp;
	stack.registers.values[LR] = lr;
	return stack;
}

static enum unwind_end run(struct stack *stack)
{
	uint8_t bytes[sizeof(stack->words)];
	struct unwind_memory memory = {.bytes = bytes, .start = STACK, .size = sizeof(bytes)};

	memcpy(bytes, stack->words, sizeof(bytes));
	return unwinder_run(unwinder, &stack->registers, &memory, stack->frames, 8, &stack->count);
}

static bool is_frame(const struct stack *stack, uint32_t number, uint64_t lookup_addr,
		     uint64_t function, uint64_t cfa)
{
	const struct unwind_frame *frame = &stack->frames[number];

	if (number < stack->count && frame->lookup_addr == lookup_addr &&
	    frame->function == function && frame->cfa == cfa)
		return true;
	if (number < stack->count)
		printf("# frame %" PRIu32 ": %#" PRIx64 " of %#" PRIx64 ", cfa %#" PRIx64 "\n",
		       number, frame->lookup_addr, frame->function, frame->cfa);
	return false;
}

/*
 * A function that begins `stp x29, x30, [sp, #-176]!` at 0x1ae90, called from _start's `bl` at
 * 0x1ae50.
 */
static void test_ld_so(void)
{
	struct stack stack = make_stack(0x1ae90, 0x7123, 0x1ae54);

	is_int(run(&stack), UNWIND_ROOT, "before the function's first instruction");
	is_int(stack.count, 2, "its caller is _start, which has none");
	ok(is_frame(&stack, 0, 0x1ae90, 0x1ae90, STACK), "the leaf has no frame yet");
	ok(is_frame(&stack, 1, 0x1ae53, 0x1ae40, STACK), "_start");

	stack = make_stack(0x1ae9c, STACK, 0x999);
	stack.words[0] = 0;
	stack.words[1] = 0x1ae54;
	is_int(run(&stack), UNWIND_ROOT, "behind its prologue");
	ok(is_frame(&stack, 0, 0x1ae9c, 0x1ae90, STACK + 176), "its frame has 176 bytes");
	ok(is_frame(&stack, 1, 0x1ae53, 0x1ae40, STACK + 176), "_start");

	/* the PLT pushes x16 and x30 before it jumps to _dl_runtime_resolve */
	stack = make_stack(0x107d8, 0x7123, 0x999);
	stack.words[1] = 0x1ae54;
	is_int(run(&stack), UNWIND_ROOT, "_dl_runtime_resolve");
	ok(is_frame(&stack, 0, 0x107d8, 0x107d4, STACK), "its frame is its caller's");

	/*
	 * _dl_runtime_profile at 0x10860: x29 is 496 below the CFA and the return address above it
	 */
	stack = make_stack(0x10860, STACK + 64, 0x999);
	stack.words[8] = STACK + 0x400;
	stack.words[9] = 0x1aea0;
	stack.words[(64 + 496) / 8] = 0;
	stack.words[(64 + 496) / 8 + 1] = 0x1ae54;
	is_int(run(&stack), UNWIND_ROOT, "a CFA by x29");
	ok(is_frame(&stack, 0, 0x10860, 0x1084c, STACK + 64 + 496), "its frame");
	ok(is_frame(&stack, 1, 0x1ae9f, 0x1ae90, STACK + 64 + 496 + 176), "its caller");

	/* a caller that claims that its return address is still in x30 cannot have called */
	stack = make_stack(0x1ae9c, STACK, 0x999);
	stack.words[1] = 0x1ae94;
	is_int(run(&stack), UNWIND_BAD_FRAME, "x30 is not the caller's behind a call");
	is_int(stack.count, 2, "the stack ends with it");
}

/* Sections of one function at 0x2000. */
static void make_table(struct cfi_maker *maker, const void *program, size_t size)
{
	static const uint8_t initial[] = {0x0c, 31, 0};
	struct cfi_sections sections;
	struct err err = {0};

	*maker = (struct cfi_maker){0};
	cfi_maker_put_cie_of(maker, 30, initial, sizeof(initial));
	cfi_maker_put_fde(maker, 0x2000, 0x100, program, size);
	sections = cfi_maker_sections(maker);
	sections.arch = CFI_AARCH64;
	if (!ok(cfi_table_new(&table, &sections, &err) == 0, "a table made by hand"))
		printf("# %s\n", err_text(&err));
	unwinder_forget(unwinder);
}

static void test_signed(void)
{
	/* paciasp; stp x29, x30, [sp, #-16]! */
	static const uint8_t program[] = {0x44, 0x2d, 0x44, 0x0e, 16, 0x9d, 2, 0x9e, 1};
	struct cfi_maker maker;
	struct stack stack;

	make_table(&maker, program, sizeof(program));
	stack = make_stack(0x2008, 0, 0);
	stack.words[0] = 1; /* no frame pointer, and no end of them */
	stack.words[1] = 0xffa5000000001234;
	is_int(run(&stack), UNWIND_NO_RULE, "a signed return address");
	ok(is_frame(&stack, 0, 0x2008, 0x2000, STACK + 16) &&
		   is_frame(&stack, 1, 0x1233, 0x1233, 0),
	   "is stripped of its code");
	stack = make_stack(0x2004, 0, 0x37a5000000001234);
	run(&stack);
	ok(is_frame(&stack, 1, 0x1233, 0x1233, 0), "also while it is in x30");
	stack = make_stack(0x2000, 0, 0x37a5000000001234);
	is_int(run(&stack), UNWIND_NO_CODE, "and not before it is signed");
	cfi_table_free(table);
}

/* mov x8, #139; svc #0, where there is no call frame information, as in the vdso of Linux. */
static void test_signal(void)
{
	static const uint8_t root[] = {0x07, 30};
	struct cfi_maker maker;
	struct stack stack = make_stack(STACK, 0, 0);
	uint64_t registers = (0x100 + 312) / 8;

	make_table(&maker, root, sizeof(root));
	stack.words[0] = 0xd4000001d2801168;
	stack.registers.values[SP] = STACK + 0x100;
	stack.registers.values[PC] = STACK;
	stack.words[registers + SP] = STACK + 0x800;
	stack.words[registers + PC] = 0x2000;
	is_int(run(&stack), UNWIND_ROOT, "a signal's frame is known by its code");
	ok(stack.count == 2 && is_frame(&stack, 0, STACK, STACK, STACK + 0x800) &&
		   stack.frames[1].lookup_addr == 0x2000,
	   "what it interrupted is exact");
	cfi_table_free(table);
}

int main(void)
{
	const char *folder = getenv("SONDE_TEST_DATA");
	struct cfi_sections sections = {.arch = CFI_AARCH64, .eh_frame_svma = EH_FRAME_SVMA};
	struct strbuf bytes;
	char path[4096];

	unwinder = unwinder_new(CFI_AARCH64, find_code, NULL);
	snprintf(path, sizeof(path), "%s/unwind/aarch64_ld.eh_frame",
		 folder != NULL ? folder : "tests/data");
	strbuf_init(&bytes, 1 << 20);
	ok(fd_read_file(AT_FDCWD, path, &bytes) == 0, "the fixture");
	sections.eh_frame = (const uint8_t *)bytes.data;
	sections.eh_frame_size = bytes.length;
	is_int(cfi_table_new(&table, &sections, NULL), 0, "its table");
	is_int(cfi_table_get_counts(table).fdes, 286, "its functions");
	is_int(cfi_table_get_counts(table).damaged, 0, "none damaged");
	test_ld_so();
	cfi_table_free(table);
	test_signed();
	test_signal();
	unwinder_free(unwinder);
	strbuf_release(&bytes);
	return tap_done();
}
