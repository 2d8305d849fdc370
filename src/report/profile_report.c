#include "report/profile_report.h"

#include <inttypes.h>

#include "report/table.h"
#include "util/alloc.h"
#include "util/fmt.h"

/* Shares above which the profile's own flaws are worth a sentence. */
#define MANY_TRUNCATED 0.10
#define MANY_UNSYMBOLIZED 0.10
#define FULL_COVERAGE 0.90
#define MIN_SHARE 0.005

enum { TREE_INDENT_MAX = 40, TREE_NARROW = 48, THREADS_MAX = 10 };

static double get_ratio(double part, double whole)
{
	return whole > 0 ? part / whole : 0;
}

/* What the samples stand for as a share of the CPU time that a counter saw; 1 = unknown or all. */
static double get_coverage(const struct profile_summary *summary)
{
	const struct profile_quality *quality = &summary->quality;
	double sampled_ns = (double)quality->sample_count * (double)summary->weight_ns +
			    (double)quality->kernel_hidden_ns;

	if (quality->cpu_ns == 0)
		return 1;
	return sampled_ns / (double)quality->cpu_ns;
}

void profile_report_add_quality(struct strbuf *buffer, const struct profile_summary *summary)
{
	const struct profile_quality *quality = &summary->quality;
	double samples = (double)quality->sample_count;
	char count[FMT_BYTES], hz[FMT_BYTES], share[FMT_BYTES];

	strbuf_addf(buffer, "%s samples at %s Hz (%s)", fmt_count(count, samples),
		    fmt_count(hz, summary->frequency_hz), summary->event);
	strbuf_addf(buffer, ", %s complete",
		    fmt_percent(share, get_ratio((double)quality->complete_count, samples)));
	if (quality->joined_count > 0)
		strbuf_addf(buffer, ", %s joined",
			    fmt_percent(share, get_ratio((double)quality->joined_count, samples)));
	strbuf_addf(buffer, ", %s truncated",
		    fmt_percent(share, get_ratio((double)quality->truncated_count, samples)));
	strbuf_addf(buffer, ", %s lost", fmt_count(count, (double)quality->lost_count));
	strbuf_addf(buffer, "; kernel %s", quality->is_kernel_hidden ? "hidden" : "visible");
	if (get_coverage(summary) < FULL_COVERAGE)
		strbuf_addf(buffer, ", covering %.0f %% of the CPU time",
			    get_coverage(summary) * 100);
}

void profile_report_add_advice(struct strbuf *buffer, const struct profile_summary *summary)
{
	const struct profile_quality *quality = &summary->quality;
	double truncated =
		get_ratio((double)quality->truncated_count, (double)quality->sample_count);
	double unsymbolized =
		get_ratio((double)summary->frames_unsymbolized, (double)summary->frames);
	char count[FMT_BYTES];

	if (truncated > MANY_TRUNCATED)
		strbuf_addf(buffer,
			    "%.0f %% of stacks are truncated: that code was built without frame "
			    "pointers (-fno-omit-frame-pointer), which this version needs\n",
			    truncated * 100);
	if (quality->lost_count > 0)
		strbuf_addf(buffer,
			    "%s samples were lost: the machine was too busy to take them; a lower "
			    "frequency (-F) loses fewer\n",
			    fmt_count(count, (double)quality->lost_count));
	if (quality->throttled_count > 0)
		strbuf_addf(
			buffer,
			"the kernel slowed the sampler down %s times "
			"(kernel.perf_event_max_sample_rate): a lower frequency (-F) avoids it\n",
			fmt_count(count, (double)quality->throttled_count));
	if (quality->is_kernel_hidden)
		strbuf_add_text(buffer, "kernel functions are hidden: sudo sysctl "
					"kernel.perf_event_paranoid=1\n");
	if (unsymbolized > MANY_UNSYMBOLIZED)
		strbuf_addf(buffer,
			    "%.0f %% of frames have no name: install debug symbols (packages "
			    "NAME-dbgsym or NAME-debuginfo), or do not strip\n",
			    unsymbolized * 100);
	if (get_coverage(summary) < FULL_COVERAGE)
		strbuf_addf(buffer,
			    "the samples cover %.0f %% of the CPU time: threads that live for less "
			    "than one sampling period are never sampled\n",
			    get_coverage(summary) * 100);
}

