/* The loop of a run while load is on: one thread looks after everything, on one clock (run.h). */
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "lab/interrupt.h"
#include "lab/raw_file.h"
#include "lab/run.h"
#include "store/store_load.h"
#include "util/alloc.h"
#include "util/clock.h"
#include "util/fd.h"

enum {
	TICK_NS = 100 * 1000 * 1000,
	ENDING_NS = 100 * 1000, /* from a process's end to who waited for it telling so */
	ENDS_MAX = 2,		/* what is watched, and the command of the window */
};

struct watch {
	uint64_t begin_ns, end_ns; /* of the window; end 0 = open-ended */
	uint64_t next_sample_ns;   /* of the monitors */
	uint64_t next_store_ns;
	uint64_t next_tick_ns;
	int interrupts_seen;
	bool is_stopping; /* sending has ended: by time, interrupt or failure */
	/* without load: readable at their ends, so that these are known to the microsecond */
	int ends[ENDS_MAX];
	uint32_t end_count;
	bool is_ending; /* one has ended, and who waits for it has not said so yet */
};

static void note_peaks(struct run *run, const struct run_usage *now)
{
	double seconds = (double)(now->time_ns - run->last.time_ns) / 1e9;

	for (uint32_t i = 0; i < now->count; i++) {
		struct monitor_usage *peak = &run->peak.roles[i];
		uint64_t cpu_ns = now->roles[i].cpu_ns -
				  (i < run->last.count ? run->last.roles[i].cpu_ns : 0);
		uint64_t per_second_ns = seconds > 0 ? (uint64_t)((double)cpu_ns / seconds) : 0;

		if (i >= run->peak.count) {
			*peak = (struct monitor_usage){0};
			memcpy(peak->role, now->roles[i].role, sizeof(peak->role));
			run->peak.count = i + 1;
		}
		if (now->roles[i].rss_bytes > peak->rss_bytes)
			peak->rss_bytes = now->roles[i].rss_bytes;
		if (run->last.count > 0 && seconds > 0.2 && per_second_ns > peak->cpu_ns)
			peak->cpu_ns = per_second_ns;
	}
	run->last = *now;
}

static void read_usage(struct run *run, uint64_t now_ns, struct run_usage *usage)
{
	usage->count = monitor_set_get_usage(run->monitor, usage->roles);
	usage->time_ns = now_ns;
}

static void sample_monitors(struct run *run, uint64_t now_ns)
{
	struct run_usage now;

	monitor_set_sample(run->monitor, now_ns, &run->series);
	read_usage(run, now_ns, &now);
	if (run->begin.time_ns > 0)
		note_peaks(run, &now);
}

static void note_seconds(struct run *run, const struct load_batch *batch)
{
	for (size_t i = 0; i < batch->seconds.count; i++)
		abort_watch_add(&run->abort_watch, &batch->seconds.items[i]);
	for (size_t i = 0; i < batch->threads.count; i++)
		vec_push(&run->thread_seconds, batch->threads.items[i]);
}

int run_store_load(struct run *run, struct err *err)
{
	struct store *store = run->options->store;
	struct load_batch batch = {0};
	int r;

	load_collect(run->load, &batch);
	note_seconds(run, &batch);
	r = store_add_load_seconds(store, run->key, batch.seconds.items, batch.seconds.count, err);
	if (r == 0)
		r = store_add_load_thread_seconds(store, run->key, batch.threads.items,
						  batch.threads.count, err);
	if (r == 0 && run->options->raw != NULL)
		r = raw_file_add(run->options->raw, run->record.number, run->load, batch.rows.items,
				 batch.rows.count, err);
	load_batch_release(&batch);
	return r;
}

static int store_so_far(struct run *run, struct err *err)
{
	int r = store_update_run(run->options->store, run->key, &run->record, err);

	if (r == 0)
		r = store_add_series(run->options->store, run->key, &run->series, &run->cursor,
				     err);
	return r == 0 && run->load != NULL ? run_store_load(run, err) : r;
}

/* Without a thread for it the run is as good as before. */
static void start_core_probe(struct run *run)
{
	int32_t *pids = alloc_array(run->service_count + 1ull, sizeof(*pids));
	uint32_t cpus[CORE_PROBE_CPUS], count;
	struct err err = {0};

	for (uint32_t i = 0; i < run->service_count; i++)
		pids[i] = run->targets[i].pid;
	count = core_probe_choose(pids, run->service_count, cpus);
	if (count > 0 && core_probe_start(&run->core_probe, cpus, count, &err) < 0)
		run_add_note(run, err_text(&err));
	free(pids);
}

static void begin_window(struct run *run, uint64_t now_ns)
{
	/* the base of the window's first interval */
	monitor_set_sample(run->monitor, now_ns, &run->series);
	read_usage(run, now_ns, &run->begin);
	run->last = run->begin;
	run_lenses_begin(run);
	if (run->options->proof.has_core_probe)
		start_core_probe(run);
	if (run->profile != NULL)
		profile_enable(run->profile);
	run_begin_phase(run, PHASE_MEASURE, now_ns);
}

