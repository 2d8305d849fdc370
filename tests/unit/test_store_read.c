/* What is written reads back as it was; how experiments are found; damage and dead owners. */
#include "store/store_read.h"

#include <errno.h>
#include <unistd.h>

#include "sample_store.h"

static struct sample_store sample;
static struct arena arena;

static void test_experiment(void)
{
	struct stored_experiment *list;
	struct err err = {0};
	uint32_t count;

	sample_check(store_list_experiments(sample.store, &arena, &list, &count, &err), &err);
	is_int(count, 1, "one experiment");
	is_str(list[0].id, SAMPLE_ID, "id");
	is_str(list[0].kind, "run", "kind");
	is_str(list[0].name, "gateway", "name");
	is_str(list[0].command_line, "sonde run gateway", "command line");
	is_str(list[0].plan, "name: gateway\n", "plan");
	is_str(list[0].plan_path, "/srv/gateway/sonde.yaml", "its path");
	is_str(list[0].environment, "{\"host\": \"here\"}", "environment");
	is_str(list[0].primary_metric, "cpu_per_request", "primary metric");
	is_int(list[0].state, RUN_DONE, "state");
	is_int(list[0].created_wall_ns, 1000, "time");
	ok(list[0].seed == UINT64_MAX - 5, "a seed of 64 bits");
	is_int(list[0].run_count, SAMPLE_RUNS, "runs");
	is_str(list[0].arms, "proxy, zero-copy", "arms, as in the plan");
	is_str(list[0].tags, "", "no tags");
}

static void test_runs(void)
{
	struct stored_run *runs;
	struct err err = {0};
	uint32_t count, wrong = 0, pairs[2] = {0, 0};

	sample_check(store_list_runs(sample.store, &arena, SAMPLE_ID, &runs, &count, &err), &err);
	is_int(count, SAMPLE_RUNS, "all runs");
	for (uint32_t i = 0; i < count; i++) {
		uint32_t place = sample_places[i];
		struct run_record want = sample_run(SAMPLE_ID, i + 1, place, ++pairs[place]);
		const struct run_record *got = &runs[i].record;

		wrong += strcmp(got->experiment, want.experiment) != 0 ||
			 got->number != want.number || strcmp(got->arm, want.arm) != 0 ||
			 got->arm_place != want.arm_place || got->pair != want.pair ||
			 got->state != want.state || got->started_wall_ns != want.started_wall_ns ||
			 got->failure[0] != '\0' || !runs[i].has_validity ||
			 runs[i].validity != VALIDITY_VALID ||
			 memcmp(got->phase_begin_ns, want.phase_begin_ns,
				sizeof(want.phase_begin_ns)) != 0 ||
			 memcmp(got->phase_end_ns, want.phase_end_ns, sizeof(want.phase_end_ns)) !=
				 0;
	}
	is_int(wrong, 0, "in the order in which they ran, as they were, with their phases");
}

static void test_update(void)
{
	struct run_record run = sample_run(SAMPLE_ID, 3, 0, 2);
	int64_t key = sample_get_key(&sample, SAMPLE_ID, 3);
	struct stored_run *runs;
	struct err err = {0};
	uint32_t count;

	run.state = RUN_FAILED;
	run.phase_end_ns[PHASE_MEASURE] = 0;
	run.phase_begin_ns[PHASE_STOP] = 7;
	snprintf(run.failure, sizeof(run.failure), "it 'died' early");
	sample_check(store_update_run(sample.store, key, &run, &err), &err);
	sample_check(store_set_validity(sample.store, key, VALIDITY_REFUSED, "one\ntwo", &err),
		     &err);
	sample_check(store_list_runs(sample.store, &arena, SAMPLE_ID, &runs, &count, &err), &err);
	is_int(runs[2].record.state, RUN_FAILED, "a later state");
	is_str(runs[2].record.failure, "it 'died' early", "and failure");
	is_int(runs[2].record.phase_end_ns[PHASE_MEASURE], 0, "a phase that did not end");
	is_int(runs[2].record.phase_begin_ns[PHASE_STOP], 7, "a further phase");
	is_int(runs[2].validity, VALIDITY_REFUSED, "a verdict on the load");
	is_str(runs[2].reasons, "one\ntwo", "and its reasons");
	is_int(runs[3].record.state, RUN_DONE, "the others stay");
	run = sample_run(SAMPLE_ID, 3, 0, 2);
	sample_check(store_update_run(sample.store, key, &run, &err), &err);
}

