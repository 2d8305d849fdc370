#include "symbol/symbolizer.h"

#include <fcntl.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "symbol/debug_package.h"
#include "symbol/symbol_module.h"
#include "util/alloc.h"
#include "util/clock.h"
#include "util/disk_cache.h"
#include "util/vec.h"

#define DEBUG_DIR "/usr/lib/debug"

enum { MAX_THREADS = 8 };

/* A jitdump that a process mapped, for the memory that it describes. */
struct mapped_dump {
	pid_t pid, named_pid; /* who mapped it (0 = not known), and the number in its name */
	uint32_t module;
};

struct symbolizer {
	struct symbol_options options;
	uint32_t thread_count;
	uint64_t debuginfod_ns;
	VEC(struct symbol_module *) modules;
	VEC(struct mapped_dump) dumps;
	char **packages; /* to advise, by module; NULL = not looked for yet */
};

static char *copy_text(const char *text)
{
	return text != NULL ? alloc_strdup(text) : NULL;
}

static uint32_t choose_thread_count(uint32_t wanted)
{
	long cpus = sysconf(_SC_NPROCESSORS_ONLN);

	if (wanted == 0)
		wanted = cpus > 0 ? (uint32_t)cpus : 1;
	return wanted < MAX_THREADS ? wanted : MAX_THREADS;
}

struct symbolizer *symbolizer_new(const struct symbolizer_config *config)
{
	static const struct symbolizer_config usual = {.has_lines = true};
	struct symbolizer *symbolizer = alloc_new(struct symbolizer);

	if (config == NULL)
		config = &usual;
	symbolizer->thread_count = choose_thread_count(config->thread_count);
	symbolizer->debuginfod_ns = config->debuginfod_ns;
	symbolizer->options = (struct symbol_options){
		.has_lines = config->has_lines,
		.cache_dir = copy_text(config->cache_dir),
		.debug_dir =
			alloc_strdup(config->debug_dir != NULL ? config->debug_dir : DEBUG_DIR),
		.kallsyms = copy_text(config->kallsyms),
	};
	return symbolizer;
}

static void release_packages(struct symbolizer *symbolizer)
{
	for (size_t i = 0; symbolizer->packages != NULL && i < symbolizer->modules.count; i++)
		free(symbolizer->packages[i]);
	free(symbolizer->packages);
	symbolizer->packages = NULL;
}

void symbolizer_free(struct symbolizer *symbolizer)
{
	if (symbolizer == NULL)
		return;
	release_packages(symbolizer);
	for (size_t i = 0; i < symbolizer->modules.count; i++)
		symbol_module_free(symbolizer->modules.items[i]);
	vec_release(&symbolizer->modules);
	vec_release(&symbolizer->dumps);
	free(symbolizer->options.cache_dir);
	free(symbolizer->options.debug_dir);
	free(symbolizer->options.kallsyms);
	free(symbolizer);
}

uint32_t symbolizer_add_module(struct symbolizer *symbolizer, const struct symbol_source *source)
{
	uint32_t id = (uint32_t)symbolizer->modules.count;
	pid_t named_pid;

	release_packages(symbolizer);
	vec_push(&symbolizer->modules, symbol_module_new(source));
	if (source->kind == MODULE_FILE && jit_code_is_dump(source->path, &named_pid))
		vec_push(&symbolizer->dumps, (struct mapped_dump){source->pid, named_pid, id});
	return id;
}

/* The last one that the process mapped, by its own number for itself if nobody says who did. */
static void find_dump(const struct symbolizer *symbolizer, struct symbol_module *module)
{
	for (size_t i = symbolizer->dumps.count; i > 0 && module->dump_path == NULL; i--) {
		const struct mapped_dump *dump = &symbolizer->dumps.items[i - 1];
		const struct symbol_module *file = symbolizer->modules.items[dump->module];

		if (dump->pid != 0 ? dump->pid != module->process.pid
				   : dump->named_pid != module->process.namespace_pid)
			continue;
		module->dump_path = alloc_strdup(file->path);
		if (file->fd >= 0)
			module->dump_fd = fcntl(file->fd, F_DUPFD_CLOEXEC, 0);
	}
}

static bool is_jit(const struct symbol_module *module)
{
	return module->kind == MODULE_ANON && module->process.pid > 0;
}

/* Before any module of a batch is opened: what they need of each other, and of the clock. */
static void prepare(struct symbolizer *symbolizer, struct symbol_module *module)
{
	if (!module->is_loaded && is_jit(module))
		find_dump(symbolizer, module);
	if (symbolizer->debuginfod_ns != 0 && symbolizer->options.debuginfod_deadline_ns == 0)
		symbolizer->options.debuginfod_deadline_ns =
			clock_now_ns() + symbolizer->debuginfod_ns;
}

