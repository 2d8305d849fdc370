/* Everything that elf_image answers about bytes that may not be ELF at all. */
#include <elf.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "elf/elf_image.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Reads every byte that the image hands out, so that AddressSanitizer sees one too many. */
static size_t visit_symbols(const struct elf_image *image, uint32_t type)
{
	struct elf_symbol_table table;
	struct elf_symbol symbol;
	size_t seen = 0;

	if (!elf_image_find_symbol_table(image, type, &table))
		return 0;
	for (uint32_t i = 0; i < table.count && i < 4096; i++)
		if (elf_image_find_symbol(&table, i, &symbol))
			seen += strnlen(symbol.name, 4096) + symbol.section;
	return seen;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct elf_image image;
	struct elf_segment segment;
	struct elf_section section;
	uint8_t id[ELF_BUILD_ID_BYTES], id_length;
	const char *name;
	uint32_t crc;
	uint64_t svma, file_offset;
	volatile size_t seen = 0;

	if (elf_image_parse(&image, data, size, NULL) < 0)
		return 0;
	for (uint32_t i = 0; i < image.segment_count; i++) {
		elf_image_get_segment(&image, i, &segment);
		elf_image_file_offset_to_svma(&image, segment.file_offset, &svma);
		if (elf_image_svma_to_file_offset(&image, segment.svma, &file_offset) &&
		    elf_image_find_bytes(&image, file_offset, 1) == NULL)
			abort();
		if (elf_image_find_section_at(&image, segment.svma, &section))
			seen += strnlen(section.name, 4096);
	}
	for (uint32_t i = 0; i < image.section_count; i++) {
		elf_image_get_section(&image, i, &section);
		seen += strnlen(section.name, 4096);
	}
	if (elf_image_find_build_id(&image, id, &id_length)) {
		if (id_length == 0 || id_length > ELF_BUILD_ID_BYTES)
			abort();
		seen += id[id_length - 1];
	}
	if (elf_image_find_debuglink(&image, &name, &crc))
		seen += strlen(name) + crc;
	seen += elf_image_is_sanitized(&image);
	seen += visit_symbols(&image, SHT_SYMTAB) + visit_symbols(&image, SHT_DYNSYM);
	(void)seen;
	return 0;
}
