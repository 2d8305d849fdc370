/*
 * A run's last block, as facts (report/insight_text.c words it): where the time went, what is
 * likely the cause, what is hot, what was not seen, and what to type next.
 */
#ifndef VIEW_RUN_INSIGHT_H
#define VIEW_RUN_INSIGHT_H

#include <stdbool.h>
#include <stdint.h>

#include "view/machine_view.h"
#include "view/memory_growth.h"
#include "view/run_summary.h"
#include "view/warnings.h"

enum cpu_bound {
	CPU_BOUND_UNKNOWN, /* hardly any CPU time, or none was measured */
	CPU_BOUND_USER,	   /* CPU-bound: the services' own code */
	CPU_BOUND_SYSTEM,  /* I/O-bound on the CPU: most of it is the kernel's, for their calls */
	CPU_BOUND_MIXED,
};

struct run_insight {
	/* Of the services' time that was on a CPU or waited for one (the sum is 1), or of a
	 * request's mean time where there was load: on a CPU, in the run queue, and the rest
	 * (waiting: for locks, I/O, peers, or behind other requests). NaN unknown. */
	double on_cpu_ratio, run_queue_ratio, waiting_ratio;
	double response_ns;    /* a request's mean response time; NaN without load */
	bool is_of_request;    /* the three are of a request's mean response time */
	double cpus;	       /* mean CPUs used by the services; NaN unknown */
	double busiest_thread; /* CPUs, 0..1; NaN unknown */
	double system_share;   /* of the services' CPU time; NaN unknown */
	enum cpu_bound bound;
	struct memory_growth growth;
	struct warnings warnings;
	const char *hot_function; /* NULL = no profile */
	double hot_ratio;
	const char **not_seen; /* sentences with the command that would mend it */
	uint32_t not_seen_count;
	const char *next[2]; /* two commands; NULL = none */
};

/* `word` is how the user would name the run in a command (""= @last). */
void run_insight_find(struct run_insight *ret_insight, struct arena *arena,
		      const struct run_summary_side *side, const struct machine_view *machine,
		      const char *environment, const char *word);

#endif
