#include "profile/profile.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>

#include "capture/capture.h"
#include "capture/perf_open.h"
#include "capture/ptrace_sampler.h"
#include "profile/profile_builder.h"
#include "profile/start_site.h"
#include "util/alloc.h"
#include "util/clock.h"
#include "util/disk_cache.h"
#include "util/fd.h"

enum {
	STACK_BYTES_FIRST = 16384, /* of the samples by which a thread's need is learned */
	STACK_BYTES_DWARF = 32768,
	LOOK_FIRST_NS = 100000000, /* from the first look at needs to the next: twice as long */
	LOOK_MOST_NS = 2000000000,
	LOOK_AGAIN_NS = 100000000, /* from one look to the next where joins are wrong */
	PTRACE_HZ_MOST = 99,
	/* from one look at what a process has mapped to the next, without perf's records */
	REFRESH_NS = 20000000,
};

struct profile {
	struct capture *capture; /* one of the two */
	struct ptrace_sampler *ptrace;
	struct profile_builder *builder;
	enum profile_stacks stacks;
	bool is_fixed;	       /* sizes of stack copies are as they are */
	uint64_t next_look_ns; /* at the needs of threads */
	uint64_t look_step_ns;
	uint64_t looked_ns;
	/* of the window before, for profile_take_window() */
	uint64_t taken_bytes, taken_cpu_ns, taken_lost, taken_stops, taken_stop_ns;
};

static void handle_record(void *arg, const struct perf_record *record,
			  const struct capture_origin *origin)
{
	struct profile *profile = arg;
	bool has_copies =
		profile->stacks == PROFILE_STACKS_AUTO || profile->stacks == PROFILE_STACKS_DWARF;
	struct sample_origin sample_origin = {
		.layout = capture_get_layout(profile->capture),
		.event = (uint16_t)origin->event,
		.has_stack = has_copies,
		.is_full = origin->is_full,
		.may_join = profile->stacks == PROFILE_STACKS_AUTO,
		.is_of_two = origin->event < capture_get_event_count(profile->capture) &&
			     capture_get_event(profile->capture, origin->event)->is_split,
	};

	profile_builder_add_record(profile->builder, record, &sample_origin);
}

static void handle_ptrace_sample(void *arg, const struct ptrace_sample *sample)
{
	struct profile *profile = arg;
	struct unwind_registers registers = {.known = sample->known};
	struct unwind_memory memory = {.bytes = sample->stack, .size = sample->stack_bytes};
	struct unwound_sample unwound = {
		.pid = sample->pid,
		.tid = sample->tid,
		.time_ns = sample->time_ns,
		.period = sample->period_ns,
	};
	unsigned sp = 7;

	if (sample->has_ended) {
		profile_builder_add_record(profile->builder,
					   &(struct perf_record){.type = PERF_RECORD_EXIT,
								 .pid = sample->pid,
								 .tid = sample->tid,
								 .time_ns = sample->time_ns},
					   NULL);
		return;
	}
#ifdef __aarch64__
	sp = 31;
#endif
	for (unsigned i = 0; i < UNWIND_REGISTER_COUNT; i++)
		registers.values[i] = sample->values[i];
	memory.start = registers.values[sp];
	unwound.end = profile_builder_unwind(profile->builder, sample->pid, &registers, &memory,
					     &unwound.frames, &unwound.frame_count);
	/* Nobody tells of libraries that are loaded, and of an exec: look again. */
	if (unwound.end != UNWIND_ROOT && sample->time_ns > REFRESH_NS &&
	    profile_builder_refresh(profile->builder, sample->pid, sample->time_ns - REFRESH_NS))
		unwound.end =
			profile_builder_unwind(profile->builder, sample->pid, &registers, &memory,
					       &unwound.frames, &unwound.frame_count);
	profile_builder_add_unwound(profile->builder, &unwound);
}

static const char *get_role(const struct profile_target *target, bool is_descendant)
{
	const char *role = is_descendant ? target->child_role : target->role;

	return role != NULL ? role : "";
}

