#include "report/profile_report.h"

#include <inttypes.h>
#include <string.h>

#include "report/table.h"
#include "util/alloc.h"
#include "util/fmt.h"

/* Shares above which the profile's own flaws are worth a sentence. */
#define MANY_TRUNCATED 0.10
#define MANY_UNSYMBOLIZED 0.10
#define MANY_WRONG 0.05
#define FULL_COVERAGE 0.90
#define HOT_MODULE 0.01
#define MIN_SHARE 0.005
#define CANDIDATE 0.05 /* self time from which on a row is worth looking into */

/* Of the truncated stacks: what a reason has to be of them to be named. */
#define MAIN_REASON 0.10

enum { THREADS_MAX = 10, REASONS_MAX = 3, TROUBLES_MAX = 5 };

static double get_ratio(double part, double whole)
{
	return whole > 0 ? part / whole : 0;
}

/* What the samples stand for as a share of the CPU time that a counter saw; 1 = unknown or all. */
static double get_coverage(const struct profile_summary *summary)
{
	const struct profile_quality *quality = &summary->quality;
	double sampled_ns =
		summary->selected * (double)summary->weight_ns + (double)quality->kernel_hidden_ns;

	if (quality->cpu_ns == 0 || summary->weight_ns == 0 || summary->is_partial)
		return 1;
	return sampled_ns / (double)quality->cpu_ns;
}

/* ---- the quality line ---- */

static const char *get_reason(enum truncation reason)
{
	static const char *const words[TRUNCATION_COUNT] = {
		[TRUNCATION_COPY] = "copy too short",
		[TRUNCATION_NO_CODE] = "no code at a return address",
		[TRUNCATION_NO_RULE] = "no unwind information",
		[TRUNCATION_BAD_FRAME] = "contradicting frames",
		[TRUNCATION_REGISTER] = "register unknown",
		[TRUNCATION_DEPTH] = "too deep",
		[TRUNCATION_NO_REGISTERS] = "no registers",
		[TRUNCATION_FRAME_POINTERS] = "no frame pointers",
		[TRUNCATION_UNKNOWN] = "reason unknown",
		[TRUNCATION_NO_FILE] = "its program is gone or has changed"};

	return words[reason];
}

/*
 * The most frequent reason after `after` (TRUNCATION_COUNT = of all); TRUNCATION_COUNT = no more.
 */
static enum truncation find_reason(const struct profile_quality *quality, enum truncation after)
{
	enum truncation best = TRUNCATION_COUNT;

	for (enum truncation i = 0; i < TRUNCATION_COUNT; i++) {
		uint64_t count = quality->truncations[i];
		uint64_t most = after < TRUNCATION_COUNT ? quality->truncations[after] : UINT64_MAX;

		if (count == 0 || i == after || count > most ||
		    (after < TRUNCATION_COUNT && count == most && i < after))
			continue;
		if (best == TRUNCATION_COUNT || count > quality->truncations[best])
			best = i;
	}
	return best;
}

/* " (copy too short 2.1 %, no unwind information 0.9 %)": of all samples, the main ones. */
static void add_reasons(struct strbuf *buffer, const struct profile_quality *quality)
{
	enum truncation reason = find_reason(quality, TRUNCATION_COUNT);
	char share[FMT_BYTES];
	uint32_t named = 0;

	for (; reason < TRUNCATION_COUNT && named < REASONS_MAX;
	     reason = find_reason(quality, reason)) {
		double count = (double)quality->truncations[reason];

		if (named > 0 && count < MAIN_REASON * (double)quality->truncated_count)
			break;
		strbuf_addf(buffer, "%s%s %s", named++ > 0 ? ", " : " (", get_reason(reason),
			    fmt_percent(share, get_ratio(count, (double)quality->sample_count)));
	}
	strbuf_add_text(buffer, named > 0 ? ")" : "");
}

