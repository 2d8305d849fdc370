#include <errno.h>
#include <string.h>

#include "cmd/cmd_list.h"
#include "cmd/compare_many.h"
#include "cmd/compare_parts.h"
#include "cmd/compare_sides.h"
#include "cmd/look.h"
#include "report/compare_text.h"
#include "report/metric_notes.h"
#include "report/run_conclusion.h"
#include "report/run_quality.h"
#include "report/run_report.h"
#include "util/alloc.h"
#include "util/parse.h"

struct compare_args {
	struct cmd_common common;
	const char *delta_text, *primary, *output;
	double delta; /* 0 = the default of view/run_diff.h */
	bool is_all, has_functions, has_latency, has_waits, has_series;
	bool is_anyway, is_table, is_markdown, has_exit_code;
};

#define COMPARE_OPTIONS(a)                                                                         \
	{.name = "primary",                                                                        \
	 .kind = OPTION_TEXT,                                                                      \
	 .value = "METRIC",                                                                        \
	 .target = &(a).primary,                                                                   \
	 .help = "the metric that decides (the plan's: cpu_per_request)"},                         \
		{.name = "delta",                                                                  \
		 .kind = OPTION_TEXT,                                                              \
		 .value = "PCT",                                                                   \
		 .target = &(a).delta_text,                                                        \
		 .help = "changes below this do not matter (2, and not less)"},                    \
		{.name = "exit-code",                                                              \
		 .kind = OPTION_FLAG,                                                              \
		 .target = &(a).has_exit_code,                                                     \
		 .help = "exit with 1 for REGRESSED, 3 without a verdict, 4 if incomparable"},     \
		{.name = "anyway",                                                                 \
		 .kind = OPTION_FLAG,                                                              \
		 .target = &(a).is_anyway,                                                         \
		 .help = "give verdicts on what is not comparable, too"},                          \
		{.help = "What is shown"},                                                         \
		{.name = "functions",                                                              \
		 .kind = OPTION_FLAG,                                                              \
		 .target = &(a).has_functions,                                                     \
		 .help = "CPU time per request, function by function"},                            \
		{.name = "latency",                                                                \
		 .kind = OPTION_FLAG,                                                              \
		 .target = &(a).has_latency,                                                       \
		 .help = "how far each quantile of the response times moved"},                     \
		{.name = "waits",                                                                  \
		 .kind = OPTION_FLAG,                                                              \
		 .target = &(a).has_waits,                                                         \
		 .help = "where a request's time went, switches, system calls"},                   \
		{.name = "series",                                                                 \
		 .kind = OPTION_FLAG,                                                              \
		 .target = &(a).has_series,                                                        \
		 .help = "compare what the monitors saw, too"},                                    \
		{.name = "all",                                                                    \
		 .kind = OPTION_FLAG,                                                              \
		 .target = &(a).is_all,                                                            \
		 .help = "all of it, all metrics, and how good the runs were"},                    \
		{.name = "table",                                                                  \
		 .kind = OPTION_FLAG,                                                              \
		 .target = &(a).is_table,                                                          \
		 .help = "a row each, as for more than two"},                                      \
		{.name = "markdown",                                                               \
		 .kind = OPTION_FLAG,                                                              \
		 .target = &(a).is_markdown,                                                       \
		 .help = "the table as Markdown"},                                                 \
		{.letter = 'o',                                                                    \
		 .name = "output",                                                                 \
		 .kind = OPTION_TEXT,                                                              \
		 .value = "FILE",                                                                  \
		 .target = &(a).output,                                                            \
		 .help = "write FILE.svg (the response times), .md, .json or .txt"},               \
		CMD_COMMON_OPTIONS((a).common),                                                    \
	{                                                                                          \
		0                                                                                  \
	}

static int check_primary(const struct compare_args *args, struct err *err)
{
	const struct metric_info *metrics;
	scoped_free const char **names = NULL;
	const char *nearest;
	uint32_t count;

	if (args->primary == NULL || metric_find(args->primary) != NULL)
		return 0;
	metrics = metric_list(&count);
	names = alloc_array(count + 1, sizeof(*names));
	for (uint32_t i = 0; i < count; i++)
		names[i] = metrics[i].name;
	nearest = parse_find_nearest(args->primary, names);
	return err_set(err, -EINVAL, "--primary: there is no metric '%s'%s%s%s", args->primary,
		       nearest != NULL ? "; did you mean '" : "", nearest != NULL ? nearest : "",
		       nearest != NULL ? "'?" : "");
}

static int find_output(const struct compare_args *args, enum compare_output *ret_output,
		       struct err *err)
{
	static const struct {
		const char *suffix;
		enum compare_output output;
	} suffixes[] = {{".svg", OUTPUT_SVG},
			{".md", OUTPUT_MARKDOWN},
			{".json", OUTPUT_JSON},
			{".txt", OUTPUT_TEXT}};
	const char *dot = args->output != NULL ? strrchr(args->output, '.') : NULL;

