#include "profile/module_cfi.h"

#include <elf.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "elf/elf_image.h"
#include "symbol/vdso.h"
#include "util/alloc.h"
#include "util/disk_cache.h"
#include "util/hashmap.h"

enum { TABLE_BYTES_MAX = 1 << 30, NAME_BYTES = 2 * ELF_BUILD_ID_BYTES + 1 + 17 };

struct module_cfi {
	struct cfi_table *table;
	struct strbuf bytes; /* from the cache: what the table is in */
};

static bool is_known_machine(const struct elf_image *image, enum cfi_arch *ret_arch)
{
	if (!image->is_64 || (image->machine != EM_X86_64 && image->machine != EM_AARCH64))
		return false;
	*ret_arch = image->machine == EM_X86_64 ? CFI_X86_64 : CFI_AARCH64;
	return true;
}

/* The sections, readable; false when there are none with rules. */
static bool load_sections(struct elf_file *file, struct cfi_sections *sections)
{
	struct elf_bytes eh_frame, debug_frame, header;
	struct elf_section text;

	if (!is_known_machine(elf_file_get_image(file), &sections->arch))
		return false;
	if (elf_file_get_section(file, ".eh_frame", &eh_frame, NULL) == 0) {
		sections->eh_frame = eh_frame.bytes;
		sections->eh_frame_size = eh_frame.size;
		sections->eh_frame_svma = eh_frame.svma;
	}
	if (elf_file_get_section(file, ".debug_frame", &debug_frame, NULL) == 0) {
		sections->debug_frame = debug_frame.bytes;
		sections->debug_frame_size = debug_frame.size;
	}
	if (elf_file_reserve_section(file, ".eh_frame_hdr", &header, NULL) == 0)
		sections->data_svma = header.svma;
	if (elf_image_find_section(elf_file_get_image(file), ".text", &text))
		sections->text_svma = text.svma;
	return sections->eh_frame != NULL || sections->debug_frame != NULL;
}

/*
 * Hex of the build id and of the sections' hash: a damaged copy has the same build id, and anybody
 * may make a file with another's. False without a build id: then nothing says that it is worth
 * keeping.
 */
static bool get_cache_name(const struct elf_image *image, const struct cfi_sections *sections,
			   char name[NAME_BYTES])
{
	uint8_t id[ELF_BUILD_ID_BYTES], length;
	uint64_t hash = 0;

	if (!elf_image_find_build_id(image, id, &length) || length < 8)
		return false;
	for (uint8_t i = 0; i < length; i++)
		snprintf(name + 2 * i, 3, "%02x", id[i]);
	if (sections->eh_frame != NULL)
		hash = hashmap_hash_bytes(sections->eh_frame, sections->eh_frame_size) ^
		       hashmap_hash_u64(sections->eh_frame_svma);
	if (sections->debug_frame != NULL)
		hash ^= hashmap_hash_u64(
			hashmap_hash_bytes(sections->debug_frame, sections->debug_frame_size));
	snprintf(name + (size_t)length * 2, 18, "-%016" PRIx64, hash);
	return true;
}

static struct module_cfi *compile(const struct cfi_sections *sections)
{
	struct module_cfi *cfi = alloc_new(struct module_cfi);

	strbuf_init(&cfi->bytes, TABLE_BYTES_MAX);
	if (cfi_table_new(&cfi->table, sections, NULL) == 0)
		return cfi;
	module_cfi_free(cfi);
	return NULL;
}

static struct module_cfi *read_cached(const struct cfi_sections *sections, const char *cache_dir,
				      const char *name)
{
	struct module_cfi *cfi = alloc_new(struct module_cfi);

	strbuf_init(&cfi->bytes, TABLE_BYTES_MAX);
	if (disk_cache_read(cache_dir, "cfi", name, &cfi->bytes) == 0 &&
	    cfi_table_decode(&cfi->table, sections, cfi->bytes.data, cfi->bytes.length, NULL) == 0)
		return cfi;
	module_cfi_free(cfi);
	return NULL;
}

struct module_cfi *module_cfi_new(struct elf_file *file, const char *cache_dir)
{
	struct cfi_sections sections = {0};
	struct module_cfi *cfi = NULL;
	char name[NAME_BYTES];
	bool has_name;

	if (!load_sections(file, &sections))
		return NULL;
	has_name = cache_dir != NULL && get_cache_name(elf_file_get_image(file), &sections, name);
	if (has_name)
		cfi = read_cached(&sections, cache_dir, name);
	if (cfi != NULL)
		return cfi;
	cfi = compile(&sections);
	if (cfi != NULL && has_name) {
		size_t length;
		const void *bytes = cfi_table_encode(cfi->table, &length);

		disk_cache_write(cache_dir, "cfi", name, bytes, length);
	}
	return cfi;
}

struct module_cfi *module_cfi_new_vdso(void)
{
	struct cfi_sections sections = {0};
	struct elf_section section;
	struct elf_image image;

	if (vdso_read_image(&image, NULL) < 0 || !is_known_machine(&image, &sections.arch) ||
	    !elf_image_find_section(&image, ".eh_frame", &section))
		return NULL;
	sections.eh_frame = elf_image_find_bytes(&image, section.file_offset, section.size);
	sections.eh_frame_size = section.size;
	sections.eh_frame_svma = section.svma;
	return sections.eh_frame != NULL ? compile(&sections) : NULL;
}

void module_cfi_free(struct module_cfi *cfi)
{
	if (cfi == NULL)
		return;
	cfi_table_free(cfi->table);
	strbuf_release(&cfi->bytes);
	free(cfi);
}

const struct cfi_table *module_cfi_get_table(const struct module_cfi *cfi)
{
	return cfi->table;
}
