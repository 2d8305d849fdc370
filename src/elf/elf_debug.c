#include "elf/elf_debug.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>

#include "util/alloc.h"
#include "util/strbuf.h"

/* CRC-32 as in zlib and gdb's "gnu_debuglink_crc32": polynomial 0xedb88320, reflected. */
static void fill_crc_table(uint32_t table[256])
{
	for (uint32_t i = 0; i < 256; i++) {
		uint32_t value = i;

		for (int bit = 0; bit < 8; bit++)
			value = (value & 1) != 0 ? 0xedb88320u ^ (value >> 1) : value >> 1;
		table[i] = value;
	}
}

static bool has_crc(const struct elf_file *file, uint32_t wanted)
{
	uint32_t table[256], crc = UINT32_MAX;
	uint8_t chunk[65536];
	uint64_t at = 0;
	int got;

	fill_crc_table(table);
	while ((got = elf_file_read(file, at, chunk, sizeof(chunk))) > 0) {
		for (int i = 0; i < got; i++)
			crc = table[(crc ^ chunk[i]) & 0xff] ^ (crc >> 8);
		at += (uint64_t)got;
	}
	return got == 0 && (crc ^ UINT32_MAX) == wanted;
}

static bool has_build_id(const struct elf_file *file, const uint8_t *wanted, uint8_t wanted_length)
{
	uint8_t id[ELF_BUILD_ID_BYTES], length;

	return elf_image_find_build_id(elf_file_get_image(file), id, &length) &&
	       length == wanted_length && memcmp(id, wanted, length) == 0;
}

/* debug_dir/.build-id/ab/cdef….debug */
static char *format_build_id_path(const char *debug_dir, const uint8_t *id, uint8_t length)
{
	struct strbuf path;

	strbuf_init(&path, STRBUF_MAX_DEFAULT);
	strbuf_addf(&path, "%s/.build-id/%02x/", debug_dir, id[0]);
	for (uint8_t i = 1; i < length; i++)
		strbuf_addf(&path, "%02x", id[i]);
	strbuf_add_text(&path, ".debug");
	return strbuf_take(&path);
}

static bool open_by_build_id(struct elf_file **ret_debug, const struct elf_file *file,
			     const char *debug_dir)
{
	scoped(elf_file_cleanup) struct elf_file *found = NULL;
	uint8_t id[ELF_BUILD_ID_BYTES], length;

	if (!elf_image_find_build_id(elf_file_get_image(file), id, &length))
		return false;
	scoped_free char *path = format_build_id_path(debug_dir, id, length);
	if (elf_file_open(&found, AT_FDCWD, path, NULL) < 0 || !has_build_id(found, id, length))
		return false;
	*ret_debug = found;
	found = NULL;
	return true;
}

static bool open_with_crc(struct elf_file **ret_debug, const char *path, uint32_t crc)
{
	scoped(elf_file_cleanup) struct elf_file *found = NULL;

	if (elf_file_open(&found, AT_FDCWD, path, NULL) < 0 || !has_crc(found, crc))
		return false;
	*ret_debug = found;
	found = NULL;
	return true;
}

static bool open_by_debuglink(struct elf_file **ret_debug, const struct elf_file *file,
			      const char *path, const char *debug_dir)
{
	const char *name, *slash = strrchr(path, '/');
	uint32_t crc;

	/* A link is a bare file name; one with a path would lead out of the three places. */
	if (slash == NULL || !elf_image_find_debuglink(elf_file_get_image(file), &name, &crc) ||
	    strchr(name, '/') != NULL)
		return false;
	scoped_free char *folder = alloc_strndup(path, (size_t)(slash - path));
	scoped_free char *beside = alloc_printf("%s/%s", folder, name);
	scoped_free char *below = alloc_printf("%s/.debug/%s", folder, name);
	scoped_free char *global = alloc_printf("%s%s/%s", debug_dir, folder, name);
	/*
	 * Most often the link names the file itself before it was stripped: then "beside" is the
	 * stripped file.
	 */
	return (strcmp(beside, path) != 0 && open_with_crc(ret_debug, beside, crc)) ||
	       open_with_crc(ret_debug, below, crc) || open_with_crc(ret_debug, global, crc);
}

int elf_debug_open(struct elf_file **ret_debug, const struct elf_file *file, const char *path,
		   const char *debug_dir, struct err *err)
{
	if (open_by_build_id(ret_debug, file, debug_dir) ||
	    open_by_debuglink(ret_debug, file, path, debug_dir))
		return 0;
	return err_set(err, -ENOENT, "no separate file with the symbols of %s below %s", path,
		       debug_dir);
}
