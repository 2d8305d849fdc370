#include "symbol/symbol_module.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "symbol/symbol_names.h"
#include "symbol/vdso.h"
#include "util/alloc.h"
#include "util/disk_cache.h"
#include "util/fd.h"

#define CACHE_KIND "symbols"

enum { MAX_KALLSYMS_BYTES = 256 << 20 };

struct symbol_module *symbol_module_new(const struct symbol_source *source)
{
	struct symbol_module *module = alloc_new(struct symbol_module);

	module->kind = source->kind;
	module->path = alloc_strdup(source->path);
	module->fd = -1;
	module->dump_fd = -1;
	module->build_id_length = source->build_id_length;
	memcpy(module->build_id, source->build_id, sizeof(module->build_id));
	strbuf_init(&module->kallsyms_text, MAX_KALLSYMS_BYTES);
	jit_code_init(&module->jit);
	jit_process_init(&module->process, source->kind == MODULE_ANON ? source->pid : 0,
			 source->namespace_pid);
	symbol_answers_init(&module->answers);
	/* Out of descriptors: the path is tried later, when others may have been closed. */
	if (source->kind == MODULE_FILE && source->fd >= 0)
		module->fd = fcntl(source->fd, F_DUPFD_CLOEXEC, 0);
	return module;
}

void symbol_module_free(struct symbol_module *module)
{
	if (module == NULL)
		return;
	symbol_answers_release(&module->answers);
	vec_release(&module->wanted);
	symbol_file_close(module->file);
	elf_symbols_free(module->vdso);
	kallsyms_free(module->kallsyms);
	strbuf_release(&module->kallsyms_text);
	jit_code_release(&module->jit);
	jit_process_release(&module->process);
	fd_close(module->dump_fd);
	fd_close(module->fd);
	free(module->dump_path);
	free(module->trouble_text);
	free(module->path);
	free(module);
}

static void load_file(struct symbol_module *module, const struct symbol_options *options)
{
	struct symbol_file_config config = {
		.path = module->path,
		.fd = module->fd,
		.build_id = module->build_id,
		.build_id_length = module->build_id_length,
		.debug_dir = options->debug_dir,
		.has_lines = options->has_lines,
		.deadline_ns = options->debuginfod_deadline_ns,
	};

	symbol_file_open(&module->file, &config, &module->trouble);
}

static void load_vdso(struct symbol_module *module)
{
	struct elf_image image;

	if (vdso_read_image(&image, &module->trouble) == 0)
		module->vdso = elf_symbols_new(&image, NULL);
}

static void load_kernel(struct symbol_module *module, const struct symbol_options *options)
{
	const char *text = options->kallsyms;
	size_t length = text != NULL ? strlen(text) : 0;
	int r = 0;

	if (text == NULL) {
		r = fd_read_file(AT_FDCWD, "/proc/kallsyms", &module->kallsyms_text);
		text = strbuf_text(&module->kallsyms_text);
		length = module->kallsyms_text.length;
	}
	if (r < 0)
		err_set(&module->trouble, r, "cannot read /proc/kallsyms: %s", strerror(-r));
	else
		kallsyms_parse(&module->kallsyms, text, length, &module->trouble);
}

void symbol_module_load(struct symbol_module *module, const struct symbol_options *options)
{
	if (module->is_loaded)
		return;
	module->is_loaded = true;
	switch (module->kind) {
	case MODULE_FILE:
		load_file(module, options);
		break;
	case MODULE_KERNEL:
		load_kernel(module, options);
		break;
	case MODULE_VDSO:
		load_vdso(module);
		break;
	case MODULE_ANON:
		jit_code_read(&module->jit, &module->process, module->dump_path, module->dump_fd,
			      &module->trouble);
		break;
	case MODULE_UNKNOWN:
		err_set(&module->trouble, -ENOENT, "no mapping was known at these addresses");
		break;
	}
	fd_close(module->fd); /* what is needed of it is in `file` */
	module->fd = -1;
}

static char *format_cache_name(const struct symbol_file *file)
{
	return alloc_printf("%s-%016" PRIx64, symbol_file_get_build_id(file),
			    symbol_file_get_fingerprint(file));
}

static bool is_cached(const struct symbol_module *module, const struct symbol_options *options)
{
	return options->cache_dir != NULL && module->file != NULL &&
	       symbol_file_get_build_id(module->file)[0] != '\0';
}

static void read_kept(struct symbol_module *module, const struct symbol_options *options)
{
	struct strbuf bytes;
	uint8_t flags;

	if (!is_cached(module, options) || module->answers.items.count > 0)
		return;
	scoped_free char *name = format_cache_name(module->file);
	strbuf_init(&bytes, SYMBOL_ANSWERS_MAX_BYTES);
	if (disk_cache_read(options->cache_dir, CACHE_KIND, name, &bytes) == 0 &&
	    symbol_answers_decode(&module->answers, strbuf_text(&bytes), bytes.length,
				  symbol_file_get_fingerprint(module->file), &flags, NULL) == 0)
		symbol_file_add_flags(module->file, flags);
	strbuf_release(&bytes);
	module->kept_count = module->answers.items.count;
}

