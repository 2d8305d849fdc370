#include "view/run_summary.h"

#include <errno.h>
#include <string.h>

#include "util/strbuf.h"

/* What ended badly in this arm; also the runs that never came to measuring. */
static const char *list_failures(struct arena *arena, const struct selection *selection,
				 uint32_t arm)
{
	struct strbuf text;
	const char *copy;

	strbuf_init(&text, 1 << 20);
	for (uint32_t i = 0; i < selection->run_count; i++) {
		const struct stored_run *run = &selection->runs[i];
		const char *why = run->record.failure;

		if (strcmp(run->record.arm, selection->arms[arm].name) != 0 ||
		    run->record.state == RUN_DONE)
			continue;
		strbuf_addf(&text, "run %u %s%s%.*s\n", run->record.number,
			    run_state_name(run->record.state), why[0] != '\0' ? ": " : "",
			    (int)strcspn(why, "\n"), why);
	}
	copy = arena_strdup(arena, strbuf_text(&text));
	strbuf_release(&text);
	return copy;
}

static int read_side(struct run_summary_side *side, struct arena *arena,
		     const struct selection *selection, uint32_t arm, struct err *err)
{
	int r = arm_metrics_read(&side->metrics, arena, selection, arm, ARM_RUNS_ALL, err);

	side->selection = selection;
	side->arm = arm;
	side->label = selection_arm_label(selection, arm);
	side->failures = list_failures(arena, selection, arm);
	if (r == 0) {
		r = load_view_read(&side->load, arena, selection, arm, err);
		side->has_load = r == 0;
	}
	if (r == 0 || r == -ENOENT) {
		r = hot_functions_read(&side->profile, arena, selection, arm, NULL, err);
		side->has_profile = r == 0;
	}
	return r == -ENOENT ? 0 : r; /* a run without load or profile is a run */
}

static int read_sides(struct run_summary *summary, struct arena *arena, uint32_t count,
		      const struct selection *const *selections, const uint32_t *arms,
		      const struct run_diff_options *options, struct err *err)
{
	int r = 0;

	summary->sides = arena_alloc(arena, count, sizeof(*summary->sides));
	summary->diffs = arena_alloc(arena, count, sizeof(*summary->diffs));
	for (uint32_t i = 0; i < count && r == 0; i++) {
		r = read_side(&summary->sides[i], arena, selections[i], arms[i], err);
		summary->side_count = i + 1;
		if (r == 0 && i > 0)
			r = run_diff_read(&summary->diffs[i - 1], arena, selections[0], arms[0],
					  selections[i], arms[i], options, err);
	}
	return r;
}

int run_summary_read(struct run_summary *ret_summary, struct arena *arena,
		     const struct selection *selection, const struct run_diff_options *options,
		     struct err *err)
{
	uint32_t count = selection->arm_count;
	const struct selection **selections = arena_alloc(arena, count + 1, sizeof(*selections));
	uint32_t *arms = arena_alloc(arena, count + 1, sizeof(*arms));

	*ret_summary = (struct run_summary){0};
	if (count == 0)
		return err_set(err, -ENOENT, "%s has no runs", selection->word);
	for (uint32_t i = 0; i < count; i++) {
		selections[i] = selection;
		arms[i] = i;
	}
	return read_sides(ret_summary, arena, count, selections, arms, options, err);
}

int run_summary_read_pair(struct run_summary *ret_summary, struct arena *arena,
			  const struct selection *base, uint32_t base_arm,
			  const struct selection *head, uint32_t head_arm,
			  const struct run_diff_options *options, struct err *err)
{
	const struct selection *selections[2] = {base, head};
	const uint32_t arms[2] = {base_arm, head_arm};
	int r;

	*ret_summary = (struct run_summary){0};
	if (base_arm >= base->arm_count || head_arm >= head->arm_count)
		return err_set(err, -ENOENT, "%s has no runs",
			       base_arm >= base->arm_count ? base->word : head->word);
	r = read_sides(ret_summary, arena, 2, selections, arms, options, err);
	if (r == 0) { /* two experiments may have arms of the same name */
		ret_summary->sides[0].label = ret_summary->diffs[0].base_label;
		ret_summary->sides[1].label = ret_summary->diffs[0].head_label;
	}
	return r;
}

size_t run_summary_arm_length(const char *label)
{
	const char *colon = strrchr(label, ':');

	return colon != NULL ? (size_t)(colon - label) : 0;
}

static bool is_same_arm(const char *a, const char *b)
{
	size_t length = run_summary_arm_length(a);

	return length == run_summary_arm_length(b) && strncmp(a, b, length) == 0;
}

bool run_summary_has_loads(const struct run_summary *summary)
{
	bool has_pair = false;

	for (uint32_t i = 0; i < summary->side_count; i++) {
		const struct run_summary_side *side = &summary->sides[i];

		if (!side->has_load || side->selection != summary->sides[0].selection)
			return false;
		for (uint32_t before = 0; before < i; before++) {
			const struct run_summary_side *other = &summary->sides[before];

			if (!is_same_arm(side->label, other->label))
				continue;
			has_pair = true;
			if (strcmp(side->load.schedule, other->load.schedule) == 0)
				return false;
		}
	}
	return has_pair;
}

void run_summary_release(struct run_summary *summary)
{
	for (uint32_t i = 0; i < summary->side_count; i++)
		load_view_release(&summary->sides[i].load);
	*summary = (struct run_summary){0};
}