static void test_metrics(void)
{
	int64_t key = sample_get_key(&sample, SAMPLE_ID, 12); /* proxy, pair 6 */
	struct metric_value *metrics;
	struct err err = {0};
	uint32_t count, found = 0;

	sample_add_metric(&sample, key, "requests", "", 359.0);
	sample_add_metric(&sample, key, "requests", "", 360.0);
	sample_check(store_list_metrics(sample.store, &arena, key, &metrics, &count, &err), &err);
	is_int(count, 11, "all metrics of a run; the same one again replaces");
	for (uint32_t i = 0; i < count; i++) {
		found += strcmp(metrics[i].name, "cpu_per_request") == 0 &&
			 metrics[i].scope[0] == '\0' && metrics[i].value == 102.2 * 1000.0;
		found += strcmp(metrics[i].name, "latency_p99") == 0 &&
			 strcmp(metrics[i].scope, "request:hello") == 0 && metrics[i].value == 5e6;
		found += strcmp(metrics[i].name, "requests") == 0 && metrics[i].value == 360.0;
	}
	is_int(found, 3, "bit by bit");
}

struct seen {
	uint32_t count, second, name;
	bool is_ordered;
	struct load_counts counts;
	struct histogram *response, *service;
	struct histogram *one; /* hello's of the second second */
};

static int see_second(void *context, const struct load_second *second)
{
	struct seen *seen = context;

	seen->count++;
	if (second->second == 1 && second->name == 1)
		histogram_merge(seen->one, second->response);
	seen->is_ordered = seen->is_ordered &&
			   (second->second > seen->second ||
			    (second->second == seen->second && second->name >= seen->name));
	seen->second = second->second;
	seen->name = second->name;
	load_counts_add(&seen->counts, &second->counts);
	histogram_merge(seen->response, second->response);
	histogram_merge(seen->service, second->service);
	return 0;
}

static void test_seconds(void)
{
	scoped(histogram_cleanup) struct histogram *one = histogram_new();
	struct seen seen = {.is_ordered = true,
			    .response = histogram_new(),
			    .service = histogram_new(),
			    .one = one};
	scoped(histogram_cleanup) struct histogram *want = histogram_new();
	const struct load_counts *counts = &seen.counts;
	struct err err = {0};

	/* number 1: zero-copy, upload has id 0 */
	sample_check(store_read_seconds(sample.store, sample_get_key(&sample, SAMPLE_ID, 1),
					see_second, &seen, &err),
		     &err);
	is_int(seen.count, 7, "every record");
	ok(seen.is_ordered, "by second and name");
	is_int(one->count, 100, "a histogram's count");
	is_int(one->sum_ns, 90 * 2000000 + 10 * 10000000, "its exact sum");
	is_int(one->min_ns, 2000000, "exact minimum");
	is_int(one->max_ns, 10000000, "exact maximum");
	is_int(counts->offered, 369, "offered");
	is_int(counts->answered, 360, "answered");
	is_int(counts->errors[LOAD_ERROR_CONNECT], 3, "connect");
	is_int(counts->errors[LOAD_ERROR_TIMEOUT], 3, "timeout");
	is_int(counts->errors[LOAD_ERROR_PROTOCOL], 3, "protocol");
	is_int(counts->errors[LOAD_ERROR_UNANSWERED], 0, "unanswered");
	is_int(counts->errors[LOAD_ERROR_STATUS], 6, "status");
	is_int(counts->errors[LOAD_ERROR_EXPECT], 0, "expect");
	is_int(counts->bytes_in, 30000, "bytes in");
	is_int(counts->bytes_out, 15000, "bytes out");
	histogram_record_count(want, 2000000, 270);
	histogram_record_count(want, 10000000, 29);
	histogram_record_count(want, 8000000, 60);
	histogram_record_count(want, 1500000000, 1);
	ok(seen.response->count == want->count && seen.response->sum_ns == want->sum_ns &&
		   seen.response->min_ns == want->min_ns && seen.response->max_ns == want->max_ns &&
		   memcmp(seen.response->slots, want->slots, sizeof(want->slots)) == 0,
	   "the histograms add up to what was recorded, slot by slot");
	is_int(seen.service->count, 300, "service time where it was given");
	is_int(seen.service->sum_ns, 150000000, "with its sum");
	histogram_free(seen.response);
	histogram_free(seen.service);
}

static int refuse_second(void *context, const struct load_second *second)
{
	(void)context;
	return second->second == 1 ? -ECANCELED : 0;
}

