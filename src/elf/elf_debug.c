#include "elf/elf_debug.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#include "elf/elf_xz.h"
#include "util/alloc.h"
#include "util/fd.h"
#include "util/strbuf.h"

#define MAX_MINI_BYTES (256u << 20)
#define MAX_MINI_GROWTH 256u

struct build_id {
	uint8_t bytes[ELF_BUILD_ID_BYTES];
	uint8_t length; /* 0 = none */
};

static struct build_id get_build_id(const struct elf_file *file)
{
	struct build_id id;

	if (!elf_image_find_build_id(elf_file_get_image(file), id.bytes, &id.length))
		id.length = 0;
	return id;
}

static bool is_same_id(const struct build_id *a, const struct build_id *b)
{
	return a->length > 0 && a->length == b->length &&
	       memcmp(a->bytes, b->bytes, a->length) == 0;
}

/* CRC-32 as in zlib and gdb's "gnu_debuglink_crc32". */
static bool has_crc(const struct elf_file *file, uint32_t wanted)
{
	uint8_t chunk[65536];
	uLong crc = crc32(0, NULL, 0);
	uint64_t at = 0;
	int got;

	while ((got = elf_file_read(file, at, chunk, sizeof(chunk))) > 0) {
		crc = crc32(crc, chunk, (uInt)got);
		at += (uint64_t)got;
	}
	return got == 0 && crc == wanted;
}

static char *get_folder(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash == NULL ? alloc_strdup(".") : alloc_strndup(path, (size_t)(slash - path));
}

static const char *get_base_name(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash == NULL ? path : slash + 1;
}

/* debug_dir/.build-id/ab/cdef….debug */
static char *format_build_id_path(const char *debug_dir, const struct build_id *id)
{
	struct strbuf path;

	strbuf_init(&path, STRBUF_MAX_DEFAULT);
	strbuf_addf(&path, "%s/.build-id/%02x/", debug_dir, id->bytes[0]);
	for (uint8_t i = 1; i < id->length; i++)
		strbuf_addf(&path, "%02x", id->bytes[i]);
	strbuf_add_text(&path, ".debug");
	return strbuf_take(&path);
}

static bool open_with_id(struct elf_file **ret_debug, const char *path, const struct build_id *id)
{
	scoped(elf_file_cleanup) struct elf_file *found = NULL;
	struct build_id found_id;

	if (id->length == 0 || elf_file_open(&found, AT_FDCWD, path, NULL) < 0)
		return false;
	found_id = get_build_id(found);
	if (!is_same_id(&found_id, id))
		return false;
	*ret_debug = found;
	found = NULL;
	return true;
}

static bool open_by_build_id(struct elf_file **ret_debug, const char *debug_dir,
			     const struct build_id *id)
{
	if (id->length == 0)
		return false;
	scoped_free char *path = format_build_id_path(debug_dir, id);
	return open_with_id(ret_debug, path, id);
}

/* Build ids tell at once what the CRC tells after all of a large file was read. */
static bool open_with_crc(struct elf_file **ret_debug, const char *path, const struct build_id *id,
			  uint32_t crc)
{
	scoped(elf_file_cleanup) struct elf_file *found = NULL;
	struct build_id found_id;

	if (elf_file_open(&found, AT_FDCWD, path, NULL) < 0)
		return false;
	found_id = get_build_id(found);
	if (id->length > 0 && found_id.length > 0 ? !is_same_id(&found_id, id)
						  : !has_crc(found, crc))
		return false;
	*ret_debug = found;
	found = NULL;
	return true;
}

