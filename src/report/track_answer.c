#include "report/track_answer.h"

#include "report/metric_notes.h"
#include "report/metric_text.h"
#include "util/clean.h"
#include "util/fmt.h"

enum { COMMIT_CHARS = 9 };

/* Names are other people's: in a sentence on a terminal nothing in them may be a command. */
static void add_named(struct strbuf *text, const char *before, const char *name, const char *behind)
{
	strbuf_add_text(text, before);
	clean_add(text, name);
	strbuf_add_text(text, behind);
}

void track_answer_add_commit(struct strbuf *text, const char *revision, bool is_dirty)
{
	strbuf_addf(text, "%.*s%s", COMMIT_CHARS, revision, is_dirty ? "+" : "");
}

void track_answer_add_change(struct strbuf *text, const struct track_view *view,
			     const struct history_series *series,
			     const struct history_change *change)
{
	const struct history_point *point = &view->history.points[change->at];
	const struct metric_info *info = series->info;
	bool is_ratio = info->scale == METRIC_LOG_RATIO;
	char when[FMT_BYTES];

	strbuf_addf(text, "%s", info->label);
	if (view->arm_count > 1)
		add_named(text, " of ", series->arm, "");
	strbuf_addf(text, " %s by ", change->behind > change->before ? "rose" : "fell");
	metric_text_add_size(text, info,
			     is_ratio ? change->behind / change->before
				      : change->behind - change->before);
	if (point->revision[0] != '\0') {
		strbuf_add_text(text, " somewhere near ");
		track_answer_add_commit(text, point->revision, point->is_dirty);
		strbuf_addf(text, " (%s, ", point->experiment);
	} else {
		strbuf_addf(text, " somewhere near %s (", point->experiment);
	}
	strbuf_addf(text, "%s)", fmt_wall_time(when, point->wall_ns));
}

static void add_metric_reason(struct strbuf *text, const struct track_view *view,
			      const struct track_reason *reason)
{
	const struct run_diff_metric *metric = reason->metric;

	strbuf_addf(text, "%s", metric->info->label);
	if (metric->scope[0] != '\0')
		add_named(text, " of ", metric->scope, "");
	if (view->arm_count > 1)
		add_named(text, " (", reason->arm->label, ")");
	strbuf_addf(text, "%s %s: ", reason->kind == TRACK_REGRESSED ? "" : " is",
		    verdict_name(metric->verdict));
	metric_text_add_change(text, metric);
	if (reason->kind != TRACK_UNSETTLED || metric->more == 0)
		return;
	strbuf_add_text(text, "; ");
	metric_notes_add_more(text, &reason->arm->diff, metric);
	strbuf_add_text(text, " would tell");
	if (view->baseline.revision[0] != '\0') {
		strbuf_add_text(text, "; sonde prove rev:");
		track_answer_add_commit(text, view->baseline.revision, false);
		strbuf_add_text(text, " . measures both anew, interleaved");
	}
}

void track_answer_add_reason(struct strbuf *text, const struct track_view *view,
			     const struct track_reason *reason)
{
	switch (reason->kind) {
	case TRACK_REGRESSED:
	case TRACK_UNSETTLED:
	case TRACK_KEPT:
		add_metric_reason(text, view, reason);
		return;
	case TRACK_DECLINED:
		track_answer_add_change(text, view, reason->series, reason->change);
		strbuf_add_text(text, ", which is confirmed, and nothing was accepted since");
		return;
	case TRACK_BREACHED:
		strbuf_add_text(text, "a threshold of the plan was breached");
		return;
	case TRACK_UNJUDGED:
		strbuf_add_text(text, "a threshold of the plan could not be judged");
		return;
	case TRACK_NO_VERDICT:
		if (view->arm_count > 1)
			add_named(text, "", reason->arm->label, ": ");
		clean_add(text, reason->text);
		return;
	case TRACK_NO_BASELINE:
		clean_add(text, reason->text);
		return;
	}
}

void track_answer_add_sentence(struct strbuf *text, const struct track_view *view)
{
	strbuf_add_text(text, track_answer_name(view->answer));
	for (uint32_t i = 0; i < view->reason_count; i++) {
		strbuf_add_text(text, i == 0 ? ": " : "; ");
		track_answer_add_reason(text, view, &view->reasons[i]);
	}
	if (view->answer == TRACK_KEEP)
		strbuf_add_text(text, "; nothing REGRESSED");
}
