/*
 * Stack copies that perf wrote, of programs that stand beside them (tests/data/import): the whole
 * way from a perf.data to stacks with names. What stacks are right is read off the programs' call
 * frame information and the words in the copies; tests/data/import/README.md has the rows. perf 6.1
 * stops early in all of them.
 */
#include "import/import.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tap.h"
#include "util/alloc.h"
#include "util/scoped.h"
#include "util/strbuf.h"

static char *folder;

/* One stack, leaf first: "function@module+svma"; " …" if it is not whole. A leaf moves. */
static void format_stack(struct strbuf *text, const struct profile_data *data, uint32_t stack)
{
	uint32_t frames[STACK_DEPTH_MAX];
	uint32_t count = stack_table_get_frames(&data->stacks, stack, frames, STACK_DEPTH_MAX);

	for (uint32_t i = 0; i < count; i++) {
		const struct frame *frame = &data->frames.items[frames[i]];
		const char *module = profile_data_get_module_name(data, frame->module);

		strbuf_addf(text, "%s%s@%s", i > 0 ? " < " : "",
			    string_table_get(&data->strings, frame->function), module);
		if (i > 0 && module[0] != '[')
			strbuf_addf(text, "+%" PRIx64, frame->svma);
	}
	if (stack_table_get_root(&data->stacks, stack) != STACK_COMPLETE)
		strbuf_add_text(text, " …");
}

static int read_file(struct import *import, const char *name, const char *root)
{
	scoped_free char *path = alloc_printf("%s/%s.data", folder, name);
	struct err err = {0};
	int r = import_read(import, path, &(struct import_options){.root = root}, &err);

	if (r < 0)
		printf("# %s\n", err_text(&err));
	return r;
}

/* So many samples of a file have this stack. */
static void check_stacks(const char *name, const char *root, size_t count, const char *expected,
			 const char *what)
{
	scoped(import_cleanup) struct import import = {0};
	const struct profile_data *data = &import.data;
	size_t same = 0;

	if (!ok(read_file(&import, name, root) == 0, "it is read"))
		return;
	for (size_t i = 0; i < data->samples.count; i++) {
		struct strbuf text;

		strbuf_init(&text, 4096);
		format_stack(&text, data, data->samples.items[i].stack);
		if (strcmp(strbuf_text(&text), expected) == 0)
			same++;
		else
			printf("#  got %s\n# want %s\n", strbuf_text(&text), expected);
		strbuf_release(&text);
	}
	is_int(same, count, what);
}

/* What perf keeps of programs that may be gone: ~/.debug/.build-id/xx/y…/elf. */
static void check_perf_copy(const char *expected)
{
	/* by chain's build id */
	static const char *const names[] = {
		".debug",
		".debug/.build-id",
		".debug/.build-id/51",
		".debug/.build-id/51/13e3affd99e21c4d83fc333b6171440235090c",
	};
	scoped_free char *program = alloc_printf("%s/programs/chain", folder);
	char home[] = "/tmp/test_perf_import.XXXXXX";
	scoped_free char *copy = NULL;
	size_t count = sizeof(names) / sizeof(names[0]);

	if (!ok(mkdtemp(home) != NULL, "a folder"))
		return;
	for (size_t i = 0; i < count; i++) {
		scoped_free char *path = alloc_printf("%s/%s", home, names[i]);

		mkdir(path, 0700);
	}
	copy = alloc_printf("%s/%s/elf", home, names[count - 1]);
	ok(symlink(program, copy) == 0, "a copy");
	setenv("HOME", home, 1);
	check_stacks("exec", "/nonexistent", 7, expected, "perf's own copy serves as well");
	unlink(copy);
	for (size_t i = count; i > 0; i--) {
		scoped_free char *path = alloc_printf("%s/%s", home, names[i - 1]);

		rmdir(path);
	}
	rmdir(home);
}

int main(void)
{
	static const char chain[] = "work@chain < middle@chain+261 < run@chain+291 < "
				    "_start@chain+232";
	const char *data = getenv("SONDE_TEST_DATA");

	if (data == NULL) {
		printf("1..0 # SKIP SONDE_TEST_DATA is not set\n");
		return 0;
	}
	folder = alloc_printf("%s/import", data);
	setenv("HOME", "/nonexistent", 1);
	check_stacks("exec", folder, 7, chain, "an exec begins anew");
	check_stacks("last_word", folder, 4, "work@chain_wide < middle@chain_wide+26f …",
		     "the last word of a copy counts");
	check_stacks("no_header", folder, 4,
		     "work@chain_no_header < middle@chain_no_header+229 < "
		     "run@chain_no_header+259 < _start@chain_no_header+1fa",
		     ".eh_frame without an index does");
	check_stacks("copied", folder, 8,
		     "work@chain_copied < @[anon] < work_through_copy@chain_copied+2b5 < "
		     "middle@chain_copied+2d2 < run@chain_copied+302 < _start@chain_copied+232",
		     "through code without a file");
	check_stacks("signal", folder, 1,
		     "work@chain_signal < handle@chain_signal+2ff < restore@chain_signal+22a < "
		     "work_in_handler@chain_signal+2bb < middle@chain_signal+31b < "
		     "run@chain_signal+34b < _start@chain_signal+23c",
		     "a signal's trampoline was not called");
	/* middle() is missing: nothing says where work() has its return address */
	check_stacks("bare", folder, 4,
		     "work@chain_bare < run@chain_bare+271 < _start@chain_bare+23d",
		     "behind a frame pointer the rules hold again");
	check_stacks("returns", folder, 12,
		     "step@chain_returns < work@chain_returns+24c < middle@chain_returns+270 < "
		     "run@chain_returns+29d < _start@chain_returns+238",
		     "what was popped is in its register");
	check_stacks("no_copy", folder, 7, "work@chain …", "the leaf, where nothing was copied");
	check_stacks("unmapped", folder, 4, "@[unknown] …", "a leaf where nothing is mapped");
	check_stacks("exec", "/nonexistent", 7, "@chain …", "a program that is gone");
	check_perf_copy(chain);
	free(folder);
	return tap_done();
}
