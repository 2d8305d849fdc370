#include "unwind/unwind_arch.h"

#define BIT(n) ((uint64_t)1 << (n))

static const struct unwind_arch archs[] = {
	/* System V ABI AMD64: 3.2.1 says what is preserved, 3.6.2 numbers the registers */
	[CFI_X86_64] =
		{
			.sp = 7,
			.fp = 6,
			.pc = 16,
			.return_addr = 16,
			.preserved =
				BIT(3) | BIT(6) | BIT(7) | BIT(12) | BIT(13) | BIT(14) | BIT(15),
			.address_mask = UINT64_MAX,
		},
	/* Procedure Call Standard for the Arm 64-bit Architecture, 6.1.1: x19–x29, sp */
	[CFI_AARCH64] =
		{
			.sp = 31,
			.fp = 29,
			.pc = 32,
			.return_addr = 30,
			.has_link_register = true,
			.preserved = (BIT(31) - BIT(19)) | BIT(31),
			.address_mask = BIT(48) - 1,
		},
};

const struct unwind_arch *unwind_arch_get(enum cfi_arch arch)
{
	return &archs[arch];
}
