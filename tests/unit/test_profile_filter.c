/* Which samples a filter takes and what they count, against the profile of sample_profile.h. */
#include "view/profile_filter.h"

#include <errno.h>

#include "sample_profile.h"

static struct sample_profile profile;

struct sums {
	double weight, hidden, stacks;
	uint32_t samples, profiles;
	bool is_clock;
};

static int sum_up(void *context, const struct filtered_profile *filtered, struct err *err)
{
	const struct profile_data *data = filtered->data;
	double *stacks = profile_filter_sum_stacks(filtered);
	struct sums *sums = context;

	(void)err;
	for (size_t i = 0; i < data->samples.count; i++) {
		double weight = profile_filter_get_weight(filtered, &data->samples.items[i]);

		sums->weight += weight;
		sums->samples += weight > 0;
	}
	for (size_t i = 0; i < data->stacks.nodes.count; i++)
		sums->stacks += stacks[i];
	sums->hidden += filtered->hidden;
	sums->is_clock = filtered->is_clock;
	sums->profiles++;
	free(stacks);
	return 0;
}

static void takes(const struct profile_filter *filter, double weight, uint32_t samples,
		  double hidden, const char *what)
{
	struct sums sums = {0};
	struct err err = {0};

	sample_check(profile_filter_read(&profile.selection, 0, filter, sum_up, &sums, &err), &err);
	is_near(sums.weight, weight, 1e-9, what);
	is_int(sums.samples, samples, "… samples");
	is_near(sums.hidden, hidden, 1e-9, "… hidden time");
	is_near(sums.stacks, sums.weight, 1e-9, "… the same by stack");
}

static void test_filters(void)
{
	const char *const threads[] = {"help", "10"};

	takes(NULL, 9.5 + 0.0, 9, 2, "all of the first event, by period");
	takes(&(struct profile_filter){.event = "cpu-clock"}, 9.5, 9, 2, "which may be named");
	takes(&(struct profile_filter){.event = "cycles"}, 4, 4, 0, "another event");
	takes(&(struct profile_filter){.threads = threads, .thread_count = 1}, 3, 2, 0,
	      "a thread by name");
	takes(&(struct profile_filter){.threads = threads + 1, .thread_count = 1}, 6.5, 7, 0,
	      "or by number");
	takes(&(struct profile_filter){.threads = threads, .thread_count = 2}, 9.5, 9, 0,
	      "or several");
	takes(&(struct profile_filter){.role = "workers"}, 3, 2, 0, "a role");
	takes(&(struct profile_filter){.role = "nobody"}, 0, 0, 0, "one that nobody has");
	takes(&(struct profile_filter){.module = "libc.so.6"}, 3, 3, 0, "what ran in a module");
	takes(&(struct profile_filter){.module = "/srv/app"}, 5.5, 5, 0, "by its path");
	takes(&(struct profile_filter){.module = "[kernel]"}, 1, 1, 0, "the kernel");
	takes(&(struct profile_filter){.begin_ns = SAMPLE_SECOND_NS,
				       .end_ns = 3 * SAMPLE_SECOND_NS},
	      5, 5, 0, "a part of the window, without its end");
	takes(&(struct profile_filter){.begin_ns = 4 * SAMPLE_SECOND_NS}, 1, 1, 0, "to its end");
	takes(&(struct profile_filter){.begin_ns = SAMPLE_SECOND_NS, .role = "workers"}, 3, 2, 0,
	      "all conditions at once");
}

static int refuse(void *context, const struct filtered_profile *filtered, struct err *err)
{
	(void)context;
	(void)filtered;
	return err_set(err, -EDOM, "enough");
}

static void test_errors(void)
{
	struct profile_filter filter = {.event = "page-faults"};
	struct sums sums = {0};
	struct err err = {0};

	is_int(profile_filter_read(&profile.selection, 0, &filter, sum_up, &sums, &err), -ENOENT,
	       "an event that was not sampled");
	ok(strstr(err_text(&err), "'page-faults'; it has cpu-clock, cycles") != NULL,
	   "… is refused with those that were");
	is_int(sums.profiles, 0, "… before anything is read");
	is_int(profile_filter_read(&profile.selection, 7, NULL, sum_up, &sums, &err), -ENOENT,
	       "no such arm: no profile");
	is_int(profile_filter_read(&profile.selection, 0, NULL, refuse, NULL, &err), -EDOM,
	       "a reader's error ends it");
	is_str(err_text(&err), "enough", "… with its sentence");
	ok(!profile_filter_is_partial(NULL) && !profile_filter_is_partial(&filter) &&
		   profile_filter_is_partial(&(struct profile_filter){.end_ns = 1}),
	   "another event leaves nothing out");
}

int main(void)
{
	sample_profile_open(&profile);
	test_filters();
	test_errors();
	sample_profile_close(&profile);
	return tap_done();
}
