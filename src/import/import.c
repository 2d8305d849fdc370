#include "import/import.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "import/folded_read.h"
#include "import/hey_read.h"
#include "import/import_input.h"
#include "import/locust_read.h"
#include "import/perf_import.h"
#include "import/perf_script_read.h"
#include "import/wrk_read.h"
#include "util/alloc.h"

enum { WARNINGS_MAX = 64 };

#define UNDERSTOOD                                                                                 \
	"perf.data (a file, a folder, or what `perf record -o -` prints), the text of `perf "      \
	"script`, folded stacks (`a;b;c 12`), Locust's X_stats.csv, the output of wrk, wrk2 and "  \
	"hey, and stores of sonde (.sonde)"

const char *import_format_name(enum import_format format)
{
	switch (format) {
	case IMPORT_PERF_DATA:
		return "perf.data";
	case IMPORT_PERF_SCRIPT:
		return "perf script's text";
	case IMPORT_FOLDED:
		return "folded stacks";
	case IMPORT_LOCUST:
		return "Locust's CSV";
	case IMPORT_WRK:
		return "wrk's output";
	case IMPORT_HEY:
		return "hey's output";
	}
	return "";
}

void import_warn(struct import *import, const char *format, ...)
{
	char text[1024];
	va_list arguments;

	if (import->warnings.count >= WARNINGS_MAX)
		return;
	va_start(arguments, format);
	vsnprintf(text, sizeof(text), format, arguments);
	va_end(arguments);
	vec_push(&import->warnings, arena_strdup(&import->arena, text));
}

void import_release(struct import *import)
{
	profile_data_release(&import->data);
	foreign_load_release(&import->load);
	vec_release(&import->warnings);
	arena_release(&import->arena);
	*import = (struct import){0};
}

/* Things that people do hand over, and what to do with them. */
static int refuse(const unsigned char *bytes, size_t length, struct err *err)
{
	static const struct {
		const char *magic;
		size_t length;
		const char *what;
	} others[] = {
		{"SQLite format 3", 16,
		 "is a database; a store of sonde is found by its folder (--store) or its suffix, "
		 ".sonde"},
		{"\x1f\x8b", 2, "is compressed: `gzip -dc FILE | sonde … -`"},
		{"\x28\xb5\x2f\xfd", 4, "is compressed: `zstd -dc FILE | sonde … -`"},
		{"\xfd"
		 "7zXZ",
		 5, "is compressed: `xz -dc FILE | sonde … -`"},
		{"\x7f"
		 "ELF",
		 4, "is a program, not a profile; `sonde record` makes one of it"},
	};

	if (length == 0)
		return err_set(err, -ENODATA, "is empty");
	for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++)
		if (length >= others[i].length &&
		    memcmp(bytes, others[i].magic, others[i].length) == 0)
			return err_set(err, -EBADMSG, "%s", others[i].what);
	return err_set(err, -EBADMSG, "is none of what sonde can import: " UNDERSTOOD);
}

static bool is_perf_data(const unsigned char *bytes, size_t length)
{
	static const char *const magics[] = {"PERFILE2", "2ELIFREP", "PERFFILE"};

	for (size_t i = 0; i < sizeof(magics) / sizeof(magics[0]); i++)
		if (length >= 8 && memcmp(bytes, magics[i], 8) == 0)
			return true;
	return false;
}

/* Whether the text is a load's result: before folded stacks, of which "Requests/sec: 12" is one. */
static bool recognize_load(const char *text, size_t length, enum import_format *ret_format)
{
	if (locust_read_recognizes(text, length))
		*ret_format = IMPORT_LOCUST;
	else if (wrk_read_recognizes(text, length))
		*ret_format = IMPORT_WRK;
	else if (hey_read_recognizes(text, length))
		*ret_format = IMPORT_HEY;
	else
		return false;
	return true;
}

static int read_load(struct import *import, struct import_input *input, const char *path,
		     struct err *err)
{
	if (import->format == IMPORT_LOCUST)
		return locust_read(import, input, path, err);
	return import->format == IMPORT_WRK ? wrk_read(import, input, err)
					    : hey_read(import, input, err);
}

/* `path` NULL = standard input */
static int read_input(struct import *import, struct import_input *input, const char *path,
		      const char *folder, const struct import_options *options, struct err *err)
{
	size_t length;
	const unsigned char *bytes = import_input_peek(input, IMPORT_LINE_MAX, &length);
	const char *text = (const char *)bytes;

	if (is_perf_data(bytes, length)) {
		import->format = IMPORT_PERF_DATA;
		return perf_import_read(import, input, folder, options, err);
	}
	if (length > 0 && memchr(bytes, '\0', length) == NULL) {
		if (recognize_load(text, length, &import->format))
			return read_load(import, input, path, err);
		if (perf_script_read_recognizes(text, length)) {
			import->format = IMPORT_PERF_SCRIPT;
			return perf_script_read(import, input, err);
		}
		if (folded_read_recognizes(text, length)) {
			import->format = IMPORT_FOLDED;
			return folded_read(import, input, err);
		}
	}
	if (input->error < 0)
		return err_set(err, input->error, "cannot be read: %s", strerror(-input->error));
	return refuse(bytes, length, err);
}

static bool is_folder(const char *path)
{
	struct stat status;

	return stat(path, &status) == 0 && S_ISDIR(status.st_mode);
}

int import_read(struct import *import, const char *path, const struct import_options *options,
		struct err *err)
{
	bool is_stdin = strcmp(path, "-") == 0;
	const char *folder = !is_stdin && is_folder(path) ? path : NULL,
		   *slash = strrchr(path, '/');
	scoped_free char *inner = folder != NULL ? alloc_printf("%s/data", folder) : NULL;
	struct import_input input;
	int r;

	*import = (struct import){0};
	arena_init(&import->arena);
	profile_data_init(&import->data);
	import->name = arena_strdup(&import->arena, is_stdin	       ? "standard input"
						    : slash == NULL    ? path
						    : slash[1] != '\0' ? slash + 1
								       : path);
	r = import_input_open(&input, inner != NULL ? inner : path, err);
	if (r < 0) {
		import_input_release(&input);
		return r;
	}
	r = read_input(import, &input, is_stdin ? NULL : path, folder, options, err);
	if (r < 0)
		r = err_prefix(err, r, "%s ", is_stdin ? "standard input" : path);
	import_input_release(&input);
	return r;
}
