#include "import/recorded_kernel.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>

#include "util/alloc.h"
#include "util/fd.h"

#include <elf.h>
#include <fcntl.h>

enum { NOTES_BYTES_MAX = 64 * 1024 };

void recorded_kernel_release(struct recorded_kernel *kernel)
{
	free(kernel->reference);
	free(kernel->difference);
	*kernel = (struct recorded_kernel){0};
}

void recorded_kernel_add_mapping(struct recorded_kernel *kernel,
				 const struct perf_record_mmap *mmap)
{
	static const char prefix[] = "[kernel.kallsyms]";

	if (kernel->reference != NULL || strncmp(mmap->path, prefix, sizeof(prefix) - 1) != 0 ||
	    mmap->path[sizeof(prefix) - 1] == '\0')
		return;
	kernel->reference = alloc_strdup(mmap->path + sizeof(prefix) - 1);
	kernel->reference_avma = mmap->file_offset;
}

static const struct perf_data_build_id *find_kernel_id(const struct perf_data_info *info)
{
	for (size_t i = 0; i < info->build_ids.count; i++)
		if (info->build_ids.items[i].is_kernel &&
		    strcmp(info->build_ids.items[i].path, "[kernel.kallsyms]") == 0)
			return &info->build_ids.items[i];
	return NULL;
}

/* The build id among the running kernel's notes. False when it cannot be had. */
static bool is_running(const struct perf_data_build_id *id, bool *ret_is_same)
{
	bool is_found = false;
	struct strbuf notes;
	size_t at = 0;

	strbuf_init(&notes, NOTES_BYTES_MAX);
	fd_read_file(AT_FDCWD, "/sys/kernel/notes", &notes);
	while (!is_found && notes.length - at >= sizeof(Elf64_Nhdr)) {
		const size_t pad = 3;
		Elf64_Nhdr note;
		size_t text, desc;

		memcpy(&note, notes.data + at, sizeof(note));
		text = at + sizeof(note);
		desc = text + (((size_t)note.n_namesz + pad) & ~pad);
		if (desc > notes.length || note.n_descsz > notes.length - desc)
			break;
		if (note.n_type == NT_GNU_BUILD_ID && note.n_namesz == 4 &&
		    memcmp(notes.data + text, "GNU", 4) == 0) {
			is_found = true;
			*ret_is_same = note.n_descsz >= id->length &&
				       memcmp(notes.data + desc, id->bytes, id->length) == 0;
		}
		at = desc + (((size_t)note.n_descsz + pad) & ~pad);
		if (at > notes.length)
			break;
	}
	strbuf_release(&notes);
	return is_found;
}

/* Where a symbol of the running kernel is: 0 when that is hidden. It stands at the list's front. */
static uint64_t find_symbol(const char *name)
{
	FILE *file = fopen("/proc/kallsyms", "re");
	uint64_t avma = 0;
	char line[512];

	if (file == NULL)
		return 0;
	while (avma == 0 && fgets(line, sizeof(line), file) != NULL) {
		char *end;
		uint64_t value = strtoull(line, &end, 16);
		size_t length;

		if (end[0] != ' ' || end[1] == '\0' || end[2] != ' ')
			continue;
		length = strcspn(end + 3, "\t\n");
		if (strlen(name) == length && strncmp(end + 3, name, length) == 0)
			avma = value;
		else if (value == 0)
			break; /* hidden from this user, all of them */
	}
	fclose(file);
	return avma;
}

void recorded_kernel_compare(struct recorded_kernel *kernel, const struct perf_data_info *info)
{
	const struct perf_data_build_id *id = find_kernel_id(info);
	bool is_same = true;
	struct utsname here;
	uint64_t avma;

	if (uname(&here) == 0 && info->kernel != NULL && strcmp(info->kernel, here.release) != 0) {
		kernel->difference = alloc_printf("it was recorded on Linux %s, and this is %s",
						  info->kernel, here.release);
		return;
	}
	if (id != NULL && is_running(id, &is_same) && !is_same) {
		kernel->difference = alloc_strdup("it was recorded on another build of the kernel");
		return;
	}
	avma = kernel->reference != NULL ? find_symbol(kernel->reference) : 0;
	if (avma != 0 && avma != kernel->reference_avma)
		kernel->difference =
			alloc_strdup("it was recorded in another boot, in which the kernel lay "
				     "elsewhere");
}
