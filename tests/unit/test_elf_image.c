/*
 * elf_image on real small files (tests/data/elf; figures from readelf and nm) and on damaged ones
 * made here.
 */
#include "elf/elf_image.h"

#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>

#include "tap.h"
#include "util/fd.h"

static struct strbuf read_data(const char *name)
{
	const char *folder = getenv("SONDE_TEST_DATA");
	struct strbuf bytes;
	char path[4096];

	snprintf(path, sizeof(path), "%s/elf/%s", folder != NULL ? folder : "tests/data", name);
	strbuf_init(&bytes, 1 << 20);
	if (fd_read_file(AT_FDCWD, path, &bytes) < 0)
		printf("Bail out! cannot read %s\n", path);
	return bytes;
}

static bool has_symbol(const struct elf_image *image, uint32_t type, const char *name,
		       uint64_t svma, uint64_t size)
{
	struct elf_symbol_table table;
	struct elf_symbol symbol;

	if (!elf_image_find_symbol_table(image, type, &table))
		return false;
	for (uint32_t i = 0; i < table.count; i++)
		if (elf_image_find_symbol(&table, i, &symbol) && strcmp(symbol.name, name) == 0)
			return symbol.svma == svma && symbol.size == size &&
			       symbol.type == STT_FUNC;
	return false;
}

static void test_elf64(void)
{
	static const uint8_t build_id[] = {0x21, 0x87, 0x7c, 0x3e, 0x9b, 0x91, 0xa4,
					   0xf9, 0x79, 0x08, 0xdd, 0x28, 0xd9, 0x01,
					   0x44, 0x22, 0xb6, 0x45, 0xa4, 0xf9};
	struct strbuf bytes = read_data("tiny64.so");
	struct elf_image image;
	struct elf_section text;
	struct elf_segment load;
	uint8_t id[ELF_BUILD_ID_BYTES], length;
	uint64_t svma;

	is_int(elf_image_parse(&image, bytes.data, bytes.length, NULL), 0, "an ELF64 file parses");
	ok(image.is_64 && image.machine == EM_X86_64 && image.type == ET_DYN,
	   "class, machine, type");
	is_int(image.segment_count, 7, "segments");
	is_int(image.section_count, 17, "sections");
	elf_image_get_segment(&image, 1, &load);
	ok(load.type == PT_LOAD && load.flags == PF_R + PF_W && load.file_offset == 0xef8 &&
		   load.svma == 0x1ef8 && load.file_bytes == 0x118 && load.memory_bytes == 0x118 &&
		   load.alignment == 0x1000,
	   "a segment");
	ok(elf_image_find_section(&image, ".text", &text) && text.index == 7 &&
		   text.svma == 0x2f0 && text.size == 0x58 &&
		   text.flags == SHF_ALLOC + SHF_EXECINSTR,
	   "a section by name");
	ok(!elf_image_find_section(&image, ".texts", &text), "no section of another name");
	ok(elf_image_find_build_id(&image, id, &length) && length == 20 &&
		   memcmp(id, build_id, 20) == 0,
	   "build id");
	ok(elf_image_file_offset_to_svma(&image, 0x302, &svma) && svma == 0x302,
	   "file offset to svma");
	ok(!elf_image_file_offset_to_svma(&image, 0xf00, &svma), "data is not code");
	ok(has_symbol(&image, SHT_SYMTAB, "helper", 0x2f0, 0x12), "a local symbol");
	ok(has_symbol(&image, SHT_DYNSYM, "shop_total", 0x302, 0x1a), "a dynamic symbol");
	ok(!has_symbol(&image, SHT_DYNSYM, "helper", 0x2f0, 0x12), "locals are not dynamic");
	strbuf_release(&bytes);
}

static void test_elf32(void)
{
	struct strbuf bytes = read_data("tiny32.so");
	struct elf_image image;
	uint8_t id[ELF_BUILD_ID_BYTES], length;
	uint64_t svma;

	is_int(elf_image_parse(&image, bytes.data, bytes.length, NULL), 0, "an ELF32 file parses");
	ok(!image.is_64 && image.machine == EM_386, "class, machine");
	ok(has_symbol(&image, SHT_SYMTAB, "helper", 0x200, 0x18), "a local symbol");
	ok(has_symbol(&image, SHT_DYNSYM, "_start", 0x235, 0x3a), "a dynamic symbol");
	ok(elf_image_find_build_id(&image, id, &length) && length == 20 && id[0] == 0xf7 &&
		   id[19] == 0x87,
	   "build id");
	ok(elf_image_file_offset_to_svma(&image, 0x200, &svma) && svma == 0x200,
	   "file offset to svma");
	strbuf_release(&bytes);
}

