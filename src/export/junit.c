#include "export/junit.h"

#include <inttypes.h>
#include <math.h>
#include <string.h>
#include <time.h>

/* ---- text ---- */

/* Bytes of a character that XML 1.0 may hold (section 2.2), 0 = none: it is replaced. */
static size_t measure_character(const char *text)
{
	const unsigned char *bytes = (const unsigned char *)text;
	size_t length = bytes[0] < 0x80	  ? 1
			: bytes[0] < 0xc2 ? 0
			: bytes[0] < 0xe0 ? 2
			: bytes[0] < 0xf0 ? 3
			: bytes[0] < 0xf5 ? 4
					  : 0;

	if (length == 1 && bytes[0] < ' ' && strchr("\t\n\r", bytes[0]) == NULL)
		return 0;
	for (size_t i = 1; i < length; i++)
		if ((bytes[i] & 0xc0) != 0x80)
			return 0;
	if ((bytes[0] == 0xe0 && bytes[1] < 0xa0) || (bytes[0] == 0xf0 && bytes[1] < 0x90) ||
	    (bytes[0] == 0xf4 && bytes[1] > 0x8f))
		return 0; /* overlong, or beyond Unicode */
	if (bytes[0] == 0xed && bytes[1] > 0x9f)
		return 0; /* a surrogate */
	if (bytes[0] == 0xef && bytes[1] == 0xbf && bytes[2] > 0xbd)
		return 0; /* U+FFFE, U+FFFF */
	return length;
}

/* For attributes and for content: blanks other than ' ' would be lost in attributes. */
static void add_text(struct strbuf *xml, const char *text)
{
	while (*text != '\0') {
		size_t length = measure_character(text);

		if (length == 0)
			strbuf_add_text(xml, "\xef\xbf\xbd");
		else if (*text == '&')
			strbuf_add_text(xml, "&amp;");
		else if (*text == '<')
			strbuf_add_text(xml, "&lt;");
		else if (*text == '>')
			strbuf_add_text(xml, "&gt;");
		else if (*text == '"')
			strbuf_add_text(xml, "&quot;");
		else if (*text == '\t' || *text == '\n' || *text == '\r')
			strbuf_addf(xml, "&#%d;", *text);
		else
			strbuf_add(xml, text, length);
		text += length > 0 ? length : 1;
	}
}

static void add_attribute(struct strbuf *xml, const char *name, const char *value)
{
	strbuf_addf(xml, " %s=\"", name);
	add_text(xml, value);
	strbuf_add_char(xml, '"');
}

/* ---- properties ---- */

static void add_property(struct strbuf *xml, const char *metric, const char *name,
			 const char *value)
{
	strbuf_add_text(xml, "      <property name=\"");
	add_text(xml, metric);
	strbuf_addf(xml, "%s%s\"", metric[0] != '\0' ? "." : "", name);
	add_attribute(xml, "value", value);
	strbuf_add_text(xml, "/>\n");
}

/* What is not known is left out. */
static void add_real(struct strbuf *xml, const char *metric, const char *name, double value)
{
	struct strbuf text;

	if (!isfinite(value))
		return;
	strbuf_init(&text, 64);
	strbuf_addf(&text, "%.9g", value);
	add_property(xml, metric, name, strbuf_text(&text));
	strbuf_release(&text);
}

static void add_metric_properties(struct strbuf *xml, const struct run_diff_metric *metric)
{
	const char *name = metric->info->name;

	if (!metric->has_estimate)
		return;
	add_real(xml, name, metric->info->scale == METRIC_LOG_RATIO ? "ratio" : "difference",
		 metric->estimate);
	if (metric->has_interval) {
		add_real(xml, name, "lo", metric->lo);
		add_real(xml, name, "hi", metric->hi);
		add_real(xml, name, "level", metric->level);
	}
	add_real(xml, name, "delta", metric->delta);
	add_real(xml, name, "n_base", metric->n_base);
	add_real(xml, name, "n_head", metric->n_head);
}

