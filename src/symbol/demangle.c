#include "symbol/demangle.h"

#include <setjmp.h>
#include <stdbool.h>
#include <stdlib.h>
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

	if (length == 0) /* of Rust's, without a piece */
		return;
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

/* Where the last parenthesis of [text, +length) was opened; `length` when it was not. */
static size_t find_opening(const char *text, size_t length)
{
	size_t depth = 0;

	for (size_t at = length; at > 0; at--) {
		if (text[at - 1] == ')')
			depth++;
		else if (text[at - 1] == '(' && --depth == 0)
			return at - 1;
	}
	return length;
}

/* "app.cart.sum(int) const" → "app.cart.sum"; template arguments ("map!(f)") stay. */
static size_t cut_d_parameters(const char *text)
{
	static const char *const qualifiers[] = {" const", " immutable", " inout", " shared"};
	size_t length = strlen(text), opening;

	for (size_t i = 0; i < sizeof(qualifiers) / sizeof(*qualifiers); i++) {
		size_t size = strlen(qualifiers[i]);

		if (length > size && memcmp(text + length - size, qualifiers[i], size) == 0) {
			length -= size;
			i = SIZE_MAX; /* from the start: there may be several */
		}
	}
	if (length == 0 || text[length - 1] != ')')
		return strlen(text);
	opening = find_opening(text, length);
	return opening == 0 || opening == length || text[opening - 1] == '!' ? strlen(text)
									     : opening;
}

/*
 * Each back reference ("Q") may double what the name stands for, and nothing stops libiberty: hence
 * few of them.
 */
static char *demangle_d(const char *name)
{
	size_t length = strlen(name), references = 0;
	char *text, *cut;

	for (size_t i = 0; i < length; i++)
		references += name[i] == 'Q';
	if (length > DEMANGLE_MAX_D_INPUT || references > DEMANGLE_MAX_D_REFERENCES)
		return NULL;
	text = dlang_demangle(name, OPTIONS);
	if (text == NULL)
		return NULL;
	cut = strlen(text) <= DEMANGLE_MAX_OUTPUT && text[0] != '\0'
		      ? alloc_strndup(text, cut_d_parameters(text))
		      : NULL;
	free(text);
	return cut;
}

char *demangle_name(const char *name)
{
	struct output output;
	char *text;

	if (name[0] != '_' || strnlen(name, DEMANGLE_MAX_INPUT + 1) > DEMANGLE_MAX_INPUT)
		return alloc_strdup(name);
	/* Rust first: its legacy names are valid C++ ones, but then keep their hash. */
	if (demangle(rust_demangle_callback, name, &output) ||
	    demangle(cplus_demangle_v3_callback, name, &output))
		return alloc_strndup(output.text, output.length);
	text = name[1] == 'D' ? demangle_d(name) : NULL;
	return text != NULL ? text : alloc_strdup(name);
}