static void add_stacks(struct strbuf *buffer, const struct profile_quality *quality)
{
	double samples = (double)quality->sample_count;
	char share[FMT_BYTES], audited[FMT_BYTES], wrong[FMT_BYTES];

	strbuf_addf(buffer, ", %s complete",
		    fmt_percent(share, get_ratio((double)quality->complete_count, samples)));
	if (quality->joined_count > 0)
		strbuf_addf(buffer, ", %s joined (audited %s, %s wrong)",
			    fmt_percent(share, get_ratio((double)quality->joined_count, samples)),
			    fmt_count(audited, (double)quality->audited_count),
			    fmt_count(wrong, (double)quality->audit_mismatch_count));
	strbuf_addf(buffer, ", %s truncated",
		    fmt_percent(share, get_ratio((double)quality->truncated_count, samples)));
	add_reasons(buffer, quality);
}

/* "3,104 samples at 199 Hz (cpu-clock, perf_event, dwarf)" */
static void add_samples(struct strbuf *buffer, const struct profile_summary *summary)
{
	const char *parts[] = {summary->event, summary->sampler, summary->stacks_from};
	char count[FMT_BYTES], rate[FMT_BYTES];
	bool has_any = false;

	strbuf_addf(buffer, "%s samples", fmt_count(count, (double)summary->quality.sample_count));
	if (summary->frequency_hz > 0)
		strbuf_addf(buffer, " at %s Hz", fmt_count(rate, summary->frequency_hz));
	else if (summary->event_period > 1)
		strbuf_addf(buffer, ", one every %s",
			    fmt_count(rate, (double)summary->event_period));
	for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++) {
		if (parts[i] == NULL || parts[i][0] == '\0')
			continue;
		strbuf_addf(buffer, "%s%s", has_any ? ", " : " (", parts[i]);
		has_any = true;
	}
	strbuf_add_text(buffer, has_any ? ")" : "");
}

/* What it cost, what is missing, and what of it is shown. */
static void add_rest(struct strbuf *buffer, const struct profile_summary *summary)
{
	const struct profile_quality *quality = &summary->quality;
	double samples = (double)quality->sample_count;
	char text[FMT_BYTES];

	strbuf_addf(buffer, "; kernel %s", quality->is_kernel_hidden ? "hidden" : "visible");
	if (summary->frames > 0)
		strbuf_addf(buffer, "; %s of frames without a name",
			    fmt_percent(text, get_ratio((double)summary->frames_unsymbolized,
							(double)summary->frames)));
	if (quality->bytes_from_kernel > 0 && samples > 0)
		strbuf_addf(buffer, "; %s a sample from the kernel",
			    fmt_bytes(text, (double)quality->bytes_from_kernel / samples));
	if (quality->stop_count > 0)
		strbuf_addf(buffer, "; stopped threads for %s of the time",
			    fmt_percent(text, get_ratio((double)quality->stop_ns,
							(double)summary->duration_ns)));
	if (get_coverage(summary) < FULL_COVERAGE)
		strbuf_addf(buffer, ", covering %.0f %% of the CPU time",
			    get_coverage(summary) * 100);
	if (summary->is_partial || summary->event_count > 1)
		strbuf_addf(buffer, "; of %s, %s shown here", summary->event,
			    fmt_count(text, (double)summary->selected_count));
}

void profile_report_add_quality(struct strbuf *buffer, const struct profile_summary *summary)
{
	const struct profile_quality *quality = &summary->quality;
	char count[FMT_BYTES];

	add_samples(buffer, summary);
	add_stacks(buffer, quality);
	strbuf_addf(buffer, ", %s lost", fmt_count(count, (double)quality->lost_count));
	if (quality->throttled_count > 0)
		strbuf_addf(buffer, ", throttled %s times",
			    fmt_count(count, (double)quality->throttled_count));
	add_rest(buffer, summary);
}

/* ---- advice ---- */