static void add_properties(struct strbuf *xml, const struct gate_result *gate,
			   const struct gate_side *side)
{
	strbuf_add_text(xml, "    <properties>\n");
	add_property(xml, "", "base", gate->base.label);
	add_property(xml, "", "head", gate->head.label);
	if (gate->base.revision[0] != '\0')
		add_property(xml, "", "base_revision", gate->base.revision);
	if (gate->head.revision[0] != '\0')
		add_property(xml, "", "head_revision", gate->head.revision);
	add_property(xml, "", "design", side->diff->design);
	add_property(xml, "", "primary", side->diff->primary);
	add_property(xml, "", "power", side->power.sentence);
	for (uint32_t i = 0; i < side->row_count; i++)
		add_metric_properties(xml, side->rows[i].metric);
	strbuf_add_text(xml, "    </properties>\n");
}

/* ---- cases ---- */

/* Informs only: neither better nor worse, so nothing to pass or fail. */
static bool is_case(const struct gate_row *row)
{
	return row->metric->has_estimate && row->metric->info->better != 0;
}

static bool is_failure(const struct gate_row *row)
{
	return row->metric->verdict == VERDICT_REGRESSED;
}

static bool is_skipped(const struct gate_row *row)
{
	return row->metric->verdict == VERDICT_INCONCLUSIVE || row->metric->verdict == VERDICT_NONE;
}

static void add_skipped(struct strbuf *xml, const struct gate_side *side,
			const struct gate_row *row)
{
	const char *why =
		row->metric->verdict == VERDICT_INCONCLUSIVE ? row->note : side->diff->why_none;
	struct strbuf message;

	strbuf_init(&message, 4096);
	strbuf_addf(&message, "%s%s%s",
		    row->metric->verdict == VERDICT_INCONCLUSIVE ? "INCONCLUSIVE" : "no verdict",
		    why[0] != '\0' ? ": " : "", why);
	strbuf_add_text(xml, "      <skipped");
	add_attribute(xml, "message", strbuf_text(&message));
	strbuf_add_text(xml, "/>\n");
	strbuf_release(&message);
}

static void add_case(struct strbuf *xml, const struct gate_result *gate,
		     const struct gate_side *side, const struct gate_row *row)
{
	strbuf_add_text(xml, "    <testcase");
	add_attribute(xml, "name", row->metric->info->name);
	add_attribute(xml, "classname", gate->plan);
	strbuf_add_text(xml, " time=\"0\">\n");
	if (is_failure(row)) {
		strbuf_add_text(xml, "      <failure");
		add_attribute(xml, "message", row->change);
		add_attribute(xml, "type", "REGRESSED");
		strbuf_add_char(xml, '>');
		add_text(xml, row->metric->info->label);
		strbuf_add_text(xml, " REGRESSED: ");
		add_text(xml, row->base);
		strbuf_add_text(xml, " to ");
		add_text(xml, row->head);
		strbuf_add_text(xml, "</failure>\n");
	} else if (is_skipped(row)) {
		add_skipped(xml, side, row);
	}
	strbuf_add_text(xml, "    </testcase>\n");
}

/* "CPU per request (decides): 100 us to 112 us, +12.3 % (…): REGRESSED" */
static void add_output_line(struct strbuf *xml, const struct gate_row *row)
{
	const char *words[] = {row->metric->info->label,
			       row->metric->is_primary ? " (decides): " : ": ",
			       row->base,
			       " to ",
			       row->head,
			       row->change[0] != '\0' ? ", " : "",
			       row->change,
			       ": ",
			       row->metric->verdict == VERDICT_NONE
				       ? "no verdict"
				       : verdict_name(row->metric->verdict)};

	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		add_text(xml, words[i]);
	strbuf_add_char(xml, '\n');
}

/* ---- suites ---- */

struct counts {
	uint32_t tests, failures, skipped;
};

