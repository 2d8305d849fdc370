#include "symbol/symbol_file.h"

#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "elf/elf_debug.h"
#include "elf/elf_file.h"
#include "symbol/debug_info.h"
#include "symbol/elf_symbols.h"
#include "symbol/go_binary.h"
#include "symbol/symbol_names.h"
#include "symbol/symbol_trouble.h"
#include "util/alloc.h"
#include "util/hashmap.h"
#include "util/vec.h"

/* To be raised when answers are made in another way: kept ones are then made anew. */
enum { ANSWERS_VERSION = 1 };

struct symbol_file {
	char *path;
	bool has_lines;
	char build_id[2 * ELF_BUILD_ID_BYTES + 1];
	uint64_t fingerprint;
	struct elf_file *main;
	struct elf_file *separate;     /* build-id directory, debug link, debuginfod; or NULL */
	struct elf_file *mini;	       /* .gnu_debugdata; or NULL */
	struct debug_info *debug_info; /* NULL = no DWARF, or lines are not wanted */

	bool has_symbols; /* .symtab of any of them */
	bool is_loaded;	  /* `symbols` and `go` are made */
	struct elf_symbols *symbols;
	struct go_pclntab go;
	bool has_go;
	struct err trouble; /* damage */
	struct err fetch_trouble;
	struct dwarf_build build;
	uint8_t flags;
};

static bool has_symtab(const struct elf_file *file)
{
	struct elf_section section;

	return elf_image_find_section_type(elf_file_get_image(file), SHT_SYMTAB, &section) &&
	       section.size > 0;
}

static bool has_dwarf(const struct elf_file *file)
{
	return debug_info_exists(elf_file_get_image(file));
}

static int open_main(struct symbol_file *file, const struct symbol_file_config *config,
		     struct err *err)
{
	uint8_t id[ELF_BUILD_ID_BYTES], length;
	int r;

	if (config->fd >= 0)
		r = elf_file_open_fd(&file->main, config->fd, config->path, err);
	else if (config->path[0] != '/')
		return err_set(err, -ENOENT, "'%s' is not the path of a file", config->path);
	else
		r = elf_file_open(&file->main, AT_FDCWD, config->path, err);
	if (r < 0)
		return r;
	if (!elf_image_find_build_id(elf_file_get_image(file->main), id, &length))
		length = 0;
	for (uint8_t i = 0; i < length; i++)
		snprintf(file->build_id + 2 * i, 3, "%02x", id[i]);
	/* A wrong name is worse than none: the file must be the one that ran. */
	if (config->build_id_length != 0 &&
	    (length != config->build_id_length || memcmp(id, config->build_id, length) != 0))
		return err_set(err, -ESTALE, "%s is not the file that ran: its build id differs",
			       config->path);
	return 0;
}

static void open_separate(struct symbol_file *file, const struct symbol_file_config *config)
{
	bool is_enough = has_symtab(file->main) && (!file->has_lines || has_dwarf(file->main));

	if (is_enough)
		return;
	if (elf_debug_open(&file->separate, file->main, config->path, config->debug_dir, NULL) <
		    0 &&
	    config->deadline_ns != 0)
		elf_debug_fetch(&file->separate, file->main, config->deadline_ns, NULL, NULL,
				&file->fetch_trouble);
	if (!has_symtab(file->main) && (file->separate == NULL || !has_symtab(file->separate)) &&
	    elf_debug_open_mini(&file->mini, file->main, NULL) < 0)
		file->mini = NULL;
}

/* Which file, and whether it is still the same. */
static uint64_t hash_file(uint64_t hash, const struct elf_file *file)
{
	struct stat status = {0};
	const char *name;

	if (file == NULL)
		return hashmap_hash_u64(hash);
	name = elf_file_get_name(file);
	if (stat(name, &status) == 0)
		hash ^= (uint64_t)status.st_mtim.tv_sec * 1000000007u +
			(uint64_t)status.st_mtim.tv_nsec;
	hash = hashmap_hash_u64(hash ^ elf_file_get_image(file)->length);
	return hashmap_hash_u64(hash ^ hashmap_hash_bytes(name, strlen(name)));
}

