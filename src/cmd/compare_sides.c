#include "cmd/compare_sides.h"

#include <errno.h>
#include <string.h>

#include "cmd/compare_labels.h"
#include "cmd/look.h"
#include "view/run_noise.h"

static int open_head(struct compare_sides *sides, const struct cmd_common *common, const char *word,
		     struct err *err)
{
	struct selection *both[2] = {&sides->base, &sides->head};
	int r = look_open(&sides->head, common, word, err);

	sides->has_head = true;
	if (r == 0)
		compare_labels_shorten(both, 2);
	return r;
}

int compare_sides_open(struct compare_sides *sides, const struct cmd_common *common,
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

void compare_sides_close(struct compare_sides *sides)
{
	selection_release(&sides->base);
	selection_release(&sides->head);
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
			const struct compare_sides *sides, const struct run_diff_options *options,
			struct err *err)
{
	int r;

	if (!sides->has_head)
		return run_summary_read(summary, arena, &sides->base, options, err);
	r = run_summary_read_pair(summary, arena, &sides->base, 0, &sides->head, 0, options, err);
	if (r == 0)
		label_apart(summary, sides);
	return r;
}

static void refuse(struct run_diff *diff, struct arena *arena, const struct comparability *compared)
{
	for (uint32_t i = 0; i < diff->metric_count; i++)
		diff->metrics[i].verdict = VERDICT_NONE;
	diff->verdict = VERDICT_NONE;
	diff->why_none = arena_printf(arena, "no verdict: %s. --anyway gives verdicts all the same",
				      comparability_explain_refusal(arena, compared));
}

int compare_sides_read(struct compare_result *ret_result, struct arena *arena,
		       const struct compare_sides *sides, const struct run_diff_options *options,
		       bool is_anyway, struct err *err)
{
	struct run_summary *summary = &ret_result->summary;
	int r;

	*ret_result = (struct compare_result){0};
	r = check_sides(sides, err);
	if (r == 0)
		r = read_summary(summary, arena, sides, options, err);
	if (r < 0)
		return r;
	ret_result->compared =
		arena_alloc(arena, summary->side_count, sizeof(*ret_result->compared));
	for (uint32_t i = 0; i + 1 < summary->side_count && r == 0; i++) {
		struct comparability *compared = &ret_result->compared[i];
		const struct run_summary_side *base = &summary->sides[0],
					      *head = &summary->sides[i + 1];

		r = run_noise_mark(&summary->diffs[i], arena, base->selection, base->arm,
				   head->selection, head->arm, err);
		if (r == 0)
			r = comparability_read(compared, arena, base->selection, base->arm,
					       head->selection, head->arm, err);
		if (r < 0 || compared->refused_count == 0 || is_anyway)
			continue;
		refuse(&summary->diffs[i], arena, compared);
		ret_result->is_refused = true;
	}
	return r;
}

void compare_result_release(struct compare_result *result)
{
	run_summary_release(&result->summary);
}