static int compare_keys(const void *a, const void *b)
{
	const struct symbol_key *left = a, *right = b;

	if (left->lookup_addr != right->lookup_addr)
		return left->lookup_addr < right->lookup_addr ? -1 : 1;
	return (left->time_ns > right->time_ns) - (left->time_ns < right->time_ns);
}

static void sort_wanted(struct symbol_module *module)
{
	struct symbol_key *keys = module->wanted.items;
	size_t count = 0;

	qsort(keys, module->wanted.count, sizeof(*keys), compare_keys);
	for (size_t i = 0; i < module->wanted.count; i++)
		if (count == 0 || compare_keys(&keys[count - 1], &keys[i]) != 0)
			keys[count++] = keys[i];
	module->wanted.count = count;
}

/* Times matter only where code moves. */
static struct symbol_key get_key(const struct symbolizer *symbolizer,
				 const struct symbol_query *query)
{
	bool has_time = symbolizer->modules.items[query->module]->dump_path != NULL;

	return (struct symbol_key){query->lookup_addr, has_time ? query->time_ns : 0};
}

/* Modules with something to answer, most first; helpers take one after the other. */
struct batch {
	const struct symbol_options *options;
	VEC(struct symbol_module *) modules;
	size_t wanted_count;
	uint32_t thread_count;
	_Atomic size_t next;
};

static void *work(void *arg)
{
	struct batch *batch = arg;
	size_t i;

	while ((i = atomic_fetch_add(&batch->next, 1)) < batch->modules.count) {
		struct symbol_module *module = batch->modules.items[i];
		/* a module with most of the addresses has most of the threads */
		uint32_t threads =
			1 + (uint32_t)((batch->thread_count - 1) * (double)module->wanted.count /
				       (double)batch->wanted_count);

		symbol_module_answer(module, batch->options, threads);
	}
	return NULL;
}

static int compare_wanted(const void *a, const void *b)
{
	size_t left = (*(struct symbol_module *const *)a)->wanted.count;
	size_t right = (*(struct symbol_module *const *)b)->wanted.count;

	return (left < right) - (left > right);
}

/* A thread that cannot be started is done without: the others take its work. */
static void run_batch(struct batch *batch)
{
	pthread_t helpers[MAX_THREADS];
	uint32_t count = 0;

	while (count + 1 < batch->thread_count && count + 1 < batch->modules.count &&
	       pthread_create(&helpers[count], NULL, work, batch) == 0)
		count++;
	work(batch);
	while (count > 0)
		pthread_join(helpers[--count], NULL);
}

static void answer_all(struct symbolizer *symbolizer)
{
	struct batch batch = {.options = &symbolizer->options,
			      .thread_count = symbolizer->thread_count};

	for (size_t i = 0; i < symbolizer->modules.count; i++) {
		struct symbol_module *module = symbolizer->modules.items[i];

		if (module->wanted.count == 0)
			continue;
		sort_wanted(module);
		batch.wanted_count += module->wanted.count;
		vec_push(&batch.modules, module);
	}
	if (batch.modules.count > 0) {
		qsort(batch.modules.items, batch.modules.count, sizeof(*batch.modules.items),
		      compare_wanted);
		run_batch(&batch);
		if (symbolizer->options.cache_dir != NULL)
			disk_cache_trim(symbolizer->options.cache_dir, DISK_CACHE_BYTES);
	}
	vec_release(&batch.modules);
}

void symbolizer_find(struct symbolizer *symbolizer, const struct symbol_query *queries,
		     size_t count, struct symbol_place *ret_places)
{
	for (size_t i = 0; i < count; i++) {
		struct symbol_module *module = symbolizer->modules.items[queries[i].module];
		struct symbol_key key;

		prepare(symbolizer, module);
		key = get_key(symbolizer, &queries[i]);
		if (symbol_answers_find(&module->answers, key.lookup_addr, key.time_ns) == NULL)
			vec_push(&module->wanted, key);
	}
	answer_all(symbolizer);
	release_packages(symbolizer);
	for (size_t i = 0; i < count; i++) {
		const struct symbol_module *module = symbolizer->modules.items[queries[i].module];
		struct symbol_key key = get_key(symbolizer, &queries[i]);
		const struct symbol_place *place =
			symbol_answers_find(&module->answers, key.lookup_addr, key.time_ns);

		ret_places[i] = place != NULL ? *place : (struct symbol_place){0};
	}
}

