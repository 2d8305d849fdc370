#include "symbol/elf_plt.h"

#include <elf.h>
#include <endian.h>
#include <stdlib.h>
#include <string.h>

#include "util/vec.h"

/* A slot of the global offset table and the symbol that the dynamic linker puts there. */
struct got_slot {
	uint64_t svma;
	uint32_t symbol;
};

struct got_slots {
	VEC_FIELDS(struct got_slot);
};

static uint64_t read_u64(const uint8_t *at)
{
	uint64_t value;

	memcpy(&value, at, sizeof(value));
	return le64toh(value);
}

static int32_t read_i32(const uint8_t *at)
{
	uint32_t value;

	memcpy(&value, at, sizeof(value));
	return (int32_t)le32toh(value);
}

static int compare_slots(const void *a, const void *b)
{
	const struct got_slot *left = a, *right = b;

	return (left->svma > right->svma) - (left->svma < right->svma);
}

static void add_slots(struct got_slots *slots, const struct elf_image *image,
		      const struct elf_section *section)
{
	const uint8_t *bytes = elf_image_find_bytes(image, section->file_offset, section->size);
	uint64_t count = section->size / sizeof(Elf64_Rela);

	for (uint64_t i = 0; bytes != NULL && i < count; i++) {
		const uint8_t *at = bytes + i * sizeof(Elf64_Rela);
		uint64_t info = read_u64(at + offsetof(Elf64_Rela, r_info));
		uint64_t svma = read_u64(at + offsetof(Elf64_Rela, r_offset));
		uint32_t type = (uint32_t)ELF64_R_TYPE(info);

		if (type == R_X86_64_JUMP_SLOT || type == R_X86_64_GLOB_DAT)
			vec_push(slots, (struct got_slot){svma, (uint32_t)ELF64_R_SYM(info)});
	}
}

/*
 * The slot that a stub jumps through: an optional endbr64 (f3 0f 1e fa), an optional bnd prefix
 * (f2), then jmp *disp32(%rip) (ff 25). False for anything else.
 */
static bool read_stub(const uint8_t *code, uint64_t size, uint64_t svma, uint64_t *ret_slot)
{
	static const uint8_t endbr64[] = {0xf3, 0x0f, 0x1e, 0xfa};
	uint64_t at = 0;

	if (size >= sizeof(endbr64) && memcmp(code, endbr64, sizeof(endbr64)) == 0)
		at += sizeof(endbr64);
	if (at < size && code[at] == 0xf2)
		at++;
	if (size - at < 6 || code[at] != 0xff || code[at + 1] != 0x25)
		return false;
	*ret_slot = svma + at + 6 + (uint64_t)(int64_t)read_i32(code + at + 2);
	return true;
}

static void read_stubs(const struct elf_image *image, const struct elf_section *section,
		       const struct got_slots *slots, const struct elf_symbol_table *table,
		       elf_plt_stub_fn add_stub, void *context)
{
	const uint8_t *code = elf_image_find_bytes(image, section->file_offset, section->size);
	uint64_t stub_bytes = section->entry_bytes == 8 ? 8 : 16;

	for (uint64_t at = 0; code != NULL && at < section->size; at += stub_bytes) {
		uint64_t size = section->size - at < stub_bytes ? section->size - at : stub_bytes;
		struct got_slot wanted = {0};
		const struct got_slot *slot;
		struct elf_symbol symbol;

		if (!read_stub(code + at, size, section->svma + at, &wanted.svma))
			continue;
		slot = bsearch(&wanted, slots->items, slots->count, sizeof(wanted), compare_slots);
		if (slot != NULL && slot->symbol < table->count &&
		    elf_image_find_symbol(table, slot->symbol, &symbol) && symbol.name[0] != '\0')
			add_stub(context, symbol.name, section->svma + at, size);
	}
}

void elf_plt_read(const struct elf_image *image, elf_plt_stub_fn add_stub, void *context)
{
	static const char *const relocations[] = {".rela.plt", ".rela.dyn"};
	static const char *const stubs[] = {".plt", ".plt.sec", ".plt.got"};
	struct elf_symbol_table table;
	struct elf_section section;
	struct got_slots slots = {0};

	if (image->machine != EM_X86_64 || !image->is_64 ||
	    !elf_image_find_symbol_table(image, SHT_DYNSYM, &table))
		return;
	for (size_t i = 0; i < sizeof(relocations) / sizeof(*relocations); i++)
		if (elf_image_find_section(image, relocations[i], &section) &&
		    section.type == SHT_RELA)
			add_slots(&slots, image, &section);
	if (slots.count > 0)
		qsort(slots.items, slots.count, sizeof(*slots.items), compare_slots);
	for (size_t i = 0; slots.count > 0 && i < sizeof(stubs) / sizeof(*stubs); i++)
		if (elf_image_find_section(image, stubs[i], &section) &&
		    section.type == SHT_PROGBITS)
			read_stubs(image, &section, &slots, &table, add_stub, context);
	vec_release(&slots);
}
