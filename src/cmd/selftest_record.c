#include "cmd/selftest_record.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cmd/cmd.h"
#include "cmd/selftest_text.h"
#include "export/json_text.h"
#include "lab/record_selftest.h"
#include "report/table.h"
#include "util/alloc.h"
#include "util/clock.h"
#include "util/fd.h"
#include "util/parse.h"
#include "view/sample_list.h"

enum {
	SHORT_PERIODS = 20, /* a short thread lives for so many of them */
	SECONDS_MOST = 600,
};

int selftest_record_check(const struct selftest_record_options *options, struct err *err)
{
	if (options->frequency_hz < 10 || options->frequency_hz > 10000)
		return err_set(err, -EINVAL,
			       "a self-test's rate is from 10 to 10,000 samples/s, not %.6g",
			       options->frequency_hz);
	if (options->cpu_ns < NS_PER_S || options->cpu_ns > SECONDS_MOST * (uint64_t)NS_PER_S)
		return err_set(err, -EINVAL, "a self-test takes from 1s to %ds of CPU time",
			       SECONDS_MOST);
	return 0;
}

/* ---- the workload ---- */

int selftest_record_work(uint32_t count, const char *const *argv)
{
	struct workload_options options;
	struct err err = {0};

	if (count != 4 || parse_u64(argv[0], &options.cpu_ns) < 0 ||
	    parse_u64(argv[1], &options.short_ns) < 0 || parse_u64(argv[2], &options.seed) < 0)
		return CMD_USAGE;
	return workload_run(&options, argv[3], &err) < 0 ? cmd_fail(&err) : CMD_OK;
}

static int make_plan(struct plan *plan, const struct selftest_record_options *options,
		     struct err *err)
{
	char frequency[64];
	int r;

	plan_init(plan, ".");
	snprintf(frequency, sizeof(frequency), "%.10g", options->frequency_hz);
	r = plan_set(plan, "name", "selftest-record", err);
	if (r == 0)
		r = plan_set(plan, "services/0/name", "workload", err);
	if (r == 0)
		r = plan_set(plan, "services/0/command", "sonde selftest record", err);
	if (r == 0)
		r = plan_set(plan, "profile/frequency", frequency, err);
	return r == 0 ? plan_update(plan, err) : r;
}

/* Status CMD_OK once it is in the store, and the workload came to its end. */
static int record_workload(struct session *session, const struct selftest_record_options *options,
			   const char *truth_path)
{
	scoped(plan_cleanup) struct plan plan = {0};
	char cpu[24], brief[24], seed[24];
	const char *const command[] = {"/proc/self/exe", "selftest", "workload", cpu, brief, seed,
				       truth_path,	 NULL};
	struct lab_options lab = {.plan = &plan,
				  .kind = "record",
				  .command_line = "sonde selftest record",
				  .first_pair = 1,
				  .first_number = 1};
	struct lab_record record = {.command = command};
	struct err err = {0};
	int child_status = 0, status;

	snprintf(cpu, sizeof(cpu), "%" PRIu64, options->cpu_ns);
	snprintf(brief, sizeof(brief), "%" PRIu64,
		 (uint64_t)(SHORT_PERIODS * 1e9 / options->frequency_hz));
	snprintf(seed, sizeof(seed), "%" PRIu64, options->seed);
	if (make_plan(&plan, options, &err) < 0)
		return cmd_fail(&err);
	status = session_record(session, &lab, &record, &child_status);
	if (status == CMD_OK && child_status != 0) {
		err_set(&err, -EIO, "the workload failed (wait status %d)", child_status);
		status = cmd_fail(&err);
	}
	return status;
}

/* ---- as text ---- */

static void add_shares(const struct record_selftest *selftest, struct table *table)
{
	char a[FMT_BYTES], b[FMT_BYTES], c[FMT_BYTES], d[FMT_BYTES];

	for (uint32_t i = 0; i < WORKLOAD_SHARES; i++) {
		const struct record_selftest_share *share = &selftest->shares[i];

		table_add_row(table);
		table_add_cell(table, TEXT_PLAIN, "  %s", workload_paths[i].name);
		table_add_cell(table, TEXT_PLAIN, "%s", fmt_percent(a, share->truth_ratio));
		table_add_cell(table, TEXT_PLAIN, "%s", fmt_percent(b, share->sampled_ratio));
		table_add_cell(table, TEXT_DIM, "%s to %s", fmt_percent(c, share->low_ratio),
			       fmt_percent(d, share->high_ratio));
		table_add_cell(
			table, share->is_within && share->is_leaf_found ? TEXT_DIM : TEXT_BAD,
			"%s%s%s", share->is_within ? "" : "OUTSIDE: ", workload_paths[i].what,
			share->is_leaf_found ? "" : "; its leaf is MISSING");
	}
}

