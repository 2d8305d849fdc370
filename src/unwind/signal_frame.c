#include "unwind/signal_frame.h"

#include "unwind/unwind_memory.h"

static bool has_code(const struct unwind_memory *memory, uint64_t avma, uint64_t code)
{
	uint64_t word;

	return unwind_memory_read(memory, avma, &word) && word == code;
}

static bool read_register(const struct unwind_memory *memory, uint64_t avma, unsigned reg,
			  struct unwind_registers *registers)
{
	registers->known |= (uint64_t)1 << reg;
	return unwind_memory_read(memory, avma, &registers->values[reg]);
}

/* sp points to a ucontext_t. */
static bool read_x86_64(const struct unwind_memory *memory, uint64_t sp,
			struct unwind_registers *registers)
{
	/* by DWARF numbers: r8 … r15, rdi, rsi, rbp, rbx, rdx, rax, rcx, rsp, rip */
	static const uint8_t order[] = {8, 9, 10, 11, 12, 13, 14, 15, 5, 4, 6, 3, 1, 0, 2, 7, 16};
	enum { REGISTERS_OFFSET = 40 };

	for (unsigned i = 0; i < sizeof(order); i++)
		if (!read_register(memory, sp + REGISTERS_OFFSET + 8 * i, order[i], registers))
			return false;
	return true;
}

/* sp points to a siginfo_t of 128 bytes, followed by a ucontext_t. x0 … x30, sp, pc. */
static bool read_aarch64(const struct unwind_memory *memory, uint64_t sp,
			 struct unwind_registers *registers)
{
	enum { REGISTERS_OFFSET = 128 + 176 + 8 };

	for (unsigned i = 0; i < UNWIND_REGISTER_COUNT; i++)
		if (!read_register(memory, sp + REGISTERS_OFFSET + 8 * i, i, registers))
			return false;
	return true;
}

bool signal_frame_read(enum cfi_arch arch, const struct unwind_memory *memory, uint64_t pc,
		       uint64_t sp, struct unwind_registers *ret_registers)
{
	struct unwind_registers registers = {0};

	switch (arch) {
	case CFI_X86_64: /* mov $15, %rax; syscall: nine bytes */
		if (!has_code(memory, pc, 0x0f0000000fc0c748) ||
		    !has_code(memory, pc + 1, 0x050f0000000fc0c7) ||
		    !read_x86_64(memory, sp, &registers))
			return false;
		break;
	case CFI_AARCH64: /* mov x8, #139; svc #0 */
		if (!has_code(memory, pc, 0xd4000001d2801168) ||
		    !read_aarch64(memory, sp, &registers))
			return false;
		break;
	}
	*ret_registers = registers;
	return true;
}
