/*
 * Names as people wrote them, from those that C++ (Itanium ABI), Rust (legacy and v0) and D
 * compilers write; demangling itself is libiberty's, as in perf, gdb and binutils.
 *
 * In perf's style: without the parameter list ("std::vector<int, std::allocator<int>
 * >::push_back"), without Rust's hash, and of a part that the compiler split off ("_Z4workv.cold")
 * the function's own name; template arguments stay whole, because two instances are two functions.
 * Swift's names ("$s4main…") stay as they are: only Swift's own library can read them.
 */
#ifndef SYMBOL_DEMANGLE_H
#define SYMBOL_DEMANGLE_H

#include <stddef.h>

enum {
	DEMANGLE_MAX_INPUT = 4096, /* longer names stay as they are */
	/* names that would become longer too: a short name can stand for gigabytes */
	DEMANGLE_MAX_OUTPUT = 8192,
	/* D names stay as they are beyond these: libiberty allocates what they stand for */
	DEMANGLE_MAX_D_INPUT = 2048,
	DEMANGLE_MAX_D_REFERENCES = 24,
};

/*
 * The demangled name, or a copy of `name` when it is not mangled. The caller frees it. Any thread.
 */
char *demangle_name(const char *name) __attribute__((malloc, returns_nonnull, nonnull));

#endif