static void test_stripped(void)
{
	struct strbuf bytes = read_data("tiny64.stripped");
	struct elf_image image;
	struct elf_symbol_table table;
	const char *name = NULL;
	uint32_t crc = 0;

	is_int(elf_image_parse(&image, bytes.data, bytes.length, NULL), 0,
	       "a stripped file parses");
	ok(!elf_image_find_symbol_table(&image, SHT_SYMTAB, &table), "it has no symbols");
	ok(elf_image_find_symbol_table(&image, SHT_DYNSYM, &table), "but dynamic ones");
	ok(elf_image_find_debuglink(&image, &name, &crc), "and a debug link");
	is_str(name, "tiny64.debug", "its name");
	is_int(crc, 0x59915f2b, "its CRC");
	strbuf_release(&bytes);
}

/*
 * Cut at every length the file must still be safe to ask (AddressSanitizer watches), and headers
 * stay found.
 */
static void test_cut(void)
{
	struct strbuf bytes = read_data("tiny64.so");
	struct elf_symbol_table table;
	struct elf_image image;
	struct err err = {0};
	uint64_t svma;
	int refused = 0;

	for (size_t length = 0; length < bytes.length; length++) {
		uint8_t *cut = malloc(length + 1), id[ELF_BUILD_ID_BYTES], id_length;

		memcpy(cut, bytes.data, length);
		if (elf_image_parse(&image, cut, length, NULL) == 0) {
			elf_image_find_build_id(&image, id, &id_length);
			elf_image_find_symbol_table(&image, SHT_SYMTAB, &table);
		} else {
			refused++;
		}
		free(cut);
	}
	is_int(refused, sizeof(Elf64_Ehdr),
	       "what is shorter than the header is refused, and nothing else");
	is_int(elf_image_parse(&image, bytes.data, 1024, &err), 0,
	       "cut behind the program headers it parses");
	is_int(image.section_count, 0, "has no sections");
	ok(!elf_image_find_symbol_table(&image, SHT_DYNSYM, &table), "has no symbols");
	ok(elf_image_file_offset_to_svma(&image, 0x302, &svma), "still maps offsets");
	strbuf_release(&bytes);
}

static void test_refused(void)
{
	struct strbuf bytes = read_data("tiny64.so");
	struct elf_image image;
	struct err err = {0};

	is_int(elf_image_parse(&image, "#!/bin/sh\nexit\n#####", 20, &err), -EBADMSG, "a script");
	bytes.data[EI_DATA] = ELFDATA2MSB;
	is_int(elf_image_parse(&image, bytes.data, bytes.length, &err), -EBADMSG, "big endian");
	ok(strstr(err.text, "big-endian") != NULL, "the sentence says so");
	bytes.data[EI_DATA] = 9;
	is_int(elf_image_parse(&image, bytes.data, bytes.length, &err), -EBADMSG,
	       "unknown byte order");
	bytes.data[EI_DATA] = ELFDATA2LSB;
	bytes.data[EI_CLASS] = 3;
	is_int(elf_image_parse(&image, bytes.data, bytes.length, &err), -EBADMSG, "unknown class");
	bytes.data[EI_CLASS] = ELFCLASS64;
	bytes.data[offsetof(Elf64_Ehdr, e_phentsize)] = 55;
	is_int(elf_image_parse(&image, bytes.data, bytes.length, &err), -EBADMSG,
	       "program headers of another size");
	ok(strstr(err.text, "expected 56") != NULL, "the sentence says what would be right");
	strbuf_release(&bytes);
}

/* The figures are readelf's: -lS of tiny64.so. */
static void test_places(void)
{
	struct strbuf bytes = read_data("tiny64.so");
	struct elf_segment segment;
	struct elf_section section;
	struct elf_image image;
	uint64_t file_offset;

	is_int(elf_image_parse(&image, bytes.data, bytes.length, NULL), 0, "tiny64.so again");
	is_int(image.entry_svma, 0x31c, "where it starts");
	ok(elf_image_find_segment_at(&image, 0x1ef8, &segment) && segment.flags == PF_R + PF_W,
	   "a segment by its first byte");
	ok(elf_image_find_segment_at(&image, 0x200f, &segment) &&
		   !elf_image_find_segment_at(&image, 0x2010, &segment),
	   "and by its last");
	ok(elf_image_find_section_at(&image, 0x347, &section) &&
		   strcmp(section.name, ".text") == 0 &&
		   !elf_image_find_section_at(&image, UINT64_MAX, &section),
	   "a section by its last byte");
	ok(elf_image_svma_to_file_offset(&image, 0x1ef8, &file_offset) && file_offset == 0xef8,
	   "svma to file offset, of data too");
	ok(!elf_image_svma_to_file_offset(&image, 0x1000, &file_offset), "nothing is there");
	ok(!elf_image_is_sanitized(&image), "not sanitized");
	strbuf_release(&bytes);
	bytes = read_data("sanitized.so");
	is_int(elf_image_parse(&image, bytes.data, bytes.length, NULL), 0, "sanitized.so");
	ok(elf_image_is_sanitized(&image), "is sanitized, stripped as it is");
	strbuf_release(&bytes);
}

