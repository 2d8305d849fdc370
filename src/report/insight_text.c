#include "report/insight_text.h"

#include <math.h>
#include <string.h>

#include "report/metric_text.h"
#include "util/alloc.h"
#include "util/fmt.h"

enum { LABEL_COLUMNS = 9 };

/* One paragraph behind its label; "" continues below the line before. Takes the text away. */
static void add_line(struct strbuf *buffer, const struct text_layout *layout, const char *label,
		     enum text_style style, struct strbuf *text)
{
	scoped_free char *line = alloc_printf("%-*s%s", LABEL_COLUMNS, label, strbuf_text(text));
	struct strbuf wrapped;

	if (text->length == 0)
		return;
	strbuf_init(&wrapped, STRBUF_MAX_DEFAULT);
	text_add_wrapped(&wrapped, layout, LABEL_COLUMNS, line);
	if (wrapped.length > 0 && wrapped.data[wrapped.length - 1] == '\n')
		wrapped.data[--wrapped.length] = '\0';
	/* Styled behind the wrapping, which would count what styles as text. */
	text_add_styled(buffer, layout, TEXT_DIM, label);
	text_add_styled(buffer, layout, style, strbuf_text(&wrapped) + strlen(label));
	strbuf_add_char(buffer, '\n');
	strbuf_release(&wrapped);
	strbuf_clear(text);
}

static void add_figures(struct strbuf *text, const struct run_summary_side *side)
{
	static const struct {
		const char *name, *before, *after;
	} figures[] = {
		{"rate_rps", "", " requests/s"},
		{"latency_p50", "p50 ", ""},
		{"latency_p99", "p99 ", ""},
		{"cpu_per_request", "", " CPU per request"},
	};

	for (size_t i = 0; i < sizeof(figures) / sizeof(figures[0]); i++) {
		const struct arm_metric *metric =
			arm_metrics_find(&side->metrics, figures[i].name, "");

		if (metric == NULL)
			continue;
		strbuf_addf(text, "%s%s", text->length > 0 ? ", " : "", figures[i].before);
		metric_text_add_value(text, metric->info, metric->median);
		strbuf_add_text(text, figures[i].after);
	}
	if (text->length == 0 || !side->has_load)
		return;
	strbuf_addf(text, ": %s",
		    side->load.is_judged ? validity_name(side->load.validity) : "not judged");
}

static const char *name_bound(enum cpu_bound bound)
{
	switch (bound) {
	case CPU_BOUND_USER:
		return ": CPU-bound, their own code";
	case CPU_BOUND_SYSTEM:
		return ": I/O-bound, most of it is the kernel's work for their calls";
	case CPU_BOUND_MIXED:
		return ": mixed";
	case CPU_BOUND_UNKNOWN:
		break;
	}
	return "";
}

/* "; of a request's 3.1 ms: CPU 1 %, run queue 3 %, waiting 96 %" */
static void add_shares(struct strbuf *text, const struct run_insight *insight)
{
	const struct {
		const char *name;
		double ratio;
	} parts[] = {
		{"CPU", insight->on_cpu_ratio},
		{"run queue", insight->run_queue_ratio},
		{"waiting", insight->waiting_ratio},
	};
	bool is_first = true;
	char response[FMT_BYTES];

	if (isnan(insight->on_cpu_ratio))
		return;
	strbuf_add_text(text, text->length > 0 ? "; " : "");
	if (insight->is_of_request)
		strbuf_addf(text,
			    "of a request's %s: ", fmt_duration(response, insight->response_ns));
	else
		strbuf_add_text(text, "of the time with work: ");
	for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++) {
		if (isnan(parts[i].ratio))
			continue;
		strbuf_addf(text, "%s%s %.0f %%", is_first ? "" : ", ", parts[i].name,
			    parts[i].ratio * 100);
		is_first = false;
	}
}