/* What helps against the most frequent reason. */
static const char *get_remedy(enum truncation reason)
{
	switch (reason) {
	case TRUNCATION_FRAME_POINTERS:
		return "that code has no frame pointers; --stacks dwarf does not need them";
	case TRUNCATION_COPY:
		return "the copied part of the stacks was too short, and what it is joined to was "
		       "not seen yet; a longer recording joins more";
	case TRUNCATION_NO_RULE:
	case TRUNCATION_BAD_FRAME:
	case TRUNCATION_REGISTER:
		return "that code has no call frame information, or a wrong one; build it with "
		       "-fasynchronous-unwind-tables or -fno-omit-frame-pointer";
	case TRUNCATION_NO_CODE:
		return "return addresses lead to code that is not mapped; code made at run time "
		       "needs frame pointers";
	case TRUNCATION_DEPTH:
		return "they are deeper than sonde keeps";
	case TRUNCATION_NO_FILE:
		return "the files that ran are gone or were replaced since";
	case TRUNCATION_NO_REGISTERS:
	case TRUNCATION_UNKNOWN:
	case TRUNCATION_COUNT:
		break;
	}
	return "what called those functions is not known";
}

static void advise_stacks(struct strbuf *buffer, const struct profile_quality *quality)
{
	double truncated =
		get_ratio((double)quality->truncated_count, (double)quality->sample_count);
	double wrong =
		get_ratio((double)quality->audit_mismatch_count, (double)quality->audited_count);

	if (truncated > MANY_TRUNCATED)
		strbuf_addf(buffer, "%.0f %% of stacks are truncated: %s\n", truncated * 100,
			    get_remedy(find_reason(quality, TRUNCATION_COUNT)));
	if (quality->joined_count > 0 && wrong > MANY_WRONG)
		strbuf_addf(
			buffer,
			"%.0f %% of the joined stacks that were audited were wrong: the callers "
			"of joined stacks are not to be relied on\n",
			wrong * 100);
}

static void advise_sampler(struct strbuf *buffer, const struct profile_summary *summary)
{
	const struct profile_quality *quality = &summary->quality;
	char count[FMT_BYTES];

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
	if (quality->stop_count > 0)
		strbuf_add_text(buffer,
				"threads were stopped to be sampled, because perf_event is "
				"not allowed: sudo sysctl kernel.perf_event_paranoid=1 (in a "
				"container also: docker run --cap-add PERFMON)\n");
	else if (quality->is_kernel_hidden)
		strbuf_add_text(buffer, "kernel functions are hidden: sudo sysctl "
					"kernel.perf_event_paranoid=1\n");
	if (get_coverage(summary) < FULL_COVERAGE)
		strbuf_addf(buffer,
			    "the samples cover %.0f %% of the CPU time: threads that live for less "
			    "than one sampling period are never sampled\n",
			    get_coverage(summary) * 100);
}

/* Returns whether it said what would give names. */
static bool advise_modules(struct strbuf *buffer, const struct profile_summary *summary)
{
	uint32_t troubles = 0;

	for (uint32_t i = 0; i < summary->module_count; i++) {
		const struct hot_module *module = &summary->modules[i];
		double share = get_ratio(module->self, summary->samples_with_hidden);
		char text[FMT_BYTES];

		if (share < HOT_MODULE)
			break;
		fmt_percent(text, share);
		if ((module->flags & MODULE_SANITIZED) != 0)
			strbuf_addf(buffer,
				    "%s (%s) runs under a sanitizer: its shares are not those of "
				    "the program without it\n",
				    module->name, text);
		if ((module->flags & MODULE_UNOPTIMIZED) != 0)
			strbuf_addf(buffer,
				    "%s (%s) was built without optimisation: its shares are not "
				    "those of a build with -O2\n",
				    module->name, text);
		if (module->trouble[0] != '\0' && troubles++ < TROUBLES_MAX)
			strbuf_addf(buffer, "%s (%s): %s\n", module->name, text, module->trouble);
	}
	return troubles > 0;
}

