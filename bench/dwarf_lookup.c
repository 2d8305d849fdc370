/*
 * Symbolizes addresses as sonde does, for bench_symbols.py: reads hexadecimal addresses of FILE
 * from stdin and prints what `llvm-symbolizer -i -f -e FILE` prints: function and file:line:column
 * of each frame, innermost first, then an empty line. What it took is told on stderr, reading of
 * the file included.
 *
 *	dwarf_lookup FILE [THREADS] < addresses
 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>

#include "elf/elf_file.h"
#include "symbol/debug_info.h"
#include "symbol/dwarf.h"
#include "util/alloc.h"
#include "util/clock.h"
#include "util/vec.h"

struct addresses {
	VEC_FIELDS(uint64_t);
};

static void read_addresses(struct addresses *addresses)
{
	char line[64];

	while (fgets(line, sizeof(line), stdin) != NULL)
		vec_push(addresses, strtoull(line, NULL, 16));
}

static int compare_addresses(const void *a, const void *b)
{
	const uint64_t *one = a, *other = b;

	return (*one > *other) - (*one < *other);
}

static void print_places(const struct dwarf_place *places, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		if (places[i].frame_count == 0)
			puts("??\n??:0:0");
		for (uint32_t j = 0; j < places[i].frame_count; j++) {
			const struct dwarf_frame *frame = &places[i].frames[j];

			printf("%s\n%s:%u:%u\n",
			       frame->function[0] != '\0' ? frame->function : "??",
			       frame->file[0] != '\0' ? frame->file : "??", frame->line,
			       frame->column);
		}
		putchar('\n');
	}
}

static double get_seconds(uint64_t since_ns)
{
	return (double)(clock_now_ns() - since_ns) / 1e9;
}

int main(int argc, char **argv)
{
	struct addresses addresses = {0};
	struct debug_info *info;
	struct dwarf_place *places;
	struct dwarf_build build;
	struct elf_file *file;
	struct rusage usage;
	struct dwarf *dwarf;
	struct arena arena;
	struct err err;
	uint64_t start_ns;
	double opened;

	if (argc < 2)
		return 64;
	read_addresses(&addresses);
	qsort(addresses.items, addresses.count, sizeof(addresses.items[0]), compare_addresses);
	places = alloc_array(addresses.count + 1, sizeof(*places));
	start_ns = clock_now_ns();
	if (elf_file_open(&file, AT_FDCWD, argv[1], &err) < 0) {
		fprintf(stderr, "%s\n", err_text(&err));
		return 1;
	}
	info = debug_info_new(file, argv[1], "/usr/lib/debug");
	dwarf = debug_info_get_dwarf(info, &err);
	if (dwarf == NULL) {
		fprintf(stderr, "%s\n", err_text(&err));
		return 1;
	}
	opened = get_seconds(start_ns);
	arena_init(&arena);
	dwarf_find(dwarf, addresses.items, addresses.count, places, &arena,
		   argc > 2 ? (uint32_t)strtoul(argv[2], NULL, 10) : 1);
	dwarf_get_build(dwarf, &build);
	getrusage(RUSAGE_SELF, &usage);
	fprintf(stderr,
		"%zu addresses: %.3f s to open, %.3f s in all, %ld MiB; %u units hot, %u damaged, "
		"%u dwo missing\n",
		addresses.count, opened, get_seconds(start_ns), usage.ru_maxrss / 1024,
		build.unit_count, build.damaged_count, build.missing_dwo_count);
	print_places(places, addresses.count);
	arena_release(&arena);
	debug_info_free(info);
	elf_file_close(file);
	free(places);
	vec_release(&addresses);
	return 0;
}