static void add_time(struct table *table, const char *name, const struct record_selftest_time *time,
		     uint64_t truth_ns, const char *what)
{
	char a[FMT_BYTES], b[FMT_BYTES], c[FMT_BYTES], d[FMT_BYTES];

	if (!time->is_judged)
		return;
	table_add_row(table);
	table_add_cell(table, TEXT_PLAIN, "  %s", name);
	table_add_cell(table, TEXT_PLAIN, "%s", fmt_duration(a, (double)truth_ns));
	table_add_cell(table, TEXT_PLAIN, "%s", fmt_duration(b, (double)time->ns));
	table_add_cell(table, TEXT_DIM, "%s to %s", fmt_duration(c, (double)time->low_ns),
		       fmt_duration(d, (double)time->high_ns));
	table_add_cell(table, time->is_within ? TEXT_DIM : TEXT_BAD, "%s%s",
		       time->is_within ? "" : "OUTSIDE: ", what);
}

static void add_table(const struct record_selftest *selftest, const struct workload_truth *truth,
		      const struct text_layout *layout, struct strbuf *text)
{
	static const char *const titles[] = {"truth", "sonde", "band"};
	scoped(table_cleanup) struct table *table = table_new();

	table_add_column(table, TABLE_LEFT, "");
	for (size_t i = 0; i < sizeof(titles) / sizeof(titles[0]); i++)
		table_add_column(table, TABLE_RIGHT, titles[i]);
	table_add_column(table, TABLE_LEFT, "");
	table_add_heading(table, "shares of CPU time");
	add_shares(selftest, table);
	table_add_heading(table, "CPU time");
	add_time(table, "counter", &selftest->counted, truth->process_ns, "of the whole process");
	add_time(table, "samples", &selftest->sampled, truth->process_ns,
		 "less what threads lose before their first");
	add_time(table, "short threads", &selftest->brief, truth->path_ns[WORKLOAD_SHORT],
		 "samples of threads of 20 periods");
	table_format(table, text, layout);
}

static void add_paths(const struct record_selftest *selftest, const struct profile_quality *quality,
		      const struct text_layout *layout, struct strbuf *text)
{
	char n[FMT_BYTES], whole[FMT_BYTES], joined[FMT_BYTES], cut[FMT_BYTES];
	scoped_free char *line = alloc_printf(
		"Call paths of %s stacks: of %s whole ones %" PRIu64
		" wrong, of %s joined ones %" PRIu64 " (sonde's own audit: %" PRIu64 " of %" PRIu64
		"); %s without all callers.",
		fmt_count(n, (double)selftest->sample_count),
		fmt_count(whole, (double)quality->complete_count), selftest->wrong_whole_count,
		fmt_count(joined, (double)quality->joined_count), selftest->wrong_joined_count,
		quality->audit_mismatch_count, quality->audited_count,
		fmt_count(cut, (double)selftest->cut_count));

	text_add_wrapped(text, layout, 0, line);
	if (selftest->wrong_text[0] != '\0') {
		scoped_free char *wrong =
			alloc_printf("A wrong one, from its root: %s", selftest->wrong_text);

		text_add_wrapped(text, layout, 0, wrong);
	}
}

static void add_verdict(const struct record_selftest *selftest, const struct sample_list *list,
			const struct text_layout *layout, struct strbuf *text)
{
	const struct string_table *strings = &list->data.strings;
	const char *event = list->data.events.count > 0 ? profile_data_get_event(&list->data) : "";
	char hz[FMT_BYTES];
	scoped_free char *line = alloc_printf(
		"sampler %s (%s, %s Hz, stacks %s): shares, call paths and CPU time are %s",
		string_table_get(strings, list->data.sampler), event,
		fmt_count(hz, list->data.frequency_hz),
		string_table_get(strings, list->data.stacks_from),
		selftest->is_within ? "true" : "NOT TRUE");

	text_add_styled(text, layout, selftest->is_within ? TEXT_GOOD : TEXT_BAD, line);
	strbuf_add_char(text, '\n');
}

/* ---- as JSON ---- */

static json_t *make_time(const struct record_selftest_time *time)
{
	if (!time->is_judged)
		return json_null();
	return json_pack("{s:I, s:I, s:I, s:b}", "ns", (json_int_t)time->ns, "low_ns",
			 (json_int_t)time->low_ns, "high_ns", (json_int_t)time->high_ns, "within",
			 time->is_within);
}

static json_t *make_shares(const struct record_selftest *selftest,
			   const struct workload_truth *truth)
{
	json_t *shares = json_array();

	for (uint32_t i = 0; i < WORKLOAD_SHARES; i++) {
		const struct record_selftest_share *share = &selftest->shares[i];

		json_array_append_new(
			shares,
			json_pack("{s:s, s:I, s:f, s:f, s:f, s:f, s:I, s:I, s:b}", "name",
				  workload_paths[i].name, "truth_ns", (json_int_t)truth->path_ns[i],
				  "truth_ratio", share->truth_ratio, "sampled_ratio",
				  share->sampled_ratio, "low_ratio", share->low_ratio, "high_ratio",
				  share->high_ratio, "samples", (json_int_t)share->sample_count,
				  "samples_in_leaf", (json_int_t)share->leaf_count, "within",
				  share->is_within && share->is_leaf_found));
	}
	return shares;
}