	*ret_output = args->common.json != NULL ? OUTPUT_JSON
		      : args->is_markdown	? OUTPUT_MARKDOWN
						: OUTPUT_TEXT;
	if (args->output == NULL)
		return 0;
	if (args->common.json != NULL || args->is_markdown)
		return err_set(err, -EINVAL, "-o's ending says the form: no %s with it",
			       args->is_markdown ? "--markdown" : "--json");
	for (size_t i = 0; dot != NULL && i < sizeof(suffixes) / sizeof(suffixes[0]); i++) {
		if (strcmp(dot, suffixes[i].suffix) == 0) {
			*ret_output = suffixes[i].output;
			return 0;
		}
	}
	return err_set(err, -EINVAL, "-o must end in .svg, .md, .json or .txt, not '%s'",
		       args->output);
}

/* One head against the first side: how, what else differs, the metrics, and what stands below. */
static int add_head(struct strbuf *text, struct arena *arena, const struct compare_result *result,
		    uint32_t head, const struct compare_args *args,
		    const struct text_layout *layout, struct err *err)
{
	const struct run_diff *diff = &result->summary.diffs[head - 1];
	const struct compare_wants wants = {.has_functions = args->has_functions,
					    .has_latency = args->has_latency,
					    .has_waits = args->has_waits,
					    .has_series = args->has_series,
					    .is_all = args->is_all,
					    .is_short = result->summary.side_count == 2 &&
							!result->is_refused,
					    .delta = args->delta};

	compare_text_add_head(text, diff, layout);
	compare_text_add_differences(text, &result->compared[head - 1], diff, layout);
	compare_text_add_metrics(text, diff, args->is_all, layout);
	metric_notes_add(text, diff, layout);
	return compare_parts_add(text, arena, &result->summary, head, &wants, layout, err);
}

static int format_text(struct strbuf *text, struct arena *arena,
		       const struct compare_result *result, const struct compare_args *args,
		       struct err *err)
{
	const struct run_summary *summary = &result->summary;
	struct text_layout layout =
		args->output != NULL ? (struct text_layout){0} : look_get_layout();
	const struct run_report_options report = {.layout = layout, .is_all = args->is_all};
	int r = 0;

	for (uint32_t head = 1; head < summary->side_count && r == 0; head++) {
		if (head > 1)
			strbuf_add_char(text, '\n');
		r = add_head(text, arena, result, head, args, &layout, err);
	}
	if (r < 0)
		return r;
	for (uint32_t i = 0; i < summary->side_count && args->is_all; i++)
		run_quality_format(text, &summary->sides[i], &report);
	strbuf_add_char(text, '\n');
	run_conclusion_format_comparison(text, summary, &layout);
	return 0;
}

static void format_markdown(struct strbuf *text, const struct compare_result *result,
			    const struct compare_args *args)
{
	const struct text_layout layout = {0};
	const struct run_summary *summary = &result->summary;

	for (uint32_t i = 0; i + 1 < summary->side_count; i++) {
		compare_text_add_head(text, &summary->diffs[i], &layout);
		strbuf_add_char(text, '\n');
		if (result->compared[i].count > 0) {
			compare_text_add_differences(text, &result->compared[i], &summary->diffs[i],
						     &layout);
			strbuf_add_char(text, '\n');
		}
		compare_text_add_markdown(text, &summary->diffs[i], args->is_all);
		strbuf_add_char(text, '\n');
	}
	run_conclusion_format_comparison(text, summary, &layout);
}

static int format_result(struct strbuf *text, struct arena *arena,
			 const struct compare_result *result, const struct compare_args *args,
			 enum compare_output output, struct err *err)
{
	switch (output) {
	case OUTPUT_TEXT:
		return format_text(text, arena, result, args, err);
	case OUTPUT_JSON:
		return compare_parts_add_json(text, arena, &result->summary, &result->compared[0],
					      err);
	case OUTPUT_SVG:
		return compare_parts_add_svg(text, arena, &result->summary, args->delta, err);
	case OUTPUT_MARKDOWN:
		break;
	}
	format_markdown(text, result, args);
	return 0;
}

static int print_result(struct arena *arena, const struct compare_result *result,
			const struct compare_args *args, enum compare_output output)
{
	struct strbuf text;
	struct err err = {0};
	int status;

	strbuf_init(&text, STRBUF_MAX_DEFAULT);
	if (format_result(&text, arena, result, args, output, &err) < 0)
		status = cmd_fail(&err);
	else if (args->output != NULL)
		status = cmd_write_file(args->output, strbuf_text(&text), text.length);
	else
		status = cmd_write_output(args->common.json != NULL ? args->common.json : "",
					  strbuf_text(&text), text.length);
	strbuf_release(&text);
	return status;
}

/*
 * Of several heads the worst: one that regressed, one that is incomparable, one without a verdict.
 */