/* The processes and threads that were there before the events were. */
static void add_present(struct profile *profile, const struct profile_config *config)
{
	const struct capture_tasks *tasks = profile->capture != NULL
						    ? capture_get_tasks(profile->capture)
						    : ptrace_sampler_get_tasks(profile->ptrace);
	uint32_t pid = 0;

	for (size_t i = 0; i < tasks->count; i++) {
		const struct capture_task *task = &tasks->items[i];

		if (config->target_count == 0) { /* the whole machine: no roles */
			profile_builder_add_thread(profile->builder, task->pid, task->tid);
			continue;
		}
		if (task->pid != pid) { /* the tasks of a process stand together */
			const struct profile_target *target = &config->targets[task->target];

			profile_builder_add_process(
				profile->builder, task->pid,
				get_role(target, (pid_t)task->pid != target->pid),
				get_role(target, true));
		}
		pid = task->pid;
		profile_builder_add_thread(profile->builder, task->pid, task->tid);
	}
}

static int open_capture(struct profile *profile, const struct profile_config *config,
			const pid_t *pids, struct err *err)
{
	struct capture_config capture_config = {
		.pids = pids,
		.pid_count = config->target_count,
		.is_system_wide = config->is_system_wide,
		.frequency_hz = config->frequency_hz,
		.period = config->period,
		.stacks = config->stacks == PROFILE_STACKS_FP	  ? CAPTURE_STACKS_FP
			  : config->stacks == PROFILE_STACKS_NONE ? CAPTURE_STACKS_NONE
								  : CAPTURE_STACKS_COPY,
		.short_stack_bytes = STACK_BYTES_FIRST,
		.events = config->events,
		.event_count = config->event_count,
	};

	if (config->stacks == PROFILE_STACKS_DWARF)
		capture_config.short_stack_bytes =
			config->stack_bytes > 0 ? config->stack_bytes : STACK_BYTES_DWARF;
	capture_config.full_stack_bytes = capture_config.short_stack_bytes;
	return capture_open(&profile->capture, &capture_config, err);
}

static bool is_refusal(int result)
{
	return result == -EACCES || result == -EPERM || result == -ENOSYS;
}

/* Each sample stops a thread: fewer of them. */
static double get_ptrace_hz(const struct profile_config *config)
{
	return config->frequency_hz > 0 && config->frequency_hz < PTRACE_HZ_MOST
		       ? config->frequency_hz
		       : PTRACE_HZ_MOST;
}

/*
 * By perf_event, else by stopping threads. Of two refusals the first one is told: it names the
 * setting that gives the better profile.
 */
static int open_sampler(struct profile *profile, const struct profile_config *config,
			struct err *err)
{
	scoped_free pid_t *pids = alloc_array(config->target_count + 1, sizeof(*pids));
	struct err second = {0};
	int result;

	for (uint32_t i = 0; i < config->target_count; i++)
		pids[i] = config->targets[i].pid;
	result = open_capture(profile, config, pids, err);
	if (!is_refusal(result) || config->is_system_wide || config->has_no_fallback ||
	    config->event_count > 0 || config->target_count == 0)
		return result;
	if (ptrace_sampler_open(&profile->ptrace, pids, config->target_count, get_ptrace_hz(config),
				&second) < 0)
		return result;
	return 0;
}

static const char *get_stacks_text(enum profile_stacks stacks)
{
	switch (stacks) {
	case PROFILE_STACKS_AUTO:
		return "auto";
	case PROFILE_STACKS_DWARF:
		return "dwarf";
	case PROFILE_STACKS_FP:
		return "fp";
	case PROFILE_STACKS_NONE:
		break;
	}
	return "none";
}

static void describe(struct profile *profile, const struct profile_config *config)
{
	struct profile_data *data = profile_builder_get_data(profile->builder);
	struct string_table *strings = &data->strings;

	data->frequency_hz = config->period > 0 ? 0 : config->frequency_hz;
	data->sampler = string_table_intern(strings, profile_get_sampler(profile));
	data->stacks_from = string_table_intern(
		strings, profile->ptrace != NULL ? "dwarf" : get_stacks_text(config->stacks));
	if (profile->ptrace != NULL) {
		data->frequency_hz = get_ptrace_hz(config);
		data->quality.is_kernel_hidden = true; /* its time is its callers' */
		vec_push(&data->events,
			 (struct profile_event){
				 .name = string_table_intern(strings, "cpu time"),
				 .period = (uint64_t)llround(1e9 / data->frequency_hz),
				 .is_clock = true,
			 });
		return;
	}
	data->quality.is_kernel_hidden = capture_is_kernel_hidden(profile->capture);
	for (uint32_t i = 0; i < capture_get_event_count(profile->capture); i++) {
		const struct capture_event *event = capture_get_event(profile->capture, i);

		vec_push(&data->events, (struct profile_event){
						.name = string_table_intern(strings, event->name),
						.period = event->period,
						.is_clock = event->is_clock,
					});
	}
}

