#include "report/disassembly.h"

#include <errno.h>
#include <string.h>

#include "tap.h"

static struct arena arena;

static void make_block(struct code_block *block, const uint8_t *bytes, uint32_t size)
{
	*block =
		(struct code_block){.module = "/app", .svma = 0x2000, .bytes = bytes, .size = size};
	block->self = arena_alloc(&arena, size, sizeof(*block->self));
	block->total = arena_alloc(&arena, size, sizeof(*block->total));
}

/* What objdump -d says of the same bytes. */
static void test_x86_64(void)
{
	static const uint8_t bytes[] = {0x53, 0x31, 0xdb, 0x0f, 0xb6, 0x07,
					0xe8, 0xe0, 0xfe, 0xff, 0xff, 0xc3};
	struct disassembly_options options = {.machine = "x86_64"};
	struct code_block block;
	struct err err = {0};

	make_block(&block, bytes, sizeof(bytes));
	block.self[3] = 2;
	block.total[3] = 2;
	block.total[10] = 5; /* a return address - 1 */
	is_int(disassembly_fill(&block, &arena, &options, &err), 0, "x86-64");
	is_int(block.instruction_count, 5, "instructions");
	is_str(block.instructions[0].text, "pushq %rbx", "AT&T's syntax");
	is_str(block.instructions[2].text, "movzbl (%rdi), %eax", "… with operands");
	is_str(block.instructions[3].text, "callq 0x1eeb", "… and where they lead");
	is_str(block.instructions[4].text, "retq", "… or without");
	ok(block.instructions[2].offset == 3 && block.instructions[2].size == 3, "where it is");
	is_near(block.instructions[2].self, 2, 0, "shares of its bytes");
	ok(block.instructions[3].self <= 0 && block.instructions[3].total >= 5, "any of its bytes");
	options.is_intel = true;
	make_block(&block, bytes, sizeof(bytes));
	is_int(disassembly_fill(&block, &arena, &options, &err), 0, "once more");
	is_str(block.instructions[2].text, "movzx eax, byte ptr [rdi]", "Intel's syntax");
}

static void test_bad_bytes(void)
{
	static const uint8_t bytes[] = {0x06, 0x90, 0xe8, 0x00};
	struct disassembly_options options = {.machine = "x86_64"};
	struct code_block block;
	struct err err = {0};
	uint32_t size = 0;

	make_block(&block, bytes, sizeof(bytes));
	is_int(disassembly_fill(&block, &arena, &options, &err), 0, "bytes that are no code");
	ok(strncmp(block.instructions[0].text, ".byte", 5) == 0, "are shown as such");
	is_str(block.instructions[1].text, "nop", "and it goes on behind them");
	for (uint32_t i = 0; i < block.instruction_count; i++)
		size += block.instructions[i].size;
	is_int(size, sizeof(bytes), "no byte is left out");
	make_block(&block, bytes, 0);
	is_int(disassembly_fill(&block, &arena, &options, &err), 0, "no bytes");
	is_int(block.instruction_count, 0, "… no instructions");
}

static void test_machines(void)
{
	static const uint8_t bytes[] = {0xfd, 0x7b, 0xbf, 0xa9, 0xc0, 0x03, 0x5f, 0xd6};
	struct code_block block;
	struct err err = {0};

	make_block(&block, bytes, sizeof(bytes));
	is_int(disassembly_fill(&block, &arena, &(struct disassembly_options){"aarch64", false},
				&err),
	       0, "aarch64");
	is_str(block.instructions[0].text, "stp x29, x30, [sp, #-0x10]!", "… reads like it");
	is_str(block.instructions[1].text, "ret", "… to its end");
	is_int(disassembly_fill(&block, &arena, &(struct disassembly_options){"pdp11", false},
				&err),
	       -EOPNOTSUPP, "a machine that is not known");
	is_str(err_text(&err), "no disassembler for the machine 'pdp11'", "… is named");
}

int main(void)
{
	arena_init(&arena);
	test_x86_64();
	test_bad_bytes();
	test_machines();
	arena_release(&arena);
	return tap_done();
}
