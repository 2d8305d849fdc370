#include "symbol/symbolizer.h"

#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "elf/elf_debug.h"
#include "elf/elf_file.h"
#include "symbol/demangle.h"
#include "symbol/elf_symbols.h"
#include "symbol/kallsyms.h"
#include "symbol/perf_map.h"
#include "symbol/vdso.h"
#include "util/alloc.h"
#include "util/arena.h"
#include "util/fd.h"
#include "util/hashmap.h"
#include "util/strbuf.h"

#define DEBUG_DIR "/usr/lib/debug"

enum { MAX_TEXT_BYTES = 256 << 20 }; /* of kallsyms and of one perf map */

/* One of the tables is filled, as the kind says; none when there was trouble. */
struct symbol_module {
	enum module_kind kind;
	char *path;
	int fd;
	pid_t pid;
	uint8_t build_id[BUILD_ID_BYTES], build_id_length;

	bool is_loaded;
	struct err trouble;
	struct elf_file *file, *debug; /* what elf_symbols borrows from */
	struct elf_symbols *elf_symbols;
	struct strbuf text; /* what perf_map or kallsyms borrows from */
	struct perf_map *perf_map;
	struct kallsyms *kallsyms;

	VEC(struct symbol_name) found; /* so far */
	struct hashmap found_index;    /* by start and size */
};

struct symbolizer {
	VEC(struct symbol_module) modules;
	struct arena names;
};

struct symbolizer *symbolizer_new(void)
{
	struct symbolizer *symbolizer = alloc_new(struct symbolizer);

	arena_init(&symbolizer->names);
	return symbolizer;
}

static void release_module(struct symbol_module *module)
{
	vec_release(&module->found);
	hashmap_release(&module->found_index);
	kallsyms_free(module->kallsyms);
	perf_map_free(module->perf_map);
	strbuf_release(&module->text);
	elf_symbols_free(module->elf_symbols);
	elf_file_close(module->debug);
	elf_file_close(module->file);
	fd_close(module->fd);
	free(module->path);
}

void symbolizer_free(struct symbolizer *symbolizer)
{
	if (symbolizer == NULL)
		return;
	for (size_t i = 0; i < symbolizer->modules.count; i++)
		release_module(&symbolizer->modules.items[i]);
	vec_release(&symbolizer->modules);
	arena_release(&symbolizer->names);
	free(symbolizer);
}

uint32_t symbolizer_add_module(struct symbolizer *symbolizer, const struct symbol_source *source)
{
	struct symbol_module module = {
		.kind = source->kind,
		.path = alloc_strdup(source->path),
		.fd = -1,
		.pid = source->pid,
		.build_id_length = source->build_id_length,
	};

	memcpy(module.build_id, source->build_id, sizeof(module.build_id));
	strbuf_init(&module.text, MAX_TEXT_BYTES);
	hashmap_init(&module.found_index);
	/* Out of descriptors: the path is tried later, when others may have been closed. */
	if (source->kind == MODULE_FILE && source->fd >= 0)
		module.fd = fcntl(source->fd, F_DUPFD_CLOEXEC, 0);
	vec_push(&symbolizer->modules, module);
	return (uint32_t)symbolizer->modules.count - 1;
}

/* A wrong name is worse than none: the file must be the one that ran. */
static int check_build_id(struct symbol_module *module)
{
	uint8_t id[ELF_BUILD_ID_BYTES], length;

	if (module->build_id_length == 0)
		return 0;
	if (elf_image_find_build_id(elf_file_get_image(module->file), id, &length) &&
	    length == module->build_id_length && memcmp(id, module->build_id, length) == 0)
		return 0;
	return err_set(&module->trouble, -ESTALE,
		       "%s is not the file that ran: its build id differs", module->path);
}

static int open_file(struct symbol_module *module)
{
	if (module->fd >= 0)
		return elf_file_open_fd(&module->file, module->fd, module->path, &module->trouble);
	if (module->path[0] != '/')
		return err_set(&module->trouble, -ENOENT, "'%s' is not the path of a file",
			       module->path);
	return elf_file_open(&module->file, AT_FDCWD, module->path, &module->trouble);
}

