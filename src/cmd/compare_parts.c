#include "cmd/compare_parts.h"

#include <errno.h>
#include <math.h>

#include "cmd/compare_commits.h"
#include "export/json_compare.h"
#include "report/function_diff_text.h"
#include "report/latency_shift_svg.h"
#include "report/latency_shift_text.h"
#include "report/series_text.h"
#include "report/wait_diff_text.h"
#include "view/series_diff.h"
#include "view/wait_diff.h"

enum { FUNCTIONS_SHORT = 5, FUNCTIONS_ASKED = 20, FUNCTIONS_ALL = 1000 };

struct parts {
	struct strbuf *text;
	struct arena *arena;
	const struct run_summary_side *base, *head;
	const struct compare_wants *wants;
	const struct text_layout *layout;
};

static void add_heading(const struct parts *parts, const char *heading)
{
	strbuf_add_char(parts->text, '\n');
	text_add_styled(parts->text, parts->layout, TEXT_BOLD, heading);
	strbuf_add_char(parts->text, '\n');
}

/* What is not there is said when it was asked for; damage is an error. */
static int add_why_not(const struct parts *parts, bool is_asked, int r, const struct err *own,
		       struct err *err)
{
	if (r != -ENOENT && r != -EINVAL)
		return err_set(err, r, "%s", err_text(own));
	if (is_asked)
		text_add_wrapped(parts->text, parts->layout, 2, err_text(own));
	return 0;
}

static int read_functions(struct function_diff *functions, const struct parts *parts,
			  struct err *err)
{
	return function_diff_read(functions, parts->arena, parts->base->selection, parts->base->arm,
				  parts->head->selection, parts->head->arm, NULL, err);
}

/* In short no function is named that could not be tested. */
static uint32_t count_short(const struct function_diff *functions)
{
	return functions->tested_count < FUNCTIONS_SHORT ? functions->tested_count
							 : FUNCTIONS_SHORT;
}

static int add_functions(const struct parts *parts, struct err *err)
{
	const struct compare_wants *wants = parts->wants;
	bool is_asked = wants->has_functions;
	struct function_diff functions;
	struct err own = {0};
	int r;

	if (!is_asked && !wants->is_short && !wants->is_all)
		return 0;
	r = read_functions(&functions, parts, &own);
	if (r == 0 && !is_asked && !wants->is_all && functions.tested_count == 0)
		return 0;
	if (r == 0 || is_asked)
		add_heading(parts, "functions that moved");
	if (r < 0)
		return add_why_not(parts, is_asked, r, &own, err);
	if (is_asked || wants->is_all || functions.significant_count > 0) {
		function_diff_text_add(parts->text, &functions,
				       wants->is_all ? FUNCTIONS_ALL
				       : is_asked    ? FUNCTIONS_ASKED
						     : count_short(&functions),
				       parts->layout);
	} else {
		function_diff_text_add_summary(parts->text, &functions);
		strbuf_add_char(parts->text, '\n');
	}
	return 0;
}

static int read_shift(struct latency_shift *shift, struct arena *arena,
		      const struct run_summary_side *base, const struct run_summary_side *head,
		      struct err *err)
{
	return latency_shift_read(shift, arena, base->selection, base->arm, head->selection,
				  head->arm, NULL, err);
}

static struct latency_shift_labels make_labels(const struct run_summary_side *base,
					       const struct run_summary_side *head, double delta)
{
	return (struct latency_shift_labels){
		.base = base->label, .head = head->label, .delta = delta};
}

static bool has_interval(const struct latency_shift *shift)
{
	for (uint32_t i = 0; i < LATENCY_SHIFT_ROWS; i++)
		if (!isnan(shift->rows[i].lo))
			return true;
	return false;
}

static int add_latency(const struct parts *parts, struct err *err)
{
	const struct latency_shift_labels labels =
		make_labels(parts->base, parts->head, parts->wants->delta);
	bool is_asked = parts->wants->has_latency, is_picture = is_asked || parts->wants->is_all;
	struct latency_shift shift;
	struct err own = {0};
	struct strbuf line;
	int r;

	if (!is_picture && !parts->wants->is_short)
		return 0;
	r = read_shift(&shift, parts->arena, parts->base, parts->head, &own);
	if (r < 0 && !is_asked)
		return add_why_not(parts, false, r, &own, err);
	if (r < 0) {
		add_heading(parts, "response times");
		return add_why_not(parts, true, r, &own, err);
	}
	if (is_picture) { /* which has a heading of its own */
		strbuf_add_char(parts->text, '\n');
		latency_shift_text_format(parts->text, &shift, &labels, parts->layout);
		return 0;
	}
	if (!has_interval(&shift))
		return 0;
	strbuf_init(&line, STRBUF_MAX_DEFAULT);
	strbuf_add_text(&line, "response times: ");
	latency_shift_text_add_summary(&line, &shift);
	strbuf_add_char(parts->text, '\n');
	text_add_wrapped(parts->text, parts->layout, 2, strbuf_text(&line));
	strbuf_release(&line);
	return 0;
}

