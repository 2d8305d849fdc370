/*
 * `record`: a run without load — a command from its exec to its end, or a window on a service that
 * is already up (lab.h).
 */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lab/run.h"
#include "util/alloc.h"
#include "util/clock.h"

/*
 * The command keeps sonde's own input and output: `sonde record make` looks like `make`. Where a
 * picture has the terminal (lab_watch.press) it has neither.
 */
static int spawn_command(struct run *run, const char *const *argv, pid_t *ret_pid, struct err *err)
{
	bool is_screen = run->options->watch.press != NULL;
	struct keeper_command command = {.argv = argv,
					 .is_stdin_kept = !is_screen,
					 .output_path = is_screen ? "/dev/null" : NULL};

	return keeper_spawn(run->options->keeper, &command, ret_pid, err);
}

static int open_target(struct run *run, const struct lab_record *record, struct err *err)
{
	struct service *service;
	int r;

	/* behind what is profiled there is room for the window's command, which is not */
	run_allocate_services(run, 2);
	if (run->options->profile.is_system_wide)
		return run_open_profile(run, err);
	service = &run->services[0];
	if (record->command == NULL) {
		r = service_spawn(service, run->plan, &run->plan->services[0], run->options->keeper,
				  run->options->store, "", 0, err);
	} else {
		*service = (struct service){.plan = &run->plan->services[0]};
		r = spawn_command(run, record->command, &service->pid, err);
	}
	if (r < 0)
		return r;
	run->service_count = 1;
	run_add_target(run, 0);
	/*
	 * One role: when the command has ended, what it used is known only from who waited for it.
	 */
	memcpy(run->targets[0].child_role, run->targets[0].role,
	       sizeof(run->targets[0].child_role));
	return run_open_profile(run, err);
}

static int start_window(struct run *run, const struct lab_record *record, struct err *err)
{
	struct service *window = &run->services[run->service_count];
	int r;

	if (record->window == NULL)
		return 0;
	*window = (struct service){.plan = &run->plan->services[0]};
	r = spawn_command(run, record->window, &window->pid, err);
	if (r == 0)
		r = keeper_release(run->options->keeper, window->pid, err);
	if (r == 0)
		run->service_count++;
	return r;
}

/* A service that ends early says nothing of the time that was asked for. */
static void note_early_end(struct run *run, const struct lab_record *record)
{
	double seconds = (double)(run->end.time_ns - run->begin.time_ns) / 1e9;
	bool is_short = record->window != NULL
				? run->service_count > 1 && !run->services[1].has_ended
				: record->duration_ns > 0;
	scoped_free char *note = NULL;

	if (record->command != NULL || run->service_count == 0 || !run->services[0].has_ended ||
	    !is_short)
		return;
	note = record->window != NULL
		       ? alloc_printf("what is watched ended after %.1f s, before '%s' did",
				      seconds, record->window[0])
		       : alloc_printf("what is watched ended after %.1f s of %.1f s", seconds,
				      (double)record->duration_ns / 1e9);
	run_add_note(run, note);
}

static int record_window(struct run *run, const struct lab_record *record, struct err *err)
{
	int r;

	run_begin_phase(run, PHASE_START, clock_now_ns());
	r = open_target(run, record, err);
	if (r < 0)
		return r;
	r = run_lenses_open(run, record->command != NULL, err);
	if (r < 0)
		return r;
	run_open_monitor(run);
	if (run->profile != NULL)
		profile_enable(run->profile); /* before the exec: its first instruction counts */
	if (record->command != NULL) {
		run_watch_begin(run);
		r = keeper_release(run->options->keeper, run->services[0].pid, err);
	}
	if (r == 0)
		r = start_window(run, record, err);
	if (r == 0)
		r = run_watch_service(run, record->duration_ns, err);
	if (r == 0)
		note_early_end(run, record);
	if (r == 0)
		r = run_end_profile(run, err);
	if (r == 0)
		r = run_lenses_store(run, err);
	return r == 0 ? run_store_metrics(run, err) : r;
}

static int record_run(struct run *run, const struct lab_record *record, int *ret_status,
		      struct err *err)
{
	int r = run_begin(run, err);

	if (r < 0)
		return r;
	r = run_end(run, record_window(run, record, err), err);
	*ret_status = run->service_count > 0 ? run->services[run->service_count - 1].status : 0;
	return r;
}

int lab_record(const struct lab_options *options, const struct lab_record *record,
	       struct lab_outcome *ret_outcome, int *ret_status, struct err *err)
{
	struct run run = {.options = options,
			  .plan = options->plan,
			  .outcome = ret_outcome,
			  .experiment_begin_ns = clock_now_ns(),
			  .progress = {.arm = "default",
				       .run = 1,
				       .run_total = 1,
				       .expected_ns = record->duration_ns}};
	struct err second = {0};
	int r, stored;

	*ret_outcome = (struct lab_outcome){.state = RUN_FAILED, .runs_total = 1};
	r = lab_add_experiment(options, ret_outcome, err);
	if (r < 0) {
		ret_outcome->experiment[0] = '\0';
		return r;
	}
	memcpy(run.record.experiment, ret_outcome->experiment, sizeof(run.record.experiment));
	run.record.number = run.record.pair = 1;
	snprintf(run.record.arm, sizeof(run.record.arm), "default");
	r = record_run(&run, record, ret_status, err);
	run_release(&run);
	ret_outcome->runs_done = r == 0;
	ret_outcome->state = r == 0 ? RUN_DONE : RUN_FAILED;
	stored = store_end_experiment(options->store, ret_outcome->experiment, ret_outcome->state,
				      &second);
	return r == 0 && stored < 0 ? err_set(err, stored, "%s", err_text(&second)) : r;
}