static struct profile_builder *make_builder(const struct profile_config *config)
{
	scoped_free char *cache_dir = disk_cache_find_dir();

	return profile_builder_new(&(struct profile_builder_config){
		.symbols = {.has_lines = true,
			    .cache_dir = cache_dir,
			    .debuginfod_ns = config->debuginfod_ns},
		.cache_dir = cache_dir,
		.is_live = true,
#ifdef __aarch64__
		.arch = CFI_AARCH64,
#else
		.arch = CFI_X86_64,
#endif
	});
}

int profile_open(struct profile **ret_profile, const struct profile_config *config, struct err *err)
{
	scoped(profile_cleanup) struct profile *profile = alloc_new(struct profile);
	uint64_t start_avma;
	int result;

	profile->stacks = config->stacks;
	profile->is_fixed =
		(config->stacks != PROFILE_STACKS_AUTO && config->stacks != PROFILE_STACKS_DWARF) ||
		config->stack_bytes > 0;
	profile->look_step_ns = LOOK_FIRST_NS;
	fd_raise_limit(); /* for clocks of threads and files of programs, too */
	result = open_sampler(profile, config, err);
	if (result < 0)
		return result;
	profile->builder = make_builder(config);
	describe(profile, config);
	if (config->target_count == 1)
		profile_builder_set_strangers(profile->builder,
					      get_role(&config->targets[0], true));
	add_present(profile, config);
	start_avma = start_site_find_thread();
	if (start_avma != 0)
		profile_builder_add_start(profile->builder, start_avma);
	start_avma = start_site_find_main();
	if (start_avma != 0)
		profile_builder_add_start(profile->builder, start_avma);
	*ret_profile = profile;
	profile = NULL;
	return 0;
}

void profile_close(struct profile *profile)
{
	if (profile == NULL)
		return;
	capture_close(profile->capture);
	ptrace_sampler_close(profile->ptrace);
	profile_builder_free(profile->builder);
	free(profile);
}

void profile_enable(struct profile *profile)
{
	profile_drain(profile);
	if (profile->ptrace != NULL) {
		ptrace_sampler_enable(profile->ptrace);
		return;
	}
	capture_enable(profile->capture);
	profile->next_look_ns = clock_now_ns() + profile->look_step_ns;
}

void profile_disable(struct profile *profile)
{
	if (profile->ptrace != NULL)
		ptrace_sampler_disable(profile->ptrace);
	else
		capture_disable(profile->capture);
}

/*
 * New threads and those that were rarely sampled get what most samples of the others need: the
 * largest advice, so that nothing is cut.
 */
static void set_sizes(struct profile *profile, const struct stack_need *needs, uint32_t count)
{
	scoped_free struct capture_stack_size *sizes = alloc_array(count + 1, sizeof(*sizes));
	struct stack_need newcomers = profile_builder_get_newcomer_need(profile->builder);
	struct capture_stack_size rest = {.short_bytes = newcomers.short_bytes,
					  .full_bytes = newcomers.full_bytes};
	bool is_joining = profile->stacks == PROFILE_STACKS_AUTO;

	for (uint32_t i = 0; i < count; i++) {
		uint32_t full = needs[i].full_bytes;

		sizes[i] = (struct capture_stack_size){
			.tid = needs[i].tid,
			.short_bytes = is_joining ? needs[i].short_bytes : full,
			.full_bytes = full,
		};
		if (sizes[i].short_bytes > rest.short_bytes)
			rest.short_bytes = sizes[i].short_bytes;
		if (full > rest.full_bytes)
			rest.full_bytes = full;
	}
	if (capture_set_stack_sizes(profile->capture, sizes, count, &rest, NULL) < 0)
		profile->is_fixed = true; /* no room for a second set of events: stay as it is */
	else
		profile_builder_restart_needs(profile->builder);
}

/* It is time, or something has happened that has to be seen to before. */
static bool must_look(const struct profile *profile, uint64_t now_ns)
{
	return now_ns >= profile->next_look_ns ||
	       profile_builder_has_new_creator(profile->builder) ||
	       (profile_builder_has_wrong_joins(profile->builder) &&
		now_ns - profile->looked_ns >= LOOK_AGAIN_NS);
}

