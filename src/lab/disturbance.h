/*
 * Whether something else disturbed a run of a proof. No fixed limit fits: a virtual machine that is
 * always robbed of 2 % of its time, or a laptop with a browser open, would have every run thrown
 * away, and two per cent on a quiet machine is a great deal. So a run is held against the runs of
 * before, also those that were thrown away (what is always there is usual, and a median stands some
 * that are not), and against limits below which nothing matters:
 *
 *	steal		of the machine's CPU time: above 1 % and three times the median of all runs
 *	others		CPUs that neither services nor sonde used: above 0.1, likewise
 *	pressure	time that some task of the machine waited for a CPU: above 10 % and three
 *			times the median of the same arm's runs, for it may be an arm's own
 *	generator	time that the generator's thread was ready and did not run: above 2 %,
 *			likewise
 *	core		by how much longer a fixed loop took on the services' CPUs than the shortest
 *			of any run (monitor/core_probe.h): above 10 % and three times the median of
 *			all runs
 *	cost		by how much more CPU time the generator used for a request than in the best
 *			run of the same arm: above 5 % and three times the median of these
 *
 * The generator does the same work each time, so where its requests are dear the machine was: cores
 * that are far from each other (a hypervisor moves them), memory, a neighbour.
 *
 * With fewer than three runs to hold it against, only steal, others and core of five times the
 * limit are a disturbance; a proof's first pairs are judged once more when there are five. Nothing
 * here knows which side a run is of and what it measured: whoever throws away a run for its result
 * chooses the answer. Pure but for its memory; one thread.
 */
#ifndef LAB_DISTURBANCE_H
#define LAB_DISTURBANCE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "util/vec.h"

enum { DISTURBANCE_TEXT_BYTES = 160 };

/* Of a run's window; NAN = not known, and then no reason. */
struct disturbance_reading {
	double steal_ratio;		  /* of the machine's CPU time, 0..1 */
	double others_cpus;		  /* count of CPUs */
	double pressure_ratio;		  /* 0..1 */
	double generator_wait_ratio;	  /* 0..1 of the window */
	double loop_ns, shortest_loop_ns; /* of the fixed loop: in the mean, and at its best */
	double generator_ns;		  /* CPU time of the generator per request */
};

struct disturbance_log {
	VEC(struct {
		uint32_t arm;
		struct disturbance_reading reading;
	})
	runs;
};

/* Later runs are held against this one. */
void disturbance_add(struct disturbance_log *log, uint32_t arm,
		     const struct disturbance_reading *reading);

/*
 * Whether the run was disturbed, and by what: "4.1 % of the CPU time was stolen (0.3 % is usual)".
 */
bool disturbance_find(const struct disturbance_log *log, uint32_t arm,
		      const struct disturbance_reading *reading,
		      char text[static DISTURBANCE_TEXT_BYTES]);

void disturbance_release(struct disturbance_log *log);

#endif