static void test_load(void)
{
	int64_t key = sample_get_key(&sample, SAMPLE_ID, 1);
	struct stored_load_summary summary;
	const struct histogram *lag;
	struct load_failure *failures;
	struct stored_status *status;
	struct stored_name *names;
	struct err err = {0};
	uint32_t count;

	is_int(store_read_seconds(sample.store, key, refuse_second, NULL, &err), -ECANCELED,
	       "a callback can end the reading");
	sample_check(store_list_names(sample.store, &arena, key, &names, &count, &err), &err);
	ok(count == 2 && names[0].id == 0 && strcmp(names[0].name, "upload") == 0 &&
		   strcmp(names[1].method, "GET") == 0,
	   "request names by id");
	sample_check(store_list_status(sample.store, &arena, key, &status, &count, &err), &err);
	ok(count == 3 && status[0].status == 201 && status[0].count == 60 && status[1].name == 1 &&
		   status[2].status == 500 && status[2].count == 6,
	   "answers by status, only those that came");
	sample_check(store_list_failures(sample.store, &arena, key, &failures, &count, &err), &err);
	ok(count == 4 && failures[0].count == 6 && failures[0].error == LOAD_ERROR_STATUS &&
		   failures[0].name == 1 && strcmp(failures[0].text, "500 Oh, no") == 0 &&
		   failures[0].first_ns == sample_begin_ns(1) + 1 &&
		   failures[0].last_ns == sample_begin_ns(1) + 8,
	   "failures, most frequent first");
	sample_check(store_read_load_summary(sample.store, &arena, key, &summary, &err), &err);
	is_str(summary.url, "http://127.0.0.1:8080", "url");
	is_str(summary.mode, "open", "mode");
	ok(summary.connections == 10 && summary.threads == 2 && summary.rate_hz == 123.5 &&
		   summary.begin_ns == sample_begin_ns(1) &&
		   summary.end_ns == sample_begin_ns(1) + 3000000000 &&
		   summary.client_cpu_ns == 100000001 && summary.client_wait_ns == 1000000 &&
		   summary.in_flight_max == 9 && summary.reconnects == 2,
	   "the rest of the summary");
	lag = summary.histograms[LOAD_HISTOGRAM_SEND_LAG];
	ok(lag != NULL && lag->count == 369 && lag->sum_ns == 369 * 20000, "send lag");
	store_release_load_summary(&summary);
	key = sample_get_key(&sample, SAMPLE_ID, 2);
	sample_check(store_read_load_summary(sample.store, &arena, key, &summary, &err), &err);
	ok(summary.histograms[LOAD_HISTOGRAM_SEND_LAG] == NULL, "none in the closed loop");
	store_release_load_summary(&summary);
	err = (struct err){0};
	is_int(store_read_load_summary(sample.store, &arena, 999, &summary, &err), -ENOENT,
	       "a run without load");
	is_int(err.code, 0, "is no sentence");
}

static void test_series(void)
{
	int64_t key = sample_add_run(&sample, SAMPLE_ID, 90, 0, 90);
	struct store_series_cursor cursor = {0};
	struct series_list list = {0}, back = {0};
	const struct series *late;
	struct err err = {0};

	series_list_add(&list, "process.rss", "gateway", SERIES_BYTES, 10, 1.5);
	series_list_add(&list, "process.rss", "gateway", SERIES_BYTES, 20, 0.1);
	sample_check(store_add_series(sample.store, key, &list, &cursor, &err), &err);
	sample_check(store_add_series(sample.store, key, &list, &cursor, &err), &err);
	series_list_add(&list, "process.rss", "gateway", SERIES_BYTES, 30, -7.25);
	series_list_add(&list, "pressure.io", "host", SERIES_RATIO, 30, 0.5);
	sample_check(store_add_series(sample.store, key, &list, &cursor, &err), &err);
	sample_check(store_read_series(sample.store, key, &back, &err), &err);
	is_int(back.count, 2, "series written in parts");
	late = series_list_find(&back, "process.rss", "gateway");
	ok(late != NULL && late->unit == SERIES_BYTES && late->points.count == 3 &&
		   late->points.items[1].time_ns == 20 && late->points.items[1].value == 0.1 &&
		   late->points.items[2].value == -7.25,
	   "have each point once, in order");
	late = series_list_find(&back, "pressure.io", "host");
	ok(late != NULL && late->unit == SERIES_RATIO && late->points.count == 1,
	   "one that came later is there");
	sample_store_sql(&sample, "DELETE FROM point WHERE time_ns=10 AND value=1.5");
	series_list_add(&list, "pressure.io", "host", SERIES_RATIO, 40, 0.75);
	sample_check(store_add_series(sample.store, key, &list, &cursor, &err), &err);
	series_list_release(&back);
	back = (struct series_list){0};
	sample_check(store_read_series(sample.store, key, &back, &err), &err);
	late = series_list_find(&back, "process.rss", "gateway");
	is_int(late->points.count, 2, "what was written is not written again");
	series_list_release(&back);
	series_list_release(&list);
	vec_release(&cursor.written);
	sample_store_sql(&sample, "PRAGMA foreign_keys=ON; DELETE FROM run WHERE number=90");
}

