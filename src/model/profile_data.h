/*
 * One profile, as tables: what the sampler fills, the store keeps and the views read. Modules,
 * frames and threads are arrays; a stack is a chain of frames (stack_table.h); a sample is when,
 * who, which stack, and of which event.
 *
 * A frame is one function at one address of one module. Where the compiler inlined, one address is
 * several frames: inline_depth 0 is the function that the linker knows, 1 what is inlined into it,
 * and so on; a stack holds all of them, callers above callees, as if they were called. Functions
 * and lines are filled in after the run (symbol/); two frames with the same function and module are
 * the same function to the views. Frames without a name keep module + svma.
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

/* What is known of how a module was built; a set of bits. */
enum module_flag {
	MODULE_UNOPTIMIZED = 1,	    /* its hot code was compiled without optimisation */
	MODULE_SANITIZED = 2,	    /* it runs under AddressSanitizer, ThreadSanitizer, … */
	MODULE_WITHOUT_SYMBOLS = 4, /* stripped, and no separate file was found */
	MODULE_WITHOUT_LINES = 8,   /* no DWARF: neither inlined functions nor lines */
};

struct module {
	uint32_t path; /* string id: as mapped, "[kernel]", "[vdso]", "[anon]", "[unknown]" */
	enum module_kind kind;
	uint8_t build_id[BUILD_ID_BYTES];
	uint8_t build_id_length; /* 0 = unknown */
	uint8_t flags;		 /* enum module_flag */
	/*
	 * string id: a sentence on what is missing and what would mend it; STRING_EMPTY = nothing
	 */
	uint32_t trouble;
};

struct frame {
	uint32_t module;
	uint32_t function; /* string id, demangled; STRING_EMPTY = no symbol */
	uint32_t file;	   /* string id; STRING_EMPTY = unknown */
	uint32_t line;	   /* that runs there, or calls; 0 = unknown */
	/*
	 * address as stated in the module's file (see module_kind); of a caller, return address - 1
	 */
	uint64_t svma;
	uint32_t inline_depth; /* 0 = not inlined */
};

struct profile_thread {
	uint32_t pid, tid;
	uint32_t comm; /* string id: the last name seen */
	uint32_t role; /* string id: the service's name, "workers", …; STRING_EMPTY = no role */
};

/* What is sampled. The first of a profile is the one that its reports are of, unless told. */
struct profile_event {
	uint32_t name;	 /* string id: "cpu-clock", "cycles", "sched:sched_switch" */
	uint64_t period; /* events that a sample stands for, usually; of clocks ns of CPU time */
	bool is_clock;	 /* it counts ns of CPU time */
};

struct sample {
	uint64_t time_ns; /* CLOCK_MONOTONIC */
	uint64_t period;  /* what it stands for, in its event's unit; never 0 */
	uint32_t thread;  /* index into threads */
	uint32_t stack;	  /* id in stacks */
	uint16_t event;	  /* index into events */
	uint16_t cpu;	  /* where it ran; SAMPLE_CPU_UNKNOWN */
};

enum { SAMPLE_CPU_UNKNOWN = UINT16_MAX };

/* Why a stack ends before the start of its thread. */
enum truncation {
	/* the copy of the stack was too short, and no cached stack reached it */
	TRUNCATION_COPY,
	TRUNCATION_NO_CODE, /* the return address is not in any mapping */
	/* code without call frame information, and no frame pointer that leads anywhere */
	TRUNCATION_NO_RULE,
	TRUNCATION_BAD_FRAME, /* what was read contradicts itself: a frame below its callee */
	TRUNCATION_REGISTER,  /* the rule needs a register that was not known */
	TRUNCATION_DEPTH,     /* deeper than STACK_DEPTH_MAX */
	/* the kernel gave no user registers: a thread that ends, or is of the kernel */
	TRUNCATION_NO_REGISTERS,
	/* frame pointers, followed by the kernel, ended somewhere else than at a known start */
	TRUNCATION_FRAME_POINTERS,
	TRUNCATION_UNKNOWN, /* a stack that does not say: imported, or none were taken */
	/* the file of the code is gone, or another one by now: nothing says how to unwind it */
	TRUNCATION_NO_FILE,
	TRUNCATION_COUNT,
};

