/*
 * The frame that the kernel pushes for a signal handler, where no call frame information tells of
 * it: musl, Go and aarch64's vdso have none. The code that handlers return to is known by its
 * bytes: it is the system call rt_sigreturn and nothing else.
 *
 * Layouts: struct rt_sigframe, arch/x86/include/asm/sigframe.h and arch/arm64/kernel/signal.c; the
 * user's part, ucontext_t, is the system call's interface.
 */
#ifndef UNWIND_SIGNAL_FRAME_H
#define UNWIND_SIGNAL_FRAME_H

#include <stdbool.h>
#include <stdint.h>

#include "unwind/unwinder.h"

/*
 * The registers that the signal interrupted, when there is such code at pc and its frame at sp can
 * be read. `memory` must be able to read code for that.
 */
bool signal_frame_read(enum cfi_arch arch, const struct unwind_memory *memory, uint64_t pc,
		       uint64_t sp, struct unwind_registers *ret_registers);

#endif