static uint64_t make_fingerprint(const struct symbol_file *file)
{
	uint64_t hash = hashmap_hash_u64(ANSWERS_VERSION * 2 + file->has_lines);

	/* strip leaves the build id as it is, and anybody may make a file with another's */
	hash = hash_file(hash, file->main);
	hash = hash_file(hash, file->separate);
	if (file->debug_info != NULL) {
		hash = hash_file(hash, debug_info_get_alternate(file->debug_info));
		hash = hash_file(hash, debug_info_get_package(file->debug_info));
	}
	return hash;
}

int symbol_file_open(struct symbol_file **ret_file, const struct symbol_file_config *config,
		     struct err *err)
{
	scoped(symbol_file_cleanup) struct symbol_file *file = alloc_new(struct symbol_file);
	struct elf_file *with_dwarf = NULL;
	int r;

	file->path = alloc_strdup(config->path);
	file->has_lines = config->has_lines;
	r = open_main(file, config, err);
	if (r < 0)
		return r;
	open_separate(file, config);
	file->has_symbols = has_symtab(file->main) ||
			    (file->separate != NULL && has_symtab(file->separate)) ||
			    file->mini != NULL;
	if (has_dwarf(file->main))
		with_dwarf = file->main;
	else if (file->separate != NULL && has_dwarf(file->separate))
		with_dwarf = file->separate;
	if (file->has_lines && with_dwarf != NULL)
		file->debug_info = debug_info_new(with_dwarf, config->path, config->debug_dir);
	file->fingerprint = make_fingerprint(file);
	*ret_file = file;
	file = NULL;
	return 0;
}

void symbol_file_close(struct symbol_file *file)
{
	if (file == NULL)
		return;
	debug_info_free(file->debug_info);
	elf_symbols_free(file->symbols);
	elf_file_close(file->mini);
	elf_file_close(file->separate);
	elf_file_close(file->main);
	free(file->path);
	free(file);
}

const char *symbol_file_get_build_id(const struct symbol_file *file)
{
	return file->build_id;
}

uint64_t symbol_file_get_fingerprint(const struct symbol_file *file)
{
	return file->fingerprint;
}

/* The image whose .symtab is read beside the program's own symbols; NULL = its own are all. */
static const struct elf_image *load_other_symbols(struct symbol_file *file)
{
	struct elf_file *other = has_symtab(file->main) ? NULL
				 : file->separate != NULL && has_symtab(file->separate)
					 ? file->separate
					 : file->mini;

	if (other == NULL || elf_file_load_symbols(other, &file->trouble) < 0)
		return NULL;
	return elf_file_get_image(other);
}

static void load(struct symbol_file *file)
{
	const struct elf_image *image = elf_file_get_image(file->main), *other;

	if (file->is_loaded)
		return;
	file->is_loaded = true;
	if (elf_file_load_symbols(file->main, &file->trouble) < 0) {
		/* what was not loaded reads as zeros: no symbols */
		file->has_symbols = false;
		return;
	}
	other = load_other_symbols(file);
	file->symbols = elf_symbols_new(image, other);
	file->has_go = go_binary_read(&file->go, file->main, NULL) == 0;
	if (elf_image_is_sanitized(image))
		file->flags |= MODULE_SANITIZED;
}

/* What one address needs for its answer. */
struct place_builder {
	struct symbol_file *file;
	struct symbol_answers *answers;
	struct symbol_names names;
	VEC(struct symbol_frame) frames;
	struct go_place go;
};

static const struct elf_function *find_function(const struct symbol_file *file, uint64_t svma,
						struct elf_function *function)
{
	return file->symbols != NULL && elf_symbols_find(file->symbols, svma, function) ? function
											: NULL;
}

