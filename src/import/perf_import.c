#include "import/perf_import.h"

#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "import/branch_chain.h"
#include "import/perf_data.h"
#include "import/perf_event_name.h"
#include "import/recorded_kernel.h"
#include "profile/profile_builder.h"
#include "util/alloc.h"

enum { EVENT_UNUSED = UINT16_MAX };

struct period_sum {
	double sum;
	uint64_t count;
};

struct perf_import {
	struct import *import;
	const struct import_options *options;
	struct perf_data *perf;
	struct profile_builder *builder; /* NULL until the first record that is not of the kernel */
	struct recorded_kernel kernel;
	struct branch_chain branches;
	VEC(uint16_t) events;		/* of the file's events: index into profile_data.events */
	VEC(struct period_sum) periods; /* by the latter */
	size_t build_id_count;		/* of the file's, how many the builder knows */
};

static bool has_copies(const struct perf_data_event *event)
{
	const uint64_t both = PERF_SAMPLE_REGS_USER | PERF_SAMPLE_STACK_USER;

	return (event->layout.sample_type & both) == both;
}

static bool has_branches(const struct perf_data_event *event)
{
	const uint64_t both = PERF_SAMPLE_CALLCHAIN | PERF_SAMPLE_BRANCH_STACK;

	return (event->layout.sample_type & both) == both &&
	       (event->layout.branch_sample_type & PERF_SAMPLE_BRANCH_CALL_STACK);
}

/* Ones that only carry records of mappings and names ("dummy:u"). */
static bool is_sampled(const struct perf_data_event *event)
{
	return event->attr.type != PERF_TYPE_SOFTWARE || event->attr.config != PERF_COUNT_SW_DUMMY;
}

static const char *name_stacks(const struct perf_data_event *event)
{
	if (has_copies(event))
		return "dwarf";
	if (has_branches(event))
		return "lbr";
	return event->layout.sample_type & PERF_SAMPLE_CALLCHAIN ? "fp" : "none";
}

/* ns between samples; 0 when the kernel chose the period, and only the samples tell. */
static uint64_t get_nominal_period(const struct perf_data_event *event)
{
	bool is_clock = perf_event_name_is_clock(&event->attr);

	if (!event->attr.freq)
		return event->attr.sample_period > 0 ? event->attr.sample_period : 1;
	return is_clock && event->attr.sample_freq > 0
		       ? (uint64_t)llround(1e9 / (double)event->attr.sample_freq)
		       : 0;
}

static void add_event(struct perf_import *self, struct profile_data *data,
		      const struct perf_data_event *event)
{
	struct profile_event own = {
		.name = string_table_intern(&data->strings, event->name),
		.period = get_nominal_period(event),
		.is_clock = perf_event_name_is_clock(&event->attr),
	};

	if (!is_sampled(event) || data->events.count >= EVENT_UNUSED) {
		vec_push(&self->events, EVENT_UNUSED);
		return;
	}
	if (data->events.count == 0) {
		data->frequency_hz = event->attr.freq ? (double)event->attr.sample_freq : 0;
		data->stacks_from = string_table_intern(&data->strings, name_stacks(event));
	}
	vec_push(&self->events, (uint16_t)data->events.count);
	vec_push(&data->events, own);
	vec_push(&self->periods, (struct period_sum){0});
}

/* Those that came since the last time: a pipe may tell of build ids at its end. */
static void add_build_ids(struct perf_import *self, const struct perf_data_info *info)
{
	for (; self->build_id_count < info->build_ids.count; self->build_id_count++) {
		const struct perf_data_build_id *id = &info->build_ids.items[self->build_id_count];

		if (!id->is_kernel)
			profile_builder_add_build_id(self->builder, id->path, id->bytes,
						     id->length);
	}
}

static enum cfi_arch get_arch(const struct perf_data_info *info)
{
	const char *arch = info->arch;

#if defined(__aarch64__)
	if (arch == NULL)
		return CFI_AARCH64;
#endif
	return arch != NULL && (strcmp(arch, "aarch64") == 0 || strcmp(arch, "arm64") == 0)
		       ? CFI_AARCH64
		       : CFI_X86_64;
}