/*
 * How whole the profile is; shown before any of its figures. All counts are of the measured window.
 */
struct profile_quality {
	uint64_t sample_count; /* = complete + joined + truncated; of all events */
	uint64_t complete_count, joined_count, truncated_count;
	uint64_t truncations[TRUNCATION_COUNT]; /* truncated_count by reason */
	/*
	 * Joins tried on full copies, as if those had been short, and how many of them gave another
	 * stack than the full copy: how far joined stacks can be believed.
	 */
	uint64_t audited_count, audit_mismatch_count;
	uint64_t lost_count;	  /* samples that the kernel dropped (PERF_RECORD_LOST) */
	uint64_t throttled_count; /* times that the kernel slowed the sampler down */
	/* CPU time in the kernel whose stacks rights hide: task-clock minus user samples */
	uint64_t kernel_hidden_ns;
	uint64_t bytes_from_kernel;
	uint64_t stack_bytes; /* of bytes_from_kernel: copies of stacks */
	bool is_kernel_hidden;
	/*
	 * CPU time of the profiled threads in the window, from a counter and not from samples: what
	 * the samples should stand for. Threads that live for less than one sampling period are
	 * never sampled, and show as a gap between the two. 0 = unknown.
	 */
	uint64_t cpu_ns;
	/* a sampler that stops threads (ptrace): how often, and for how long in all; 0 = none */
	uint64_t stop_count, stop_ns;
};

/* Machine code of a hot function, as it ran, for annotate. */
struct profile_code {
	uint32_t module;
	uint32_t function; /* string id, as frames have it */
	uint64_t svma;
	uint32_t size;
	uint64_t offset; /* into profile_data.code_bytes */
};

/* Which source line a stretch of that code came from; ordered by code, then offset. */
struct profile_code_line {
	uint32_t code;	   /* index into codes */
	uint32_t offset;   /* bytes from its svma, to the next row or the function's end */
	uint32_t function; /* string id: differs from the code's where code is inlined */
	uint32_t file, line;
};

/* A stretch of a source file, as it was when the run ended. */
struct profile_source {
	uint32_t file;	     /* string id, as frames have it */
	uint32_t first_line; /* from 1 */
	uint32_t text;	     /* string id: lines, each ended by '\n' */
};

struct profile_data {
	struct string_table strings;
	VEC(struct module) modules;
	VEC(struct frame) frames;
	VEC(struct profile_thread) threads;
	VEC(struct profile_event) events;
	VEC(struct sample) samples; /* ordered by time */
	struct stack_table stacks;
	VEC(struct profile_code) codes; /* of hot functions only */
	VEC(uint8_t) code_bytes;
	VEC(struct profile_code_line) code_lines;
	VEC(struct profile_source) sources;
	struct profile_quality quality;
	double frequency_hz;  /* nominal; 0 = by period */
	uint32_t sampler;     /* string id: "perf_event", "ptrace", "perf.data" */
	uint32_t stacks_from; /* string id: "dwarf", "fp", "none" */
};

/* Struct and tables; the struct itself is the caller's. */
void profile_data_init(struct profile_data *data);
void profile_data_release(struct profile_data *data);

/* Of several windows or runs together: counts and times add up, hidden is hidden in one of them. */
void profile_quality_add(struct profile_quality *to, const struct profile_quality *from);

/* A reason's name in files: "copy", "no_rule"; "unknown" for one that is not there. */
const char *profile_data_get_truncation(enum truncation reason);

/* Name of the first event; "" when there is none. */
const char *profile_data_get_event(const struct profile_data *data);

/* CPU time that a sample of the first event stands for; 0 when it is no clock. */
uint64_t profile_data_get_weight_ns(const struct profile_data *data);

/* Base name of a module's path: "libc.so.6", "[kernel]"; "[unknown]" for one that is not there. */
const char *profile_data_get_module_name(const struct profile_data *data, uint32_t module);

/*
 * What a frame is called in tables and graphs: its function, else "module.so+0x1a2b" (base name of
 * the module).
 */
void profile_data_format_frame(const struct profile_data *data, uint32_t frame, char *buffer,
			       uint32_t size);

#endif