/* The last interval ends with the window, so that it is in. */
static void end_window(struct run *run, uint64_t now_ns)
{
	if (run->profile != NULL)
		profile_disable(run->profile);
	run->core = core_probe_stop(run->core_probe);
	run->core_probe = NULL;
	sample_monitors(run, now_ns);
	run->end = run->last;
	run_lenses_end(run);
	run_begin_phase(run, PHASE_DRAIN, now_ns);
}

static void report_progress(struct run *run)
{
	struct load_progress load = {0};

	if (run->load != NULL)
		load_get_progress(run->load, &load);
	run->progress.elapsed_ns = clock_now_ns() - run->experiment_begin_ns;
	run->progress.rate_rps = load.rate_rps;
	run->progress.p99_ns = load.p99_ns;
	run->progress.failures = load.failures;
	run->progress.samples = run->profile != NULL ? profile_get_sample_count(run->profile) : 0;
	run->options->progress(run->options->context, &run->progress, NULL);
}

/* A service that ends while it is under load: the run has failed, and what was measured is kept. */
static int check_services(struct run *run, uint64_t now_ns, struct err *err)
{
	for (uint32_t i = 0; i < run->service_count; i++) {
		char how[128];
		scoped_free char *tail = NULL;

		if (run->services[i].has_ended ||
		    !service_check_ended(&run->services[i], run->options->keeper))
			continue;
		run->is_service_lost = true;
		service_format_end(&run->services[i], how, sizeof(how));
		tail = service_read_tail(&run->services[i], SERVICE_TAIL_BYTES, SERVICE_TAIL_LINES,
					 NULL);
		return err_set(
			err, -EPIPE,
			"service '%s' %s %.1f s into the %s phase; what was measured is kept%s%s",
			run->services[i].plan->name, how,
			(double)(now_ns - run->phase_begin_ns) / 1e9,
			phase_name(run->progress.phase),
			tail[0] != '\0' ? "; it wrote last:\n" : "", tail);
	}
	return 0;
}

/* A kernel that has no pidfd leaves it to the ticks. */
static void watch_ends(struct run *run, struct watch *watch)
{
	for (uint32_t i = 0; i < run->service_count && i < ENDS_MAX; i++)
		watch->ends[watch->end_count++] =
			(int)syscall(SYS_pidfd_open, run->services[i].pid, 0);
}

static void close_ends(struct watch *watch)
{
	for (uint32_t i = 0; i < watch->end_count; i++)
		fd_close(watch->ends[i]);
}

/* One that has told of its end is looked at again and again until it is known to be over. */
static void close_told_ends(struct watch *watch, const struct pollfd *waits)
{
	for (uint32_t i = 0; i < watch->end_count; i++) {
		if (waits[i].revents == 0)
			continue;
		fd_close(watch->ends[i]);
		watch->ends[i] = -1;
		watch->is_ending = true;
	}
}

/* Until the next thing that is due, or the profile's rings fill up, or an end, or a key. */
static void wait_for_next(struct run *run, struct watch *watch, uint64_t now_ns)
{
	const struct lab_watch *eyes = &run->options->watch;
	uint64_t next_ns = watch->is_ending ? now_ns + ENDING_NS : watch->next_tick_ns;
	struct pollfd waits[2 + ENDS_MAX] = {
		{.fd = run->profile != NULL ? profile_get_poll_fd(run->profile) : -1,
		 .events = POLLIN},
		{.fd = eyes->input_fd > 0 ? eyes->input_fd : -1, .events = POLLIN},
	};
	struct timespec timeout;

	for (uint32_t i = 0; i < watch->end_count; i++)
		waits[2 + i] = (struct pollfd){.fd = watch->ends[i], .events = POLLIN};

	if (watch->begin_ns > now_ns && watch->begin_ns < next_ns)
		next_ns = watch->begin_ns;
	if (watch->end_ns > now_ns && watch->end_ns < next_ns)
		next_ns = watch->end_ns;
	if (next_ns <= now_ns)
		return;
	timeout.tv_sec = (time_t)((next_ns - now_ns) / NS_PER_S);
	timeout.tv_nsec = (long)((next_ns - now_ns) % NS_PER_S);
	/* a signal ends it early: interrupts are looked at next */
	if (ppoll(waits, 2 + watch->end_count, &timeout, NULL) <= 0)
		return;
	close_told_ends(watch, waits + 2);
	if (waits[1].revents != 0 && !eyes->press(eyes->context))
		watch->is_stopping = true;
}

static void check_conditions(struct run *run, struct watch *watch, uint64_t now_ns)
{
	if (run->load == NULL || watch->is_stopping || now_ns <= watch->begin_ns)
		return;
	run->aborted = abort_watch_check(&run->abort_watch, now_ns - watch->begin_ns);
	if (run->aborted == NULL)
		return;
	load_stop(run->load, false);
	watch->is_stopping = true;
}

