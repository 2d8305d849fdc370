/* Sections of files in memory, compressed ones too, and the small file inside of one. */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "elf/elf_debug.h"
#include "elf/elf_file.h"
#include "util/alloc.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const char *const names[] = {
	".debug_info", ".debug_abbrev", ".debug_str",	   ".debug_line",	".debug_rnglists",
	".eh_frame",   ".text",		".debug_loclists", ".gnu_debugaltlink",
};

/* Reads every byte that is handed out, so that AddressSanitizer sees one too many. */
static uint64_t visit_bytes(const uint8_t *bytes, uint64_t size)
{
	uint64_t sum = 0;

	for (uint64_t i = 0; i < size; i++)
		sum += bytes[i];
	return sum;
}

static void visit_sections(struct elf_file *file)
{
	volatile uint64_t sum = 0;
	struct elf_bytes section;

	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++) {
		if (elf_file_get_section(file, names[i], &section, NULL) < 0)
			continue;
		if (!section.is_loaded || section.bytes == NULL)
			abort();
		sum += visit_bytes(section.bytes, section.size);
		if (elf_file_load_section(file, &section, section.size, 1, NULL) == 0)
			abort();
	}
	(void)sum;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	scoped(elf_file_cleanup) struct elf_file *file = NULL;
	scoped(elf_file_cleanup) struct elf_file *mini = NULL;
	scoped(elf_file_cleanup) struct elf_file *alternate = NULL;
	uint8_t *copy = alloc_array(size > 0 ? size : 1, 1);

	if (size > 0)
		memcpy(copy, data, size);
	if (elf_file_open_take(&file, copy, size, "input", NULL) < 0)
		return 0;
	elf_file_load_symbols(file, NULL);
	visit_sections(file);
	if (elf_debug_open_mini(&mini, file, NULL) == 0)
		visit_sections(mini);
	elf_debug_open_alternate(&alternate, file, "/nonexistent/input", "/nonexistent", NULL);
	return 0;
}
