#include "lab/run.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lab/interrupt.h"
#include "lab/load_words.h"
#include "lab/raw_file.h"
#include "load/script.h"
#include "store/store_load.h"
#include "util/alloc.h"
#include "util/clock.h"

void run_add_note(struct run *run, const char *text)
{
	for (size_t i = 0; i < run->outcome->notes.count; i++)
		if (strcmp(run->outcome->notes.items[i], text) == 0)
			return;
	vec_push(&run->outcome->notes, alloc_strdup(text));
	run->options->progress(run->options->context, &run->progress, text);
}

void run_begin_phase(struct run *run, enum phase phase, uint64_t now_ns)
{
	for (int i = 0; i < (int)phase; i++)
		if (run->record.phase_begin_ns[i] != 0 && run->record.phase_end_ns[i] == 0)
			run->record.phase_end_ns[i] = now_ns;
	run->record.phase_begin_ns[phase] = now_ns;
	run->progress.phase = phase;
	run->phase_begin_ns = now_ns;
}

void run_allocate_services(struct run *run, uint32_t count)
{
	run->services = alloc_array(count, sizeof(*run->services));
	run->targets = alloc_array(count, sizeof(*run->targets));
}

void run_add_target(struct run *run, uint32_t i)
{
	const struct plan_service *plan = &run->plan->services[i];
	struct monitor_target *target = &run->targets[i];

	target->pid = run->services[i].pid;
	target->reaper = run->services[i].is_attached ? 0 : keeper_get_pid(run->options->keeper);
	snprintf(target->role, sizeof(target->role), "%s", plan->name);
	if (run->plan->service_count == 1)
		snprintf(target->child_role, sizeof(target->child_role), "workers");
	else
		snprintf(target->child_role, sizeof(target->child_role), "%.38s workers",
			 plan->name);
}

/* All exist before the first runs, so that the profiler can be attached to each before its exec. */
static int spawn_services(struct run *run, struct err *err)
{
	uint32_t count = run->plan->service_count;

	run_allocate_services(run, count);
	for (uint32_t i = 0; i < count; i++) {
		const struct plan_service *plan = &run->plan->services[i];
		scoped_free char *name = alloc_printf("%s.%u.%s.log", run->record.experiment,
						      run->record.number, plan->name);
		int r = service_spawn(&run->services[i], run->plan, plan, run->options->keeper,
				      run->options->store, name, run->padding_bytes, err);

		run->service_count = i + 1;
		if (r < 0)
			return r;
		run_add_target(run, i);
	}
	return 0;
}

static enum profile_stacks get_stacks(enum plan_stacks stacks)
{
	switch (stacks) {
	case PLAN_STACKS_AUTO:
		return PROFILE_STACKS_AUTO;
	case PLAN_STACKS_DWARF:
		return PROFILE_STACKS_DWARF;
	case PLAN_STACKS_FP:
		return PROFILE_STACKS_FP;
	case PLAN_STACKS_NONE:
		break;
	}
	return PROFILE_STACKS_NONE;
}

int run_open_profile(struct run *run, struct err *err)
{
	struct profile_target *targets;
	const struct lab_profile *options = &run->options->profile;
	struct profile_config config = {
		.frequency_hz = run->plan->profile_hz,
		.period = options->period,
		.stacks = get_stacks(run->plan->stacks),
		.stack_bytes = options->stack_bytes,
		.events = options->events,
		.event_count = options->event_count,
		.debuginfod_ns = options->debuginfod_ns,
		.is_system_wide = options->is_system_wide,
	};
	int r = 0;

	if (!run->plan->is_profiled || (run->service_count == 0 && !options->is_system_wide))
		return 0;
	targets = alloc_array(run->service_count + 1, sizeof(*targets));
	for (uint32_t i = 0; i < run->service_count; i++)
		if (run->plan->services[i].is_profiled)
			targets[config.target_count++] = (struct profile_target){
				.pid = run->services[i].pid,
				.role = run->targets[i].role,
				.child_role = run->targets[i].child_role,
				.is_suspended = !run->services[i].is_attached};
	config.targets = targets;
	if (config.target_count > 0 || config.is_system_wide)
		r = profile_open(&run->profile, &config, err);
	if (r < 0)
		run->profile = NULL;
	free(targets);
	return r;
}