static bool open_by_debuglink(struct elf_file **ret_debug, const struct elf_file *file,
			      const char *path, const char *debug_dir, const struct build_id *id)
{
	const char *name;
	uint32_t crc;

	/* A link is a bare file name; one with a path would lead out of the three places. */
	if (strchr(path, '/') == NULL ||
	    !elf_image_find_debuglink(elf_file_get_image(file), &name, &crc) ||
	    strchr(name, '/') != NULL)
		return false;
	scoped_free char *folder = get_folder(path);
	scoped_free char *beside = alloc_printf("%s/%s", folder, name);
	scoped_free char *below = alloc_printf("%s/.debug/%s", folder, name);
	scoped_free char *global = alloc_printf("%s%s/%s", debug_dir, folder, name);
	/*
	 * Most often the link names the file itself before it was stripped: then "beside" is the
	 * stripped file.
	 */
	return (strcmp(beside, path) != 0 && open_with_crc(ret_debug, beside, id, crc)) ||
	       open_with_crc(ret_debug, below, id, crc) ||
	       open_with_crc(ret_debug, global, id, crc);
}

int elf_debug_open(struct elf_file **ret_debug, const struct elf_file *file, const char *path,
		   const char *debug_dir, struct err *err)
{
	struct build_id id = get_build_id(file);

	if (open_by_build_id(ret_debug, debug_dir, &id) ||
	    open_by_debuglink(ret_debug, file, path, debug_dir, &id))
		return 0;
	return err_set(err, -ENOENT, "no separate file with the symbols of %s below %s", path,
		       debug_dir);
}

/* A name and its NUL, then the build id: all that is left. */
static int get_alternate_link(struct elf_file *file, const char **ret_name, struct build_id *ret_id,
			      struct err *err)
{
	struct elf_bytes link;
	uint64_t name_bytes, id_bytes;
	int r = elf_file_get_section(file, ".gnu_debugaltlink", &link, err);

	if (r == -ENOENT)
		return err_set(err, -ENODATA, "%s has no .gnu_debugaltlink",
			       elf_file_get_name(file));
	if (r < 0)
		return r;
	name_bytes = strnlen((const char *)link.bytes, link.size);
	if (name_bytes == 0 || name_bytes >= PATH_MAX || name_bytes + 1 >= link.size)
		return err_set(err, -EBADMSG,
			       "%s: .gnu_debugaltlink is not a path, NUL and a build id",
			       elf_file_get_name(file));
	id_bytes = link.size - name_bytes - 1;
	ret_id->length = (uint8_t)(id_bytes < ELF_BUILD_ID_BYTES ? id_bytes : ELF_BUILD_ID_BYTES);
	memcpy(ret_id->bytes, link.bytes + name_bytes + 1, ret_id->length);
	*ret_name = (const char *)link.bytes;
	return 0;
}

/* At the name that the link states: seen from the file, or from where a link to the file leads. */
static bool open_by_name(struct elf_file **ret_alternate, const char *name, const char *path,
			 const struct build_id *id)
{
	scoped_free char *real = realpath(path, NULL);

	if (name[0] == '/')
		return open_with_id(ret_alternate, name, id);
	scoped_free char *folder = get_folder(path);
	scoped_free char *real_folder = get_folder(real != NULL ? real : path);
	scoped_free char *beside = alloc_printf("%s/%s", folder, name);
	scoped_free char *real_beside = alloc_printf("%s/%s", real_folder, name);
	return open_with_id(ret_alternate, beside, id) ||
	       open_with_id(ret_alternate, real_beside, id);
}

/* In another tree than the one for which it was made, the part below ".dwz/" is still right. */
static bool open_below_dwz(struct elf_file **ret_alternate, const char *name, const char *debug_dir,
			   const struct build_id *id)
{
	const char *rest = strstr(name, ".dwz/");

	rest = rest != NULL ? rest + strlen(".dwz/") : get_base_name(name);
	scoped_free char *path = alloc_printf("%s/.dwz/%s", debug_dir, rest);
	return open_with_id(ret_alternate, path, id);
}

int elf_debug_open_alternate(struct elf_file **ret_alternate, struct elf_file *file,
			     const char *path, const char *debug_dir, struct err *err)
{
	struct build_id id = {0};
	const char *name = "";
	int r = get_alternate_link(file, &name, &id, err);

	if (r < 0)
		return r;
	if (open_by_build_id(ret_alternate, debug_dir, &id) ||
	    open_by_name(ret_alternate, name, path, &id) ||
	    open_below_dwz(ret_alternate, name, debug_dir, &id))
		return 0;
	return err_set(err, -ENOENT,
		       "%s, with debug information that %s shares with others, is not there", name,
		       elf_file_get_name(file));
}