/* The header is known by now, of a pipe, too. */
static void make_builder(struct perf_import *self)
{
	const struct perf_data_info *info = perf_data_get_info(self->perf);
	const struct import_options *options = self->options;
	struct profile_builder_config config = {
		.symbols = {.has_lines = !options->is_without_lines,
			    .cache_dir = options->cache_dir,
			    .debuginfod_ns = options->debuginfod_ns},
		.cache_dir = options->cache_dir,
		.root = options->root,
		.arch = get_arch(info),
	};
	struct profile_data *data;

	recorded_kernel_compare(&self->kernel, info);
	if (self->kernel.difference != NULL)
		config.symbols.kallsyms = ""; /* better no name than a wrong one */
	self->builder = profile_builder_new(&config);
	add_build_ids(self, info);
	data = profile_builder_get_data(self->builder);
	data->sampler = string_table_intern(&data->strings, "perf.data");
	data->stacks_from = string_table_intern(&data->strings, "none");
}

/* A pipe may tell of another event at any time. */
static struct profile_data *update_events(struct perf_import *self,
					  const struct perf_data_info *info)
{
	struct profile_data *data = profile_builder_get_data(self->builder);

	while (self->events.count < info->events.count)
		add_event(self, data, &info->events.items[self->events.count]);
	return data;
}

static void add_sample(struct perf_import *self, struct perf_record *record, uint32_t number)
{
	const struct perf_data_info *info = perf_data_get_info(self->perf);
	struct profile_data *data = update_events(self, info);
	const struct perf_data_event *event = &info->events.items[number];
	struct sample_origin origin = {
		.layout = &event->layout,
		.event = self->events.items[number],
		.has_stack = has_copies(event),
	};

	if (origin.event == EVENT_UNUSED)
		return;
	if (record->sample.period == 0) {
		uint64_t period = data->events.items[origin.event].period;

		record->sample.period = period > 0 ? period : 1;
	}
	self->periods.items[origin.event].sum += (double)record->sample.period;
	self->periods.items[origin.event].count++;
	if (has_branches(event))
		branch_chain_replace(&self->branches, &record->sample, &event->layout);
	profile_builder_add_record(self->builder, record, &origin);
}

static void handle_record(void *arg, const struct perf_record *record, uint32_t event)
{
	struct perf_import *self = arg;
	struct perf_record copy = *record;

	if (record->type == PERF_RECORD_MMAP && record->pid == UINT32_MAX) {
		recorded_kernel_add_mapping(&self->kernel, &record->mmap);
		return;
	}
	if (self->builder == NULL)
		make_builder(self);
	if (record->type == PERF_RECORD_SAMPLE)
		add_sample(self, &copy, event);
	else
		profile_builder_add_record(self->builder, record, NULL);
}

static int check_arch(const struct perf_data_info *info, struct err *err)
{
	static const char *const known[] = {"x86_64", "aarch64", "arm64"};
	bool has_stacks = false;

	for (size_t i = 0; i < info->events.count; i++)
		has_stacks |= has_copies(&info->events.items[i]);
	if (info->arch == NULL || !has_stacks)
		return 0;
	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++)
		if (strcmp(info->arch, known[i]) == 0)
			return 0;
	return err_set(
		err, -ENOTSUP,
		"has stack copies of a machine of the kind %s; sonde unwinds those of x86_64 "
		"and aarch64. Give it what `perf script` prints there",
		info->arch);
}

static bool has_kernel_frames(const struct profile_data *data)
{
	for (size_t i = 0; i < data->modules.count; i++)
		if (data->modules.items[i].kind == MODULE_KERNEL)
			return true;
	return false;
}

static void warn(struct perf_import *self, const struct perf_data_counts *counts)
{
	struct import *import = self->import;

	if (counts->is_cut)
		import_warn(import,
			    "%s makes no sense from byte %" PRIu64
			    " on (cut off, or damaged): only what stands before it is shown",
			    import->name, counts->cut_offset);
	else if (counts->is_unfinished)
		import_warn(
			import,
			"%s: what perf adds at the end (build ids, names of events, the machine) "
			"is missing: perf was killed, or the file was cut off",
			import->name);
	if (counts->damaged_records > 0)
		import_warn(import, "%s: %" PRIu64 " records contradict themselves, left out",
			    import->name, counts->damaged_records);
	if (counts->unknown_records > 0)
		import_warn(import,
			    "%s: %" PRIu64 " records of kinds that this sonde does not "
			    "know, left out",
			    import->name, counts->unknown_records);
	if (counts->late_records > 0)
		import_warn(import,
			    "%s: %" PRIu64 " records stand too far from their place in time "
			    "to be put in order",
			    import->name, counts->late_records);
	if (counts->auxtrace_bytes > 0)
		import_warn(import,
			    "%s: %" PRIu64 " bytes of a hardware trace are not decoded; "
			    "`perf script --itrace` does",
			    import->name, counts->auxtrace_bytes);
	if (self->kernel.difference != NULL && has_kernel_frames(&import->data))
		import_warn(import, "%s: kernel functions have no names: %s", import->name,
			    self->kernel.difference);
}

