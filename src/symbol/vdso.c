#include "symbol/vdso.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/auxv.h>

#include "symbol/hex.h"
#include "util/fd.h"
#include "util/strbuf.h"

/*
 * The line of /proc/self/maps that starts at `start` says how far the mapping reaches; 0 = there is
 * none.
 */
static uint64_t find_mapping_end(const char *text, size_t length, uint64_t start)
{
	const char *end = text + length;

	for (const char *line = text, *newline; line < end; line = newline + 1) {
		const char *at = line;
		uint64_t first, last;

		newline = memchr(line, '\n', (size_t)(end - line));
		if (newline == NULL)
			return 0;
		if (!hex_parse(&at, newline, &first) || first != start || *at++ != '-')
			continue;
		return hex_parse(&at, newline, &last) && last > first ? last : 0;
	}
	return 0;
}

int vdso_read_image(struct elf_image *ret_image, struct err *err)
{
	unsigned long start = getauxval(AT_SYSINFO_EHDR);
	struct strbuf maps;
	uint64_t end = 0;
	int r;

	if (start == 0)
		return err_set(err, -ENOENT, "this process has no vdso");
	strbuf_init(&maps, 64u << 20);
	r = fd_read_file(AT_FDCWD, "/proc/self/maps", &maps);
	if (r == 0)
		end = find_mapping_end(strbuf_text(&maps), maps.length, start);
	strbuf_release(&maps);
	if (r < 0)
		return err_set(err, r, "cannot read /proc/self/maps: %s", strerror(-r));
	if (end == 0)
		return err_set(err, -ENOENT, "the vdso is not in /proc/self/maps");
	/* The kernel states the address as a number. NOLINTNEXTLINE(performance-no-int-to-ptr) */
	return elf_image_parse(ret_image, (const void *)start, end - start, err);
}