static void look_at_needs(struct profile *profile)
{
	uint64_t now_ns = clock_now_ns();
	const struct stack_need *needs;
	uint32_t count;
	bool has_changed = false;

	if (profile->is_fixed || profile->next_look_ns == 0 || !must_look(profile, now_ns))
		return;
	profile->looked_ns = now_ns;
	count = profile_builder_get_needs(profile->builder, &needs);
	has_changed = profile_builder_get_newcomer_need(profile->builder).has_changed;
	for (uint32_t i = 0; i < count; i++)
		has_changed |= needs[i].has_changed;
	if (has_changed)
		set_sizes(profile, needs, count);
	if (has_changed || count > 0)
		profile->look_step_ns *= 2;
	if (profile->look_step_ns > LOOK_MOST_NS)
		profile->look_step_ns = LOOK_MOST_NS;
	profile->next_look_ns = now_ns + profile->look_step_ns;
}

void profile_drain(struct profile *profile)
{
	if (profile->ptrace != NULL) {
		ptrace_sampler_drain(profile->ptrace, handle_ptrace_sample, profile);
		return;
	}
	capture_drain(profile->capture, handle_record, profile);
	look_at_needs(profile);
}

int profile_get_poll_fd(const struct profile *profile)
{
	return profile->ptrace != NULL ? ptrace_sampler_get_poll_fd(profile->ptrace)
				       : capture_get_poll_fd(profile->capture);
}

uint64_t profile_get_sample_count(const struct profile *profile)
{
	return profile_builder_get_data(profile->builder)->samples.count;
}

uint64_t profile_get_lost_count(const struct profile *profile)
{
	return profile->ptrace != NULL ? ptrace_sampler_get_lost_count(profile->ptrace)
				       : capture_get_lost_count(profile->capture);
}

uint64_t profile_get_cpu_ns(const struct profile *profile)
{
	return profile->ptrace != NULL ? ptrace_sampler_get_cpu_ns(profile->ptrace)
				       : capture_read_cpu_ns(profile->capture);
}

const char *profile_get_sampler(const struct profile *profile)
{
	return profile->ptrace != NULL ? "ptrace" : "perf_event";
}

/* The part since the last window of a total that only grows. */
static uint64_t take(uint64_t total, uint64_t *taken)
{
	uint64_t part = total > *taken ? total - *taken : 0;

	*taken = total;
	return part;
}

static uint64_t count_first_event(const struct profile_data *data)
{
	uint64_t count = 0;

	for (size_t i = 0; i < data->samples.count; i++)
		count += data->samples.items[i].event == 0;
	return count;
}

static void take_quality(struct profile *profile)
{
	struct profile_data *data = profile_builder_get_data(profile->builder);
	struct profile_quality *quality = &data->quality;

	quality->cpu_ns = take(profile_get_cpu_ns(profile), &profile->taken_cpu_ns);
	if (profile->ptrace != NULL) {
		quality->lost_count =
			take(ptrace_sampler_get_lost_count(profile->ptrace), &profile->taken_lost);
		quality->stop_count =
			take(ptrace_sampler_get_stop_count(profile->ptrace), &profile->taken_stops);
		quality->stop_ns =
			take(ptrace_sampler_get_stop_ns(profile->ptrace), &profile->taken_stop_ns);
		return;
	}
	quality->lost_count =
		take(capture_read_lost_samples(profile->capture), &profile->taken_lost);
	quality->bytes_from_kernel =
		take(capture_get_bytes(profile->capture), &profile->taken_bytes);
	if (quality->is_kernel_hidden && data->events.items[0].is_clock) {
		uint64_t user_ns = (count_first_event(data) + quality->lost_count) *
				   data->events.items[0].period;

		quality->kernel_hidden_ns =
			quality->cpu_ns > user_ns ? quality->cpu_ns - user_ns : 0;
	}
}

void profile_take_window(struct profile *profile, struct profile_data *ret_data)
{
	profile_drain(profile);
	take_quality(profile);
	profile_builder_take_window(profile->builder, ret_data);
}

void profile_finish(struct profile *profile, struct profile_data *ret_data)
{
	profile_disable(profile);
	if (profile->ptrace != NULL)
		ptrace_sampler_drain(profile->ptrace, handle_ptrace_sample, profile);
	else
		capture_flush(profile->capture, handle_record, profile);
	take_quality(profile);
	profile_builder_take(profile->builder, ret_data);
}