static struct symbol_module *get_loaded(struct symbolizer *symbolizer, uint32_t id)
{
	struct symbol_module *module = symbolizer->modules.items[id];

	prepare(symbolizer, module);
	symbol_module_load(module, &symbolizer->options);
	return module;
}

static void get_jit_lines(struct symbol_module *module, const struct jitdump_function *function,
			  const struct symbol_line **ret_lines, size_t *ret_count)
{
	struct symbol_line *lines =
		arena_alloc(&module->answers.arena, function->line_count, sizeof(*lines));

	for (uint32_t i = 0; i < function->line_count; i++)
		lines[i] = (struct symbol_line){
			function->start + function->lines[i].offset,
			symbol_answers_intern(&module->answers, function->lines[i].file),
			function->lines[i].line};
	*ret_lines = lines;
	*ret_count = function->line_count;
}

void symbolizer_get_lines(struct symbolizer *symbolizer, uint32_t module_id, uint64_t svma,
			  uint64_t size, const struct symbol_line **ret_lines, size_t *ret_count)
{
	struct symbol_module *module = get_loaded(symbolizer, module_id);
	struct jitdump_function function;

	*ret_lines = NULL;
	*ret_count = 0;
	if (module->file != NULL)
		symbol_file_get_lines(module->file, svma, size, &module->answers, ret_lines,
				      ret_count);
	else if (module->jit.dump != NULL && jitdump_find(module->jit.dump, svma, 0, &function))
		get_jit_lines(module, &function, ret_lines, ret_count);
}

static bool read_jit_code(const struct symbol_module *module, uint64_t svma, uint64_t size,
			  uint8_t *ret_bytes)
{
	struct jitdump_function function;
	uint64_t offset;

	if (!jitdump_find(module->jit.dump, svma, 0, &function) || function.code == NULL)
		return false;
	offset = svma - function.start;
	if (size > function.size - offset)
		return false;
	memcpy(ret_bytes, function.code + offset, size);
	return true;
}

bool symbolizer_read_code(struct symbolizer *symbolizer, uint32_t module_id, uint64_t svma,
			  uint64_t size, uint8_t *ret_bytes)
{
	struct symbol_module *module = get_loaded(symbolizer, module_id);

	if (module->file != NULL)
		return symbol_file_read_code(module->file, svma, size, ret_bytes);
	return module->jit.dump != NULL && read_jit_code(module, svma, size, ret_bytes);
}

uint8_t symbolizer_get_flags(struct symbolizer *symbolizer, uint32_t module_id)
{
	const struct symbol_module *module = symbolizer->modules.items[module_id];

	return module->file != NULL ? symbol_file_get_flags(module->file) : 0;
}

/* Of all modules at once: dpkg's lists are read in one pass. */
static void find_packages(struct symbolizer *symbolizer)
{
	size_t count = symbolizer->modules.count, wanted_count = 0;
	scoped_free const char **paths = alloc_array(count, sizeof(*paths));
	scoped_free char **names = alloc_array(count, sizeof(*names));
	scoped_free size_t *ids = alloc_array(count, sizeof(*ids));

	symbolizer->packages = alloc_array(count, sizeof(*symbolizer->packages));
	for (size_t i = 0; i < count; i++) {
		const struct symbol_module *module = symbolizer->modules.items[i];

		if (module->file == NULL || !symbol_file_needs_package(module->file))
			continue;
		paths[wanted_count] = module->path;
		ids[wanted_count++] = i;
	}
	if (wanted_count > 0)
		debug_package_find(NULL, paths, wanted_count, names);
	for (size_t i = 0; i < wanted_count; i++)
		symbolizer->packages[ids[i]] = names[i];
}

static char *make_trouble(struct symbolizer *symbolizer, uint32_t id)
{
	const struct symbol_module *module = symbolizer->modules.items[id];
	struct strbuf text;

	if (module->file == NULL)
		return alloc_strdup(module->trouble.code != 0 ? err_text(&module->trouble) : "");
	if (symbolizer->packages == NULL && symbol_file_needs_package(module->file))
		find_packages(symbolizer);
	strbuf_init(&text, sizeof(module->trouble.text));
	symbol_file_add_trouble(module->file,
				symbolizer->packages != NULL ? symbolizer->packages[id] : NULL,
				&text);
	return strbuf_take(&text);
}

const char *symbolizer_get_trouble(struct symbolizer *symbolizer, uint32_t module_id)
{
	struct symbol_module *module = get_loaded(symbolizer, module_id);

	free(module->trouble_text);
	module->trouble_text = make_trouble(symbolizer, module_id);
	return module->trouble_text;
}