static void format_json(const struct record_selftest *selftest, const struct workload_truth *truth,
			const struct sample_list *list, const char *experiment, struct strbuf *text)
{
	const struct profile_quality *quality = &list->data.quality;
	const struct string_table *strings = &list->data.strings;
	json_t *paths = json_pack(
		"{s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:o, s:b}", "samples",
		(json_int_t)selftest->sample_count, "complete", (json_int_t)quality->complete_count,
		"joined", (json_int_t)quality->joined_count, "truncated",
		(json_int_t)selftest->cut_count, "wrong_complete",
		(json_int_t)selftest->wrong_whole_count, "wrong_joined",
		(json_int_t)selftest->wrong_joined_count, "audited",
		(json_int_t)quality->audited_count, "audit_mismatches",
		(json_int_t)quality->audit_mismatch_count, "wrong_example",
		selftest->wrong_text[0] != '\0' ? json_string(selftest->wrong_text) : json_null(),
		"within", selftest->is_paths_within);
	json_t *time = json_pack(
		"{s:I, s:o, s:o, s:I, s:o}", "truth_ns", (json_int_t)selftest->truth_ns, "counter",
		make_time(&selftest->counted), "samples", make_time(&selftest->sampled),
		"short_threads_truth_ns", (json_int_t)truth->path_ns[WORKLOAD_SHORT],
		"short_threads", make_time(&selftest->brief));

	json_text_write(text,
			json_pack("{s:s, s:s, s:s, s:s, s:s, s:s, s:f, s:I, s:b, s:o, s:o, s:o}",
				  "schema", "sonde.selftest/1", "kind", "record", "experiment",
				  experiment, "sampler",
				  string_table_get(strings, list->data.sampler), "stacks_from",
				  string_table_get(strings, list->data.stacks_from), "event",
				  profile_data_get_event(&list->data), "frequency_hz",
				  list->data.frequency_hz, "lost", (json_int_t)quality->lost_count,
				  "within", selftest->is_within, "shares",
				  make_shares(selftest, truth), "paths", paths, "cpu_time", time),
			true);
}

/* ---- the command ---- */

static int show(const struct record_selftest *selftest, const struct workload_truth *truth,
		const struct sample_list *list, const struct session *session, const char *json)
{
	struct text_layout layout = {.columns = cmd_get_width(STDOUT_FILENO),
				     .has_color = cmd_has_color(STDOUT_FILENO)};
	struct strbuf text;
	int status;

	strbuf_init(&text, STRBUF_MAX_DEFAULT);
	if (json != NULL) {
		format_json(selftest, truth, list, session->outcome.experiment, &text);
	} else {
		add_table(selftest, truth, &layout, &text);
		strbuf_add_char(&text, '\n');
		add_paths(selftest, &list->data.quality, &layout, &text);
		add_verdict(selftest, list, &layout, &text);
	}
	status = cmd_write_output(json != NULL ? json : "", strbuf_text(&text), text.length);
	strbuf_release(&text);
	if (status != CMD_OK)
		return status;
	return selftest->is_within ? CMD_OK : CMD_BAD_ANSWER;
}

static int judge(const struct session *session, const char *truth_path, const char *json)
{
	scoped(selection_cleanup) struct selection selection = {0};
	scoped(sample_list_cleanup) struct sample_list list = {0};
	struct record_selftest selftest;
	struct workload_truth truth;
	struct err err = {0};

	if (workload_read_truth(&truth, truth_path, &err) < 0 ||
	    selection_open(&selection, session->store_path, session->outcome.experiment, &err) <
		    0 ||
	    sample_list_read(&list, &selection, UINT32_MAX, &err) < 0 ||
	    record_selftest_judge(&selftest, &list.data, &truth, &err) < 0)
		return cmd_fail(&err);
	return show(&selftest, &truth, &list, session, json);
}

int selftest_record_run(struct session *session, const struct selftest_record_options *options)
{
	const char *directory = getenv("TMPDIR");
	scoped_free char *truth_path =
		alloc_printf("%s/sonde-selftest-XXXXXX",
			     directory != NULL && directory[0] == '/' ? directory : "/tmp");
	scoped(fd_cleanup) int fd = mkstemp(truth_path);
	struct err err = {0};
	int status;

	if (fd < 0) {
		err_set(&err, -errno, "cannot make %s: %s", truth_path, strerror(errno));
		return cmd_fail(&err);
	}
	status = record_workload(session, options, truth_path);
	if (status == CMD_OK)
		status = judge(session, truth_path, options->json);
	unlink(truth_path);
	return status;
}
