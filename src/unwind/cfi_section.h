/*
 * The entries of .eh_frame and .debug_frame: one CIE for what many functions share, one FDE for
 * each function. Bytes are borrowed and not trusted.
 *
 * Format: DWARF 5, 6.4.1; for .eh_frame LSB 5.0 Core, 10.6 (augmentations) and 10.5 (encodings of
 * pointers).
 */
#ifndef UNWIND_CFI_SECTION_H
#define UNWIND_CFI_SECTION_H

#include <stdbool.h>
#include <stdint.h>

#include "unwind/cfi_cursor.h"
#include "unwind/cfi_table.h"

/* One of the two sections. */
struct cfi_section {
	enum cfi_arch arch;
	bool is_debug_frame;
	const uint8_t *bytes;
	uint64_t size;
	uint64_t svma; /* of .eh_frame's first byte */
	uint64_t text_svma, data_svma;
};

struct cfi_cie {
	uint64_t offset; /* in the section */
	uint64_t code_alignment;
	int64_t data_alignment;
	const uint8_t *instructions;
	uint64_t instructions_size;
	uint8_t fde_encoding;  /* DW_EH_PE_… of the addresses in its FDEs */
	bool has_augmentation; /* 'z': FDEs say how long theirs is */
	bool is_signal;	       /* 'S': the frames are the kernel's, of a signal */
};

struct cfi_fde {
	const struct cfi_section *section; /* NULL = nothing was read yet */
	struct cfi_cie cie;
	uint64_t start, end; /* svma */
	const uint8_t *instructions;
	uint64_t instructions_size;
};

/* Either of the sections of a file; of one that is missing: one of 0 bytes. Borrows the bytes. */
void cfi_section_init(struct cfi_section *section, const struct cfi_sections *sections,
		      bool is_debug_frame);

/*
 * The entry at *offset, which is moved behind it. 1 when it is an FDE; 0 for a CIE, padding, or the
 * FDE of a function that the linker left out; -EBADMSG when it is damaged, -ENODATA at the end. An
 * entry whose length cannot be right ends the section.
 *
 * `fde` is zeroed before the first use; a CIE that it already holds is not decoded again.
 */
int cfi_section_next(const struct cfi_section *section, uint64_t *offset, struct cfi_fde *fde);

/* A pointer of `encoding` (DW_EH_PE_…); false when it is cut or cannot be known without memory. */
bool cfi_section_read_pointer(const struct cfi_section *section, struct cfi_cursor *cursor,
			      uint8_t encoding, uint64_t function, uint64_t *ret_svma);

#endif
