/* Functions by CPU, against the sample profile (sample_store.h), counted by hand. */
#include "view/hot_functions.h"

#include <errno.h>

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

	sample_check(hot_functions_read(hot, &view.arena, &view.selection, arm, &err), &err);
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
	uint64_t samples = 0;

	read_arm(&hot, 0);
	for (uint32_t i = 0; i < hot.thread_count; i++)
		samples += hot.threads[i].samples;
	is_int(samples, 60, "each sample has its thread");
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
	is_int(hot_functions_read(&hot, &view.arena, &view.selection, 9, &err), -ENOENT,
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
	is_int(hot_functions_read(&hot, &view.arena, &view.selection, 0, &err), -EBADMSG,
	       "a damaged profile is an error");
	ok(strstr(err_text(&err), "is damaged") != NULL, "… with a sentence");
}

int main(void)
{
	sample_view_open(&view);
	test_arm();
	test_summary();
	test_threads();
	test_all_arms();
	test_odd();
	sample_view_close(&view);
	return tap_done();
}