/* Under load a profile that cannot be had is a note, and the run goes on. */
static void open_profile_or_note(struct run *run)
{
	struct err why = {0};

	if (run_open_profile(run, &why) < 0) {
		scoped_free char *note = alloc_printf("no profile: %s", err_text(&why));

		run_add_note(run, note);
	}
}

static int start_services(struct run *run, struct err *err)
{
	for (uint32_t i = 0; i < run->service_count; i++) {
		int r = service_start(&run->services[i], run->plan, run->options->keeper, err);

		if (r < 0)
			return r;
	}
	return 0;
}

/* One a line. */
static void add_notes(struct run *run, const char *lines)
{
	while (lines[0] != '\0') {
		size_t length = strcspn(lines, "\n");
		scoped_free char *note = alloc_strndup(lines, length);

		run_add_note(run, note);
		lines += length + (lines[length] == '\n');
	}
}

void run_open_monitor(struct run *run)
{
	struct monitor_config config = {.targets = run->targets,
					.target_count = run->service_count,
					.self = getpid(),
					.root = ""};

	run->monitor = monitor_set_new(&config);
	monitor_set_sample(run->monitor, clock_now_ns(), &run->series);
	add_notes(run, monitor_set_get_missing(run->monitor));
}

static int store_names(struct run *run, struct err *err)
{
	uint32_t count = load_get_name_count(run->load);
	struct store_request_name *names = alloc_array(count, sizeof(*names));
	int r;

	for (uint32_t i = 0; i < count; i++)
		names[i] = (struct store_request_name){.name = load_get_name(run->load, i),
						       .method = load_get_method(run->load, i)};
	r = store_add_request_names(run->options->store, run->key, names, count, err);
	free(names);
	return r;
}

/* At the start, so that a run that is killed has it, and again at the end. */
static int store_load_summary(struct run *run, uint64_t begin_ns, uint64_t end_ns, struct err *err)
{
	const struct load_result *result = &run->result;
	const struct load_config *config = &run->setup.config;
	scoped_free char *schedule = load_words_make(&run->plan->load);
	struct store_load_summary summary = {
		.url = config->target,
		.mode = run->plan->load.is_open ? "open" : "closed",
		.connections = config->connections,
		.threads = config->threads,
		.rate_hz = config->rate_hz,
		.begin_ns = begin_ns,
		.end_ns = end_ns,
		.timeout_ns = config->timeout_ns,
		.client_cpu_ns = result->client_cpu_ns,
		.client_wait_ns = result->client_wait_ns,
		.in_flight_max = result->in_flight_max,
		.reconnects = result->reconnects_in_window,
		.schedule = schedule,
		.depth = config->depth,
		.protocol = result->protocol,
		.tls_cipher = result->tls_cipher,
		.resolve_ns = result->resolve_ns,
		.connects = result->connects,
		.tls_resumed = result->tls_resumed,
		.resent = result->resent,
		.cut_seconds = run->warmup.cut_seconds,
		.warmup = run->warmup.text,
		.histograms = result->histograms,
	};

	return store_add_load_summary(run->options->store, run->key, &summary,
				      result->failures.items, result->failures.count, err);
}

/* warmup: auto. The window begins where the load had settled. */
static int cut_warmup(struct run *run, struct err *err)
{
	struct load_result *result = &run->result;
	uint64_t cut_ns;
	int r;

	for (uint32_t i = 0; i < result->name_count; i++)
		run->completed += (double)result->totals[i].counts.completed;
	if (!run->plan->load.is_warmup_auto)
		return 0;
	warmup_find(&run->warmup, run->thread_seconds.items, run->thread_seconds.count,
		    run->plan->load.is_open);
	cut_ns = run->warmup.cut_seconds * (uint64_t)NS_PER_S;
	if (cut_ns == 0 || result->begin_ns + cut_ns >= result->end_ns)
		return 0;
	result->begin_ns += cut_ns;
	r = store_cut_load(run->options->store, run->key, run->warmup.cut_seconds, err);
	return r == 0 ? run_leave_out_warmup(run, err) : r;
}

static int store_load_result(struct run *run, struct err *err)
{
	const struct load_result *result = &run->result;
	int r = store_load_summary(run, result->begin_ns, result->end_ns, err);

	for (uint32_t i = 0; i < result->name_count && r == 0; i++)
		r = store_add_load_status(run->options->store, run->key, i,
					  result->totals[i].status, err);
	return r;
}