static void write_kept(struct symbol_module *module, const struct symbol_options *options)
{
	struct strbuf bytes;

	if (!is_cached(module, options) || module->answers.items.count == module->kept_count ||
	    !symbol_file_is_complete(module->file))
		return;
	scoped_free char *name = format_cache_name(module->file);
	strbuf_init(&bytes, SYMBOL_ANSWERS_MAX_BYTES);
	symbol_answers_encode(&module->answers, symbol_file_get_flags(module->file),
			      symbol_file_get_fingerprint(module->file), &bytes);
	if (!bytes.is_full) {
		disk_cache_write(options->cache_dir, CACHE_KIND, name, bytes.data, bytes.length);
		module->kept_count = module->answers.items.count;
	}
	strbuf_release(&bytes);
}

static void answer_file(struct symbol_module *module, const struct symbol_options *options,
			uint32_t thread_count)
{
	VEC(uint64_t) svmas = {0};

	read_kept(module, options);
	for (size_t i = 0; i < module->wanted.count; i++)
		if (symbol_answers_find(&module->answers, module->wanted.items[i].lookup_addr, 0) ==
		    NULL)
			vec_push(&svmas, module->wanted.items[i].lookup_addr);
	if (svmas.count > 0)
		symbol_file_find(module->file, svmas.items, svmas.count, &module->answers,
				 thread_count);
	vec_release(&svmas);
	write_kept(module, options);
}

/* One function, without inlined ones. `name` NULL = nothing is known. */
static void add_function(struct symbol_module *module, const struct symbol_key *key,
			 const char *name, uint64_t start, uint64_t size)
{
	struct symbol_frame frame = {.file = symbol_answers_intern(&module->answers, "")};
	struct symbol_place place = {
		.frames = &frame, .function_svma = start, .function_size = size};

	if (name != NULL) {
		frame.function = symbol_answers_intern(&module->answers, name);
		place.frame_count = 1;
	}
	symbol_answers_add(&module->answers, key->lookup_addr, key->time_ns, &place);
}

static void answer_vdso(struct symbol_module *module, const struct symbol_key *key)
{
	struct symbol_names names;
	struct elf_function function = {0};
	const char *name = NULL;

	symbol_names_init(&names, &module->answers);
	if (elf_symbols_find(module->vdso, key->lookup_addr, &function))
		name = symbol_names_get_elf(&names, &function);
	add_function(module, key, name, function.svma, function.size);
	symbol_names_release(&names);
}

/* Functions of kernel modules are called "nft_do_chain [nf_tables]", as in the kernel's traces. */
static void answer_kernel(struct symbol_module *module, const struct symbol_key *key)
{
	struct kernel_function function = {0};
	scoped_free char *name = NULL;

	if (kallsyms_find(module->kallsyms, key->lookup_addr, &function))
		name = function.module_length > 0
			       ? alloc_printf("%.*s [%.*s]", (int)function.name_length,
					      function.name, (int)function.module_length,
					      function.module)
			       : alloc_strndup(function.name, function.name_length);
	add_function(module, key, name, function.start, function.size);
}

static void answer_jitdump(struct symbol_module *module, const struct symbol_key *key,
			   const struct jitdump_function *function)
{
	const struct jitdump_line *line = jitdump_find_line(function, key->lookup_addr);
	struct symbol_frame frame = {
		.function = symbol_answers_intern(&module->answers, function->name),
		.file = symbol_answers_intern(&module->answers, line != NULL ? line->file : ""),
		.line = line != NULL ? line->line : 0,
	};
	struct symbol_place place = {&frame, 1, function->start, function->size};

	symbol_answers_add(&module->answers, key->lookup_addr, key->time_ns, &place);
}

static void answer_jit(struct symbol_module *module, const struct symbol_key *key)
{
	struct jitdump_function dumped;
	struct jit_function function = {0};
	scoped_free char *name = NULL;

	if (module->jit.dump != NULL &&
	    jitdump_find(module->jit.dump, key->lookup_addr, key->time_ns, &dumped)) {
		answer_jitdump(module, key, &dumped);
		return;
	}
	if (module->jit.map != NULL && perf_map_find(module->jit.map, key->lookup_addr, &function))
		name = alloc_strndup(function.name, function.name_length);
	add_function(module, key, name, function.start, function.size);
}

void symbol_module_answer(struct symbol_module *module, const struct symbol_options *options,
			  uint32_t thread_count)
{
	symbol_module_load(module, options);
	if (module->file != NULL)
		answer_file(module, options, thread_count);
	for (size_t i = 0; module->file == NULL && i < module->wanted.count; i++) {
		const struct symbol_key *key = &module->wanted.items[i];

		if (module->kallsyms != NULL)
			answer_kernel(module, key);
		else if (module->vdso != NULL)
			answer_vdso(module, key);
		else
			answer_jit(module, key);
	}
	vec_clear(&module->wanted);
}
