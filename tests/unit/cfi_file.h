/* The call frame information of a file on this machine, for the tests of unwind/. */
#ifndef CFI_FILE_H
#define CFI_FILE_H

#include <elf.h>
#include <fcntl.h>
#include <stdlib.h>

#include "elf/elf_image.h"
#include "unwind/cfi_table.h"
#include "util/fd.h"

struct cfi_file {
	struct strbuf bytes;
	struct elf_image image;
	struct cfi_sections sections;
};

static inline const uint8_t *cfi_file_find(const struct elf_image *image, const char *name,
					   uint64_t *ret_size, uint64_t *ret_svma)
{
	struct elf_section section;

	if (!elf_image_find_section(image, name, &section) || section.type == SHT_NOBITS)
		return NULL;
	*ret_size = section.size;
	*ret_svma = section.svma;
	return elf_image_find_bytes(image, section.file_offset, section.size);
}

/* False when there is no such file, or no call frame information in it. */
static inline bool cfi_file_open(struct cfi_file *file, const char *path)
{
	struct cfi_sections *sections = &file->sections;
	struct elf_section section;
	uint64_t unused;

	*file = (struct cfi_file){0};
	strbuf_init(&file->bytes, (size_t)1 << 30);
	if (fd_read_file(AT_FDCWD, path, &file->bytes) < 0 ||
	    elf_image_parse(&file->image, file->bytes.data, file->bytes.length, NULL) < 0)
		return false;
	sections->arch = file->image.machine == EM_AARCH64 ? CFI_AARCH64 : CFI_X86_64;
	sections->eh_frame = cfi_file_find(&file->image, ".eh_frame", &sections->eh_frame_size,
					   &sections->eh_frame_svma);
	sections->debug_frame =
		cfi_file_find(&file->image, ".debug_frame", &sections->debug_frame_size, &unused);
	if (elf_image_find_section(&file->image, ".text", &section))
		sections->text_svma = section.svma;
	if (elf_image_find_section(&file->image, ".eh_frame_hdr", &section))
		sections->data_svma = section.svma;
	return sections->eh_frame != NULL || sections->debug_frame != NULL;
}

static inline void cfi_file_close(struct cfi_file *file)
{
	strbuf_release(&file->bytes);
}

#endif
