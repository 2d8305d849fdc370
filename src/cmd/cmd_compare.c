#include <errno.h>
#include <string.h>

#include "cmd/cmd_list.h"
#include "cmd/look.h"
#include "export/json.h"
#include "report/run_report.h"
#include "report/series_text.h"
#include "util/alloc.h"
#include "util/parse.h"
#include "view/run_summary.h"
#include "view/series_diff.h"

struct compare_args {
	struct cmd_common common;
	const char *delta_text;
	double delta; /* 0 = the default of view/run_diff.h */
	bool is_all, is_series, has_exit_code;
};

#define COMPARE_OPTIONS(a)                                                                         \
	{.name = "exit-code",                                                                      \
	 .kind = OPTION_FLAG,                                                                      \
	 .target = &(a).has_exit_code,                                                             \
	 .help = "exit with 1 for REGRESSED, 3 when there is no verdict"},                         \
		{.name = "delta",                                                                  \
		 .kind = OPTION_TEXT,                                                              \
		 .value = "PCT",                                                                   \
		 .target = &(a).delta_text,                                                        \
		 .help = "changes below this do not matter (2)"},                                  \
		{.name = "series",                                                                 \
		 .kind = OPTION_FLAG,                                                              \
		 .target = &(a).is_series,                                                         \
		 .help = "compare what the monitors saw, too"},                                    \
		{.name = "all",                                                                    \
		 .kind = OPTION_FLAG,                                                              \
		 .target = &(a).is_all,                                                            \
		 .help = "show all metrics, and all series"},                                      \
		CMD_COMMON_OPTIONS((a).common),                                                    \
	{                                                                                          \
		0                                                                                  \
	}

/* What is compared: the arms of `base`, or its only arm with that of `head`. */
struct compare_sides {
	struct selection base, head;
	bool has_head;
};

static int read_delta(struct compare_args *args, struct err *err)
{
	scoped_free char *number = NULL;
	size_t length;
	double percent;

	if (args->delta_text == NULL)
		return 0;
	length = strlen(args->delta_text);
	number = alloc_strndup(args->delta_text, length > 0 && args->delta_text[length - 1] == '%'
							 ? length - 1
							 : length);
	if (parse_double(number, &percent) < 0 || percent <= 0 || percent >= 100)
		return err_set(err, -EINVAL,
			       "--delta must be a percentage above 0 and below 100 like 2 or 0.5, "
			       "not '%s'",
			       args->delta_text);
	args->delta = percent / 100;
	return 0;
}

static int open_head(struct compare_sides *sides, const struct cmd_common *common, const char *word,
		     struct err *err)
{
	int r = look_open(&sides->head, common, word, err);

	sides->has_head = true;
	return r;
}

/* -ENODATA is "there is nothing to compare with": its exit status is that of a missing baseline. */
static int open_sides(struct compare_sides *sides, const struct cmd_common *common,
		      const struct options_rest *rest, struct err *err)
{
	int r = look_open(&sides->base, common, rest->count > 0 ? rest->arguments[0] : CMD_LAST,
			  err);

	if (r < 0)
		return r;
	if (rest->count == 2)
		return open_head(sides, common, rest->arguments[1], err);
	if (sides->base.arm_count > 1)
		return 0;
	if (rest->count == 1)
		return open_head(sides, common, CMD_LAST, err);
	selection_release(&sides->base);
	sides->base = (struct selection){0};
	r = look_open(&sides->base, common, "@-1", err);
	if (r == -ENOENT)
		return err_set(err, -ENODATA,
			       "@last has one arm and no experiment before it: nothing to compare "
			       "it with");
	return r < 0 ? r : open_head(sides, common, CMD_LAST, err);
}

/* A run on both sides would be compared with itself. */
static int check_apart(const struct selection *base, const struct selection *head, struct err *err)
{
	if (strcmp(base->experiment.id, head->experiment.id) != 0)
		return 0;
	for (uint32_t i = 0; i < base->run_count; i++)
		for (uint32_t j = 0; j < head->run_count; j++)
			if (base->runs[i].key == head->runs[j].key)
				return err_set(err, -ENODATA,
					       "%s and %s have the run %s.%u in common: nothing to "
					       "compare",
					       base->word, head->word, base->experiment.id,
					       base->runs[i].record.number);
	return 0;
}

/* Each side one arm, each measured, and no run on both. */
static int check_sides(const struct compare_sides *sides, struct err *err)
{
	int r = look_check_measured(&sides->base, err);

	if (r < 0 || !sides->has_head)
		return r;
	r = look_check_measured(&sides->head, err);
	if (r == 0)
		r = look_check_one_arm(&sides->base, err);
	if (r == 0)
		r = look_check_one_arm(&sides->head, err);
	return r < 0 ? r : check_apart(&sides->base, &sides->head, err);
}

/* Two experiments of one name would have one label: then the words as typed tell them apart. */
static void label_apart(struct run_summary *summary, const struct compare_sides *sides)
{
	if (strcmp(summary->sides[0].label, summary->sides[1].label) != 0)
		return;
	summary->sides[0].label = summary->diffs[0].base_label = sides->base.word;
	summary->sides[1].label = summary->diffs[0].head_label = sides->head.word;
}

static int read_summary(struct run_summary *summary, struct arena *arena,
			const struct compare_sides *sides, double delta, struct err *err)
{
	int r;

	if (!sides->has_head)
		return run_summary_read(summary, arena, &sides->base, delta, err);
	r = run_summary_read_pair(summary, arena, &sides->base, 0, &sides->head, 0, delta, err);
	if (r == 0)
		label_apart(summary, sides);
	return r;
}

