/*
 * What the rules look at: one arm, with the figures that several rules need worked out once. NaN is
 * "not known" everywhere, and a comparison with it is false: a rule that lacks what it needs is
 * silent.
 */
#ifndef VIEW_WARNING_INPUT_H
#define VIEW_WARNING_INPUT_H

#include <stdbool.h>
#include <stdint.h>

#include "util/arena.h"
#include "view/machine_view.h"
#include "view/run_summary.h"

struct warning_input {
	struct arena *arena;
	const struct run_summary_side *side;
	const struct machine_view *machine;
	bool is_load_alone;	/* no service was watched: nothing is said of one */
	double window_s;	/* of a run, mean */
	double cpus;		/* that the services used, mean */
	double wait;		/* CPUs' worth of their run-queue wait, mean */
	double cpu_count, busy; /* of the machine; busy 0..1 of all CPUs */
	double answers;		/* that came in a run's window, mean */
	double response_ns;	/* from the intended time: the mean */
	/* From the actual send, so without the queue of a generator: the mean, the greatest. */
	double service_ns, slowest_ns;
	double request_cpu_ns, request_wait_ns;
	/* Requests that the service has, mean (Little: rate times service time). */
	double in_flight;
	/* CPU time of the generator's threads, 0..1 of what they can have */
	double generator_ratio;
	double somaxconn;
};

/* `environment` "" = unknown. The input borrows all. */
void warning_input_init(struct warning_input *input, struct arena *arena,
			const struct run_summary_side *side, const struct machine_view *machine,
			const char *environment);

/* The median over the runs. */
double warning_input_get_metric(const struct warning_input *input, const char *name,
				const char *scope);
double warning_input_get_mean(const struct warning_input *input, const char *name,
			      const char *scope);
double warning_input_get_max(const struct warning_input *input, const char *name,
			     const char *scope);

/* Events of a run: the mean rate of a series times the window. */
double warning_input_get_events(const struct warning_input *input, const char *name,
				const char *scope);

/*
 * Of the series of a name the one with the highest mean, whatever its scope (not the generator's,
 * and the total, "", only when it is the only one); NULL = none.
 */
const struct series_view_row *warning_input_find_highest(const struct warning_input *input,
							 const char *name);

/* CPUs that neither the services nor sonde used; 0 when that is not known. */
double warning_input_get_others_cpus(const struct warning_input *input);

/*
 * What part of the requests' time so many CPUs' worth of run-queue wait are; without load, of the
 * time in which the services had work. 0..1.
 */
double warning_input_get_wait_share(const struct warning_input *input, double wait);

/* Answers that took longer, of a run; by service time. */
double warning_input_count_slower(const struct warning_input *input, uint64_t time_ns);

/* Whether the arm is of `sonde run`: --more can repeat it. */
bool warning_input_is_run(const struct warning_input *input);

/* The command that made the arm with an option more, as a shell takes it. */
const char *warning_input_get_again(const struct warning_input *input, const char *option);

/* CPUs' worth that nobody used. */
double warning_input_get_idle_cpus(const struct warning_input *input);

/* Run-queue wait for each second of CPU time. */
double warning_input_get_wait_ratio(const struct warning_input *input);

/* Whether a thread is of the services, and its CPUs, 0..1. */
bool warning_input_is_service(const struct task_usage *task);
double warning_input_get_task_cpus(const struct warning_input *input,
				   const struct task_usage *task);

/* The most that one thread of the services used; NaN = not known. */
double warning_input_get_busiest(const struct warning_input *input);

/*
 * A name from outside, as it may stand in a sentence: control characters become "?", a long one is
 * cut. In the arena.
 */
const char *warning_input_clean(const struct warning_input *input, const char *name);

/* "worker of gateway": a thread, or the role alone where the names are the same. */
const char *warning_input_name_task(const struct warning_input *input,
				    const struct task_usage *task);

/* "gateway", or "the services" for the total. */
const char *warning_input_name_role(const struct warning_input *input, const char *role);

/* 0..1, NaN is 0 */
double warning_input_clamp(double strength);

#endif