struct synthetic {
	Elf64_Ehdr header;
	Elf64_Phdr segments[3];
	Elf64_Shdr sections[2];
	struct {
		Elf64_Nhdr header;
		char name[4];
		uint8_t description[24];
	} notes[2];
};

/*
 * Counts in the first section header; an 8-aligned note before the build id; code whose svma is not
 * its offset.
 */
static struct synthetic make_synthetic(void)
{
	struct synthetic file = {
		.header = {.e_type = ET_EXEC,
			   .e_machine = EM_X86_64,
			   .e_version = EV_CURRENT,
			   .e_phoff = offsetof(struct synthetic, segments),
			   .e_shoff = offsetof(struct synthetic, sections),
			   .e_phentsize = sizeof(Elf64_Phdr),
			   .e_phnum = PN_XNUM,
			   .e_shentsize = sizeof(Elf64_Shdr),
			   .e_shnum = 0},
		.segments = {{.p_type = PT_LOAD,
			      .p_flags = PF_R,
			      .p_offset = 0,
			      .p_vaddr = 0x400000,
			      .p_filesz = 0x1000},
			     {.p_type = PT_LOAD,
			      .p_flags = PF_R | PF_X,
			      .p_offset = 0x1000,
			      .p_vaddr = 0x501000,
			      .p_filesz = 0x2000},
			     {.p_type = PT_NOTE,
			      .p_offset = offsetof(struct synthetic, notes),
			      .p_filesz = sizeof(((struct synthetic *)0)->notes),
			      .p_align = 4}},
		.sections = {{.sh_size = 2, .sh_info = 3}},
		.notes = {{.header = {4, 24, NT_GNU_PROPERTY_TYPE_0}, .name = "GNU"},
			  {.header = {4, 8, NT_GNU_BUILD_ID},
			   .name = "GNU",
			   .description = {1, 2, 3, 4, 5, 6, 7, 8}}},
	};

	memcpy(file.header.e_ident, ELFMAG, SELFMAG);
	file.header.e_ident[EI_CLASS] = ELFCLASS64;
	file.header.e_ident[EI_DATA] = ELFDATA2LSB;
	return file;
}

static void test_synthetic(void)
{
	struct synthetic file = make_synthetic();
	uint8_t id[ELF_BUILD_ID_BYTES], length = 0;
	struct elf_image image;
	uint64_t svma = 0;

	is_int(elf_image_parse(&image, &file, sizeof(file), NULL), 0,
	       "a file with extended numbering parses");
	is_int(image.segment_count, 3, "segments counted in the first section header");
	is_int(image.section_count, 2, "and sections");
	ok(elf_image_find_build_id(&image, id, &length) && length == 8 && id[7] == 8,
	   "a short build id, as lld makes");
	ok(elf_image_file_offset_to_svma(&image, 0x1234, &svma) && svma == 0x501234,
	   "an offset of code");
	ok(!elf_image_file_offset_to_svma(&image, 0x234, &svma),
	   "an offset of what is not executable");
	ok(!elf_image_file_offset_to_svma(&image, 0x3000, &svma), "an offset behind the segment");

	file.notes[1].header.n_descsz = 24;
	ok(elf_image_find_build_id(&image, id, &length) && length == 20, "long build ids are cut");
	file.notes[1].header.n_descsz = 25;
	ok(!elf_image_find_build_id(&image, id, &length), "a note that leaves its segment is none");
	file.notes[0].header.n_namesz = UINT32_MAX;
	ok(!elf_image_find_build_id(&image, id, &length), "nor one with an endless name");
	file.sections[0].sh_size = UINT64_MAX;
	file.sections[0].sh_info = UINT32_MAX;
	is_int(elf_image_parse(&image, &file, sizeof(file), NULL), 0, "absurd counts");
	ok(image.section_count <= sizeof(file) / sizeof(Elf64_Shdr) &&
		   image.segment_count <= sizeof(file) / sizeof(Elf64_Phdr),
	   "are limited by the file's size");
	ok(elf_image_find_bytes(&image, UINT64_MAX, 2) == NULL &&
		   elf_image_find_bytes(&image, 2, UINT64_MAX) == NULL &&
		   elf_image_find_bytes(&image, sizeof(file), 0) != NULL,
	   "ranges that wrap around are outside");
}

int main(void)
{
	test_elf64();
	test_elf32();
	test_stripped();
	test_cut();
	test_refused();
	test_places();
	test_synthetic();
	return tap_done();
}
