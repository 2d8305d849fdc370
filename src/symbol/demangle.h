/*
 * Names as people wrote them, from those that C++ (Itanium ABI) and Rust (legacy and v0) compilers
 * write; demangling itself is libiberty's, as in perf, gdb and binutils.
 *
 * In perf's style: without the parameter list ("std::vector<int, std::allocator<int> >::push_back")
 * and without Rust's hash.
 */
#ifndef SYMBOL_DEMANGLE_H
#define SYMBOL_DEMANGLE_H

#include <stddef.h>

enum {
	DEMANGLE_MAX_INPUT = 4096, /* longer names stay as they are */
	/* names that would become longer too: a short name can stand for gigabytes */
	DEMANGLE_MAX_OUTPUT = 8192,
};

/*
 * The demangled name, or a copy of `name` when it is not mangled. The caller frees it. Any thread.
 */
char *demangle_name(const char *name) __attribute__((malloc, returns_nonnull, nonnull));

#endif
