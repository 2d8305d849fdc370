/*
 * JIT code as its runtime dumped it into jit-PID.dump: names, machine code, source lines, and when
 * code was loaded and moved, because memory is used again. Written by Java (perf's agent), V8
 * (--perf-prof), CPython (-X perf_jit), .NET, Wasmtime. Format: Linux,
 * tools/perf/Documentation/jitdump-specification.txt, version 1, little endian.
 *
 * Pure; the bytes are not trusted.
 */
#ifndef SYMBOL_JITDUMP_H
#define SYMBOL_JITDUMP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "util/err.h"
#include "util/scoped.h"

struct jitdump;

/* From `offset` bytes behind the function's start to the next row. */
struct jitdump_line {
	uint64_t offset;
	const char *file; /* borrows from the bytes */
	uint32_t line;
};

struct jitdump_function {
	const char *name; /* borrows from the bytes */
	uint64_t start, size;
	uint64_t time_ns;		  /* CLOCK_MONOTONIC: since when it is there */
	const uint8_t *code;		  /* `size` bytes, or NULL */
	const struct jitdump_line *lines; /* ascending; borrows from the dump */
	uint32_t line_count;
};

/*
 * -EBADMSG when it does not start as a jitdump. The runtime may be writing while it is read: the
 * records end at the first that is not whole, as if it were the end of the file. `bytes` must
 * outlive the dump.
 */
int jitdump_parse(struct jitdump **ret_dump, const void *bytes, size_t length, struct err *err);
void jitdump_free(struct jitdump *dump); /* NULL accepted */
SCOPED_POINTER(jitdump, jitdump_free)

uint32_t jitdump_get_pid(const struct jitdump *dump); /* as the runtime sees itself */

/*
 * What was at the address at that time: the last function loaded there until then; if all came
 * later (a runtime tells a little after it runs), the first. time_ns 0 = at the end. Times by the
 * CPU's own counter (a flag of the file) cannot be compared: then always at the end.
 */
bool jitdump_find(const struct jitdump *dump, uint64_t lookup_addr, uint64_t time_ns,
		  struct jitdump_function *ret_function);

/* The row of its lines that holds the address; NULL = unknown. */
const struct jitdump_line *jitdump_find_line(const struct jitdump_function *function,
					     uint64_t lookup_addr);

#endif