/* Leaves `debug` NULL when there is no such file or nothing in it. */
static void open_debug(struct symbol_module *module)
{
	struct elf_symbol_table table;

	if (elf_debug_open(&module->debug, module->file, module->path, DEBUG_DIR, NULL) < 0)
		return;
	if (elf_file_load_symbols(module->debug, NULL) < 0 ||
	    !elf_image_find_symbol_table(elf_file_get_image(module->debug), SHT_SYMTAB, &table)) {
		elf_file_close(module->debug);
		module->debug = NULL;
	}
}

static void load_file(struct symbol_module *module)
{
	const struct elf_image *image;
	struct elf_symbol_table table;
	bool is_stripped;
	int r;

	r = open_file(module);
	if (r == 0)
		r = check_build_id(module);
	if (r == 0)
		r = elf_file_load_symbols(module->file, &module->trouble);
	if (r < 0)
		return;
	image = elf_file_get_image(module->file);
	is_stripped = !elf_image_find_symbol_table(image, SHT_SYMTAB, &table);
	if (is_stripped)
		open_debug(module);
	module->elf_symbols = elf_symbols_new(
		image, module->debug != NULL ? elf_file_get_image(module->debug) : NULL);
	if (elf_symbols_get_count(module->elf_symbols) == 0)
		err_set(&module->trouble, -ENODATA, "%s has no symbols: it is stripped",
			module->path);
	else if (is_stripped && module->debug == NULL)
		err_set(&module->trouble, -ENODATA,
			"%s is stripped: only what it exports has names", module->path);
}

static void load_vdso(struct symbol_module *module)
{
	struct elf_image image;

	if (vdso_read_image(&image, &module->trouble) == 0)
		module->elf_symbols = elf_symbols_new(&image, NULL);
}

static void load_kernel(struct symbol_module *module)
{
	int r = fd_read_file(AT_FDCWD, "/proc/kallsyms", &module->text);

	if (r < 0)
		err_set(&module->trouble, r, "cannot read /proc/kallsyms: %s", strerror(-r));
	else
		kallsyms_parse(&module->kallsyms, strbuf_text(&module->text), module->text.length,
			       &module->trouble);
}

/* Anybody may have put anything under that name in /tmp: a fifo must not block us. */
static int read_regular_file(const char *path, struct strbuf *text)
{
	scoped(fd_cleanup) int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	struct stat status;

	if (fd < 0 || fstat(fd, &status) < 0)
		return -errno;
	if (!S_ISREG(status.st_mode))
		return -EINVAL;
	scoped_free char *same = alloc_printf("/proc/self/fd/%d", fd);
	return fd_read_file(AT_FDCWD, same, text);
}

static void load_perf_map(struct symbol_module *module)
{
	scoped_free char *path = alloc_printf("/tmp/perf-%d.map", (int)module->pid);
	int r = module->pid > 0 ? read_regular_file(path, &module->text) : -ENOENT;

	if (r < 0)
		err_set(&module->trouble, r,
			"generated code without names: %s: %s (runtimes write it when asked to, "
			"e.g. node --perf-basic-prof, python -X perf)",
			path, strerror(-r));
	else
		module->perf_map = perf_map_new(strbuf_text(&module->text), module->text.length);
}

static void load_module(struct symbol_module *module)
{
	if (module->is_loaded)
		return;
	module->is_loaded = true;
	switch (module->kind) {
	case MODULE_FILE:
		load_file(module);
		break;
	case MODULE_KERNEL:
		load_kernel(module);
		break;
	case MODULE_VDSO:
		load_vdso(module);
		break;
	case MODULE_ANON:
		load_perf_map(module);
		break;
	case MODULE_UNKNOWN:
		err_set(&module->trouble, -ENOENT, "no mapping was known at these addresses");
		break;
	}
	fd_close(module->fd); /* what is needed of it is in `file` */
	module->fd = -1;
}

