#include "symbol/dwarf_line_program.h"

#include "symbol/dwarf_constants.h"

/*
 * The state machine's registers, as far as sonde needs them, and what is wanted of its rows: a
 * sequence is looked at only when it goes past `threshold`.
 */
struct machine {
	const struct dwarf_line_table *table;
	struct dwarf_reader reader;
	uint64_t address, operation, file;
	/* what a special opcode does: most of a program is these, and divisions are slow */
	uint8_t special_operations[256];
	uint32_t special_lines[256]; /* added modulo 2^32: they may go back */
	uint32_t line, column;
	bool is_gone; /* the linker has thrown this sequence away */
	struct dwarf_row last;
	bool has_last;
	uint64_t threshold; /* rows up to here answer nothing; UINT64_MAX = none does */

	/* either the addresses … */
	const uint64_t *svmas;
	size_t count, next;
	struct dwarf_row *answers;
	/* … or the stretch */
	struct dwarf_rows *rows;
	uint64_t start, end;
};

static void begin_sequence(struct machine *machine)
{
	machine->address = 0;
	machine->operation = 0;
	machine->file = 1;
	machine->line = 1;
	machine->column = 0;
	machine->has_last = false;
	machine->is_gone = true; /* until an address is set: there is no code at 0 */
	machine->threshold = UINT64_MAX;
}

