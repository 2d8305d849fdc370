/* go_binary on an ELF file made around a table of functions, as the linker lays it out. */
#include "symbol/go_binary.h"

#include <elf.h>
#include <errno.h>
#include <stddef.h>

#include "go_table.h"
#include "tap.h"
#include "util/alloc.h"

/* The file's bytes are at the addresses of the same number, so that svma = file offset. */
struct go_file {
	Elf64_Ehdr header;
	Elf64_Phdr segments[1];
	Elf64_Shdr sections[6];
	char names[80];
	_Alignas(32) uint8_t table[GO_TABLE_BYTES];
	uint8_t trees[GO_TREE_BYTES];
	uint64_t moduledata[48];
	Elf64_Rela relocations[4];
};

enum { HAS_SECTIONS = 1, IS_RELOCATED = 2 };

static struct elf_file *make_file(uint32_t version, int how)
{
	static const char names[] = "\0.gopclntab\0.noptrdata\0.rela\0.note.go.buildid\0.shstrtab";
	struct go_file *file = alloc_new(struct go_file);
	uint32_t gofunc = version >= 20 ? 40 : 38;
	struct elf_file *opened = NULL;
	struct go_table made;

	go_table_make(&made, version, (how & IS_RELOCATED) == 0);
	memcpy(file->table, made.bytes, sizeof(file->table));
	memcpy(file->trees, made.trees, sizeof(file->trees));
	memcpy(file->names, names, sizeof(names));
	memcpy(file->header.e_ident, ELFMAG, SELFMAG);
	file->header.e_ident[EI_CLASS] = ELFCLASS64;
	file->header.e_ident[EI_DATA] = ELFDATA2LSB;
	file->header.e_type = ET_EXEC;
	file->header.e_version = EV_CURRENT;
	file->header.e_machine = EM_X86_64;
	file->header.e_phoff = offsetof(struct go_file, segments);
	file->header.e_phentsize = sizeof(Elf64_Phdr);
	file->header.e_phnum = 1;
	file->header.e_shoff = offsetof(struct go_file, sections);
	file->header.e_shentsize = sizeof(Elf64_Shdr);
	file->header.e_shnum = 6;
	file->header.e_shstrndx = 5;
	file->segments[0] = (Elf64_Phdr){.p_type = PT_LOAD,
					 .p_flags = PF_R,
					 .p_filesz = sizeof(*file),
					 .p_memsz = sizeof(*file)};
	file->sections[1] = (Elf64_Shdr){.sh_name = (how & HAS_SECTIONS) != 0 ? 1 : 0,
					 .sh_type = SHT_PROGBITS,
					 .sh_addr = offsetof(struct go_file, table),
					 .sh_offset = offsetof(struct go_file, table),
					 .sh_size = sizeof(file->table)};
	file->sections[2] = (Elf64_Shdr){.sh_name = 12,
					 .sh_type = SHT_PROGBITS,
					 .sh_addr = offsetof(struct go_file, moduledata),
					 .sh_offset = offsetof(struct go_file, moduledata),
					 .sh_size = sizeof(file->moduledata)};
	file->sections[3] = (Elf64_Shdr){.sh_name = 23,
					 .sh_type = SHT_RELA,
					 .sh_offset = offsetof(struct go_file, relocations),
					 .sh_size = sizeof(file->relocations)};
	file->sections[4] = (Elf64_Shdr){.sh_name = 29, .sh_type = SHT_NOTE};
	file->sections[5] = (Elf64_Shdr){.sh_name = 46,
					 .sh_type = SHT_STRTAB,
					 .sh_offset = offsetof(struct go_file, names),
					 .sh_size = sizeof(file->names)};
	if ((how & IS_RELOCATED) != 0) {
		uint64_t pointers[4][2] = {
			{offsetof(struct go_file, table) + 24, GO_TABLE_TEXT},
			{offsetof(struct go_file, moduledata) + 16,
			 offsetof(struct go_file, table)},
			{offsetof(struct go_file, moduledata) + 24,
			 offsetof(struct go_file, table) + GO_NAMES_AT},
			{offsetof(struct go_file, moduledata) + 16 + 8 * gofunc,
			 offsetof(struct go_file, trees)},
		};

		for (int i = 0; i < 4; i++)
			file->relocations[i] =
				(Elf64_Rela){.r_offset = pointers[i][0],
					     .r_info = R_X86_64_RELATIVE,
					     .r_addend = (Elf64_Sxword)pointers[i][1]};
	} else {
		file->moduledata[2] = offsetof(struct go_file, table);
		file->moduledata[3] = offsetof(struct go_file, table) + GO_NAMES_AT;
		file->moduledata[2 + gofunc] = offsetof(struct go_file, trees);
	}
	if (elf_file_open_take(&opened, (uint8_t *)file, sizeof(*file), "program", NULL) < 0)
		return NULL;
	return opened;
}

static void check(uint32_t version, int how, const char *what)
{
	scoped(elf_file_cleanup) struct elf_file *file = make_file(version, how);
	struct go_pclntab table;
	struct go_place place = {0};

	if (!ok(file != NULL && go_binary_read(&table, file, NULL) == 0, what))
		return;
	ok(go_pclntab_find(&table, 0x102c, &place) && place.frame_count == 3 &&
		   strcmp(place.frames[0].function, "main.twice") == 0 &&
		   strcmp(place.frames[2].function, "main.main") == 0,
	   "its inlined functions are found");
}

static void test_other(void)
{
	scoped(elf_file_cleanup) struct elf_file *self = NULL;
	struct go_pclntab table;

	is_int(elf_file_open(&self, -100, "/proc/self/exe", NULL), 0, "this program opens");
	is_int(go_binary_read(&table, self, NULL), -ENODATA, "and is not in Go");
}

int main(void)
{
	check(18, HAS_SECTIONS, "Go 1.18: the section");
	check(20, HAS_SECTIONS, "Go 1.20: the section");
	check(20, 0, "a section of another name: found by its first bytes");
	check(20, HAS_SECTIONS | IS_RELOCATED, "position-independent: pointers by relocation");
	check(18, IS_RELOCATED, "both");
	test_other();
	return tap_done();
}