static void add_dwarf_frames(struct place_builder *builder, const struct dwarf_place *found,
			     const struct elf_function *function)
{
	for (uint32_t i = 0; i < found->frame_count; i++) {
		const struct dwarf_frame *from = &found->frames[i];
		struct symbol_frame frame = {.line = from->line};

		frame.file = symbol_answers_intern(builder->answers, from->file);
		frame.function =
			i + 1 == found->frame_count
				? symbol_names_choose(&builder->names, builder->file->symbols,
						      function, from->function)
				: symbol_names_get(&builder->names, from->function);
		vec_push(&builder->frames, frame);
	}
}

static void add_go_frames(struct place_builder *builder)
{
	for (uint32_t i = 0; i < builder->go.frame_count; i++) {
		const struct go_frame *from = &builder->go.frames[i];
		bool has_lines = builder->file->has_lines;

		if (!has_lines && i + 1 < builder->go.frame_count)
			continue;
		vec_push(&builder->frames,
			 (struct symbol_frame){
				 symbol_answers_intern(builder->answers, from->function),
				 symbol_answers_intern(builder->answers,
						       has_lines ? from->file : ""),
				 has_lines ? from->line : 0});
	}
}

static void add_answer(struct place_builder *builder, uint64_t svma,
		       const struct dwarf_place *found)
{
	const struct symbol_file *file = builder->file;
	struct symbol_place place = {0};
	struct elf_function known;
	const struct elf_function *function = find_function(file, svma, &known);

	vec_clear(&builder->frames);
	if (found->frame_count > 0) {
		add_dwarf_frames(builder, found, function);
		place.function_svma = found->function_svma;
		place.function_size = found->function_size;
	} else if (file->has_go && go_pclntab_find(&file->go, svma, &builder->go)) {
		add_go_frames(builder);
		place.function_svma = builder->go.function_svma;
		place.function_size = builder->go.function_size;
	} else if (function != NULL) {
		vec_push(&builder->frames,
			 (struct symbol_frame){symbol_names_get_elf(&builder->names, function),
					       symbol_answers_intern(builder->answers, ""), 0});
	}
	if (function != NULL) {
		place.function_svma = function->svma;
		place.function_size = function->size;
	}
	place.frames = builder->frames.items;
	place.frame_count = (uint32_t)builder->frames.count;
	symbol_answers_add(builder->answers, svma, 0, &place);
}

/* -O0 in one unit of ten does not make a program slow; in half of what is hot it does. */
static void note_build(struct symbol_file *file, struct dwarf *dwarf)
{
	dwarf_get_build(dwarf, &file->build);
	if (file->build.unit_count_unoptimized > 0 &&
	    file->build.unit_count_unoptimized >=
		    file->build.unit_count - file->build.unit_count_unoptimized)
		file->flags |= MODULE_UNOPTIMIZED;
	if (file->build.unit_count_sanitized > 0)
		file->flags |= MODULE_SANITIZED;
}

void symbol_file_find(struct symbol_file *file, const uint64_t *svmas, size_t count,
		      struct symbol_answers *answers, uint32_t thread_count)
{
	scoped_free struct dwarf_place *found = alloc_array(count, sizeof(*found));
	struct place_builder builder = {.file = file, .answers = answers};
	struct dwarf *dwarf = NULL;
	struct arena arena;

	arena_init(&arena);
	symbol_names_init(&builder.names, answers);
	load(file);
	if (file->debug_info != NULL)
		dwarf = debug_info_get_dwarf(file->debug_info, &file->trouble);
	if (dwarf != NULL) {
		dwarf_find(dwarf, svmas, count, found, &arena, thread_count);
		note_build(file, dwarf);
	}
	for (size_t i = 0; i < count; i++)
		add_answer(&builder, svmas[i], &found[i]);
	vec_release(&builder.frames);
	symbol_names_release(&builder.names);
	arena_release(&arena);
}

/* With kept answers only their flags tell: whether it is a Go program was not looked at. */
static bool is_stripped(const struct symbol_file *file)
{
	return file->is_loaded ? !file->has_symbols && !file->has_go
			       : (file->flags & MODULE_WITHOUT_SYMBOLS) != 0;
}

