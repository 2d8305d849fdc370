#include "symbol/demangle.h"

#include <setjmp.h>
#include <stdbool.h>
#include <string.h>

#include <libiberty/demangle.h>

#include "util/alloc.h"

/*
 * Without DMGL_PARAMS there are no parameters; without DMGL_VERBOSE no Rust hashes; without
 * DMGL_NO_RECURSE_LIMIT hostile names cannot exhaust the stack.
 */
enum { OPTIONS = DMGL_ANSI };

typedef int (*demangle_fn)(const char *mangled, int options, demangle_callbackref append,
			   void *opaque);

struct output {
	char text[DEMANGLE_MAX_OUTPUT];
	size_t length;
	bool is_full;
	jmp_buf give_up;
};

/*
 * Back references let a name of 100 bytes stand for more text than fits in memory, and libiberty
 * has no way to stop it: hence the jump out of it. It holds no memory while it calls here, except
 * for the decoded characters of one punycode identifier, which come one by one: pieces of two ASCII
 * characters are never from there.
 */
static void append_piece(const char *piece, size_t length, void *opaque)
{
	struct output *output = opaque;

	if (output->is_full || length > sizeof(output->text) - output->length) {
		output->is_full = true;
		if (length >= 2 && (unsigned char)piece[0] < 0x80)
			longjmp(output->give_up, 1);
		return;
	}
	memcpy(output->text + output->length, piece, length);
	output->length += length;
}

static bool demangle(demangle_fn function, const char *name, struct output *output)
{
	output->length = 0;
	output->is_full = false;
	if (setjmp(output->give_up) != 0)
		return false;
	return function(name, OPTIONS, append_piece, output) != 0 && !output->is_full &&
	       output->length > 0;
}

char *demangle_name(const char *name)
{
	struct output output;

	/* Rust first: its legacy names are valid C++ ones, but then keep their hash. */
	if (strnlen(name, DEMANGLE_MAX_INPUT + 1) <= DEMANGLE_MAX_INPUT &&
	    (demangle(rust_demangle_callback, name, &output) ||
	     demangle(cplus_demangle_v3_callback, name, &output)))
		return alloc_strndup(output.text, output.length);
	return alloc_strdup(name);
}