static int read_series(struct series_diff *series, struct arena *arena,
		       const struct run_summary *summary, uint32_t head, struct err *err)
{
	const struct run_summary_side *sides = summary->sides;

	return series_diff_read(series, arena, sides[0].selection, sides[0].arm,
				sides[head].selection, sides[head].arm, err);
}

static int format_json(struct strbuf *json, struct arena *arena, const struct run_summary *summary,
		       struct err *err)
{
	struct series_diff series;
	int r = read_series(&series, arena, summary, 1, err);

	if (r == 0)
		json_write_compare(json, &summary->diffs[0], &series);
	return r;
}

/* Each side with the first. */
static int add_series(struct strbuf *text, struct arena *arena, const struct run_summary *summary,
		      bool is_all, const struct text_layout *layout, struct err *err)
{
	int r = 0;

	for (uint32_t i = 1; i < summary->side_count && r == 0; i++) {
		struct series_diff series;

		r = read_series(&series, arena, summary, i, err);
		if (r < 0)
			return r;
		strbuf_add_char(text, '\n');
		text_add_styled(text, layout, TEXT_BOLD,
				"what the monitors saw (for looking, not for deciding)");
		strbuf_add_char(text, '\n');
		series_text_add_diff(text, &series, summary->sides[0].label,
				     summary->sides[i].label, is_all, layout);
	}
	return r;
}

static int print_comparison(const struct run_summary *summary, struct arena *arena,
			    const struct compare_args *args)
{
	struct run_report_options options = {.layout = look_get_layout(), .is_all = args->is_all};
	struct strbuf text;
	struct err err = {0};
	int status, r = 0;

	strbuf_init(&text, STRBUF_MAX_DEFAULT);
	if (args->common.json != NULL)
		r = format_json(&text, arena, summary, &err);
	else
		run_report_format(&text, summary, &options);
	if (r == 0 && args->is_series && args->common.json == NULL)
		r = add_series(&text, arena, summary, args->is_all, &options.layout, &err);
	if (r < 0)
		status = cmd_fail(&err);
	else
		status = cmd_write_output(args->common.json != NULL ? args->common.json : "",
					  strbuf_text(&text), text.length);
	strbuf_release(&text);
	return status;
}

/* Of several heads the worst: one that regressed, then one without a verdict. */
static int judge(const struct run_summary *summary)
{
	int status = CMD_OK;

	for (uint32_t i = 0; i + 1 < summary->side_count; i++) {
		enum verdict verdict = summary->diffs[i].verdict;

		if (verdict == VERDICT_REGRESSED)
			return CMD_BAD_ANSWER;
		if (verdict == VERDICT_NONE || verdict == VERDICT_INCONCLUSIVE)
			status = CMD_NO_ANSWER;
	}
	return status;
}

static int compare_fail(const struct err *err)
{
	int status = cmd_fail(err);

	return err->code == -ENODATA ? CMD_NO_BASELINE : status;
}

static int show_comparison(const struct compare_sides *sides, const struct compare_args *args)
{
	struct run_summary summary = {0};
	struct arena arena;
	struct err err = {0};
	int status;

	if (check_sides(sides, &err) < 0)
		return compare_fail(&err);
	if (args->common.json != NULL && !sides->has_head && sides->base.arm_count > 2) {
		err_set(&err, -EINVAL,
			"%s has %u arms, and as JSON two are compared at a time: sonde compare "
			"%s/%s %s/%s --json",
			sides->base.word, sides->base.arm_count, sides->base.word,
			sides->base.arms[0].name, sides->base.word, sides->base.arms[1].name);
		return cmd_fail(&err);
	}
	arena_init(&arena);
	if (read_summary(&summary, &arena, sides, args->delta, &err) < 0)
		status = compare_fail(&err);
	else
		status = print_comparison(&summary, &arena, args);
	if (status == CMD_OK && args->has_exit_code)
		status = judge(&summary);
	run_summary_release(&summary);
	arena_release(&arena);
	return status;
}

static const char help[] =
	"Compares B with A, A being the base: each metric with its change, the interval\n"
	"of that change over the runs, and a verdict. Alone: the arms of the last\n"
	"experiment, the first being the base; when it has one arm, the last two\n"
	"experiments. A alone: its arms; when it has one, A with the last experiment.";

static int run_compare(const struct cmd *cmd, int argc, const char **argv)
{
	struct compare_args args = {0};
	struct option_spec specs[] = {COMPARE_OPTIONS(args)};
	struct compare_sides sides = {0};
	struct options_rest rest;
	struct err err = {0};
	int status;

	if (options_parse(specs, OPTIONS_ANYWHERE, argc, argv, &rest, &err) < 0)
		return cmd_usage_error(cmd, &err);
	if (args.common.is_help)
		return cmd_print_help(cmd, help, specs);
	if (read_delta(&args, &err) < 0 ||
	    look_check_arguments(&rest, 0, 2, "at most two RUNs are", &err) < 0)
		return cmd_usage_error(cmd, &err);
	if (open_sides(&sides, &args.common, &rest, &err) < 0)
		status = compare_fail(&err);
	else
		status = show_comparison(&sides, &args);
	selection_release(&sides.base);
	selection_release(&sides.head);
	return status;
}

const struct cmd cmd_compare = {
	.name = "compare",
	.group = "decide",
	.summary = "arms or runs side by side, with intervals and verdicts (benchstat)",
	.usage = "Usage: sonde compare [options] [A [B]]",
	.run = run_compare,
};
