/*
 * unwind/ finds the callers of a piece of running code: registers and a copy of the stack in,
 * frames out. It is pure: no process, no clock, no file; it allocates only while tables are
 * compiled.
 *
 *	.eh_frame, .debug_frame ─ cfi_section (CIEs, FDEs) ─ cfi_program (rows of rules) ─▶
 *	  cfi_table
 *	registers, stack copy ─▶ unwinder: for each frame the row of its pc ─▶ caller's pc, sp,
 *	  fp
 *
 * Three ways to the caller, tried in this order for each frame:
 * 1. the row of the compact table (cfi_table.h), which knows pc, sp and fp only. Practically all
 *    frames of compiled code;
 * 2. where the row says that this is not enough (another register, an expression), the call frame
 *    program itself, run with all registers. The stack is then begun again from its leaf, because
 *    the registers that the program needs had to be followed from there;
 * 3. where there is no call frame information (JIT code, embedded assembly): the registers that a
 *    signal saved, if the code is a signal's return; the stack that a trampoline frees before it
 *    returns at once (epilogue.h); or the frame pointer, if what it leads to can be a frame: above
 *    sp, inside the stack, a return address in code. The first two need a `read` that reads code.
 *
 * A stack is whole when it ends at a root: a frame whose rule says that it has no caller (_start,
 * clone, clone3), or a caller of pc 0. Everything else ends with the reason, and none is guessed.
 *
 * Rules and registers: DWARF 5, section 6.4; System V ABI AMD64, 3.6 and 3.7; LSB, .eh_frame;
 * DWARF for the ARM 64-bit Architecture.
 *
 * One thread at a time per unwinder; tables are read-only and shared.
 */
#ifndef UNWIND_UNWINDER_H
#define UNWIND_UNWINDER_H

#include <stdbool.h>
#include <stdint.h>

#include "unwind/cfi_table.h"
#include "util/scoped.h"

/*
 * Registers by their DWARF numbers. x86-64: 0 rax, 1 rdx, 2 rcx, 3 rbx, 4 rsi, 5 rdi, 6 rbp, 7 rsp,
 * 8–15 r8–r15, 16 the return address: here rip. aarch64: 0–30 x0–x30 (29 fp, 30 lr), 31 sp, 32 pc.
 */
enum { UNWIND_REGISTER_COUNT = 33 };

struct unwind_registers {
	uint64_t values[UNWIND_REGISTER_COUNT];
	uint64_t known; /* bit i: values[i] is known. pc and sp must be */
};

/*
 * The stack as it was: `bytes` were copied from [start, start + size). What is not in it is asked
 * of `read` (NULL = not to be had): 8 bytes at an avma; false when they cannot be read.
 */
struct unwind_memory {
	const uint8_t *bytes;
	uint64_t start; /* avma */
	uint64_t size;
	bool (*read)(void *arg, uint64_t avma, uint64_t *ret_word);
	void *arg;
};

/* The code around an address, as the finder knows it. */
struct unwind_code {
	const struct cfi_table *table; /* NULL = no call frame information */
	uint64_t bias;		       /* avma - svma */
};

/* False when no code is mapped at the address. */
typedef bool (*unwind_find_code_fn)(void *arg, uint64_t avma, struct unwind_code *ret_code);

enum unwind_end {
	UNWIND_ROOT,	  /* whole */
	UNWIND_MEMORY,	  /* the frame's return address lies outside of the copy */
	UNWIND_NO_CODE,	  /* a return address that is not in any mapping */
	UNWIND_NO_RULE,	  /* no call frame information, and no believable frame pointer */
	UNWIND_BAD_FRAME, /* a frame at or below its callee, or a rule that makes no sense */
	UNWIND_REGISTER,  /* the rule needs a register that is not known */
	UNWIND_DEPTH,	  /* more frames than there was room for */
};

struct unwind_frame {
	/* what is looked up: pc of the leaf and of what a signal interrupted, else pc - 1; avma */
	uint64_t lookup_addr;
	/*
	 * value of sp in the caller: with the function, what identifies an activation. 0 = not
	 * known (the last frame of a stack that ended with UNWIND_NO_RULE, _NO_CODE, …)
	 */
	uint64_t cfa;
	/* the start of the function's FDE, avma; of code without: lookup_addr */
	uint64_t function;
};

struct unwinder;

struct unwinder *unwinder_new(enum cfi_arch arch, unwind_find_code_fn find_code, void *arg);
void unwinder_free(struct unwinder *unwinder); /* NULL accepted */
SCOPED_POINTER(unwinder, unwinder_free)

/*
 * The caller forgets mappings: what was remembered about addresses is dropped (a rule cache, if
 * there is one). Call it when the address space changes or another process's turn has come.
 */
void unwinder_forget(struct unwinder *unwinder);

/*
 * Leaf first into `frames`, at most `max` (at least 1). Always at least one frame. Allocates
 * nothing.
 */
enum unwind_end unwinder_run(struct unwinder *unwinder, const struct unwind_registers *registers,
			     const struct unwind_memory *memory, struct unwind_frame *frames,
			     uint32_t max, uint32_t *ret_count);

/* "copy too short", …: for tests and messages. Static. */
const char *unwind_end_text(enum unwind_end end);

#endif