static int judge(const struct compare_result *result)
{
	int status = result->is_refused ? CMD_NO_BASELINE : CMD_OK;

	for (uint32_t i = 0; i + 1 < result->summary.side_count; i++) {
		enum verdict verdict = result->summary.diffs[i].verdict;

		if (verdict == VERDICT_REGRESSED)
			return CMD_BAD_ANSWER;
		if (status == CMD_OK &&
		    (verdict == VERDICT_NONE || verdict == VERDICT_INCONCLUSIVE))
			status = CMD_NO_ANSWER;
	}
	return status;
}

static int compare_fail(const struct err *err)
{
	int status = cmd_fail(err);

	return err->code == -ENODATA ? CMD_NO_BASELINE : status;
}

/* What shows one comparison cannot show several. */
static int check_two(const struct compare_result *result, const struct compare_sides *sides,
		     enum compare_output output, struct err *err)
{
	const struct selection *base = &sides->base;

	if (result->summary.side_count == 2 || output == OUTPUT_TEXT || output == OUTPUT_MARKDOWN)
		return 0;
	if (result->summary.side_count < 2)
		return err_set(err, -ENODATA, "%s has one arm: nothing to compare", base->word);
	return err_set(err, -EINVAL,
		       "%s has %u arms, and %s two are compared at a time: sonde compare %s/%s "
		       "%s/%s",
		       base->word, base->arm_count,
		       output == OUTPUT_JSON ? "as JSON" : "in a picture", base->word,
		       base->arms[0].name, base->word, base->arms[1].name);
}

static int show_comparison(const struct compare_sides *sides, const struct compare_args *args,
			   enum compare_output output)
{
	const struct run_diff_options options = {.delta = args->delta, .primary = args->primary};
	struct compare_result result = {0};
	struct arena arena;
	struct err err = {0};
	int status;

	arena_init(&arena);
	if (compare_sides_read(&result, &arena, sides, &options, args->is_anyway, &err) < 0 ||
	    check_two(&result, sides, output, &err) < 0)
		status = compare_fail(&err);
	else
		status = print_result(&arena, &result, args, output);
	if (status == CMD_OK && args->has_exit_code)
		status = judge(&result);
	compare_result_release(&result);
	arena_release(&arena);
	return status;
}

static int show_table(const struct cmd *cmd, const struct compare_args *args,
		      const struct options_rest *rest, enum compare_output output)
{
	struct err err = {0};

	if (output != OUTPUT_SVG)
		return compare_many_show(&args->common, rest, output, args->output);
	err_set(&err, -EINVAL, "a picture is of two sides; a table is .md, .json or .txt");
	return cmd_usage_error(cmd, &err);
}

/* An option without effect is a mistake, and not silence: a table has no verdicts. */
static int check_table(const struct compare_args *args, uint32_t count, struct err *err)
{
	if (count <= 2 && !args->is_table)
		return 0;
	if (args->has_exit_code || args->delta_text != NULL || args->primary != NULL ||
	    args->is_anyway || args->has_series || args->has_functions || args->has_latency ||
	    args->has_waits)
		return err_set(err, -EINVAL,
			       "a table of many has no verdicts: --exit-code, --delta, --primary, "
			       "--anyway, --series, --functions, --latency and --waits go with two "
			       "RUNs");
	return 0;
}

static const char help[] =
	"Compares B with A, A being the base: each metric with its change, the interval\n"
	"of that change over the runs, and a verdict. Alone: the arms of the last\n"
	"experiment, the first being the base; when it has one arm, the last two\n"
	"experiments. A alone: its arms; when it has one, A with the last experiment.\n"
	"More than two, or --table: one table, a row each. A RUN may be a file: Locust's\n"
	"X_stats.csv, the output of wrk or hey, a .sonde file.";

static int run_compare(const struct cmd *cmd, int argc, const char **argv)
{
	struct compare_args args = {0};
	struct option_spec specs[] = {COMPARE_OPTIONS(args)};
	struct compare_sides sides = {0};
	enum compare_output output;
	struct options_rest rest;
	struct err err = {0};
	int status;

	if (options_parse(specs, OPTIONS_ANYWHERE, argc, argv, &rest, &err) < 0)
		return cmd_usage_error(cmd, &err);
	if (args.common.is_help)
		return cmd_print_help(cmd, help, specs);
	if (look_parse_delta(&args.delta, args.delta_text, &err) < 0 ||
	    check_primary(&args, &err) < 0 || find_output(&args, &output, &err) < 0 ||
	    look_check_arguments(&rest, 0, UINT32_MAX, "", &err) < 0 ||
	    check_table(&args, rest.count, &err) < 0)
		return cmd_usage_error(cmd, &err);
	if (rest.count > 2 || args.is_table)
		return show_table(cmd, &args, &rest, output);
	if (compare_sides_open(&sides, &args.common, &rest, &err) < 0)
		status = compare_fail(&err);
	else
		status = show_comparison(&sides, &args, output);
	compare_sides_close(&sides);
	return status;
}

const struct cmd cmd_compare = {
	.name = "compare",
	.group = "decide",
	.summary = "arms or runs side by side, with intervals and verdicts (benchstat)",
	.usage = "Usage: sonde compare [options] [RUN …]",
	.run = run_compare,
};