/* What is due at this time besides phases: rings, monitors, store, progress. */
static int do_due_work(struct run *run, struct watch *watch, uint64_t now_ns, struct err *err)
{
	int r = 0;

	if (run->profile != NULL) {
		uint64_t begin_ns = clock_thread_cpu_ns();

		profile_drain(run->profile);
		run->lenses.profile_ns += clock_thread_cpu_ns() - begin_ns;
	}
	if (now_ns >= watch->next_sample_ns) {
		sample_monitors(run, clock_now_ns());
		if (!run_lenses_look(run))
			watch->is_stopping = true;
		watch->next_sample_ns += run->plan->monitor_interval_ns;
		if (watch->next_sample_ns <= now_ns)
			watch->next_sample_ns = now_ns + run->plan->monitor_interval_ns;
	}
	if (now_ns >= watch->next_store_ns) {
		r = store_so_far(run, err);
		watch->next_store_ns = now_ns + NS_PER_S;
		check_conditions(run, watch, now_ns);
	}
	if (now_ns >= watch->next_tick_ns) {
		monitor_set_tick(run->monitor, now_ns);
		report_progress(run);
		watch->next_tick_ns = now_ns + TICK_NS;
	}
	return r;
}

static void check_interrupts(struct run *run, struct watch *watch)
{
	int count = interrupt_get_count();

	if (count <= watch->interrupts_seen)
		return;
	watch->interrupts_seen = count;
	if (run->load != NULL)
		load_stop(run->load, count > 1);
	watch->is_stopping = true;
}

static void step_phases(struct run *run, struct watch *watch, uint64_t now_ns)
{
	bool is_over = watch->is_stopping || (watch->end_ns > 0 && now_ns >= watch->end_ns) ||
		       (run->load != NULL && load_is_finished(run->load));

	if (run->begin.time_ns == 0 && now_ns >= watch->begin_ns && !watch->is_stopping)
		begin_window(run, now_ns);
	if (run->begin.time_ns > 0 && run->end.time_ns == 0 && is_over)
		end_window(run, now_ns);
}

static struct watch watch_make(struct run *run, uint64_t begin_ns, uint64_t end_ns)
{
	uint64_t now_ns = clock_now_ns();

	return (struct watch){.begin_ns = begin_ns,
			      .end_ns = end_ns,
			      .next_sample_ns = begin_ns + run->plan->monitor_interval_ns,
			      .next_store_ns = now_ns + NS_PER_S,
			      .next_tick_ns = now_ns};
}

/* The window is closed and everything of it stored; `r` is what the loop ended with. */
static int finish(struct run *run, int r, struct err *err)
{
	struct err store_err = {0};
	int stored;

	if (run->begin.time_ns > 0 && run->end.time_ns == 0)
		end_window(run, clock_now_ns());
	stored = store_so_far(run, &store_err);
	if (r == 0 && stored < 0)
		r = err_set(err, stored, "%s", err_text(&store_err));
	return r;
}

int run_watch_load(struct run *run, uint64_t begin_ns, uint64_t end_ns, struct err *err)
{
	struct watch watch = watch_make(run, begin_ns, end_ns);
	int r = 0;

	while (!load_is_finished(run->load)) {
		uint64_t now_ns = clock_now_ns();
		int failed;

		check_interrupts(run, &watch);
		step_phases(run, &watch, now_ns);
		failed = do_due_work(run, &watch, now_ns, r == 0 ? err : NULL);
		if (failed == 0)
			failed = check_services(run, now_ns, r == 0 ? err : NULL);
		if (failed < 0 && r == 0) {
			r = failed;
			load_stop(run->load, true);
			watch.is_stopping = true;
		}
		wait_for_next(run, &watch, clock_now_ns());
	}
	step_phases(run, &watch, clock_now_ns());
	return finish(run, r, err);
}

void run_watch_begin(struct run *run)
{
	begin_window(run, clock_now_ns());
}

int run_watch_service(struct run *run, uint64_t duration_ns, struct err *err)
{
	uint64_t begin_ns = clock_now_ns();
	struct watch watch =
		watch_make(run, begin_ns, duration_ns > 0 ? begin_ns + duration_ns : 0);
	int r = 0;

	watch_ends(run, &watch);
	while (r == 0 && run->end.time_ns == 0) {
		uint64_t now_ns = clock_now_ns();

		check_interrupts(run, &watch);
		for (uint32_t i = 0; i < run->service_count; i++)
			if (service_check_ended(&run->services[i], run->options->keeper))
				watch.is_stopping = true;
		if (run->begin.time_ns == 0) /* also when it ended before the first look */
			begin_window(run, now_ns);
		step_phases(run, &watch, now_ns);
		r = do_due_work(run, &watch, now_ns, err);
		if (!watch.is_stopping) /* whoever looked may have seen enough */
			wait_for_next(run, &watch, clock_now_ns());
	}
	close_ends(&watch);
	return finish(run, r, err);
}