/* The first address that is not below `svma`. */
static size_t find_first(const struct machine *machine, uint64_t svma)
{
	size_t low = 0, high = machine->count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (machine->svmas[middle] < svma)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

/* The row in `last` ends where the next one begins: it answers what is in between. */
static void end_row(struct machine *machine, uint64_t end)
{
	if (machine->rows != NULL) {
		struct dwarf_row row = machine->last;

		if (end <= machine->start || row.svma >= machine->end || end == row.svma)
			return;
		if (row.svma < machine->start)
			row.svma = machine->start;
		vec_push(machine->rows, row);
		return;
	}
	while (machine->next < machine->count && machine->svmas[machine->next] < end) {
		if (!machine->answers[machine->next].is_known)
			machine->answers[machine->next] = machine->last;
		machine->next++;
	}
	machine->threshold =
		machine->next < machine->count ? machine->svmas[machine->next] : UINT64_MAX;
}

static void begin_rows(struct machine *machine)
{
	if (machine->rows != NULL) {
		machine->threshold = machine->start;
		return;
	}
	machine->next = find_first(machine, machine->address);
	machine->threshold =
		machine->next < machine->count ? machine->svmas[machine->next] : UINT64_MAX;
}

static inline void add_row(struct machine *machine)
{
	if (machine->is_gone)
		return;
	if (!machine->has_last || machine->address < machine->last.svma)
		begin_rows(machine);
	else if (machine->address > machine->threshold)
		end_row(machine, machine->address);
	machine->last = (struct dwarf_row){
		.svma = machine->address,
		.file = machine->file,
		.line = machine->line,
		.column = machine->column,
		.is_known = true,
	};
	machine->has_last = true;
}

static void advance(struct machine *machine, uint64_t operations)
{
	const struct dwarf_line_table *table = machine->table;

	if (table->operations_max <= 1) {
		machine->address += table->instruction_bytes * operations;
		return;
	}
	operations += machine->operation;
	machine->address += table->instruction_bytes * (operations / table->operations_max);
	machine->operation = operations % table->operations_max;
}

static void set_address(struct machine *machine, uint64_t size)
{
	uint64_t highest;

	if (size < 1 || size > 8) {
		dwarf_reader_fail(&machine->reader);
		return;
	}
	highest = size >= 8 ? UINT64_MAX : (1ull << (8 * size)) - 1;
	machine->address = dwarf_reader_read(&machine->reader, (uint32_t)size);
	machine->operation = 0;
	machine->is_gone = machine->address == 0 || machine->address >= highest - 1;
}

static void run_extended(struct machine *machine)
{
	struct dwarf_reader *reader = &machine->reader;
	uint64_t length = dwarf_reader_read_unsigned(reader);
	const uint8_t *end;

	if (length == 0 || length > dwarf_reader_get_rest(reader)) {
		dwarf_reader_fail(reader);
		return;
	}
	end = reader->at + length;
	switch (dwarf_reader_read_u8(reader)) {
	case DW_LNE_end_sequence:
		if (machine->has_last && machine->address > machine->threshold)
			end_row(machine, machine->address);
		begin_sequence(machine);
		break;
	case DW_LNE_set_address:
		set_address(machine, length - 1);
		break;
	default: /* discriminators, vendors'; files defined here are not known to be used */
		break;
	}
	if (!reader->is_damaged)
		reader->at = end;
}

static void run_standard(struct machine *machine, uint8_t opcode)
{
	struct dwarf_reader *reader = &machine->reader;
	const struct dwarf_line_table *table = machine->table;

	switch (opcode) {
	case DW_LNS_copy:
		add_row(machine);
		break;
	case DW_LNS_advance_pc:
		advance(machine, dwarf_reader_read_unsigned(reader));
		break;
	case DW_LNS_advance_line:
		machine->line += (uint32_t)dwarf_reader_read_signed(reader);
		break;
	case DW_LNS_set_file:
		machine->file = dwarf_reader_read_unsigned(reader);
		break;
	case DW_LNS_set_column:
		machine->column = (uint32_t)dwarf_reader_read_unsigned(reader);
		break;
	case DW_LNS_const_add_pc:
		advance(machine, machine->special_operations[255]);
		break;
	case DW_LNS_fixed_advance_pc:
		machine->address += dwarf_reader_read(reader, 2);
		machine->operation = 0;
		break;
	default: /* marks of statements and blocks, and what later versions add */
		for (uint32_t i = 0; i < table->operand_counts[opcode]; i++)
			dwarf_reader_read_unsigned(reader);
		break;
	}
}

/* False: the table has no special opcodes that mean anything. */
static bool plan_specials(struct machine *machine)
{
	const struct dwarf_line_table *table = machine->table;

	if (table->line_range == 0)
		return false;
	for (uint32_t opcode = table->opcode_base; opcode < 256; opcode++) {
		uint32_t special = opcode - table->opcode_base;

		machine->special_operations[opcode] = (uint8_t)(special / table->line_range);
		machine->special_lines[opcode] =
			(uint32_t)(table->line_base + (int32_t)(special % table->line_range));
	}
	return true;
}

static bool run(struct machine *machine)
{
	const struct dwarf_line_table *table = machine->table;
	struct dwarf_reader *reader = &machine->reader;

	dwarf_reader_init(reader, table->program, table->program_bytes);
	begin_sequence(machine);
	if (!plan_specials(machine))
		return false;
	while (reader->at < reader->end) {
		uint8_t opcode = *reader->at++;

		if (opcode >= table->opcode_base) {
			advance(machine, machine->special_operations[opcode]);
			machine->line += machine->special_lines[opcode];
			add_row(machine);
		} else if (opcode == 0) {
			run_extended(machine);
		} else {
			run_standard(machine, opcode);
		}
	}
	return !reader->is_damaged;
}

bool dwarf_line_program_find(const struct dwarf_line_table *table, const uint64_t *svmas,
			     size_t count, struct dwarf_row *ret_rows)
{
	struct machine machine = {
		.table = table, .svmas = svmas, .count = count, .answers = ret_rows};

	for (size_t i = 0; i < count; i++)
		ret_rows[i] = (struct dwarf_row){0};
	return run(&machine);
}

bool dwarf_line_program_collect(const struct dwarf_line_table *table, uint64_t start, uint64_t end,
				struct dwarf_rows *rows)
{
	struct machine machine = {.table = table, .rows = rows, .start = start, .end = end};

	return run(&machine);
}