void profile_report_add_advice(struct strbuf *buffer, const struct profile_summary *summary)
{
	double unsymbolized =
		get_ratio((double)summary->frames_unsymbolized, (double)summary->frames);

	advise_stacks(buffer, &summary->quality);
	advise_sampler(buffer, summary);
	if (!advise_modules(buffer, summary) && unsymbolized > MANY_UNSYMBOLIZED)
		strbuf_addf(buffer,
			    "%.0f %% of frames have no name: install debug symbols (packages "
			    "NAME-dbgsym or NAME-debuginfo), or do not strip\n",
			    unsymbolized * 100);
	if (summary->event_count > 1) {
		strbuf_add_text(buffer, "also sampled:");
		for (uint32_t i = 0; i < summary->event_count; i++)
			if (strcmp(summary->events[i], summary->event) != 0)
				strbuf_addf(buffer, " %s", summary->events[i]);
		strbuf_add_text(buffer, " (--event NAME)\n");
	}
}

void profile_report_format_head(struct strbuf *buffer, const struct profile_summary *summary,
				const struct text_layout *layout)
{
	struct strbuf text;

	strbuf_init(&text, STRBUF_MAX_DEFAULT);
	profile_report_add_quality(&text, summary);
	text_add_wrapped(buffer, layout, 2, strbuf_text(&text));
	strbuf_clear(&text);
	profile_report_add_advice(&text, summary);
	for (const char *line = strbuf_text(&text); *line != '\0';) {
		size_t length = strcspn(line, "\n");
		scoped_free char *one = alloc_strndup(line, length);

		text_add_wrapped(buffer, layout, 2, one);
		line += length + (line[length] == '\n');
	}
	strbuf_release(&text);
}

/* ---- tables ---- */

/* Returns whether any row is a candidate. */
static bool add_rows(struct table *table, const struct hot_functions *view,
		     const struct profile_report_options *options)
{
	double all = view->summary.samples_with_hidden;
	bool has_module = options->group == HOT_FUNCTIONS || options->group == HOT_LINES;
	bool has_candidate = false;
	uint32_t shown = 0;

	for (uint32_t i = 0; i < view->function_count; i++) {
		const struct hot_function *function = &view->functions[i];
		double self = get_ratio(function->self, all);
		double total = get_ratio(function->total, all);
		char text[2][FMT_BYTES];

		if (options->function_count > 0 ? shown >= options->function_count
						: self < MIN_SHARE && total < MIN_SHARE)
			continue;
		has_candidate = has_candidate || self >= CANDIDATE;
		table_add_row(table);
		table_add_cell(table, TEXT_WARN, "%s", self >= CANDIDATE ? "*" : "");
		table_add_cell(table, TEXT_PLAIN, "%s", fmt_percent(text[0], self));
		table_add_cell(table, TEXT_PLAIN, "%s", fmt_percent(text[1], total));
		table_add_cell(table, TEXT_PLAIN, "%s%s", function->name,
			       function->is_inlined && options->group == HOT_FUNCTIONS
				       ? " (inlined)"
				       : "");
		if (has_module)
			table_add_cell(table, TEXT_DIM, "%s", function->module);
		shown++;
	}
	return has_candidate;
}

static void add_functions(struct strbuf *buffer, const struct hot_functions *view,
			  const struct profile_report_options *options)
{
	scoped(table_cleanup) struct table *table = table_new();
	bool has_candidate;

	table_add_column(table, TABLE_LEFT, "");
	table_add_column(table, TABLE_RIGHT, "self");
	table_add_column(table, TABLE_RIGHT, "total");
	table_add_column(table, TABLE_LEFT, hot_functions_get_group_name(options->group));
	table_set_cuttable(table, 3);
	if (options->group == HOT_FUNCTIONS || options->group == HOT_LINES) {
		table_add_column(table, TABLE_LEFT, "module");
		table_set_cuttable(table, 4);
	}
	has_candidate = add_rows(table, view, options);
	table_format(table, buffer, &options->layout);
	if (has_candidate)
		text_add_wrapped(buffer, &options->layout, 2,
				 "* at least 5 % of all samples in itself: worth looking into");
}

