/*
 * The spellings that perf record -e understands, as what perf_event_open(2) wants:
 *
 *	cpu-clock, page-faults, …	software
 *	cycles, instructions, …		hardware, by the kernel's general names
 *	L1-dcache-load-misses, …	caches: {L1-dcache,L1-icache,LLC,dTLB,iTLB,branch,node}-
 *					{load,store,prefetch}s or -{load,store,prefetch}-misses
 *	r01c0				raw: the CPU's own number, hexadecimal
 *	cpu/event=0xc0,umask=0x1/	by the fields in /sys/bus/event_source/devices/cpu/format
 *	cpu/mem-loads/			or the names of its events
 *	sched:sched_switch		tracepoints
 *
 * Behind a ":" (or the last "/"): u user code, k the kernel, h the hypervisor; G guest, H host;
 * p pp ppp P precise; I not while idle.
 *
 * Reads files below /sys only. Knows nothing of what this machine can count.
 */
#ifndef CAPTURE_EVENT_NAME_H
#define CAPTURE_EVENT_NAME_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "procfs/proc_file.h"
#include "util/err.h"

struct event_name {
	char name[64]; /* as typed, or what "name=" says; cut if longer */
	uint32_t type;
	uint64_t config, config1, config2;
	uint64_t period;    /* "period=" of the / form; 0 = not said */
	bool is_clock;	    /* counts ns of CPU time */
	bool is_steady;	    /* happens all the time while code runs: cycles */
	bool is_of_kernel;  /* happens in the kernel's code only: none are left without it */
	bool has_privilege; /* u, k or h: the four are by wish */
	bool exclude_user, exclude_kernel, exclude_hypervisor, exclude_idle;
	bool exclude_guest, exclude_host;
	uint8_t precise;	 /* 0..3 */
	bool is_precise_at_best; /* P: as precise as there is */
};

/*
 * Errors: -EINVAL for what is no event's spelling (with the nearest one), -ENOENT for a device,
 * field or tracepoint that is not there, -EACCES for tracepoints that this user may not look up.
 */
int event_name_parse(struct event_name *ret_name, const char *text, const struct procfs *fs,
		     struct err *err);

/* They count the same, however they are spelt. */
bool event_name_is_same(const struct event_name *a, const struct event_name *b);

/*
 * The next name of a list with commas: "cycles,cpu/event=1,umask=2/u,faults" has three. False at
 * the end. Moves `*list` on; the name is not NUL-terminated, may be empty, and is the list's
 * memory.
 */
bool event_name_next(const char **list, const char **ret_name, size_t *ret_length);

#endif