static bool lacks_lines(const struct symbol_file *file)
{
	return file->is_loaded ? file->has_lines && file->debug_info == NULL && !file->has_go
			       : (file->flags & MODULE_WITHOUT_LINES) != 0;
}

uint8_t symbol_file_get_flags(const struct symbol_file *file)
{
	uint8_t flags = file->flags & (MODULE_UNOPTIMIZED | MODULE_SANITIZED);

	flags |= is_stripped(file) ? MODULE_WITHOUT_SYMBOLS : 0;
	flags |= lacks_lines(file) ? MODULE_WITHOUT_LINES : 0;
	return flags;
}

bool symbol_file_is_complete(const struct symbol_file *file)
{
	return file->trouble.code == 0 && file->build.missing_dwo_count == 0;
}

void symbol_file_add_flags(struct symbol_file *file, uint8_t kept)
{
	file->flags |= kept;
}

void symbol_file_get_lines(struct symbol_file *file, uint64_t svma, uint64_t size,
			   struct symbol_answers *answers, const struct symbol_line **ret_lines,
			   size_t *ret_count)
{
	const struct dwarf_line *found = NULL;
	struct symbol_line *lines;
	struct dwarf *dwarf = NULL;
	struct arena arena;
	size_t count = 0;

	*ret_lines = NULL;
	*ret_count = 0;
	if (file->debug_info != NULL)
		dwarf = debug_info_get_dwarf(file->debug_info, NULL);
	if (dwarf == NULL)
		return;
	arena_init(&arena);
	dwarf_get_lines(dwarf, svma, size, &arena, &found, &count);
	lines = arena_alloc(&answers->arena, count, sizeof(*lines));
	for (size_t i = 0; i < count; i++)
		lines[i] = (struct symbol_line){found[i].svma,
						symbol_answers_intern(answers, found[i].file),
						found[i].line};
	arena_release(&arena);
	*ret_lines = lines;
	*ret_count = count;
}

bool symbol_file_read_code(struct symbol_file *file, uint64_t svma, uint64_t size,
			   uint8_t *ret_bytes)
{
	const struct elf_image *image = elf_file_get_image(file->main);
	struct elf_segment segment;
	const uint8_t *bytes;
	uint64_t at;

	if (!elf_image_find_segment_at(image, svma, &segment))
		return false;
	at = svma - segment.svma;
	if (at >= segment.file_bytes || size > segment.file_bytes - at ||
	    elf_file_load(file->main, segment.file_offset + at, size, NULL) < 0)
		return false;
	bytes = elf_image_find_bytes(image, segment.file_offset + at, size);
	if (bytes == NULL)
		return false;
	memcpy(ret_bytes, bytes, size);
	return true;
}

bool symbol_file_needs_package(const struct symbol_file *file)
{
	return (is_stripped(file) || lacks_lines(file)) && file->path[0] == '/';
}

static bool has_exports(const struct symbol_file *file)
{
	struct elf_section section;

	return elf_image_find_section_type(elf_file_get_image(file->main), SHT_DYNSYM, &section) &&
	       section.size > 0;
}

void symbol_file_add_trouble(const struct symbol_file *file, const char *package,
			     struct strbuf *text)
{
	struct symbol_facts facts = {
		.path = file->path,
		.package = package,
		.damage = file->trouble.code != 0 ? err_text(&file->trouble) : NULL,
		.fetch_failure =
			file->fetch_trouble.code != 0 ? err_text(&file->fetch_trouble) : NULL,
		.is_stripped = is_stripped(file),
		.has_exports = has_exports(file),
		.lacks_lines = lacks_lines(file),
		.has_build_id = file->build_id[0] != '\0',
		.missing_dwo_count = file->build.missing_dwo_count,
		.damaged_count = file->build.damaged_count,
	};

	symbol_trouble_add(&facts, text);
}
