#include "report/prove_text.h"

#include <inttypes.h>
#include <string.h>

#include "report/metric_text.h"
#include "util/fmt.h"

/* Lines added ('+') or removed ('-'), of the parts behind the "@@" of each file. */
static uint32_t count_lines(const char *patch, char sign)
{
	bool is_head = true;
	uint32_t lines = 0;

	for (const char *at = patch; *at != '\0';) {
		size_t length = strcspn(at, "\n");

		if (strncmp(at, "diff --git ", 11) == 0)
			is_head = true;
		else if (strncmp(at, "@@ ", 3) == 0)
			is_head = false;
		else if (!is_head && at[0] == sign)
			lines++;
		at += length + (at[length] == '\n');
	}
	return lines;
}

static uint32_t count_files(const char *patch)
{
	uint32_t files = strncmp(patch, "diff --git ", 11) == 0;

	for (const char *at = patch; (at = strstr(at, "\ndiff --git ")) != NULL; at++)
		files++;
	return files;
}

/* "working tree   3f2a1c0 with 3 files changed (+20 -4)" */
static void add_side(struct strbuf *text, const char *what, const struct arm_source *side)
{
	uint32_t files = count_files(side->patch);

	strbuf_addf(text, "%s  %s", what, side->name);
	if (side->revision[0] != '\0')
		strbuf_addf(text, "  %.10s", side->revision);
	if (side->subject[0] != '\0') {
		strbuf_add_text(text, " \"");
		text_add_clean(text, side->subject);
		strbuf_add_char(text, '"');
	}
	if (files > 0)
		strbuf_addf(text, " with %" PRIu32 " file%s changed (+%" PRIu32 " -%" PRIu32 ")",
			    files, files == 1 ? "" : "s", count_lines(side->patch, '+'),
			    count_lines(side->patch, '-'));
	if (side->kind == ARM_COMMAND)
		strbuf_addf(text, "  %s", side->word);
	strbuf_add_char(text, '\n');
}

static const char *explain_end(const char *end)
{
	if (strcmp(end, "time") == 0)
		return "; ended by --max-time";
	if (strcmp(end, "interrupted") == 0)
		return "; interrupted";
	if (strcmp(end, "failed") == 0)
		return "; ended by a failure";
	return "";
}

void prove_text_add_design(struct strbuf *text, const struct prove_text *prove,
			   const struct text_layout *layout)
{
	const struct proof_record *proof = prove->proof;
	char duration[FMT_BYTES];
	struct strbuf line;

	text_add_styled(text, layout, TEXT_BOLD, prove->plan);
	strbuf_addf(text, "  %s %s\n", proof->is_null ? "A/A proof" : "proof", prove->experiment);
	add_side(text, "base", prove->base);
	add_side(text, "head", prove->head);
	fmt_duration(duration, (double)proof->measured_ns);
	strbuf_init(&line, STRBUF_MAX_DEFAULT);
	strbuf_addf(&line, "%" PRIu32 " pair%s in random order, a start each, in %s", proof->pairs,
		    proof->pairs == 1 ? "" : "s", duration);
	if (proof->rejected > 0)
		strbuf_addf(&line, "; %" PRIu32 " more %s thrown away: something else disturbed %s",
			    proof->rejected, proof->rejected == 1 ? "was" : "were",
			    proof->rejected == 1 ? "it" : "them");
	strbuf_add_text(&line, explain_end(proof->end));
	text_add_wrapped(text, layout, 2, strbuf_text(&line));
	strbuf_release(&line);
	if (prove->core_speed[0] != '\0')
		text_add_wrapped(text, layout, 2, prove->core_speed);
}