static void add_quality_lines(struct strbuf *buffer, const struct profile_summary *summary,
			      const struct text_layout *layout)
{
	struct strbuf line;

	strbuf_init(&line, STRBUF_MAX_DEFAULT);
	profile_report_add_quality(&line, summary);
	text_add_wrapped(buffer, layout, 2, strbuf_text(&line));
	strbuf_release(&line);
}

static void add_functions(struct strbuf *buffer, const struct hot_functions *view,
			  const struct profile_report_options *options)
{
	scoped(table_cleanup) struct table *table = table_new();
	double all = view->summary.samples_with_hidden;
	uint32_t shown = 0;

	table_add_column(table, TABLE_RIGHT, "self");
	table_add_column(table, TABLE_RIGHT, "total");
	table_add_column(table, TABLE_LEFT, "function");
	table_add_column(table, TABLE_LEFT, "module");
	table_set_cuttable(table, 2);
	table_set_cuttable(table, 3);
	for (uint32_t i = 0; i < view->function_count; i++) {
		const struct hot_function *function = &view->functions[i];
		double self = get_ratio(function->self, all);
		double total = get_ratio(function->total, all);
		char text[2][FMT_BYTES];

		if (options->function_count > 0 ? shown >= options->function_count
						: self < MIN_SHARE && total < MIN_SHARE)
			continue;
		table_add_row(table);
		table_add_cell(table, TEXT_PLAIN, "%s", fmt_percent(text[0], self));
		table_add_cell(table, TEXT_PLAIN, "%s", fmt_percent(text[1], total));
		table_add_cell(table, TEXT_PLAIN, "%s", function->name);
		table_add_cell(table, TEXT_DIM, "%s", function->module);
		shown++;
	}
	table_format(table, buffer, &options->layout);
}

static void add_threads(struct strbuf *buffer, const struct hot_functions *view,
			const struct profile_report_options *options)
{
	scoped(table_cleanup) struct table *table = table_new();
	double all = (double)view->summary.quality.sample_count;
	char text[FMT_BYTES];

	if (view->thread_count == 0)
		return;
	table_add_column(table, TABLE_RIGHT, "share");
	table_add_column(table, TABLE_LEFT, "thread");
	table_add_column(table, TABLE_RIGHT, "tid");
	table_add_column(table, TABLE_LEFT, "role");
	table_set_cuttable(table, 1);
	table_set_cuttable(table, 3);
	for (uint32_t i = 0; i < view->thread_count && i < THREADS_MAX; i++) {
		const struct hot_threads_row *row = &view->threads[i];

		table_add_row(table);
		table_add_cell(table, TEXT_PLAIN, "%s",
			       fmt_percent(text, get_ratio((double)row->samples, all)));
		table_add_cell(table, TEXT_PLAIN, "%s", row->comm);
		table_add_cell(table, TEXT_DIM, "%" PRIu32, row->tid);
		table_add_cell(table, TEXT_PLAIN, "%s", row->role);
	}
	strbuf_add_char(buffer, '\n');
	table_format(table, buffer, &options->layout);
	if (view->thread_count > THREADS_MAX) {
		scoped_free char *rest = alloc_printf(
			"and %s more threads", fmt_count(text, view->thread_count - THREADS_MAX));

		text_add_wrapped(buffer, &options->layout, 2, rest);
	}
}

void profile_report_format(struct strbuf *buffer, const struct hot_functions *view,
			   const struct profile_report_options *options)
{
	add_quality_lines(buffer, &view->summary, &options->layout);
	strbuf_add_char(buffer, '\n');
	add_functions(buffer, view, options);
	add_threads(buffer, view, options);
}