/* wrk's done(), which sees what wrk would have counted. */
static int end_script(struct run *run, struct err *err)
{
	const struct load_result *result = &run->result;
	struct load_total total = {.response = histogram_new(), .service = histogram_new()};
	struct script_summary summary;
	double *rates;
	int r;

	if (run->setup.script == NULL || !script_program_has_done(run->setup.script)) {
		histogram_free(total.response);
		histogram_free(total.service);
		return 0;
	}
	load_result_sum(result, &total);
	rates = alloc_array(run->thread_seconds.count + 1, sizeof(*rates));
	for (size_t i = 0; i < run->thread_seconds.count; i++)
		rates[i] = (double)run->thread_seconds.items[i].sent;
	summary = (struct script_summary){
		.duration_ns = result->end_ns - result->begin_ns,
		.requests = total.counts.answered,
		.bytes = total.counts.bytes_in,
		.connect = total.counts.errors[LOAD_ERROR_CONNECT],
		.read = total.counts.errors[LOAD_ERROR_PROTOCOL],
		.status = total.counts.errors[LOAD_ERROR_STATUS],
		.timeout = total.counts.errors[LOAD_ERROR_TIMEOUT],
		.latency = total.response,
		.rates = rates,
		.rate_count = (uint32_t)run->thread_seconds.count,
	};
	r = script_program_done(run->setup.script, &summary, err);
	free(rates);
	histogram_free(total.response);
	histogram_free(total.service);
	return r;
}

/* Waits for the workers and stores what came since the last look, and the totals. */
static int end_load(struct run *run, struct err *err)
{
	int r = load_join(run->load, &run->result, err);

	if (r < 0)
		return r;
	r = run_store_load(run, err);
	if (r == 0)
		r = cut_warmup(run, err);
	if (r == 0)
		r = store_load_result(run, err);
	return r == 0 ? end_script(run, err) : r;
}

int run_end_profile(struct run *run, struct err *err)
{
	struct profile_data data = {0};
	int r;

	if (run->profile == NULL)
		return 0;
	profile_finish(run->profile, &data);
	run->lenses.profile_stop_ns = data.quality.stop_ns;
	r = store_add_profile(run->options->store, run->key, &data, err);
	profile_data_release(&data);
	return r;
}

/* Each step is taken whatever became of the others; the first sentence is the one that is told. */
static int keep_first(int first, int next, struct err *err, const struct err *next_err)
{
	return first == 0 && next < 0 ? err_set(err, next, "%s", err_text(next_err)) : first;
}

static bool is_interrupted(void)
{
	return interrupt_get_count() > 0;
}

/* As in wrk2: the schedule says when a request is due, and not the script. */
static void note_delay(struct run *run)
{
	struct script_program *program = run->setup.script;

	if (program != NULL && run->plan->load.is_open &&
	    script_has_delay(script_program_get_thread(program, 0)))
		run_add_note(run, "the script's delay() is left out: requests are due at a rate");
}

static void note_abort(struct run *run)
{
	scoped_free char *note = NULL;

	if (run->aborted == NULL)
		return;
	run->outcome->was_aborted = true;
	note = alloc_printf("\"%s\" was not met: the run was ended after %.0f s; what was "
			    "measured is kept",
			    run->aborted,
			    (double)(run->result.end_ns - run->result.begin_ns) / 1e9);
	run_add_note(run, note);
}

/*
 * Under load: from the first connection to the last row of what was measured, also when something
 * failed on the way.
 */
