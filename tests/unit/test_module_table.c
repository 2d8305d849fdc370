/* On this program's own files: what maps, where, and under which name. */
#include "profile/module_table.h"

#include <link.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "procfs/proc_file.h"
#include "procfs/proc_maps.h"

#include "tap.h"

__attribute__((noinline)) void known_function(void);
__attribute__((noinline)) void known_function(void)
{
	__asm__ volatile("" ::: "memory");
}

/* The mapping of this process around an address, from /proc/self/maps. */
static struct mapping find_own(struct module_table *table, uint64_t avma, const char *path_prefix)
{
	struct procfs fs = {0};
	struct strbuf text;
	struct proc_maps_iterator maps = {0};
	struct proc_mapping line;
	struct mapping found = {0};
	char path[4096];

	strbuf_init(&text, 16 << 20);
	proc_file_read(&fs, &text, "/proc/self/maps");
	maps.text = text.data;
	maps.length = text.length;
	while (proc_maps_next(&maps, &line) > 0) {
		if (avma < line.start_avma || avma >= line.end_avma)
			continue;
		snprintf(path, sizeof(path), "%s%.*s", path_prefix, (int)line.path_length,
			 line.path);
		found = (struct mapping){line.start_avma, line.end_avma, line.file_offset, 0};
		found.module = module_table_intern(table, &(struct module_mapping){
								  .pid = (uint32_t)getpid(),
								  .start = line.start_avma,
								  .end = line.end_avma,
								  .path = path,
								  .device_major = line.dev_major,
								  .device_minor = line.dev_minor,
								  .inode = line.inode,
							  });
	}
	strbuf_release(&text);
	return found;
}

static int get_base(struct dl_phdr_info *info, size_t size, void *arg)
{
	(void)size;
	*(uint64_t *)arg = info->dlpi_addr; /* the first is the program */
	return 1;
}

static void test_file(struct module_table *table)
{
	uint64_t avma = (uint64_t)(uintptr_t)known_function, base = 0;
	struct mapping mapping = find_own(table, avma, "");
	const struct module_entry *entry = &table->entries.items[mapping.module];
	size_t count = table->entries.count;
	struct symbol_query query = {.module = entry->symbol_id};
	struct symbol_place place = {0};

	is_int(entry->kind, MODULE_FILE, "this program is a file");
	ok(entry->file != NULL, "that is open");
	dl_iterate_phdr(get_base, &base);
	is_int(module_table_get_bias(table, mapping.module, mapping.start, mapping.end,
				     mapping.file_offset),
	       base, "the bias is the loader's base");
	query.lookup_addr = avma - base;
	symbolizer_find(table->symbolizer, &query, 1, &place);
	ok(place.frame_count > 0, "a function has a name");
	is_str(place.frame_count > 0 ? place.frames[place.frame_count - 1].function : "",
	       "known_function", "its own");
	ok(module_table_get_cfi(table, mapping.module) != NULL, "and rules to unwind it");
	ok(cfi_table_find(module_table_get_cfi(table, mapping.module), avma - base)->cfa !=
		   CFI_CFA_NONE,
	   "at that address");
	find_own(table, avma, "");
	is_int(table->entries.count, count, "the same file is the same module");
	is_int(table->data->modules.count, 0, "not in the data until it is hit");
	is_int(module_table_hit(table, mapping.module), 0, "then it is");
	is_int(module_table_hit(table, mapping.module), 0, "once");
}

static void test_replaced(struct module_table *table)
{
	struct module_mapping mapping = {
		.pid = (uint32_t)getpid(), .start = 4096, .end = 8192, .path = "/proc/self/exe"};
	struct stat status;
	uint32_t id;

	if (stat("/proc/self/exe", &status) < 0)
		return;
	mapping.inode = status.st_ino + 1;
	mapping.path = "/bin/sh";
	id = module_table_intern(table, &mapping);
	ok(table->entries.items[id].file == NULL,
	   "a file with another inode is not the one that was mapped");
	is_int(4100 - module_table_get_bias(table, id, 4096, 8192, 0x3000), 0x3004,
	       "without it, the file offset stands for the svma");
}

static void test_others(struct module_table *table)
{
	struct module_mapping jit = {.pid = 10, .start = 4096, .end = 8192, .path = "//anon"};
	struct module_mapping vdso = {.pid = 10, .start = 4096, .end = 8192, .path = "[vdso]"};
	uint32_t first = module_table_intern(table, &jit), id;

	is_int(table->entries.items[first].kind, MODULE_ANON, "anonymous memory");
	is_int(4100 - module_table_get_bias(table, first, 4096, 8192, 0x77), 4100,
	       "has live addresses");
	jit.pid = 11;
	ok(module_table_intern(table, &jit) != first, "of its process alone");
	id = module_table_intern(table, &vdso);
	is_int(table->entries.items[id].kind, MODULE_VDSO, "vdso");
	vdso.pid = 11;
	is_int(module_table_intern(table, &vdso), id, "is one for all");
	is_int(0x7123 - module_table_get_bias(table, id, 0x7000, 0x8000, 0x7000), 0x123,
	       "counted from its start");
}

static void test_no_elf(struct module_table *table)
{
	char path[] = "/tmp/sonde-test-XXXXXX";
	int fd = mkstemp(path);
	struct stat status;
	uint32_t id;

	if (fd < 0 || write(fd, "code", 4) != 4 || fstat(fd, &status) < 0)
		return;
	id = module_table_intern(table, &(struct module_mapping){.pid = 10,
								 .start = 4096,
								 .end = 8192,
								 .path = path,
								 .inode = status.st_ino});
	is_int(table->entries.items[id].kind, MODULE_ANON,
	       "a file that is no ELF file is a JIT compiler's memory");
	is_int(table->entries.items[id].pid, 10, "of who mapped it");
	close(fd);
	unlink(path);
}

static void test_maximum(struct module_table *table)
{
	struct module_mapping mapping = {.start = 4096, .end = 8192, .path = ""};
	size_t strings;

	for (mapping.pid = 1000; mapping.pid < 1000 + MODULE_TABLE_MAX; mapping.pid++)
		module_table_intern(table, &mapping);
	is_int(table->entries.count, MODULE_TABLE_MAX, "bounded");
	strings = table->data->strings.texts.count;
	mapping.path = "/some/new/file";
	mapping.inode = 1;
	is_int(module_table_intern(table, &mapping), MODULE_ID_UNKNOWN,
	       "what is beyond is unknown");
	is_int(table->data->strings.texts.count, strings, "and leaves nothing behind");
}

int main(void)
{
	struct profile_data data;
	struct module_table table;

	profile_data_init(&data);
	module_table_init(&table, &data, &(struct module_table_config){.is_live = true});
	test_file(&table);
	test_replaced(&table);
	test_others(&table);
	test_no_elf(&table);
	test_maximum(&table);
	module_table_release(&table);
	profile_data_release(&data);
	return tap_done();
}