/* Deep nodes are indented no further than the line has room for a name. */
static uint32_t get_indent(uint32_t depth, const struct text_layout *layout)
{
	uint32_t most = TREE_INDENT_MAX;

	if (layout->columns > 0 && layout->columns < 2 * TREE_INDENT_MAX)
		most = layout->columns / 4;
	return 2 * depth < most ? 2 * depth : most;
}

/* Then the share of the function itself has no room. */
static bool is_narrow(const struct text_layout *layout)
{
	return layout->columns > 0 && layout->columns < TREE_NARROW;
}

static void add_node(struct strbuf *buffer, const struct call_tree *tree, uint32_t node,
		     uint32_t depth, const struct text_layout *layout)
{
	const struct call_node *call = &tree->nodes[node];
	double all = tree->nodes[0].total;
	char total[FMT_BYTES], self[FMT_BYTES];
	uint32_t indent = get_indent(depth, layout), used;
	struct strbuf head;

	strbuf_init(&head, STRBUF_MAX_DEFAULT);
	strbuf_addf(&head, "%7s ", fmt_percent(total, get_ratio(call->total, all)));
	if (!is_narrow(layout))
		strbuf_addf(&head, "%7s  ",
			    call->self > 0 ? fmt_percent(self, get_ratio(call->self, all)) : "");
	strbuf_addf(&head, "%*s", (int)indent, "");
	used = text_width(strbuf_text(&head));
	strbuf_add_text(buffer, strbuf_text(&head));
	if (layout->columns == 0)
		strbuf_add_text(buffer, call->name);
	else
		text_add_cut(buffer, call->name,
			     layout->columns > used + 4 ? layout->columns - used : 4);
	strbuf_add_char(buffer, '\n');
	strbuf_release(&head);
}

/*
 * The heaviest child that comes after `after` (CALL_TREE_NONE: the heaviest of all) and is worth a
 * line.
 */
static uint32_t find_next_child(const struct call_tree *tree, uint32_t parent, uint32_t after,
				double least)
{
	const struct call_node *nodes = tree->nodes;
	uint32_t best = CALL_TREE_NONE;

	for (uint32_t i = nodes[parent].first_child; i != CALL_TREE_NONE;
	     i = nodes[i].next_sibling) {
		if (nodes[i].total < least || nodes[i].total <= 0 || i == after)
			continue;
		if (after != CALL_TREE_NONE &&
		    (nodes[i].total > nodes[after].total ||
		     (nodes[i].total >= nodes[after].total && i < after)))
			continue;
		if (best == CALL_TREE_NONE || nodes[i].total > nodes[best].total ||
		    (nodes[i].total >= nodes[best].total && i < best))
			best = i;
	}
	return best;
}

void profile_report_format_tree(struct strbuf *buffer, const struct call_tree *tree,
				const struct profile_report_options *options)
{
	double share = options->min_share > 0 ? options->min_share : MIN_SHARE;
	uint32_t node = 0, depth = 0, next;
	double least;

	if (tree->count == 0)
		return;
	least = share * tree->nodes[0].total;
	strbuf_add_text(buffer, is_narrow(&options->layout) ? "  total function\n"
							    : "  total    self  function\n");
	/* In depth first, without recursion: stacks may be as deep as the program made them. */
	next = find_next_child(tree, 0, CALL_TREE_NONE, least);
	for (;;) {
		if (next != CALL_TREE_NONE) {
			node = next;
			add_node(buffer, tree, node, depth++, &options->layout);
			next = find_next_child(tree, node, CALL_TREE_NONE, least);
			continue;
		}
		if (node == 0)
			return;
		next = find_next_child(tree, tree->nodes[node].parent, node, least);
		node = tree->nodes[node].parent;
		depth--;
	}
}
