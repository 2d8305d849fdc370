/*
 * The rules to unwind one file's code: its sections, and the table compiled from them, which is
 * kept on disk by build id (util/disk_cache.h): compiling that of a browser takes half a second.
 */
#ifndef PROFILE_MODULE_CFI_H
#define PROFILE_MODULE_CFI_H

#include "elf/elf_file.h"
#include "unwind/cfi_table.h"

struct module_cfi;

/* NULL when the file has no call frame information. `file` must outlive it. */
struct module_cfi *module_cfi_new(struct elf_file *file, const char *cache_dir);

/* Of this kernel's vdso; NULL when there is none. */
struct module_cfi *module_cfi_new_vdso(void);
void module_cfi_free(struct module_cfi *cfi); /* NULL accepted */

/* Borrows. */
const struct cfi_table *module_cfi_get_table(const struct module_cfi *cfi);

#endif
