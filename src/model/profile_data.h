/*
 * One profile, as tables: what the sampler fills, the store keeps and the views read. Modules,
 * frames and threads are arrays; a stack is a chain of frames (stack_table.h); a sample is when,
 * who and which stack.
 *
 * A frame is one address of one module. Its function is filled in after the run (symbol/); two
 * frames with the same function and module are the same function to the views. Frames without a
 * name keep module + svma.
 */
#ifndef MODEL_PROFILE_DATA_H
#define MODEL_PROFILE_DATA_H

#include <stdbool.h>
#include <stdint.h>

#include "model/stack_table.h"
#include "model/string_table.h"
#include "util/vec.h"

enum module_kind {
	MODULE_FILE = 0,   /* an ELF file: executable or shared object */
	MODULE_KERNEL = 1, /* the kernel and its modules: svma is the live kernel address */
	MODULE_VDSO = 2,
	/* executable memory without a file (JIT code): svma is the live address */
	MODULE_ANON = 3,
	MODULE_UNKNOWN = 4, /* no mapping was known at the address */
};

enum { BUILD_ID_BYTES = 20 };

struct module {
	uint32_t path; /* string id: as mapped, "[kernel]", "[vdso]", "[anon]", "[unknown]" */
	enum module_kind kind;
	uint8_t build_id[BUILD_ID_BYTES];
	uint8_t build_id_length; /* 0 = unknown */
};

struct frame {
	uint32_t module;
	uint32_t function; /* string id, demangled; STRING_EMPTY = no symbol */
	uint32_t file;	   /* string id; STRING_EMPTY = unknown */
	uint32_t line;	   /* 0 = unknown */
	/*
	 * address as stated in the module's file (see module_kind); of a caller, return address - 1
	 */
	uint64_t svma;
};

struct profile_thread {
	uint32_t pid, tid;
	uint32_t comm; /* string id: the last name seen */
	uint32_t role; /* string id: the service's name, "workers", …; STRING_EMPTY = no role */
};

struct sample {
	uint64_t time_ns; /* CLOCK_MONOTONIC */
	uint32_t thread;  /* index into threads */
	uint32_t stack;	  /* id in stacks */
};

/*
 * How whole the profile is; shown before any of its figures. All counts are of the measured window.
 */
struct profile_quality {
	uint64_t sample_count; /* = complete + joined + truncated */
	uint64_t complete_count, joined_count, truncated_count;
	uint64_t lost_count;	  /* samples that the kernel dropped (PERF_RECORD_LOST) */
	uint64_t throttled_count; /* times that the kernel slowed the sampler down */
	/* CPU time in the kernel whose stacks rights hide: task-clock minus user samples */
	uint64_t kernel_hidden_ns;
	uint64_t bytes_from_kernel;
	bool is_kernel_hidden;
	/*
	 * CPU time of the profiled threads in the window, from a counter and not from samples: what
	 * the samples should stand for. Threads that live for less than one sampling period are
	 * never sampled, and show as a gap between the two. 0 = unknown.
	 */
	uint64_t cpu_ns;
};

struct profile_data {
	struct string_table strings;
	VEC(struct module) modules;
	VEC(struct frame) frames;
	VEC(struct profile_thread) threads;
	VEC(struct sample) samples; /* ordered by time */
	struct stack_table stacks;
	struct profile_quality quality;
	double frequency_hz;	 /* nominal */
	uint64_t weight_ns;	 /* CPU time that one sample stands for (1e9 / frequency_hz) */
	uint32_t event, sampler; /* string ids: "cpu-clock", "perf_event" */
};

/* Struct and tables; the struct itself is the caller's. */
void profile_data_init(struct profile_data *data);
void profile_data_release(struct profile_data *data);

/* Base name of a module's path: "libc.so.6", "[kernel]"; "[unknown]" for one that is not there. */
const char *profile_data_get_module_name(const struct profile_data *data, uint32_t module);

/*
 * What a frame is called in tables and graphs: its function, else "module.so+0x1a2b" (base name of
 * the module).
 */
void profile_data_format_frame(const struct profile_data *data, uint32_t frame, char *buffer,
			       uint32_t size);

#endif