static void add_threads(struct strbuf *buffer, const struct hot_functions *view,
			const struct profile_report_options *options, uint32_t most)
{
	scoped(table_cleanup) struct table *table = table_new();
	double all = view->summary.selected;
	char text[FMT_BYTES];

	table_add_column(table, TABLE_RIGHT, "share");
	table_add_column(table, TABLE_LEFT, "thread");
	table_add_column(table, TABLE_RIGHT, "tid");
	table_add_column(table, TABLE_LEFT, "role");
	table_set_cuttable(table, 1);
	table_set_cuttable(table, 3);
	for (uint32_t i = 0; i < view->thread_count && i < most; i++) {
		const struct hot_threads_row *row = &view->threads[i];

		table_add_row(table);
		table_add_cell(table, TEXT_PLAIN, "%s",
			       fmt_percent(text, get_ratio(row->samples, all)));
		table_add_cell(table, TEXT_PLAIN, "%s", row->comm);
		table_add_cell(table, TEXT_DIM, "%" PRIu32, row->tid);
		table_add_cell(table, TEXT_PLAIN, "%s", row->role);
	}
	table_format(table, buffer, &options->layout);
	if (view->thread_count > most) {
		scoped_free char *rest = alloc_printf("and %s more threads",
						      fmt_count(text, view->thread_count - most));

		text_add_wrapped(buffer, &options->layout, 2, rest);
	}
}

void profile_report_format(struct strbuf *buffer, const struct hot_functions *view,
			   const struct profile_report_options *options)
{
	profile_report_format_head(buffer, &view->summary, &options->layout);
	strbuf_add_char(buffer, '\n');
	add_functions(buffer, view, options);
	if (options->group != HOT_FUNCTIONS || view->thread_count == 0)
		return;
	strbuf_add_char(buffer, '\n');
	add_threads(buffer, view, options, THREADS_MAX);
}

void profile_report_format_threads(struct strbuf *buffer, const struct hot_functions *view,
				   const struct profile_report_options *options)
{
	profile_report_format_head(buffer, &view->summary, &options->layout);
	strbuf_add_char(buffer, '\n');
	add_threads(buffer, view, options,
		    options->function_count > 0 ? options->function_count : UINT32_MAX);
}

void profile_report_format_lines(struct strbuf *buffer, const struct source_lines *lines,
				 const struct profile_summary *summary,
				 const struct profile_report_options *options)
{
	scoped(table_cleanup) struct table *table = table_new();
	double all = summary->samples_with_hidden;
	char text[2][FMT_BYTES];
	struct strbuf source;

	strbuf_init(&source, STRBUF_MAX_DEFAULT);
	profile_report_format_head(buffer, summary, &options->layout);
	strbuf_addf(buffer, "\n%s:%u-%u: self %s, total %s\n", lines->file, lines->first,
		    lines->last, fmt_percent(text[0], get_ratio(lines->self, all)),
		    fmt_percent(text[1], get_ratio(lines->total, all)));
	table_add_column(table, TABLE_RIGHT, "self");
	table_add_column(table, TABLE_RIGHT, "total");
	table_add_column(table, TABLE_RIGHT, "line");
	table_add_column(table, TABLE_LEFT, "source");
	table_set_cuttable(table, 3);
	for (uint32_t i = 0; i < lines->line_count; i++) {
		const struct source_line *line = &lines->lines[i];

		table_add_row(table);
		table_add_cell(table, TEXT_PLAIN, "%s",
			       line->total > 0 ? fmt_percent(text[0], get_ratio(line->self, all))
					       : "");
		table_add_cell(table, TEXT_PLAIN, "%s",
			       line->total > 0 ? fmt_percent(text[1], get_ratio(line->total, all))
					       : "");
		table_add_cell(table, TEXT_DIM, "%u", line->line);
		strbuf_clear(&source);
		text_add_clean(&source, line->text != NULL ? line->text : "");
		table_add_cell(table, TEXT_PLAIN, "%s", strbuf_text(&source));
	}
	table_format(table, buffer, &options->layout);
	strbuf_release(&source);
}