static void add_where(struct strbuf *text, const struct run_insight *insight)
{
	if (!isnan(insight->cpus)) {
		if (insight->cpus <= 1)
			strbuf_addf(text, "on CPU %.0f %% of one core", insight->cpus * 100);
		else
			strbuf_addf(text, "on %.2f CPUs", insight->cpus);
		if (!isnan(insight->system_share) && insight->bound != CPU_BOUND_UNKNOWN)
			strbuf_addf(text, " (user %.0f %%, system %.0f %%%s)",
				    (1 - insight->system_share) * 100, insight->system_share * 100,
				    name_bound(insight->bound));
		/* Of one core the busiest thread says nothing new. */
		if (insight->cpus > 1 && !isnan(insight->busiest_thread))
			strbuf_addf(text, ", the busiest thread %.0f %% of one",
				    insight->busiest_thread * 100);
	}
	add_shares(text, insight);
}

/* "0 to +3 kB/s": with signs, because both ways are possible. */
static void add_memory(struct strbuf *text, const struct memory_growth *growth)
{
	char level[FMT_BYTES], lo[FMT_BYTES], hi[FMT_BYTES];

	if (isnan(growth->level_bytes))
		return;
	strbuf_addf(text, "%s at %s", memory_verdict_name(growth->verdict),
		    fmt_bytes(level, growth->level_bytes));
	if (!isnan(growth->lo) && !isnan(growth->hi))
		strbuf_addf(text, " (%s%s to %s%s/s)",
			    growth->lo > 0   ? "+"
			    : growth->lo < 0 ? "-"
					     : "",
			    fmt_bytes(lo, fabs(growth->lo)),
			    growth->hi > 0   ? "+"
			    : growth->hi < 0 ? "-"
					     : "",
			    fmt_bytes(hi, fabs(growth->hi)));
	if (growth->why[0] != '\0')
		strbuf_addf(text, ": %s", growth->why);
}

static void add_warnings(struct strbuf *buffer, const struct warnings *warnings,
			 const struct text_layout *layout, struct strbuf *text)
{
	if (warnings->count == 0) {
		strbuf_add_text(text, "nothing stands out");
		add_line(buffer, layout, "likely", TEXT_PLAIN, text);
	}
	for (uint32_t i = 0; i < warnings->count; i++) {
		text_add_clean(text, warnings->items[i].text);
		add_line(buffer, layout,
			 i == 0	  ? "likely"
			 : i == 1 ? "also"
				  : "",
			 i == 0 ? TEXT_WARN : TEXT_PLAIN, text);
		text_add_clean(text, warnings->items[i].evidence);
		add_line(buffer, layout, "", TEXT_DIM, text);
	}
}

static void add_hot(struct strbuf *text, const struct run_insight *insight)
{
	char share[FMT_BYTES];

	if (insight->hot_function == NULL)
		return;
	text_add_clean(text, insight->hot_function);
	strbuf_addf(text, " %s of CPU time", fmt_percent(share, insight->hot_ratio));
}

void insight_text_format(struct strbuf *buffer, const struct run_insight *insight,
			 const struct run_summary_side *side, const struct text_layout *layout)
{
	struct strbuf text;

	strbuf_init(&text, STRBUF_MAX_DEFAULT);
	add_figures(&text, side);
	add_line(buffer, layout, "figures", TEXT_PLAIN, &text);
	add_where(&text, insight);
	add_line(buffer, layout, "where", TEXT_PLAIN, &text);
	add_memory(&text, &insight->growth);
	add_line(buffer, layout, "memory", TEXT_PLAIN, &text);
	add_warnings(buffer, &insight->warnings, layout, &text);
	add_hot(&text, insight);
	add_line(buffer, layout, "hot", TEXT_PLAIN, &text);
	for (uint32_t i = 0; i < insight->not_seen_count; i++) {
		text_add_clean(&text, insight->not_seen[i]);
		add_line(buffer, layout, i == 0 ? "not seen" : "", TEXT_PLAIN, &text);
	}
	for (size_t i = 0; i < 2 && insight->next[i] != NULL; i++) {
		strbuf_add_text(&text, i > 0 ? " · " : "");
		text_add_clean(&text, insight->next[i]);
	}
	add_line(buffer, layout, "next", TEXT_PLAIN, &text);
	strbuf_release(&text);
}