static int run_load(struct run *run, struct err *err)
{
	struct err second = {0};
	uint64_t begin_ns, end_ns;
	int r = load_setup_make(&run->setup, run->plan, run->options->seed + run->record.number,
				err);
	int stored;

	if (r == 0)
		r = load_setup_start_script(&run->setup, run->plan, err);
	note_delay(run);
	run->setup.config.is_raw = run->options->raw != NULL;
	run->setup.config.is_cancelled = is_interrupted;
	run->setup.config.has_slots = run->plan->load.is_warmup_auto;
	if (r == 0)
		r = load_new(&run->load, &run->setup.config, err);
	if (r == 0)
		r = store_names(run, err);
	if (r == 0)
		r = load_start(run->load, &begin_ns, &end_ns, err);
	if (r == 0)
		r = store_load_summary(run, begin_ns, 0, err);
	if (r < 0)
		return r;
	abort_watch_init(&run->abort_watch, &run->plan->load, run->load);
	run_begin_phase(run, PHASE_WARMUP, clock_now_ns());
	r = run_watch_load(run, begin_ns, end_ns, err);
	stored = end_load(run, &second);
	r = keep_first(r, stored, err, &second);
	if (load_get_failure(run->load)[0] != '\0' && r == 0)
		r = err_set(err, -EINVAL, "%s", load_get_failure(run->load));
	note_abort(run);
	if (run->begin.time_ns == 0)
		return r;
	r = keep_first(r, run_end_profile(run, &second), err, &second);
	r = keep_first(r, run_lenses_store(run, &second), err, &second);
	return stored < 0 ? r : keep_first(r, run_store_metrics(run, &second), err, &second);
}

static int measure(struct run *run, struct err *err)
{
	int r;

	run_begin_phase(run, PHASE_START, clock_now_ns());
	r = spawn_services(run, err);
	if (r < 0)
		return r;
	open_profile_or_note(run);
	r = run_lenses_open(run, false, err);
	if (r == 0)
		r = start_services(run, err);
	if (r < 0)
		return r;
	run_open_monitor(run);
	return run_load(run, err);
}

/* Attached services stay; the output of the others goes to the store. */
static int stop_services(struct run *run, struct err *err)
{
	int r = 0;

	for (uint32_t i = run->service_count; i-- > 0;) {
		struct service *service = &run->services[i];
		scoped_free char *tail = NULL;
		uint64_t bytes = 0;
		int stored;

		service_stop(service, run->options->keeper, interrupt_get_count() > 1);
		if (service->was_killed) {
			scoped_free char *note = alloc_printf(
				"service '%s' did not end within its grace and was killed",
				service->plan->name);

			run_add_note(run, note);
		}
		if (service->output_path == NULL)
			continue;
		tail = service_read_tail(service, SERVICE_TAIL_BYTES, 0, &bytes);
		stored = store_add_output(run->options->store, run->key, service->plan->name, bytes,
					  tail, strlen(tail), r == 0 ? err : NULL);
		r = r == 0 ? stored : r;
	}
	return r;
}

int run_begin(struct run *run, struct err *err)
{
	run->record.state = RUN_RUNNING;
	run->record.started_wall_ns = clock_wall_ns();
	return store_add_run(run->options->store, &run->record, &run->key, err);
}

int run_end(struct run *run, int r, struct err *err)
{
	struct err second = {0};
	int stored;

	run_begin_phase(run, PHASE_STOP, clock_now_ns());
	stored = stop_services(run, &second);
	run->record.phase_end_ns[PHASE_STOP] = clock_now_ns();
	run->record.state = r == 0 ? RUN_DONE : r == -ECANCELED ? RUN_INTERRUPTED : RUN_FAILED;
	if (r < 0 && err != NULL)
		snprintf(run->record.failure, sizeof(run->record.failure), "%.*s",
			 (int)sizeof(run->record.failure) - 1, err_text(err));
	r = keep_first(r, stored, err, &second);
	stored = store_update_run(run->options->store, run->key, &run->record, &second);
	return keep_first(r, stored, err, &second);
}

int run_execute(struct run *run, struct err *err)
{
	int r = run_begin(run, err);

	if (r < 0)
		return r;
	r = measure(run, err);
	if (r == 0 && interrupt_get_count() > 0)
		r = err_set(err, -ECANCELED,
			    "interrupted in the %s phase; what was measured is kept",
			    phase_name(run->progress.phase));
	return run_end(run, r, err);
}

void run_release(struct run *run)
{
	abort_watch_release(&run->abort_watch);
	vec_release(&run->thread_seconds);
	load_free(run->load);
	load_result_release(&run->result);
	load_setup_release(&run->setup);
	profile_close(run->profile);
	core_probe_stop(run->core_probe);
	run_lenses_release(run);
	monitor_set_free(run->monitor);
	for (uint32_t i = 0; i < run->service_count; i++)
		service_release(&run->services[i]);
	free(run->services);
	free(run->targets);
	series_list_release(&run->series);
	vec_release(&run->cursor.written);
}
