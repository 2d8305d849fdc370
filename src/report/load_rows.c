#include "report/load_rows.h"

#include <string.h>

#include "report/latency_text.h"
#include "report/metric_text.h"
#include "report/run_conclusion.h"
#include "report/table.h"
#include "util/fmt.h"

#define RISE_THAT_COUNTS 1.05

static double get_seconds(const struct load_view *load)
{
	return (double)load->duration_ns / 1e9;
}

static double find_rate(const struct load_view *load)
{
	double seconds = get_seconds(load);

	return seconds > 0 ? (double)load->total.counts.completed / seconds : 0;
}

/* In closed loop as much is offered as is answered: only an open loop has a rate of its own. */
static double find_offered(const struct load_view *load)
{
	double seconds = get_seconds(load);

	if (strcmp(load->mode, "open") != 0 || seconds <= 0)
		return 0;
	return (double)load->total.counts.offered / seconds;
}

static bool is_same_arm(const struct run_summary *summary, uint32_t a, uint32_t b)
{
	const char *label = summary->sides[a].label, *other = summary->sides[b].label;
	size_t length = run_summary_arm_length(label);

	return length == run_summary_arm_length(other) && strncmp(label, other, length) == 0;
}

/* The nearest row above of the same arm; UINT32_MAX for the first one. */
static uint32_t find_previous(const struct run_summary *summary, uint32_t at)
{
	for (uint32_t before = at; before-- > 0;)
		if (is_same_arm(summary, before, at))
			return before;
	return UINT32_MAX;
}

static bool is_flat(const struct run_summary *summary, uint32_t at)
{
	uint32_t before = find_previous(summary, at);
	const struct load_view *load = &summary->sides[at].load, *previous;

	if (before == UINT32_MAX)
		return false;
	previous = &summary->sides[before].load;
	return (load->connections > previous->connections ||
		find_offered(load) > find_offered(previous)) &&
	       find_rate(load) < find_rate(previous) * RISE_THAT_COUNTS;
}

/* The first flat row of its arm. */
static bool is_end_of_rise(const struct run_summary *summary, uint32_t at)
{
	if (!is_flat(summary, at))
		return false;
	for (uint32_t before = find_previous(summary, at); before != UINT32_MAX;
	     before = find_previous(summary, before))
		if (is_flat(summary, before))
			return false;
	return true;
}

static void add_quantile(struct table *table, const struct latency_summary *latency, int place)
{
	struct strbuf text;

	strbuf_init(&text, STRBUF_MAX_DEFAULT);
	latency_text_add_value(&text, &latency->quantiles[place]);
	table_add_cell(table, TEXT_PLAIN, "%s", strbuf_text(&text));
	strbuf_release(&text);
}

static void add_cpu(struct table *table, const struct run_summary_side *side)
{
	const struct arm_metric *metric = arm_metrics_find(&side->metrics, "cpu_per_request", "");
	struct strbuf text;

	strbuf_init(&text, STRBUF_MAX_DEFAULT);
	if (metric != NULL)
		metric_text_add_value(&text, metric->info, metric->median);
	table_add_cell(table, TEXT_PLAIN, "%s", strbuf_text(&text));
	strbuf_release(&text);
}

static void add_validity(struct table *table, const struct load_view *load)
{
	if (!load->is_judged)
		table_add_cell(table, TEXT_WARN, "not judged");
	else
		table_add_cell(table, load->validity == VALIDITY_VALID ? TEXT_PLAIN : TEXT_WARN,
			       "%s", validity_name(load->validity));
}

static void add_row(struct table *table, const struct run_summary *summary, uint32_t at)
{
	const struct run_summary_side *side = &summary->sides[at];
	const struct load_view *load = &side->load;
	double offered = find_offered(load);
	struct latency_summary latency;
	char text[FMT_BYTES];

	latency_summary_make_response(&latency, &load->total);
	table_add_row(table);
	table_add_cell(table, TEXT_PLAIN, "%s", side->label);
	table_add_cell(table, TEXT_PLAIN, "%s", fmt_count(text, load->connections));
	table_add_cell(table, TEXT_PLAIN, "%s", offered > 0 ? fmt_count(text, offered) : "");
	table_add_cell(table, TEXT_PLAIN, "%s", fmt_count(text, find_rate(load)));
	for (int i = 0; i < LATENCY_QUANTILES; i++)
		if (latency.quantiles[i].q <= 0.5 ||
		    (latency.quantiles[i].q >= 0.99 && latency.quantiles[i].q < 0.999))
			add_quantile(table, &latency, i);
	add_cpu(table, side);
	add_validity(table, load);
	if (is_end_of_rise(summary, at))
		table_add_heading(table, "  ↑ throughput stops rising here");
}

void load_rows_format(struct strbuf *buffer, const struct run_summary *summary,
		      const struct text_layout *layout)
{
	static const char *const titles[] = {"load", "conns", "offered/s", "answered/s",
					     "p50",  "p99",   "CPU/req",   "verdict"};
	scoped(table_cleanup) struct table *table = table_new();

	for (uint32_t i = 0; i < sizeof(titles) / sizeof(titles[0]); i++)
		table_add_column(table, i == 0 || i == 7 ? TABLE_LEFT : TABLE_RIGHT, titles[i]);
	table_set_cuttable(table, 0);
	for (uint32_t i = 0; i < summary->side_count; i++)
		add_row(table, summary, i);
	table_format(table, buffer, layout);
}

/* Of the arm that begins in row `first`: its greatest throughput, and what came of more load. */
static void add_claim(struct strbuf *text, const struct run_summary *summary, uint32_t first)
{
	const char *label = summary->sides[first].label;
	int length = (int)run_summary_arm_length(label);
	uint32_t best = first, last = first, end = UINT32_MAX;
	char rate[FMT_BYTES];

	for (uint32_t i = first; i < summary->side_count; i++) {
		if (!is_same_arm(summary, i, first))
			continue;
		if (find_rate(&summary->sides[i].load) > find_rate(&summary->sides[best].load))
			best = i;
		if (is_end_of_rise(summary, i))
			end = i;
		last = i;
	}
	if (length > 0)
		strbuf_addf(text, "%.*s: ", length, label);
	strbuf_addf(text, "at most %s answers/s (%s)",
		    fmt_count(rate, find_rate(&summary->sides[best].load)),
		    summary->sides[best].label);
	if (end != UINT32_MAX)
		strbuf_addf(text, "; throughput stops rising at %s", summary->sides[end].label);
	else if (best == last)
		strbuf_add_text(text, "; throughput still rises there");
	strbuf_add_char(text, '.');
}

void load_rows_format_conclusion(struct strbuf *buffer, const struct run_summary *summary,
				 const struct text_layout *layout)
{
	struct strbuf text;

	strbuf_init(&text, STRBUF_MAX_DEFAULT);
	for (uint32_t i = 0; i < summary->side_count; i++) {
		if (find_previous(summary, i) != UINT32_MAX)
			continue;
		add_claim(&text, summary, i);
		text_add_wrapped(buffer, layout, 2, strbuf_text(&text));
		strbuf_clear(&text);
	}
	strbuf_release(&text);
	run_conclusion_add_cautions(buffer, summary, layout);
}