int elf_debug_open_mini(struct elf_file **ret_mini, struct elf_file *file, struct err *err)
{
	const char *name = elf_file_get_name(file);
	struct elf_bytes section;
	struct strbuf bytes;
	size_t length;
	int r = elf_file_get_section(file, ".gnu_debugdata", &section, err);

	if (r == -ENOENT)
		return err_set(err, -ENODATA, "%s has no .gnu_debugdata", name);
	if (r < 0)
		return r;
	strbuf_init(&bytes, section.size < MAX_MINI_BYTES / MAX_MINI_GROWTH
				    ? (section.size + 1) * MAX_MINI_GROWTH
				    : MAX_MINI_BYTES);
	r = elf_xz_decode(&bytes, section.bytes, section.size, err);
	if (r < 0) {
		strbuf_release(&bytes);
		return err_prefix(err, r, "%s: .gnu_debugdata: ", name);
	}
	length = bytes.length;
	scoped_free char *mini_name = alloc_printf("%s: .gnu_debugdata", name);
	return elf_file_open_take(ret_mini, (uint8_t *)strbuf_take(&bytes), length, mini_name, err);
}

int elf_debug_open_package(struct elf_file **ret_package, const char *path, struct err *err)
{
	scoped_free char *package = alloc_printf("%s.dwp", path);

	return elf_file_open(ret_package, AT_FDCWD, package, err);
}

int elf_debug_open_dwo(struct elf_file **ret_dwo, const char *dwo_name, const char *comp_dir,
		       const char *path, struct err *err)
{
	scoped_free char *folder = get_folder(path);
	scoped_free char *in_comp_dir = alloc_printf("%s/%s", comp_dir, dwo_name);
	scoped_free char *in_folder = alloc_printf("%s/%s", folder, dwo_name);
	scoped_free char *beside = alloc_printf("%s/%s", folder, get_base_name(dwo_name));
	const char *stated = dwo_name[0] == '/' ? dwo_name : in_comp_dir;

	/* A relative folder of the compiler's is not relative to where sonde happens to run. */
	if ((stated[0] == '/' && elf_file_open(ret_dwo, AT_FDCWD, stated, NULL) == 0) ||
	    elf_file_open(ret_dwo, AT_FDCWD, in_folder, NULL) == 0 ||
	    elf_file_open(ret_dwo, AT_FDCWD, beside, NULL) == 0)
		return 0;
	return err_set(err, -ENOENT, "%s, with split debug information of %s, is not there",
		       dwo_name, path);
}

int elf_debug_fetch(struct elf_file **ret_debug, const struct elf_file *file, uint64_t deadline_ns,
		    debuginfod_cancel_fn is_cancelled, void *arg, struct err *err)
{
	scoped(elf_file_cleanup) struct elf_file *found = NULL;
	struct build_id id = get_build_id(file), found_id;
	scoped(fd_cleanup) int fd = -1;
	scoped_free char *path = NULL;
	int r;

	if (id.length == 0)
		return err_set(err, -ENODATA, "%s has no build id to ask debuginfod for",
			       elf_file_get_name(file));
	r = debuginfod_fetch(&fd, &path, id.bytes, id.length, deadline_ns, is_cancelled, arg, err);
	if (r == 0)
		r = elf_file_open_fd(&found, fd, path != NULL ? path : "debuginfod's file", err);
	if (r < 0)
		return err_prefix(err, r, "%s: ", elf_file_get_name(file));
	found_id = get_build_id(found);
	if (!is_same_id(&found_id, &id))
		return err_set(err, -EBADMSG, "%s: debuginfod's answer has another build id",
			       elf_file_get_name(file));
	*ret_debug = found;
	found = NULL;
	return 0;
}
