/* Functions by CPU, against the sample profile (sample_store.h), counted by hand. */
#include "view/hot_functions.h"

#include <errno.h>

#include "sample_profile.h"
#include "sample_view.h"

static struct sample_view view;

static const struct hot_function *find(const struct hot_functions *hot, const char *name)
{
	for (uint32_t i = 0; i < hot->function_count; i++)
		if (strcmp(hot->functions[i].name, name) == 0)
			return &hot->functions[i];
	return NULL;
}

static void is_function(const struct hot_functions *hot, const char *name, const char *module,
			double self, double total)
{
	const struct hot_function *function = find(hot, name);

	if (!ok(function != NULL, name))
		return;
	is_str(function->module, module, "… module");
	is_near(function->self, self, 1e-9, "… self");
	is_near(function->total, total, 1e-9, "… total");
}

static void read_arm(struct hot_functions *hot, uint32_t arm)
{
	struct err err = {0};

	sample_check(hot_functions_read(hot, &view.arena, &view.selection, arm, NULL, &err), &err);
}

static void test_arm(void)
{
	struct hot_functions hot;
	double self = 0;
	bool is_sorted = true;

	read_arm(&hot, 0);
	is_int(hot.function_count, 6, "functions, not addresses");
	is_function(&hot, "parse", "server", 24, 24);
	is_function(&hot, "walk", "server", 18, 18); /* three times in each of its stacks */
	is_function(&hot, "write", "[kernel]", 12, 12);
	is_function(&hot, "libc.so.6+0x1a2b", "libc.so.6", 6, 6);
	is_function(&hot, "main", "server", 0, 54);
	is_function(&hot, "[kernel, hidden]", "[kernel]", 12, 12);
	ok(find(&hot, "write")->is_kernel && find(&hot, "[kernel, hidden]")->is_kernel &&
		   !find(&hot, "parse")->is_kernel,
	   "kernel functions are marked");
	is_str(find(&hot, "parse")->file, "parse.c", "file");
	is_int(find(&hot, "parse")->line, 40, "line");
	is_str(find(&hot, "write")->file, "", "or none");
	for (uint32_t i = 0; i < hot.function_count; i++) {
		self += hot.functions[i].self;
		is_sorted =
			is_sorted && (i == 0 || hot.functions[i - 1].self >= hot.functions[i].self);
	}
	is_near(self, hot.summary.samples_with_hidden, 1e-9, "self adds up to all CPU time");
	ok(is_sorted, "largest self first");
}

static void test_summary(void)
{
	struct hot_functions hot;
	const struct profile_quality *quality = &hot.summary.quality;

	read_arm(&hot, 0);
	is_int(hot.summary.run_count, 6, "six runs had a profile");
	is_int(quality->sample_count, 60, "their samples");
	is_int(quality->complete_count, 54, "complete");
	is_int(quality->truncated_count, 6, "truncated");
	is_int(quality->lost_count, 24, "lost");
	is_int(quality->throttled_count, 30, "throttled");
	is_int(quality->kernel_hidden_ns, 12 * SAMPLE_WEIGHT_NS, "hidden");
	is_int(quality->bytes_from_kernel, 6 * 777, "bytes");
	is_int(quality->cpu_ns, 6 * 61000000, "CPU time");
	ok(quality->is_kernel_hidden, "some of it hidden");
	is_near(hot.summary.samples_with_hidden, 72, 1e-9, "what shares are of");
	is_int(hot.summary.stacks, 6 * 7, "stacks");
	is_str(hot.summary.event, "cpu-clock", "event");
	is_str(hot.summary.sampler, "perf_event", "sampler");
	ok(hot.summary.frequency_hz == 200.0 && hot.summary.weight_ns == SAMPLE_WEIGHT_NS,
	   "frequency and weight");
}

static void test_threads(void)
{
	struct hot_functions hot;
	double samples = 0;

	read_arm(&hot, 0);
	for (uint32_t i = 0; i < hot.thread_count; i++)
		samples += hot.threads[i].samples;
	is_near(samples, 60, 1e-9, "each sample has its thread");
	ok(strcmp(hot.threads[0].comm, "server") == 0 &&
		   strcmp(hot.threads[0].role, "gateway") == 0 && hot.threads[0].samples == 9 &&
		   hot.threads[0].tid == 100,
	   "busiest first");
}

static void test_all_arms(void)
{
	struct hot_functions hot;
	struct err err = {0};

	read_arm(&hot, UINT32_MAX);
	is_int(hot.summary.run_count, 12, "all arms");
	is_function(&hot, "parse", "server", 24 + 36, 60);
	is_int(hot_functions_read(&hot, &view.arena, &view.selection, 9, NULL, &err), -ENOENT,
	       "an arm that is not there has no profile");
	ok(strstr(err_text(&err), "@last has no profile") != NULL, "… with a sentence");
}

