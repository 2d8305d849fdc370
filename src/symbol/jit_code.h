/*
 * The files in which a runtime names the code that it generated, of one process: its jitdump (found
 * because the runtime maps it) and its perf map, in the process's own mount and pid namespaces
 * first, then in ours.
 *
 * /tmp is everybody's: only files of the process's user, of ours and of root are believed, and only
 * regular ones (a fifo must not block us).
 */
#ifndef SYMBOL_JIT_CODE_H
#define SYMBOL_JIT_CODE_H

#include <stdbool.h>
#include <sys/types.h>

#include "symbol/jitdump.h"
#include "symbol/perf_map.h"
#include "util/err.h"
#include "util/strbuf.h"

/* A process, seen while it lived; embedded. */
struct jit_process {
	pid_t pid;	     /* 0 = none */
	pid_t namespace_pid; /* as it sees itself */
	bool has_our_root;
	uid_t uid;   /* whose files are believed, beside ours and root's */
	int root_fd; /* its root directory, where that is not ours; -1 = none */
};

/* Looks at /proc/PID; a process that is gone is no error. Owns root_fd. */
void jit_process_init(struct jit_process *process, pid_t pid, pid_t namespace_pid);
void jit_process_release(struct jit_process *process);

/* Whether a mapped file's name is that of a jitdump, and whose by its number: "jit-4711.dump". */
bool jit_code_is_dump(const char *path, pid_t *ret_pid);

struct jit_code {
	struct jitdump *dump;		    /* NULL = none */
	struct perf_map *map;		    /* NULL = none */
	struct strbuf dump_bytes, map_text; /* what they borrow from */
};

void jit_code_init(struct jit_code *code);
void jit_code_release(struct jit_code *code);

/*
 * `dump_path` NULL = it mapped none; `dump_fd` is that file, open, or -1. -ENOENT, -EPERM, … when
 * neither file can be used: the sentence says what would make the runtime write one.
 */
int jit_code_read(struct jit_code *code, const struct jit_process *process, const char *dump_path,
		  int dump_fd, struct err *err);

#endif
