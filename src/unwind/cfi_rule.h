/*
 * The 16 bytes of a cfi_rule: made from a row of a call frame program, and applied to pc, sp and
 * fp. This is the unwinder's fast path.
 */
#ifndef UNWIND_CFI_RULE_H
#define UNWIND_CFI_RULE_H

#include "unwind/cfi_program.h"
#include "unwind/cfi_table.h"
#include "unwind/unwind_arch.h"
#include "unwind/unwinder.h"

/* What rules know of a frame. */
struct cfi_registers {
	uint64_t pc, sp, fp;
	uint64_t lr;	     /* aarch64: x30 */
	bool has_fp, has_lr; /* else their values are not known */
	/*
	 * pc is a return address: the frame is behind its call. Else it is exact, of the leaf or of
	 * what a signal interrupted
	 */
	bool is_return;
};

/*
 * What a row amounts to; CFI_CFA_PROGRAM when it needs what a rule cannot say. All 16 bytes are
 * set: equal rules are equal bytes.
 */
void cfi_rule_from_state(struct cfi_rule *ret_rule, const struct cfi_state *state,
			 const struct cfi_fde *fde);

/*
 * Whether a frame whose caller has `cfa` in sp and goes on at `return_addr` can be. Stacks grow
 * downwards. A return address that was in a register when the function began took no room: then the
 * function may have none of its own, but must not return to where it is. `result` is 1 for a frame
 * without a caller, which may have none either.
 */
static inline bool cfi_rule_is_above(const struct unwind_arch *arch, uint64_t pc, uint64_t sp,
				     uint64_t cfa, uint64_t return_addr, int result)
{
	return cfa > sp ||
	       (cfa == sp && (result == 1 || (arch->has_link_register && return_addr != pc)));
}

/*
 * One frame up. 0 when `registers` are the caller's; else they are unchanged: 1 when there is no
 * caller, -EFAULT when memory cannot be read, -ENXIO when fp or lr is needed and not known,
 * -EBADMSG when the frame cannot be above its callee. *ret_cfa is the value of sp in the caller, 0
 * as long as it is not known. The rule's cfa is neither _NONE nor _PROGRAM.
 */
int cfi_rule_apply(const struct cfi_rule *rule, const struct unwind_arch *arch,
		   const struct unwind_memory *memory, struct cfi_registers *registers,
		   uint64_t *ret_cfa);

#endif