static void test_outputs_and_notes(void)
{
	int64_t key = sample_get_key(&sample, SAMPLE_ID, 2);
	struct stored_output *outputs;
	struct stored_note *notes;
	struct err err = {0};
	uint32_t count;

	sample_check(store_add_output(sample.store, key, "gateway", 5000, "a\0b", 3, &err), &err);
	sample_check(store_add_output(sample.store, key, "quiet", 0, NULL, 0, &err), &err);
	sample_check(store_list_outputs(sample.store, &arena, key, &outputs, &count, &err), &err);
	ok(count == 2 && strcmp(outputs[0].service, "gateway") == 0 && outputs[0].bytes == 5000 &&
		   outputs[0].tail_length == 3 && memcmp(outputs[0].tail, "a\0b", 4) == 0,
	   "the end of a service's output, any bytes");
	ok(outputs[1].tail_length == 0 && outputs[1].tail[0] == '\0', "or nothing");
	sample_check(store_add_note(sample.store, SAMPLE_ID, "the first", &err), &err);
	sample_check(store_add_note(sample.store, SAMPLE_ID, "the second", &err), &err);
	sample_check(store_list_notes(sample.store, &arena, SAMPLE_ID, &notes, &count, &err), &err);
	ok(count == 2 && strcmp(notes[0].text, "the first") == 0 &&
		   notes[1].wall_ns >= notes[0].wall_ns,
	   "notes by time");
	ok(store_add_note(sample.store, "00000000", "lost", &err) < 0,
	   "none without its experiment");
}

static void is_experiment(const char *word, const char *id, const char *rest)
{
	struct stored_experiment found = {.id = "none"};
	const char *got_rest = NULL;
	struct err err = {0};

	if (!ok(store_find_experiment(sample.store, &arena, word, &found, &got_rest, &err) == 0,
		word))
		printf("# %s\n", err_text(&err));
	is_str(found.id, id, "… is its experiment");
	is_str(got_rest, rest, "… with what the tag adds");
}

static void is_not_found(const char *word, int code, const char *part)
{
	struct stored_experiment found;
	struct err err = {0};

	is_int(store_find_experiment(sample.store, &arena, word, &found, NULL, &err), code, word);
	if (!ok(strstr(err_text(&err), part) != NULL, part))
		printf("# %s\n", err_text(&err));
}

static void test_find(void)
{
	struct err err = {0};

	sample_add_experiment(&sample, "k7f40000", 2000);
	sample_add_experiment(&sample, "00000000", 500);
	sample_check(store_set_tag(sample.store, "before", "k7f40000", "", &err), &err);
	sample_check(store_set_tag(sample.store, "before", SAMPLE_ID, "/proxy#3", &err), &err);
	is_experiment("@last", "k7f40000", "");
	is_experiment("@-1", SAMPLE_ID, "");
	is_experiment("@-2", "00000000", "");
	is_experiment("@-0", "k7f40000", "");
	is_experiment(SAMPLE_ID, SAMPLE_ID, "");
	is_experiment("k7f3", SAMPLE_ID, "");
	is_experiment("0", "00000000", "");
	is_experiment("before", SAMPLE_ID, "/proxy#3");
	is_not_found("k7f", -ENOTUNIQ, "k7f3m9qa");
	is_not_found("k7f", -ENOTUNIQ, "k7f40000");
	is_not_found("@-3", -ENOENT, "@-3");
	is_not_found("@-18446744073709551615", -ENOENT, "@-18446744073709551615");
	is_not_found("@first", -EINVAL, "@last is the last");
	is_not_found("@", -EINVAL, "@last is the last");
	is_not_found("@-", -EINVAL, "@last is the last");
	is_not_found("befroe", -ENOENT, "did you mean 'before'");
	is_not_found("k7f3m9qb", -ENOENT, "did you mean 'k7f3m9qa'");
	is_not_found("something-else", -ENOENT, "sonde list");
	is_not_found("*", -ENOENT, "sonde list");
	is_not_found("", -ENOENT, "sonde list");
	sample_check(store_remove_tag(sample.store, "before", &err), &err);
	is_int(store_remove_tag(sample.store, "before", &err), -ENOENT, "a tag is removed once");
	ok(store_set_tag(sample.store, "lost", "zzzzzzzz", "", &err) < 0,
	   "a tag needs its experiment");
}