/* Same name in two modules: two functions. A stack of no frames: time of the thread alone. */
static void test_odd(void)
{
	struct hot_functions hot;
	struct err err = {0};

	sample_store_sql(&view.sample, "UPDATE frame SET function=(SELECT id FROM profile_string p"
				       " WHERE p.run=frame.run AND text='parse') WHERE id=4");
	read_arm(&hot, 0);
	is_int(hot.function_count, 6, "one name in two modules is two functions");
	sample_store_sql(&view.sample, "UPDATE stack SET frame=77 WHERE id=9");
	err = (struct err){0};
	is_int(hot_functions_read(&hot, &view.arena, &view.selection, 0, NULL, &err), -EBADMSG,
	       "a damaged profile is an error");
	ok(strstr(err_text(&err), "is damaged") != NULL, "… with a sentence");
}

static void read_by(struct hot_functions *hot, struct sample_profile *profile, enum hot_group group,
		    const struct profile_filter *filter)
{
	struct err err = {0};

	sample_check(hot_functions_read_by(hot, &profile->arena, &profile->selection, 0, group,
					   filter, &err),
		     &err);
}

static void test_groups(struct sample_profile *profile)
{
	struct hot_functions hot;

	read_by(&hot, profile, HOT_FUNCTIONS, NULL);
	is_function(&hot, "next", "app", 1.5, 1.5);
	ok(find(&hot, "next")->is_inlined && !find(&hot, "sum")->is_inlined, "what was inlined");
	is_function(&hot, "sum", "app", 2, 6.5);
	is_function(&hot, "rec", "app", 2, 2);
	is_function(&hot, "[kernel, hidden]", "[kernel]", 2, 2);
	read_by(&hot, profile, HOT_MODULES, NULL);
	is_int(hot.function_count, 4, "three modules, and hidden time");
	is_function(&hot, "app", "app", 5.5, 8.5);
	is_function(&hot, "libc.so.6", "libc.so.6", 3, 3);
	is_function(&hot, "[kernel]", "[kernel]", 1, 1);
	read_by(&hot, profile, HOT_FILES, NULL);
	is_function(&hot, "/src/sum.c", "", 3.5, 6.5);
	is_function(&hot, "[libc.so.6]", "", 3, 3);
	read_by(&hot, profile, HOT_LINES, NULL);
	is_function(&hot, "/src/sum.c:13", "app", 2, 3.5);
	is_function(&hot, "/src/rec.c:7", "app", 0, 2);
}

static void test_filtered(struct sample_profile *profile)
{
	struct profile_filter filter = {.role = "workers"};
	struct hot_functions hot;

	read_by(&hot, profile, HOT_FUNCTIONS, &filter);
	is_int(hot.function_count, 2, "only what has samples there");
	is_function(&hot, "rec", "app", 2, 2);
	is_function(&hot, "write", "[kernel]", 1, 1);
	is_int(hot.thread_count, 1, "and whose threads");
	ok(hot.summary.is_partial && hot.summary.selected_count == 2, "which is said");
	is_near(hot.summary.samples_with_hidden, 3, 1e-9, "shares are of those");
	is_int(hot.summary.quality.sample_count, 13, "quality is of all");
	filter = (struct profile_filter){.event = "cycles"};
	read_by(&hot, profile, HOT_FUNCTIONS, &filter);
	is_int(hot.function_count, 1, "another event");
	is_function(&hot, "main", "app", 4, 4);
	is_str(hot.summary.event, "cycles", "… by name");
	ok(hot.summary.weight_ns == 0 && hot.summary.event_period == SAMPLE_CYCLES &&
		   !hot.summary.is_partial,
	   "… is no time");
	is_near(hot.summary.samples_with_hidden, 4, 1e-9, "… and has no hidden time");
}

static void test_modules(struct sample_profile *profile)
{
	struct hot_functions hot;
	const struct hot_module *modules;

	read_by(&hot, profile, HOT_FUNCTIONS, NULL);
	modules = hot.summary.modules;
	is_int(hot.summary.module_count, 3, "modules that ran");
	ok(strcmp(modules[0].path, "/srv/app") == 0 && modules[0].flags == MODULE_UNOPTIMIZED &&
		   modules[0].trouble[0] == '\0',
	   "the hottest first, with its flags");
	is_str(modules[1].trouble, "install libc6-dbg", "what is missing");
	is_int(hot.summary.event_count, 2, "two events");
	ok(strcmp(hot.summary.event, "cpu-clock") == 0 &&
		   strcmp(hot.summary.events[1], "cycles") == 0 &&
		   hot.summary.weight_ns == SAMPLE_PERIOD,
	   "the first is what is shown");
	is_int(hot.summary.duration_ns, SAMPLE_SECONDS * SAMPLE_SECOND_NS, "the window");
	ok(hot.summary.quality.truncations[TRUNCATION_NO_RULE] == 1 &&
		   hot.summary.quality.audited_count == 40 && hot.summary.quality.stop_count == 3,
	   "quality");
}

int main(void)
{
	struct sample_profile profile;

	sample_profile_open(&profile);
	test_groups(&profile);
	test_filtered(&profile);
	test_modules(&profile);
	sample_profile_close(&profile);
	sample_view_open(&view);
	test_arm();
	test_summary();
	test_threads();
	test_all_arms();
	test_odd();
	sample_view_close(&view);
	return tap_done();
}