/* What it would take, when it is known. */
static void add_more(struct strbuf *line, const struct run_diff_metric *metric,
		     const struct proof_record *proof)
{
	char duration[FMT_BYTES];

	if (metric->more == 0)
		return;
	strbuf_addf(line, " It would take about %" PRIu32 " more pair%s", metric->more,
		    metric->more == 1 ? "" : "s");
	if (metric->more_ns > 0)
		strbuf_addf(line, ", %s", fmt_duration(duration, (double)metric->more_ns));
	if (metric->more + proof->pairs > RUN_DIFF_PAIRS_MOST)
		strbuf_addf(line, ", and no proof has more than %d.", RUN_DIFF_PAIRS_MOST);
	else
		strbuf_addf(line, ": --continue=%s --pairs %" PRIu32 ".", proof->experiment,
			    metric->more + proof->pairs);
}

static void add_meaning(struct strbuf *line, const struct prove_text *prove,
			const struct run_diff_metric *metric)
{
	char delta[FMT_BYTES];
	const char *label = metric->info->label;

	fmt_percent(delta, metric->delta);
	switch (metric->verdict) {
	case VERDICT_REGRESSED:
		strbuf_addf(line, " %s got worse by more than the %s that matter.", label, delta);
		break;
	case VERDICT_IMPROVED:
		strbuf_addf(line, " %s got better by more than the %s that matter.", label, delta);
		break;
	case VERDICT_EQUIVALENT:
		strbuf_addf(line, " Whatever changed in %s is less than the %s that matter.", label,
			    delta);
		break;
	case VERDICT_INCONCLUSIVE:
		strbuf_addf(line, " The interval reaches across a border of %s.", delta);
		add_more(line, metric, prove->proof);
		break;
	case VERDICT_NONE:
		break;
	}
}

static const struct run_diff_metric *find_primary(const struct run_diff *diff)
{
	return diff != NULL && diff->primary != NULL ? run_diff_find(diff, diff->primary, "")
						     : NULL;
}

void prove_text_add_verdict(struct strbuf *text, const struct prove_text *prove,
			    const struct text_layout *layout)
{
	const struct run_diff_metric *metric = find_primary(prove->diff);
	enum verdict verdict = metric != NULL ? metric->verdict : VERDICT_NONE;
	char level[FMT_BYTES];
	struct strbuf line;

	strbuf_init(&line, STRBUF_MAX_DEFAULT);
	if (prove->diff != NULL && prove->diff->veto != NULL && prove->diff->veto[0] != '\0') {
		text_add_styled(text, layout, TEXT_BAD, verdict_name(VERDICT_REGRESSED));
		strbuf_add_char(text, '\n');
		strbuf_addf(&line, "%s.", prove->diff->veto);
		text_add_wrapped(text, layout, 0, strbuf_text(&line));
		strbuf_release(&line);
		return;
	}
	if (verdict == VERDICT_NONE) {
		if (prove->diff == NULL || strstr(prove->diff->why_none, "no verdict") == NULL)
			strbuf_add_text(&line, "no verdict: ");
		strbuf_add_text(&line, prove->diff == NULL		  ? "nothing was measured"
				       : prove->diff->why_none[0] != '\0' ? prove->diff->why_none
				       : metric == NULL ? "no run has the primary metric"
							: "too few pairs for an interval");
		text_add_wrapped(text, layout, 2, strbuf_text(&line));
		strbuf_release(&line);
		return;
	}
	text_add_styled(text, layout, metric_text_get_style(verdict), verdict_name(verdict));
	strbuf_add_char(text, '\n');
	strbuf_addf(&line, "%s ", metric->info->label);
	metric_text_add_change(&line, metric);
	fmt_percent(level, prove->level);
	strbuf_addf(&line, ", each look's interval at %s: together they err in ", level);
	if (prove->proof->extended == 0)
		strbuf_add_text(&line, "5 of 100 proofs.");
	else
		strbuf_addf(&line,
			    "up to %" PRIu32 " of 100 proofs, because it went on behind its last "
			    "look.",
			    5 * (prove->proof->extended + 1));
	add_meaning(&line, prove, metric);
	text_add_wrapped(text, layout, 0, strbuf_text(&line));
	strbuf_release(&line);
}
