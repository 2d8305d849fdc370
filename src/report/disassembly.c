#include "report/disassembly.h"

#include <capstone.h>
#include <errno.h>
#include <string.h>

#include "util/vec.h"

static int open_engine(csh *ret_engine, const struct disassembly_options *options, struct err *err)
{
	static const struct {
		const char *machine;
		cs_arch arch;
		cs_mode mode;
	} machines[] = {{"x86_64", CS_ARCH_X86, CS_MODE_64},
			{"i686", CS_ARCH_X86, CS_MODE_32},
			{"aarch64", CS_ARCH_ARM64, CS_MODE_LITTLE_ENDIAN}};
	size_t i = 0, count = sizeof(machines) / sizeof(machines[0]);
	cs_err code;

	while (i < count && strcmp(machines[i].machine, options->machine) != 0)
		i++;
	if (i == count)
		return err_set(err, -EOPNOTSUPP, "no disassembler for the machine '%s'",
			       options->machine);
	code = cs_open(machines[i].arch, machines[i].mode, ret_engine);
	if (code != CS_ERR_OK)
		return err_set(err, -EOPNOTSUPP, "Capstone cannot disassemble %s: %s",
			       options->machine, cs_strerror(code));
	cs_option(*ret_engine, CS_OPT_SKIPDATA, CS_OPT_ON);
	if (machines[i].arch == CS_ARCH_X86 && !options->is_intel)
		cs_option(*ret_engine, CS_OPT_SYNTAX, CS_OPT_SYNTAX_ATT);
	return 0;
}

static struct code_instruction make_instruction(const struct code_block *block, struct arena *arena,
						const cs_insn *instruction)
{
	struct code_instruction made = {.offset = (uint32_t)(instruction->address - block->svma),
					.size = instruction->size};

	made.text =
		instruction->op_str[0] == '\0'
			? arena_strdup(arena, instruction->mnemonic)
			: arena_printf(arena, "%s %s", instruction->mnemonic, instruction->op_str);
	for (uint32_t i = made.offset; i < made.offset + made.size; i++) {
		made.self += block->self[i];
		made.total += block->total[i];
	}
	return made;
}

int disassembly_fill(struct code_block *block, struct arena *arena,
		     const struct disassembly_options *options, struct err *err)
{
	VEC(struct code_instruction) instructions = {0};
	const uint8_t *at = block->bytes;
	uint64_t address = block->svma;
	size_t left = block->size;
	cs_insn *instruction;
	csh engine;
	int r = open_engine(&engine, options, err);

	if (r < 0)
		return r;
	instruction = cs_malloc(engine);
	while (cs_disasm_iter(engine, &at, &left, &address, instruction))
		vec_push(&instructions, make_instruction(block, arena, instruction));
	cs_free(instruction, 1);
	cs_close(&engine);
	block->instruction_count = (uint32_t)instructions.count;
	block->instructions =
		arena_alloc(arena, instructions.count + 1, sizeof(*block->instructions));
	if (instructions.count > 0)
		memcpy(block->instructions, instructions.items,
		       instructions.count * sizeof(*instructions.items));
	vec_release(&instructions);
	return 0;
}