static struct counts count_cases(const struct gate_side *side)
{
	struct counts counts = {0};

	for (uint32_t i = 0; i < side->row_count; i++) {
		if (!is_case(&side->rows[i]))
			continue;
		counts.tests++;
		counts.failures += is_failure(&side->rows[i]);
		counts.skipped += is_skipped(&side->rows[i]);
	}
	return counts;
}

/* The suite's tag: "PLAN" or "PLAN.NAME". */
static void open_suite(struct strbuf *xml, const struct gate_result *gate, const char *name,
		       uint32_t id, const struct counts *counts)
{
	time_t seconds = (time_t)(gate->wall_ns / 1000000000);
	char timestamp[32] = "";
	struct tm date;

	strbuf_add_text(xml, "  <testsuite name=\"");
	add_text(xml, gate->plan);
	add_text(xml, name[0] != '\0' ? "." : "");
	add_text(xml, name);
	strbuf_add_char(xml, '"');
	strbuf_addf(xml,
		    " tests=\"%" PRIu32 "\" failures=\"%" PRIu32 "\" errors=\"0\" time=\"%.3f\"",
		    counts->tests, counts->failures, (double)gate->measured_ns / 1e9);
	strbuf_addf(xml, " skipped=\"%" PRIu32 "\" id=\"%" PRIu32 "\" hostname=\"localhost\"",
		    counts->skipped, id);
	add_attribute(xml, "package", gate->plan);
	if (gmtime_r(&seconds, &date) != NULL &&
	    strftime(timestamp, sizeof(timestamp), "%Y-%m-%dT%H:%M:%S", &date) > 0)
		add_attribute(xml, "timestamp", timestamp);
	strbuf_add_text(xml, ">\n");
}

/* What the gate came to, for thresholds decide, too: a red gate is never a green report. */
static void add_gate_suite(struct strbuf *xml, const struct gate_result *gate)
{
	bool is_bad = gate->exit_status == 1, is_open = !is_bad && gate->exit_status != 0;
	const struct counts counts = {1, is_bad, is_open};

	open_suite(xml, gate, "gate", gate->side_count, &counts);
	strbuf_add_text(xml, "    <properties></properties>\n    <testcase name=\"gate\"");
	add_attribute(xml, "classname", gate->plan);
	strbuf_add_text(xml, " time=\"0\">\n");
	if (is_bad || is_open) {
		strbuf_add_text(xml, is_bad ? "      <failure" : "      <skipped");
		add_attribute(xml, "message", gate->conclusion);
		strbuf_add_text(xml, is_bad ? " type=\"gate\"/>\n" : "/>\n");
	}
	strbuf_add_text(xml, "    </testcase>\n    <system-out>");
	add_text(xml, gate->conclusion);
	strbuf_add_text(xml, "</system-out>\n    <system-err></system-err>\n  </testsuite>\n");
}

static void add_suite(struct strbuf *xml, const struct gate_result *gate,
		      const struct gate_side *side)
{
	struct counts counts = count_cases(side);

	open_suite(xml, gate, gate->side_count > 1 ? side->name : "",
		   (uint32_t)(side - gate->sides), &counts);
	add_properties(xml, gate, side);
	for (uint32_t i = 0; i < side->row_count; i++)
		if (is_case(&side->rows[i]))
			add_case(xml, gate, side, &side->rows[i]);
	strbuf_add_text(xml, "    <system-out>");
	for (uint32_t i = 0; i < side->row_count; i++)
		add_output_line(xml, &side->rows[i]);
	strbuf_add_text(xml, "</system-out>\n    <system-err></system-err>\n  </testsuite>\n");
}

void junit_write(struct strbuf *xml, const struct gate_result *gate)
{
	strbuf_add_text(xml, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites>\n");
	for (uint32_t i = 0; i < gate->side_count; i++)
		add_suite(xml, gate, &gate->sides[i]);
	add_gate_suite(xml, gate);
	strbuf_add_text(xml, "</testsuites>\n");
}
