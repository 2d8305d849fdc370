/* symbol_names on a file made of symbols: which of a function's names is shown. */
#include "symbol/symbol_names.h"

#include <elf.h>
#include <stddef.h>

#include "tap.h"

struct symbol_image {
	Elf64_Ehdr header;
	Elf64_Shdr sections[4];
	Elf64_Sym symbols[16];
	char names[512];
};

static void add_symbol(struct symbol_image *file, const char *name, uint64_t svma)
{
	size_t count = file->sections[2].sh_size / sizeof(Elf64_Sym);
	size_t names_bytes = file->sections[3].sh_size;

	file->symbols[count] = (Elf64_Sym){.st_name = (uint32_t)names_bytes,
					   .st_info = ELF64_ST_INFO(STB_GLOBAL, STT_FUNC),
					   .st_shndx = 1,
					   .st_value = svma,
					   .st_size = 0x10};
	memcpy(file->names + names_bytes, name, strlen(name) + 1);
	file->sections[2].sh_size += sizeof(Elf64_Sym);
	file->sections[3].sh_size += strlen(name) + 1;
}

static void make_image(struct symbol_image *file, struct elf_image *image)
{
	*file = (struct symbol_image){
		.header = {.e_version = EV_CURRENT,
			   .e_shoff = offsetof(struct symbol_image, sections),
			   .e_shentsize = sizeof(Elf64_Shdr),
			   .e_shnum = 4},
		.sections = {{0},
			     {.sh_type = SHT_PROGBITS,
			      .sh_flags = SHF_EXECINSTR,
			      .sh_addr = 0x1000,
			      .sh_size = 0x1000},
			     {.sh_type = SHT_SYMTAB,
			      .sh_offset = offsetof(struct symbol_image, symbols),
			      .sh_link = 3},
			     {.sh_type = SHT_STRTAB,
			      .sh_offset = offsetof(struct symbol_image, names),
			      .sh_size = 1}},
	};
	memcpy(file->header.e_ident, ELFMAG, SELFMAG);
	file->header.e_ident[EI_CLASS] = ELFCLASS64;
	file->header.e_ident[EI_DATA] = ELFDATA2LSB;
	add_symbol(file, "_ZN1a3oneEv", 0x1000); /* folded into one by the linker */
	add_symbol(file, "_ZN1a5otherEv", 0x1000);
	add_symbol(file, "malloc@@GLIBC_2.2.5", 0x1010);
	add_symbol(file, "__libc_malloc", 0x1010);
	add_symbol(file, "__GI___libc_malloc", 0x1010);
	add_symbol(file, "work.cold", 0x1020);
	add_symbol(file, "_ZN1aL4helpEi", 0x1030);
	add_symbol(file, "square", 0x1040);
	add_symbol(file, "cube", 0x1040);
	elf_image_parse(image, file, sizeof(*file), NULL);
}

static const struct {
	uint64_t svma; /* 0 = no symbol */
	const char *linkage_name, *name, *what;
} choices[] = {
	{0x1000, "_ZN1a3oneEv", "a::one", "folded functions: the one that DWARF names"},
	{0x1000, "_ZN1a5otherEv", "a::other", "whichever that is"},
	{0x1000, "_ZN1a4goneEv", "a::other", "of a name that is not there: the symbol's"},
	{0x1010, "__GI___libc_malloc", "malloc", "of reserved names the best-known alias"},
	{0x1010, "malloc", "malloc", "versions do not count"},
	{0x1020, "work", "work", "a part of a function has the function's name"},
	{0x1020, "other", "work.cold", "but only of its own"},
	{0x1030, "a::help", "a::help", "a name without linkage name"},
	{0x1030, "", "a::help", "no DWARF: the symbol"},
	{0x1040, "square", "square", "folded functions of C"},
	{0x1040, "cube", "cube", "too"},
	{0, "_ZN1a3oneEv", "a::one", "no symbol: DWARF"},
	{0, "", "", "neither"},
};

int main(void)
{
	struct symbol_answers answers;
	struct symbol_names names;
	struct symbol_image file;
	struct elf_image image;

	make_image(&file, &image);
	scoped(elf_symbols_cleanup) struct elf_symbols *symbols = elf_symbols_new(&image, NULL);

	symbol_answers_init(&answers);
	symbol_names_init(&names, &answers);
	for (size_t i = 0; i < sizeof(choices) / sizeof(*choices); i++) {
		struct elf_function function;
		bool is_found = elf_symbols_find(symbols, choices[i].svma, &function);

		is_str(symbol_names_choose(&names, symbols, is_found ? &function : NULL,
					   choices[i].linkage_name),
		       choices[i].name, choices[i].what);
	}
	struct elf_function stub = {.name = "_ZN1a3oneEv@@V1", .size = 1, .is_plt = true};

	is_str(symbol_names_get_elf(&names, &stub), "a::one@plt", "a stub");
	ok(symbol_names_get(&names, "_ZN1a3oneEv") == symbol_names_get(&names, "_ZN1a3oneEv"),
	   "a name is there once");
	symbol_names_release(&names);
	symbol_answers_release(&answers);
	return tap_done();
}
