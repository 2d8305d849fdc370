/* frame_pointer: what is believed, and what is not. */
#include "unwind/frame_pointer.h"

#include <errno.h>

#include "tap.h"

enum { STACK = 0x7000, STACK_BYTES = 0x100 };

static uint64_t words[STACK_BYTES / 8];

static bool find_code(void *arg, uint64_t avma, struct unwind_code *ret_code)
{
	(void)arg, (void)ret_code;
	return avma >= 0x400000 && avma < 0x500000;
}

static struct cfi_registers caller;
static uint64_t cfa;

static int step(enum cfi_arch arch, uint64_t sp, uint64_t fp, bool has_fp)
{
	uint8_t bytes[STACK_BYTES];
	struct unwind_memory memory = {.bytes = bytes, .start = STACK, .size = STACK_BYTES};

	memcpy(bytes, words, sizeof(bytes));
	caller = (struct cfi_registers){.pc = 0x400100, .sp = sp, .fp = fp, .has_fp = has_fp};
	return frame_pointer_step(unwind_arch_get(arch), &memory, find_code, NULL, &caller, &cfa);
}

int main(void)
{
	words[2] = 0x7040;
	words[3] = 0x400200;
	is_int(step(CFI_X86_64, 0x7000, 0x7010, true), 0, "a frame");
	ok(caller.pc == 0x400200 && caller.sp == 0x7020 && caller.fp == 0x7040 && caller.has_fp &&
		   caller.is_return && !caller.has_lr && cfa == 0x7020,
	   "its caller");
	is_int(step(CFI_X86_64, 0x7010, 0x7010, true), 0, "at sp itself");
	is_int(step(CFI_X86_64, 0x7018, 0x7010, true), -ENXIO, "below sp");
	ok(caller.pc == 0x400100 && caller.sp == 0x7018 && cfa == 0, "changes nothing");
	is_int(step(CFI_X86_64, 0x7000, 0x7010, false), -ENXIO, "fp is not known");
	is_int(step(CFI_X86_64, 0x7000, 0x7011, true), -ENXIO, "not aligned");
	is_int(step(CFI_X86_64, 0x7000, 0x7008, true), -ENXIO, "leads to no code");
	is_int(step(CFI_X86_64, 0x7000, 0x7030, true), 1, "zeros: the chain's end");
	is_int(cfa, 0x7040, "its CFA");
	is_int(step(CFI_X86_64, 0x7000, 0, true), -ENXIO, "a leaf may hold zero for other reasons");
	caller = (struct cfi_registers){
		.pc = 0x400100, .sp = 0x7000, .has_fp = true, .is_return = true};
	is_int(frame_pointer_step(unwind_arch_get(CFI_X86_64), &(struct unwind_memory){0},
				  find_code, NULL, &caller, &cfa),
	       1, "a caller with zero is the outermost");
	is_int(step(CFI_X86_64, 0x7000, 0x70f8, true), -EFAULT, "half outside of the copy");
	is_int(cfa, 0x7108, "may be a frame");
	is_int(step(CFI_X86_64, 0x7000, 0x9000000, true), -ENXIO, "far outside of any stack");
	is_int(step(CFI_X86_64, 0x7000, UINT64_MAX - 7, true), -ENXIO, "the highest address");
	words[2] = 5;
	is_int(step(CFI_X86_64, 0x7000, 0x7010, true), 0, "a caller that has no frame pointer");
	is_int(caller.fp, 5, "keeps something else in it");
	words[3] = 0x400000;
	is_int(step(CFI_X86_64, 0x7000, 0x7010, true), -ENXIO,
	       "a call that ends where code begins");
	words[3] = 0xab00000000400200;
	is_int(step(CFI_X86_64, 0x7000, 0x7010, true), -ENXIO, "an address with a tag");
	is_int(step(CFI_AARCH64, 0x7000, 0x7010, true), 0, "aarch64 signs return addresses");
	is_int(caller.pc, 0x400200, "the code is taken off");
	return tap_done();
}