static void copy_info(struct import *import, const struct perf_data_info *info)
{
	const char **const to[] = {&import->host,      &import->kernel,
				   &import->machine,   &import->perf_version,
				   &import->cpu_model, &import->command_line};
	const char *const from[] = {info->host,		info->kernel,	 info->arch,
				    info->perf_version, info->cpu_model, info->command_line};

	for (size_t i = 0; i < sizeof(to) / sizeof(to[0]); i++)
		*to[i] = from[i] != NULL ? arena_strdup(&import->arena, from[i]) : NULL;
	import->cpu_count = info->cpu_count;
	import->memory_bytes = info->memory_bytes;
}

/*
 * When it began: by the pair of times that perf kept (record -k), else its file was last written
 * when it ended.
 */
static void find_wall_time(struct import *import, const struct import_input *input,
			   const struct perf_data_info *info)
{
	uint64_t length_ns = import->end_ns - import->begin_ns, end_ns;
	struct stat status;

	if (info->has_clock_id && info->clock_wall_ns > info->clock_ns) {
		import->begin_wall_ns = info->clock_wall_ns - info->clock_ns + import->begin_ns;
	} else if (fstat(input->fd, &status) == 0 && S_ISREG(status.st_mode) &&
		   status.st_mtim.tv_sec > 0) {
		end_ns = (uint64_t)status.st_mtim.tv_sec * 1000000000u +
			 (uint64_t)status.st_mtim.tv_nsec;
		import->begin_wall_ns = end_ns > length_ns ? end_ns - length_ns : 0;
	}
}

static void finish(struct perf_import *self, const struct perf_data_counts *counts)
{
	struct profile_data *data = profile_builder_get_data(self->builder);
	struct import *import = self->import;

	add_build_ids(self, perf_data_get_info(self->perf));
	data->quality.bytes_from_kernel = counts->bytes;
	/* a ring's losses and the samples' own count are of the same ones */
	data->quality.lost_count = counts->lost_samples > counts->lost_records
					   ? counts->lost_samples
					   : counts->lost_records;
	for (size_t i = 0; i < data->events.count; i++) {
		const struct period_sum *sum = &self->periods.items[i];

		if (data->events.items[i].period == 0 && sum->count > 0)
			data->events.items[i].period =
				(uint64_t)llround(sum->sum / (double)sum->count);
		if (data->events.items[i].period == 0)
			data->events.items[i].period = 1;
	}
	profile_data_release(&import->data);
	profile_builder_take(self->builder, &import->data);
	import->begin_ns = counts->begin_ns;
	import->end_ns = counts->end_ns;
}

static int read_all(struct perf_import *self, struct import_input *input, const char *folder,
		    struct err *err)
{
	struct perf_data_counts counts;
	int r = perf_data_open(&self->perf, input, folder, err);

	if (r == 0)
		r = check_arch(perf_data_get_info(self->perf), err);
	if (r == 0)
		r = perf_data_read(self->perf, handle_record, self, &counts, err);
	if (r == 0)
		r = check_arch(perf_data_get_info(self->perf), err);
	if (r < 0)
		return r;
	if (self->builder == NULL || counts.samples == 0)
		return err_set(err, -ENODATA, "is a perf.data without samples%s",
			       counts.is_cut ? "; it is cut off" : "");
	finish(self, &counts);
	copy_info(self->import, perf_data_get_info(self->perf));
	find_wall_time(self->import, input, perf_data_get_info(self->perf));
	warn(self, &counts);
	return 0;
}

int perf_import_read(struct import *import, struct import_input *input, const char *folder,
		     const struct import_options *options, struct err *err)
{
	struct perf_import self = {.import = import, .options = options};
	int r = read_all(&self, input, folder, err);

	profile_builder_free(self.builder);
	perf_data_close(self.perf);
	recorded_kernel_release(&self.kernel);
	branch_chain_release(&self.branches);
	vec_release(&self.events);
	vec_release(&self.periods);
	return r;
}