/* The remembered name of the function [svma, +size), or NULL. */
static const struct symbol_name *find_remembered(const struct symbol_module *module, uint64_t svma,
						 uint64_t size)
{
	uint64_t hash = hashmap_hash_u64(svma ^ size << 48);
	uint32_t slot, i;

	for (i = hashmap_first(&module->found_index, hash, &slot); i != HASHMAP_NONE;
	     i = hashmap_next(&module->found_index, hash, &slot))
		if (module->found.items[i].svma == svma && module->found.items[i].size == size)
			return &module->found.items[i];
	return NULL;
}

static const struct symbol_name *remember(struct symbol_module *module, const char *name,
					  uint64_t svma, uint64_t size)
{
	hashmap_insert(&module->found_index, hashmap_hash_u64(svma ^ size << 48),
		       (uint32_t)module->found.count);
	vec_push(&module->found, (struct symbol_name){name, svma, size});
	return &module->found.items[module->found.count - 1];
}

/* "memcpy@@GLIBC_2.14" → "memcpy"; stubs are called "memcpy@plt", as in objdump and perf. */
static const char *format_elf_name(struct arena *names, const struct elf_function *function)
{
	const char *at = function->name[0] != '\0' ? strchr(function->name + 1, '@') : NULL;
	size_t length = at != NULL ? (size_t)(at - function->name) : strlen(function->name);
	scoped_free char *bare = alloc_strndup(function->name, length);
	scoped_free char *demangled = demangle_name(bare);

	return arena_printf(names, "%s%s", demangled, function->is_plt ? "@plt" : "");
}

static const struct symbol_name *find_elf(struct symbolizer *symbolizer,
					  struct symbol_module *module, uint64_t lookup_addr)
{
	const struct symbol_name *name;
	struct elf_function function;

	if (!elf_symbols_find(module->elf_symbols, lookup_addr, &function))
		return NULL;
	name = find_remembered(module, function.svma, function.size);
	if (name != NULL)
		return name;
	return remember(module, format_elf_name(&symbolizer->names, &function), function.svma,
			function.size);
}

/*
 * Functions of kernel modules are called "nft_do_chain [nf_tables]", as in the kernel's own stack
 * traces.
 */
static const struct symbol_name *find_kernel(struct symbolizer *symbolizer,
					     struct symbol_module *module, uint64_t lookup_addr)
{
	const struct symbol_name *name;
	struct kernel_function function;
	const char *text;

	if (!kallsyms_find(module->kallsyms, lookup_addr, &function))
		return NULL;
	name = find_remembered(module, function.start, function.size);
	if (name != NULL)
		return name;
	if (function.module_length > 0)
		text = arena_printf(&symbolizer->names, "%.*s [%.*s]", (int)function.name_length,
				    function.name, (int)function.module_length, function.module);
	else
		text = arena_strndup(&symbolizer->names, function.name, function.name_length);
	return remember(module, text, function.start, function.size);
}

static const struct symbol_name *find_jit(struct symbolizer *symbolizer,
					  struct symbol_module *module, uint64_t lookup_addr)
{
	const struct symbol_name *name;
	struct jit_function function;

	if (!perf_map_find(module->perf_map, lookup_addr, &function))
		return NULL;
	name = find_remembered(module, function.start, function.size);
	if (name != NULL)
		return name;
	return remember(module,
			arena_strndup(&symbolizer->names, function.name, function.name_length),
			function.start, function.size);
}

bool symbolizer_find(struct symbolizer *symbolizer, uint32_t module_id, uint64_t lookup_addr,
		     struct symbol_name *ret_name)
{
	struct symbol_module *module = &symbolizer->modules.items[module_id];
	const struct symbol_name *name = NULL;

	load_module(module);
	if (module->elf_symbols != NULL)
		name = find_elf(symbolizer, module, lookup_addr);
	else if (module->kallsyms != NULL)
		name = find_kernel(symbolizer, module, lookup_addr);
	else if (module->perf_map != NULL)
		name = find_jit(symbolizer, module, lookup_addr);
	if (name == NULL)
		return false;
	*ret_name = *name;
	return true;
}

const char *symbolizer_get_trouble(struct symbolizer *symbolizer, uint32_t module_id)
{
	struct symbol_module *module = &symbolizer->modules.items[module_id];

	load_module(module);
	return module->trouble.code != 0 ? err_text(&module->trouble) : "";
}
