/*
 * What `perf script` prints of samples with call chains, in its default fields (perf-script(1);
 * tools/perf/builtin-script.c): stackcollapse-perf.pl, speedscope, the Firefox Profiler, hotspot
 * and many a private script read it.
 *
 *	gateway  4711 [001]  1234.567890:    5025125 cpu-clock:
 *		            1140 parse (inlined)
 *		            1140 serve (/opt/gateway)
 *
 * Two things differ from perf: functions have no "+0x17" behind them (as with perf script -F
 * -symoff), because where they begin is not stored; and the name of a thread is the last that it
 * had.
 */
#ifndef EXPORT_PERF_SCRIPT_H
#define EXPORT_PERF_SCRIPT_H

#include <stdbool.h>
#include <stddef.h>

#include "model/profile_data.h"
#include "util/strbuf.h"

struct perf_script_options {
	bool has_pid; /* "PID/TID" instead of the thread's alone, as with -F +pid */
};

/* One sample, with the empty line behind it. */
void perf_script_add_sample(struct strbuf *text, const struct profile_data *data,
			    const struct sample *sample, const struct perf_script_options *options);

/* All of them; `options` may be NULL. */
void perf_script_write(struct strbuf *text, const struct profile_data *data,
		       const struct perf_script_options *options);

#endif
