/*
 * The lines of what `perf script` prints, in its many forms:
 *
 *	V8 WorkerThread 24636/25607 [000] 94564.109216:     100 cycles:u:
 *	            7fff81103ce3 native_safe_halt+0x6 ([kernel.kallsyms])
 *	            55d0c0de1a2b inlined_one (inlined)
 *	  main.c:12
 *
 * A sample's line has the thread's name (blanks and all), pid and tid or one of them, the CPU, the
 * time, the event's period and name; which of them is there depends on perf's version and its -F.
 * Samples without a call chain have their address behind the event, on the same line.
 *
 * Pure. A line is given without its end and with a NUL; results point into it, and it is changed.
 */
#ifndef IMPORT_PERF_SCRIPT_LINE_H
#define IMPORT_PERF_SCRIPT_LINE_H

#include <stdbool.h>
#include <stdint.h>

#define PERF_SCRIPT_CPU_NONE UINT32_MAX

struct perf_script_sample {
	const char *comm;
	uint32_t pid, tid; /* where there is one number only, it is the tid, and both */
	uint32_t cpu;	   /* or PERF_SCRIPT_CPU_NONE */
	uint64_t time_ns;  /* 0 = not there */
	uint64_t period;   /* 0 = not there */
	const char *event; /* without its colon; "" = not there */
	char *rest;	   /* what follows the event: an address, a tracepoint's fields; "" */
};

/* False when the line is none. Only then it is unchanged. */
bool perf_script_line_parse_sample(char *line, struct perf_script_sample *ret_sample);

struct perf_script_frame {
	uint64_t ip;
	const char *symbol; /* without "+0x12"; "[unknown]" as it stands */
	const char *module; /* a path, "[kernel.kallsyms]", "[unknown]"; "" = not there */
	bool is_inlined;    /* at the address of the frame behind it */
};

bool perf_script_line_parse_frame(char *line, struct perf_script_frame *ret_frame);

struct perf_script_source {
	const char *file;
	uint32_t line;
	bool is_inlined; /* the frame is; its own line does not say so then */
};

/* "  file.c:12" or "  file.c:12 (inlined)", which belongs to the frame before it. */
bool perf_script_line_parse_source(char *line, struct perf_script_source *ret_source);

#endif