/* "running" is only what lives: this process does, pid 1 of another boot does not. */
static void test_owner(void)
{
	struct stored_experiment found;
	struct run_record run = sample_run("k7f40000", 1, 0, 1);
	struct stored_run *runs;
	struct err err = {0};
	uint32_t count;
	int64_t key;

	run.state = RUN_RUNNING;
	sample_check(store_add_run(sample.store, &run, &key, &err), &err);
	sample_check(store_find_experiment(sample.store, &arena, "k7f4", &found, NULL, &err), &err);
	is_int(found.state, RUN_RUNNING, "its owner lives: running");
	sample_store_sql(&sample, "UPDATE experiment SET owner_start=owner_start-1"
				  " WHERE id='k7f40000'");
	sample_check(store_find_experiment(sample.store, &arena, "k7f4", &found, NULL, &err), &err);
	is_int(found.state, RUN_INTERRUPTED, "a later process with the same pid is not it");
	sample_check(store_list_runs(sample.store, &arena, "k7f40000", &runs, &count, &err), &err);
	is_int(runs[0].record.state, RUN_INTERRUPTED, "nor do its runs go on");
	sample_check(store_reopen_experiment(sample.store, "k7f40000", &err), &err);
	sample_check(store_find_experiment(sample.store, &arena, "k7f4", &found, NULL, &err), &err);
	is_int(found.state, RUN_RUNNING, "taken over: running again");
	sample_store_sql(&sample, "UPDATE experiment SET owner_boot='another boot'"
				  " WHERE id='k7f40000'");
	sample_check(store_find_experiment(sample.store, &arena, "k7f4", &found, NULL, &err), &err);
	is_int(found.state, RUN_INTERRUPTED, "nothing lives past a boot");
	sample_check(store_end_experiment(sample.store, "k7f40000", RUN_FAILED, &err), &err);
	sample_check(store_find_experiment(sample.store, &arena, "k7f4", &found, NULL, &err), &err);
	is_int(found.state, RUN_FAILED, "an end is an end");
}

static int ignore_second(void *context, const struct load_second *second)
{
	(void)context;
	(void)second;
	return 0;
}

static void is_bad_second(const char *change, const char *what)
{
	int64_t key = sample_get_key(&sample, SAMPLE_ID, 5);
	scoped_free char *sql =
		alloc_printf("UPDATE load_second SET %s WHERE run=%lld", change, (long long)key);
	struct err err = {0};

	sample_store_sql(&sample, sql);
	is_int(store_read_seconds(sample.store, key, ignore_second, NULL, &err), -EBADMSG, what);
	if (!ok(err.text[0] != '\0', "… with a sentence"))
		printf("# %s\n", err_text(&err));
}

static void test_damage(void)
{
	int64_t key = sample_get_key(&sample, SAMPLE_ID, 1);
	struct stored_load_summary summary = {0};
	struct err err = {0};

	is_bad_second("response=substr(response, 1, 39)", "a histogram that ends in its header");
	is_bad_second("response=x'1c8493'", "less than that");
	is_bad_second("response=zeroblob(200)", "one of zeros");
	is_bad_second("response='a text'", "a text");
	is_bad_second("response=7", "a number");
	is_bad_second("response=NULL, service=zeroblob(3)", "the same of service");
	sample_store_sql(&sample, "UPDATE load_histogram SET data=x'00ff'");
	is_int(store_read_load_summary(sample.store, &arena, key, &summary, &err), -EBADMSG,
	       "damaged send lag");
	ok(summary.url == NULL && err.text[0] != '\0', "… is not handed out");
}

int main(void)
{
	sample_store_open(&sample);
	arena_init(&arena);
	sample_fill(&sample, SAMPLE_ID, 1000);
	test_experiment();
	test_runs();
	test_update();
	test_metrics();
	test_seconds();
	test_load();
	test_series();
	test_outputs_and_notes();
	test_find();
	test_owner();
	test_damage();
	arena_release(&arena);
	sample_store_close(&sample);
	return tap_done();
}
