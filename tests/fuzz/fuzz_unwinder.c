/*
 * Stacks and programs that make no sense: unwinding ends, stays inside of the copy, and gives
 * frames that ascend but for signals'.
 *
 * Input: a flags byte (bit 0 aarch64), the stack's length in units of 8, pc, sp and fp as 2 bytes
 * each, the stack, and the rest is .eh_frame. Code is [0, 0x10000); above half of it without
 * information.
 */
#include <stdlib.h>
#include <string.h>

#include "unwind/unwinder.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { STACK = 0x8000, MAX = 64, HEADER = 8 };

static struct cfi_table *table;

static bool find_code(void *arg, uint64_t avma, struct unwind_code *ret_code)
{
	(void)arg;
	ret_code->table = avma < 0x8000 ? table : NULL;
	ret_code->bias = 0;
	return avma < 0x10000;
}

static uint64_t read_u16(const uint8_t *at)
{
	return at[0] | (uint64_t)at[1] << 8;
}

static void run(enum cfi_arch arch, const struct unwind_registers *registers,
		const struct unwind_memory *memory)
{
	struct unwinder *unwinder = unwinder_new(arch, find_code, NULL);
	struct unwind_frame frames[MAX], again[MAX];
	uint32_t count, count_again;
	enum unwind_end end = unwinder_run(unwinder, registers, memory, frames, MAX, &count);

	if (count < 1 || count > MAX || (end == UNWIND_DEPTH && count != MAX))
		abort();
	if (unwinder_run(unwinder, registers, memory, again, MAX, &count_again) != end ||
	    count_again != count || memcmp(frames, again, count * sizeof(*frames)) != 0)
		abort();
	for (uint32_t i = 0; i + 1 < count; i++)
		if (frames[i].cfa == 0 && frames[i].function > frames[i].lookup_addr)
			abort();
	unwinder_free(unwinder);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct cfi_sections sections = {.eh_frame_svma = 0x1000};
	struct unwind_registers registers = {.known = ((uint64_t)1 << UNWIND_REGISTER_COUNT) - 1};
	struct unwind_memory memory = {.start = STACK};
	bool is_arm;

	if (size < HEADER)
		return 0;
	is_arm = (data[0] & 1) != 0;
	memory.bytes = data + HEADER;
	memory.size = (uint64_t)data[1] * 8;
	if (memory.size > size - HEADER)
		memory.size = size - HEADER;
	sections.arch = is_arm ? CFI_AARCH64 : CFI_X86_64;
	sections.eh_frame = memory.bytes + memory.size;
	sections.eh_frame_size = size - HEADER - memory.size;
	for (unsigned i = 0; i < UNWIND_REGISTER_COUNT; i++)
		registers.values[i] = STACK + i * 8;
	registers.values[is_arm ? 32 : 16] = read_u16(data + 2);
	registers.values[is_arm ? 31 : 7] = STACK + read_u16(data + 4);
	registers.values[is_arm ? 29 : 6] = STACK + read_u16(data + 6);
	registers.values[is_arm ? 30 : 5] = read_u16(data + 6);
	if (cfi_table_new(&table, &sections, NULL) < 0)
		table = NULL;
	run(sections.arch, &registers, &memory);
	cfi_table_free(table);
	return 0;
}