static int add_waits(const struct parts *parts, struct err *err)
{
	const struct run_summary_side *base = parts->base, *head = parts->head;
	bool is_all = parts->wants->is_all;
	struct wait_diff waits;
	int r;

	if (!parts->wants->has_waits && !is_all)
		return 0;
	r = wait_diff_read(&waits, parts->arena, base->selection, base->arm, head->selection,
			   head->arm, err);
	if (r < 0)
		return r;
	add_heading(parts, "time, waiting and calls per request");
	wait_diff_text_format(parts->text, &waits, base->label, head->label, is_all, parts->layout);
	return 0;
}

static int read_series(struct series_diff *series, struct arena *arena,
		       const struct run_summary_side *base, const struct run_summary_side *head,
		       struct err *err)
{
	return series_diff_read(series, arena, base->selection, base->arm, head->selection,
				head->arm, err);
}

static int add_series(const struct parts *parts, struct err *err)
{
	struct series_diff series;
	int r;

	if (!parts->wants->has_series)
		return 0;
	r = read_series(&series, parts->arena, parts->base, parts->head, err);
	if (r < 0)
		return r;
	add_heading(parts, "what the monitors saw (for looking, not for deciding)");
	series_text_add_diff(parts->text, &series, parts->base->label, parts->head->label,
			     parts->wants->is_all, parts->layout);
	return 0;
}

static void add_commits(const struct parts *parts)
{
	struct compare_commits commits;

	compare_commits_read(&commits, parts->arena, parts->base, parts->head,
			     parts->wants->is_all ? COMPARE_COMMITS_ALL : COMPARE_COMMITS_SHORT);
	if (commits.from != NULL)
		strbuf_add_char(parts->text, '\n');
	compare_commits_add(parts->text, &commits, parts->layout);
}

int compare_parts_add(struct strbuf *text, struct arena *arena, const struct run_summary *summary,
		      uint32_t head, const struct compare_wants *wants,
		      const struct text_layout *layout, struct err *err)
{
	const struct parts parts = {.text = text,
				    .arena = arena,
				    .base = &summary->sides[0],
				    .head = &summary->sides[head],
				    .wants = wants,
				    .layout = layout};
	int r = add_functions(&parts, err);

	if (r == 0)
		r = add_latency(&parts, err);
	if (r == 0)
		r = add_waits(&parts, err);
	if (r == 0)
		r = add_series(&parts, err);
	if (r == 0)
		add_commits(&parts);
	return r;
}

/* NULL for what is not there. */
static int check_part(int r)
{
	return r == -ENOENT || r == -EINVAL ? 0 : r;
}

int compare_parts_add_json(struct strbuf *json, struct arena *arena,
			   const struct run_summary *summary, const struct comparability *compared,
			   struct err *err)
{
	const struct run_summary_side *base = &summary->sides[0], *head = &summary->sides[1];
	const struct parts parts = {.arena = arena, .base = base, .head = head};
	struct json_compare document = {.diff = &summary->diffs[0], .compared = compared};
	struct compare_commits commits;
	struct function_diff functions;
	struct latency_shift shift;
	struct series_diff series;
	struct wait_diff waits;
	int r = read_series(&series, arena, base, head, err);

	if (r < 0)
		return r;
	document.series = &series;
	r = wait_diff_read(&waits, arena, base->selection, base->arm, head->selection, head->arm,
			   err);
	if (r < 0)
		return r;
	document.waits = &waits;
	r = read_functions(&functions, &parts, err);
	document.functions = r == 0 ? &functions : NULL;
	if (check_part(r) < 0)
		return r;
	r = read_shift(&shift, arena, base, head, err);
	document.shift = r == 0 ? &shift : NULL;
	if (check_part(r) < 0)
		return r;
	compare_commits_read(&commits, arena, base, head, COMPARE_COMMITS_ALL);
	document.commits = compare_commits_make_json(&commits);
	json_compare_write(json, &document);
	json_decref(document.commits);
	return 0;
}

int compare_parts_add_svg(struct strbuf *svg, struct arena *arena,
			  const struct run_summary *summary, double delta, struct err *err)
{
	const struct run_summary_side *base = &summary->sides[0], *head = &summary->sides[1];
	const struct latency_shift_labels labels = make_labels(base, head, delta);
	struct latency_shift shift;
	int r = read_shift(&shift, arena, base, head, err);

	if (r == 0)
		latency_shift_svg_write(svg, &shift, &labels);
	return r;
}
